package rule

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// The limits of what a template writes: values come from logs.
const (
	// MaxRendered is the length in bytes at which a rendered message is cut.
	MaxRendered = 16 << 10
	// maxValue is the length at which one value is cut.
	maxValue = 1 << 10
)

// Template is a parsed message. It does not change and may be shared by
// goroutines.
type Template struct {
	parts []part
}

// Scope is what a template reads. The zero Scope has nothing.
type Scope struct {
	// Event is the event that opened the signal; nil has no attributes.
	Event *event.Event
	// Tags are the tags of the signal.
	Tags []string
	// Severity is 0 (info) to 4 (critical).
	Severity int
	// Timestamp, FirstSeen and LastSeen are in nanoseconds since 1970 UTC.
	Timestamp, FirstSeen, LastSeen int64
	// Rule and Case are names.
	Rule, Case string
	// Events is the number of events of the signal.
	Events int64
	// Queries are the names of the rule's queries, Counts what each added up to.
	Queries []string
	Counts  []float64
	// Unusual says by what the events differ from what is usual, in the language of
	// the template.
	Unusual string
}

// part is one piece of a template: text, a variable, or a helper.
type part struct {
	text     string // literal text, when kind is partText
	kind     partKind
	variable variable
	values   []string // what is_match compares with
	negated  bool
	zone     *time.Location
	formula  *formula
	yes, no  []part // the branches of a block
}

type partKind uint8

const (
	partText partKind = iota
	partVariable
	partLocalTime
	partEval
	partURLEncode
	partIf
	partMatch
	partExact
)

// Render appends the message to dst and returns it. Control characters in values
// become blanks, so that a value cannot begin a line; what does not fit into
// MaxRendered is left out, which an ellipsis shows.
func (t *Template) Render(dst []byte, s *Scope) []byte {
	start := len(dst)
	dst = renderAll(dst, t.parts, s, start+MaxRendered)
	if len(dst)-start <= MaxRendered {
		return dst
	}
	return append(cutRune(dst[:start+MaxRendered]), "…"...)
}

// renderAll appends the parts until dst is longer than limit.
func renderAll(dst []byte, parts []part, s *Scope, limit int) []byte {
	for i := range parts {
		if len(dst) > limit {
			break
		}
		dst = parts[i].render(dst, s, limit)
	}
	return dst
}

func (p *part) render(dst []byte, s *Scope, limit int) []byte {
	switch p.kind {
	case partText:
		return append(dst, p.text...)
	case partVariable:
		return appendClean(dst, p.variable.text(s))
	case partURLEncode:
		return appendQueryEscaped(dst, p.variable.text(s))
	case partLocalTime:
		if ns, ok := p.variable.time(s); ok {
			return time.Unix(0, ns).In(p.zone).AppendFormat(dst, "2006-01-02 15:04:05 MST")
		}
		return dst
	case partEval:
		if f, ok := p.formula.eval(s); ok {
			return strconv.AppendFloat(dst, f, 'f', -1, 64)
		}
		return dst
	default:
		if p.holds(s) {
			return renderAll(dst, p.yes, s, limit)
		}
		return renderAll(dst, p.no, s, limit)
	}
}

// holds evaluates the condition of a block.
func (p *part) holds(s *Scope) bool {
	text := p.variable.text(s)
	found := false
	switch p.kind {
	case partMatch:
		for _, v := range p.values {
			found = found || strings.Contains(text, v)
		}
	case partExact:
		for _, v := range p.values {
			found = found || text == v
		}
	default:
		found = text != "" && text != "false" && text != "0"
	}
	return found != p.negated
}

// appendClean appends a value with its control characters as blanks, cut to
// maxValue bytes.
func appendClean(dst []byte, text string) []byte {
	cut := len(text) > maxValue
	if cut {
		text = text[:maxValue]
	}
	start := len(dst)
	for _, r := range text {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			r = ' '
		}
		dst = utf8.AppendRune(dst, r)
	}
	if cut {
		dst = append(cutRune(dst[:min(len(dst), start+maxValue)]), "…"...)
	}
	return dst
}

// cutRune takes an incomplete character off the end.
func cutRune(b []byte) []byte {
	for i := 0; i < utf8.UTFMax && len(b) > 0; i++ {
		if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size > 1 {
			break
		}
		b = b[:len(b)-1]
	}
	return b
}

// appendQueryEscaped is url.QueryEscape with a limit and without an allocation.
func appendQueryEscaped(dst []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range min(len(text), maxValue) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '.', c == '~':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
