package grok

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// keyValue finds pairs in a text.
//
// Key and value are quoted or made of word characters. A pair starts at the
// beginning, or behind a blank, a comma, a semicolon, an opening bracket or the
// delimiter; it ends at the end, or before a blank, a comma, a semicolon, a
// closing bracket or the delimiter. Of several readings the one with the longest
// key counts, then the one with the longest value.
type keyValue struct {
	sep     string   // the separator, when it is plain text
	sepRule *program // otherwise
	word    *class
	quotes  []quotePair
	delim   string
}

type quotePair struct{ open, end string }

// newKeyValue reads keyvalue([separator[, more word characters[, quotes[,
// delimiter]]]]).
func (b *builder) newKeyValue(c *call) (filter, error) {
	text, err := texts(c.args, 0, 4)
	if err != nil {
		return nil, fmt.Errorf(`want keyvalue("separator", "characters", "quotes", "delimiter"): %w`, err)
	}
	text = append(text, "", "", "", "")
	f := &keyValue{sep: "=", delim: control(text[3])}
	if len(c.args) > 0 && text[0] != "" {
		if err := f.separator(b, text[0]); err != nil {
			return nil, err
		}
	}
	if f.word, err = wordClass(text[1]); err != nil {
		return nil, fmt.Errorf("keyvalue: bad characters %q", text[1])
	}
	switch r := []rune(text[2]); len(r) {
	case 0:
		f.quotes = []quotePair{{`"`, `"`}, {`'`, `'`}, {`<`, `>`}}
	case 1:
		f.quotes = []quotePair{{text[2], text[2]}}
	case 2:
		f.quotes = []quotePair{{string(r[0]), string(r[1])}}
	default:
		return nil, fmt.Errorf("keyvalue: quotes %q: want one or two characters", text[2])
	}
	return f, nil
}

func (f *keyValue) separator(b *builder, text string) error {
	x, err := (&regexParser{b: &builder{c: b.c}, s: text}).pattern()
	if err != nil {
		return fmt.Errorf("keyvalue: separator %q: %s", text, err.Error())
	}
	if x.kind == xLiteral {
		f.sep = x.lit
		return nil
	}
	if x.nullable() {
		return fmt.Errorf("keyvalue: separator %q matches nothing at all", text)
	}
	f.sepRule, err = assemble(x, 0, false)
	return err
}

// wordClass is the class of word characters with more. They are the inside of a
// bracket expression, or plain text when that is none.
func wordClass(more string) (*class, error) {
	const word = `[\w.\-@`
	if c, err := parseClass(word+goClass(more)+`]`, false); err == nil {
		return c, nil
	}
	var plain strings.Builder
	for _, r := range more {
		if r < utf8.RuneSelf && !wordByte(byte(r)) {
			plain.WriteByte('\\')
		}
		plain.WriteRune(r)
	}
	return parseClass(word+plain.String()+`]`, false)
}

// pairScan is one run over a text.
type pairScan struct {
	*keyValue
	m    *Machine
	sub  *Machine // for separators that are no plain text
	text string
	run  int // the end of the word characters that were scanned last
}

func (f *keyValue) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	out := x.e.NewObject()
	s := pairScan{keyValue: f, m: x.m, text: v.Str()}
	if f.sepRule != nil {
		s.sub = x.m.inner()
		s.sub.start(f.sepRule, s.text)
	}
	pairs, next := 0, -1
	for at := 0; at < len(s.text); {
		if !s.starts(at) {
			at++
			continue
		}
		if f.sepRule == nil && next < at {
			i := strings.Index(s.text[at:], f.sep)
			if i < 0 {
				break
			}
			next = at + i
		}
		key, value, ok := s.pair(at)
		if x.m.steps < 0 {
			break
		}
		if !ok {
			at = max(at+1, value.end)
			continue
		}
		at = value.end
		if key = strings.TrimSpace(key); key == "" || strings.IndexByte(key, ' ') >= 0 {
			continue
		}
		if v := value.typed(); v.Kind() != event.Null {
			// Each key is compared with those before it.
			pairs++
			x.m.steps -= 1 + pairs>>3
			x.e.AddIn(out, key, v)
		}
	}
	return out, out.Kind() == event.Object
}

// starts reports whether a pair can start at a place.
func (s *pairScan) starts(at int) bool {
	if at == 0 {
		return true
	}
	switch s.text[at-1] {
	case ' ', '\t', '\n', '\r', '\f', '\v', ',', ';', '(', '[', '{':
		return true
	}
	return s.delim != "" && strings.HasSuffix(s.text[:at], s.delim)
}

// ends reports whether a pair can end at a place.
func (s *pairScan) ends(at int) bool {
	if at == len(s.text) {
		return true
	}
	switch s.text[at] {
	case ' ', '\t', '\n', '\r', '\f', '\v', ',', ';', ')', ']', '}':
		return true
	}
	return s.delim != "" && strings.HasPrefix(s.text[at:], s.delim)
}

// reading is a value and where it ends.
type reading struct {
	text   string
	quoted bool
	end    int
}

// pair reads one pair. When there is none, value.end is the place before which
// none can start.
func (s *pairScan) pair(at int) (key string, value reading, ok bool) {
	if inner, behind, found := s.quoted(at); found {
		if start, found := s.separatorAt(behind); found {
			if value, ok = s.value(start); ok {
				return inner, value, true
			}
		}
	}
	if s.run <= at {
		s.run = s.word.extent(s.text, at, maxWord)
		s.m.spend(s.run - at)
	}
	if s.run <= at {
		return "", reading{end: at}, false
	}
	if s.sepRule == nil {
		return s.plainKey(at)
	}
	for k := s.run; k > at; k -= lastRune(s.text[at:k]) {
		s.m.steps--
		if start, found := s.separatorAt(k); found {
			if value, ok = s.value(start); ok {
				return s.text[at:k], value, true
			}
		}
		if s.m.steps < 0 {
			break
		}
	}
	return "", reading{end: at}, false
}

// maxWord is "without limit" for extent.
const maxWord = 1<<31 - 1

// plainKey reads an unquoted pair whose separator is plain text: the last
// separator that the key can reach counts.
func (s *pairScan) plainKey(at int) (key string, value reading, ok bool) {
	last := min(s.run+len(s.sep), len(s.text))
	found := false
	for last > at {
		k := strings.LastIndex(s.text[at+1:last], s.sep)
		s.m.spend(last - at - max(k, 0))
		if k < 0 {
			break
		}
		found = true
		k += at + 1
		if value, ok = s.value(k + len(s.sep)); ok {
			return s.text[at:k], value, true
		}
		last = k + len(s.sep) - 1
		if s.m.steps -= 2; s.m.steps < 0 {
			break
		}
	}
	if !found {
		return "", reading{end: s.run}, false // no separator in all of these characters
	}
	return "", reading{end: at}, false
}

// separatorAt returns the end of the separator at a place.
func (s *pairScan) separatorAt(at int) (end int, ok bool) {
	if s.sepRule == nil {
		return at + len(s.sep), strings.HasPrefix(s.text[min(at, len(s.text)):], s.sep)
	}
	s.sub.stack = s.sub.stack[:0]
	s.sub.steps = s.m.steps
	end, how := s.sub.run(s.sepRule.start, at)
	s.m.steps = s.sub.steps
	return end, how == matched
}

// quoted reads a quoted text that is not empty.
func (s *pairScan) quoted(at int) (inner string, end int, ok bool) {
	for _, q := range s.quotes {
		rest, ok := strings.CutPrefix(s.text[at:], q.open)
		if !ok {
			continue
		}
		i := strings.Index(rest, q.end)
		s.m.spend(max(i, 0))
		if i < 0 {
			s.m.spend(len(rest))
			continue
		}
		return rest[:i], at + len(q.open) + i + len(q.end), true
	}
	return "", 0, false
}

// value reads the value at a place.
func (s *pairScan) value(at int) (reading, bool) {
	if inner, end, ok := s.quoted(at); ok && s.ends(end) {
		return reading{text: inner, quoted: true, end: end}, true
	}
	end := s.word.extent(s.text, at, maxWord)
	s.m.spend(end - at)
	start := end
	for end > at && !s.ends(end) {
		end -= lastRune(s.text[at:end])
	}
	s.m.spend(start - end)
	return reading{text: s.text[at:end], end: end}, end > at
}

func lastRune(text string) int {
	_, n := utf8.DecodeLastRuneInString(text)
	return n
}
