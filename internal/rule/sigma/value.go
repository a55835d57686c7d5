package sigma

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// valueKind is what a value of a detection item has become.
type valueKind uint8

const (
	textValue valueKind = iota
	numberValue
	boolValue
	nullValue
	regexpValue
	existsValue
	cidrValue
	compareValue
	timeValue
	refValue
	groupValue // alternatives that one value was expanded to
)

// value is one value of a detection item while modifiers are applied to it.
type value struct {
	kind    valueKind
	raw     string // as written
	pattern match.Pattern
	cased   bool
	num     float64
	numText string
	yes     bool
	flags   string // of regexpValue: any of i, m, s
	prefix  netip.Prefix
	rel     string
	part    string
	starts  bool
	ends    bool
	group   []value
	bom     bool // utf16 put a byte order mark in front
}

// newValue reads a scalar of the document.
func newValue(n document.Node) (value, error) {
	switch n.Kind() {
	case document.Null:
		return value{kind: nullValue}, nil
	case document.Scalar:
	default:
		return value{}, n.Pos().Fault("want a value or a list of values, found %s", kindName(n))
	}
	text := n.Text()
	switch v := n.Any().(type) {
	case bool:
		return value{kind: boolValue, yes: v, raw: text}, nil
	case int64:
		return value{kind: numberValue, num: float64(v), numText: strconv.FormatInt(v, 10), raw: text}, nil
	case float64:
		return value{kind: numberValue, num: v, numText: floatText(v, text), raw: text}, nil
	default:
		return textOf(text), nil
	}
}

func textOf(s string) value { return value{kind: textValue, raw: s, pattern: parsePattern(s)} }

// floatText is the text of a fractional number: as written when that is plain.
func floatText(f float64, written string) string {
	for _, c := range written {
		if (c < '0' || c > '9') && c != '.' && c != '-' {
			return match.NumberText(f, true)
		}
	}
	return written
}

func kindName(n document.Node) string {
	switch n.Kind() {
	case document.List:
		return "a list"
	case document.Map:
		return "a mapping"
	case document.Null:
		return "nothing"
	default:
		return fmt.Sprintf("%q", n.Text())
	}
}

// String names the value in messages.
func (v *value) String() string {
	switch v.kind {
	case nullValue:
		return "null"
	case textValue, numberValue, boolValue:
		return fmt.Sprintf("%q", v.raw)
	default:
		return "a modified value"
	}
}

// expr returns the test of the value on a field; no field means any value.
func (v *value) expr(field string) (*match.Expr, error) {
	t := match.Test{Field: field}
	switch v.kind {
	case textValue:
		t.Kind, t.Pattern, t.Cased = match.Text, v.pattern, v.cased
	case numberValue:
		t.Kind, t.Num, t.NumText = match.Number, v.num, v.numText
	case boolValue:
		t.Kind, t.Bool = match.Bool, v.yes
	case nullValue:
		t.Kind = match.Null
	case regexpValue:
		t.Kind, t.Regexp, t.Flags = match.Regexp, v.raw, v.flags
		if err := match.CheckRegexp(t.Regexp, t.Flags); err != nil {
			return nil, fmt.Errorf("%w (expressions are RE2: no look-around, no back-references)", err)
		}
	case existsValue:
		t.Kind, t.Bool = match.Exists, v.yes
	case cidrValue:
		t.Kind, t.Prefix = match.CIDR, v.prefix
	case compareValue:
		t.Kind, t.Relation, t.Num, t.NumText = match.Compare, v.rel, v.num, v.numText
	case timeValue:
		t.Kind, t.Part, t.Num = match.TimePart, v.part, v.num
	case refValue:
		t.Kind, t.Ref, t.Starts, t.Ends = match.FieldRef, v.raw, v.starts, v.ends
	case groupValue:
		args := make([]*match.Expr, 0, len(v.group))
		for i := range v.group {
			e, err := v.group[i].expr(field)
			if err != nil {
				return nil, err
			}
			args = append(args, e)
		}
		return match.Any(args...), nil
	}
	if field == "" && (t.Kind == match.Null || t.Kind == match.Exists || t.Kind == match.FieldRef) {
		return nil, errors.New("this test needs a field")
	}
	return match.Is(t), nil
}
