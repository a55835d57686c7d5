package seclang

import (
	"errors"
	"fmt"
	"strings"
)

// Macro is a text with variables in it, as in score: %{tx.score}.
type Macro []Part

// Part is a piece of plain text, or a variable.
type Part struct {
	// Text is the plain text, or what stands between the braces.
	Text string
	// Variable is the name of the variable in upper case; empty in plain text.
	Variable string
	// Key is the member of the collection, in lower case.
	Key string
}

// String returns the macro as it was written.
func (m Macro) String() string {
	var b strings.Builder
	for _, part := range m {
		if part.Variable == "" {
			b.WriteString(part.Text)
			continue
		}
		b.WriteString("%{")
		b.WriteString(part.Text)
		b.WriteString("}")
	}
	return b.String()
}

// Plain returns the text of a macro without variables.
func (m Macro) Plain() (string, bool) {
	switch {
	case len(m) == 0:
		return "", true
	case len(m) == 1 && m[0].Variable == "":
		return m[0].Text, true
	default:
		return "", false
	}
}

func parseMacro(s string) (Macro, error) {
	var m Macro
	for s != "" {
		start := strings.Index(s, "%{")
		if start < 0 {
			return append(m, Part{Text: s}), nil
		}
		if start > 0 {
			m = append(m, Part{Text: s[:start]})
		}
		end := strings.IndexByte(s[start:], '}')
		if end < 0 {
			return nil, errors.New("%{ is not closed")
		}
		inside := s[start+2 : start+end]
		name, key, _ := strings.Cut(inside, ".")
		if variableKind(strings.ToUpper(name)) == noVariable {
			return nil, fmt.Errorf("unknown variable %s", name)
		}
		m = append(m, Part{Text: inside, Variable: strings.ToUpper(name), Key: strings.ToLower(key)})
		s = s[start+end+1:]
		if len(m) > MaxList {
			return nil, fmt.Errorf("more than %d variables in one text", MaxList)
		}
	}
	return m, nil
}
