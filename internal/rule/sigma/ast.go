package sigma

import (
	"encoding/json"

	"github.com/sasumata/sasumata/internal/rule/match"
)

// Tree is a condition as JSON writes it: op is "and", "or" or "not" with args, or
// "leaf" with a field (null for a keyword), a kind t, and what that kind needs.
type Tree map[string]any

// NewTree returns the tree of a condition.
func NewTree(e *match.Expr) Tree {
	if e.Op == match.Leaf {
		return leafTree(e.Test)
	}
	op := "and"
	switch e.Op {
	case match.Or:
		op = "or"
	case match.Not:
		op = "not"
	default:
	}
	args := make([]Tree, 0, len(e.Args))
	for _, arg := range e.Args {
		args = append(args, NewTree(arg))
	}
	return Tree{"op": op, "args": args}
}

func leafTree(t *match.Test) Tree {
	l := Tree{"op": "leaf", "field": nil}
	if t.Field != "" {
		l["field"] = t.Field
	}
	switch t.Kind {
	case match.Text:
		parts := make([]any, 0, len(t.Pattern))
		for _, p := range t.Pattern {
			if p.Wild != 0 {
				parts = append(parts, map[string]string{"w": string(rune(p.Wild))})
			} else {
				parts = append(parts, p.Lit)
			}
		}
		l["t"], l["parts"] = "str", parts
		if t.Cased {
			l["cased"] = true
		}
	case match.Number:
		l["t"], l["n"] = "num", json.Number(t.NumText)
	case match.Bool:
		l["t"], l["b"] = "bool", t.Bool
	case match.Null:
		l["t"] = "null"
	case match.Exists:
		l["t"], l["b"] = "exists", t.Bool
	case match.Regexp:
		flags := make([]string, 0, len(t.Flags))
		for _, f := range t.Flags {
			flags = append(flags, flagName(f))
		}
		l["t"], l["re"], l["flags"] = "re", t.Regexp, flags
	case match.CIDR:
		l["t"], l["cidr"] = "cidr", t.Prefix.String()
	case match.Compare:
		l["t"], l["cmp"], l["n"] = "cmp", t.Relation, json.Number(t.NumText)
	case match.TimePart:
		l["t"], l["part"], l["n"] = "time", t.Part, int64(t.Num)
	case match.FieldRef:
		l["t"], l["ref"], l["starts"], l["ends"] = "fieldref", t.Ref, t.Starts, t.Ends
	default:
		l["t"] = "code"
	}
	return l
}

func flagName(f rune) string {
	switch f {
	case 'i':
		return "IGNORECASE"
	case 'm':
		return "MULTILINE"
	default:
		return "DOTALL"
	}
}
