package detect

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// The limits of looking for lookups in text that attackers write.
const (
	// maxScan is how much of a text is looked at.
	maxScan = 64 << 10
	// maxLookups is how many lookups of a text are resolved.
	maxLookups = 64
	// maxLookupDepth is how deep lookups may nest.
	maxLookupDepth = 8
	// maxLookupText is how much text the innermost lookups may give.
	maxLookupText = 256
	// maxAttributes is how many attributes of an event without raw text are read.
	maxAttributes = 256
)

// isLog4Shell is the hardcoded evaluator log4shell: the event is marked with the
// category log4shell, or its text has a lookup that Log4j would resolve to jndi
// (CVE-2021-44228), however it is disguised by nested lookups or percent-encoding.
func isLog4Shell(e *event.Event) bool {
	if v, ok := e.Get(event.SecurityCategories); ok {
		if v.Str() == "log4shell" {
			return true
		}
		if v.Kind() == event.Array {
			for _, element := range e.Items(v) {
				if element.Str() == "log4shell" {
					return true
				}
			}
		}
	}
	if e.Raw != "" && e.Raw != e.Message && hasJNDI(e.Raw) || hasJNDI(e.Message) {
		return true
	}
	left := maxAttributes
	return e.Raw == "" && attributeHasJNDI(e, e.Root(), &left)
}

func attributeHasJNDI(e *event.Event, v event.Value, left *int) bool {
	switch *left--; {
	case *left < 0:
		return false
	case v.Kind() == event.String:
		return hasJNDI(v.Str())
	case v.Kind() == event.Object || v.Kind() == event.Array:
		for _, child := range e.Items(v) {
			if attributeHasJNDI(e, child, left) {
				return true
			}
		}
	}
	return false
}

// hasJNDI reports whether a lookup of the text resolves to jndi.
func hasJNDI(text string) bool {
	text = text[:min(len(text), maxScan)]
	if strings.IndexByte(text, '$') < 0 && !strings.Contains(text, "%24") && !strings.Contains(text, "%2524") {
		return false
	}
	left := maxLookups
	for i := 0; i < len(text) && left > 0; {
		at, size := symbol(text, i)
		if at == '$' {
			if next, more := symbol(text, i+size); next == '{' {
				left--
				s := lookups{text: text, at: i + size + more, steps: maxLookupText}
				if s.lookup(maxLookupDepth); s.jndi {
					return true
				}
			}
		}
		i += size
	}
	return false
}

// symbol returns the character at i in lower case, and how many bytes write it:
// three when it is percent-encoded, five when that is done twice.
func symbol(text string, i int) (c byte, size int) {
	if i >= len(text) {
		return 0, 1
	}
	rest := text[i:]
	switch {
	case len(rest) > 4 && rest[0] == '%' && rest[1] == '2' && rest[2] == '5':
		if c, ok := hexByte(rest[3], rest[4]); ok {
			return lower(c), 5
		}
	case len(rest) > 2 && rest[0] == '%':
		if c, ok := hexByte(rest[1], rest[2]); ok {
			return lower(c), 3
		}
	}
	return lower(rest[0]), 1
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func hexByte(a, b byte) (byte, bool) {
	digit := func(c byte) int {
		return strings.IndexByte("0123456789abcdef", lower(c))
	}
	hi, lo := digit(a), digit(b)
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

// lookups resolves nested lookups of one text.
type lookups struct {
	text  string
	at    int
	steps int
	jndi  bool
}

// lookup reads a lookup up to its end and returns the text that it gives: that of
// lower and upper, or the default behind ":-". Others give nothing.
func (s *lookups) lookup(depth int) []byte {
	var out []byte
	for s.at < len(s.text) && s.steps > 0 && !s.jndi {
		s.steps--
		c, size := symbol(s.text, s.at)
		s.at += size
		switch c {
		case '}':
			return resolved(out)
		case '$':
			if next, more := symbol(s.text, s.at); next == '{' && depth > 0 {
				s.at += more
				out = append(out, s.lookup(depth-1)...)
				break
			}
			out = append(out, c)
		case ' ', '\t':
		default:
			out = append(out, c)
		}
		s.jndi = s.jndi || bytes.HasPrefix(out, []byte("jndi:"))
	}
	return nil
}

// resolved returns what Log4j puts in the place of a lookup, as far as it can be known
// from its text.
func resolved(lookup []byte) []byte {
	text := string(lookup)
	if _, fallback, ok := strings.Cut(text, ":-"); ok {
		return []byte(fallback)
	}
	if name, rest, ok := strings.Cut(text, ":"); ok && slices.Contains([]string{"lower", "upper"}, name) {
		return []byte(rest)
	}
	return nil
}
