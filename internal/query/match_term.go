package query

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

var (
	_ test = (*Term)(nil)
	_ test = (*Wildcard)(nil)
	_ test = (*Exists)(nil)
	_ test = (*FreeText)(nil)
	_ test = (*CIDR)(nil)
	_ test = (*interval)(nil)
)

// Number returns the number that the value is the decimal text of, if it is one:
// numbers in events equal it, however they are written.
func (n *Term) Number() (float64, bool) { return n.number.f, n.number.isNumber }

func (n *Term) text(s string) bool {
	if !n.Field.Folds() {
		return s == n.Value
	}
	return strings.EqualFold(s, n.Value)
}

func (n *Term) scalar(v event.Value) bool {
	switch v.Kind() {
	case event.String:
		return n.text(v.Str())
	case event.Int:
		if n.number.isInt {
			return v.Int() == n.number.i
		}
		return n.number.isNumber && float64(v.Int()) == n.number.f
	case event.Float:
		f, _ := v.Number()
		return n.number.isNumber && f == n.number.f
	case event.Bool:
		return n.Value == "true" && v.Bool() || n.Value == "false" && !v.Bool()
	default:
		return false
	}
}

// text is asked of official fields; the key of a tag was looked for already.
func (*Exists) text(s string) bool { return s != "" }

func (*Exists) scalar(event.Value) bool { return true }

func newWildcard(s spelling, f Field, parts []Piece) *Wildcard {
	return &Wildcard{spelling: s, Field: f, Pattern: parts, glob: newGlob(parts, f.Folds())}
}

func (n *Wildcard) text(s string) bool { return n.glob.match(s) }

func (n *Wildcard) scalar(v event.Value) bool {
	if v.Kind() == event.String {
		return n.glob.match(v.Str())
	}
	var buf [32]byte
	text := v.AppendText(buf[:0])
	if n.glob.match(string(text)) {
		return true
	}
	whole, ok := strings.CutSuffix(string(text), ".0")
	return ok && n.glob.match(whole)
}

// literal is a number that a term may mean.
type literal struct {
	isInt    bool
	isNumber bool
	i        int64
	f        float64
}

// newLiteral reads a number written as people and JSON write it: 007 or 1e3 are
// texts, which no number has.
func newLiteral(s string) literal {
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, dot := strings.Cut(digits, ".")
	if !isDigits(whole) || len(whole) > 1 && whole[0] == '0' || dot && !isDigits(fraction) || len(s) > maxNumber {
		return literal{}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return literal{}
	}
	l := literal{isNumber: true, f: f}
	if !dot {
		l.i, err = strconv.ParseInt(s, 10, 64)
		l.isInt = err == nil
	}
	return l
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
