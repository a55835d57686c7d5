package match

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

// scan reads one JSON object into the view. Strings are checked but not
// unescaped: that happens when a test reads them. Nothing of the text is
// copied, so it must not change while the view is in use.
func (v *View) scan(text []byte) error {
	v.reset()
	d := scanner{v: v, s: text}
	d.space()
	if d.at >= len(text) || text[d.at] != '{' {
		return d.fail("want an object")
	}
	if err := d.object(place{}, MaxDepth); err != nil {
		return err
	}
	d.space()
	if d.at < len(text) {
		return d.fail("something follows the object")
	}
	return nil
}

type scanner struct {
	v  *View
	s  []byte
	at int
}

func (d *scanner) fail(reason string) error { return &event.JSONError{Offset: d.at, Reason: reason} }

func (d *scanner) space() {
	if d.at < len(d.s) && d.s[d.at] <= ' ' {
		d.at = jsonscan.Space(d.s, d.at)
	}
}

// object reads the members of an object at the place; d stands on its brace.
func (d *scanner) object(p place, depth int) error {
	if depth == 0 {
		return d.fail("nested too deep")
	}
	for first := true; ; first = false {
		d.at++
		d.space()
		if d.at >= len(d.s) {
			return d.fail("the document ends inside an object")
		}
		if d.s[d.at] == '}' && first {
			d.at++
			return nil
		}
		if d.s[d.at] != '"' {
			return d.fail("want a key in quotes")
		}
		key, esc, err := d.str()
		if err != nil {
			return err
		}
		if esc {
			from := len(d.v.text)
			d.v.text = jsonscan.AppendUnescaped(d.v.text, key)
			key = d.v.text[from:]
		}
		d.space()
		if d.at >= len(d.s) || d.s[d.at] != ':' {
			return d.fail("want a colon behind the key")
		}
		d.at++
		if err := d.value(d.v.below(p, key), depth-1); err != nil {
			return err
		}
		d.space()
		switch {
		case d.at >= len(d.s):
			return d.fail("the document ends inside an object")
		case d.s[d.at] == '}':
			d.at++
			return nil
		case d.s[d.at] != ',':
			return d.fail("want a comma or the end of the object")
		}
	}
}

func (d *scanner) array(p place, depth int) error {
	if depth == 0 {
		return d.fail("nested too deep")
	}
	for first := true; ; first = false {
		d.at++
		d.space()
		if d.at < len(d.s) && d.s[d.at] == ']' && first {
			d.at++
			return nil
		}
		if err := d.value(p, depth-1); err != nil {
			return err
		}
		d.space()
		switch {
		case d.at >= len(d.s):
			return d.fail("the document ends inside an array")
		case d.s[d.at] == ']':
			d.at++
			return nil
		case d.s[d.at] != ',':
			return d.fail("want a comma or the end of the array")
		}
	}
}

func (d *scanner) value(p place, depth int) error {
	d.space()
	if d.at >= len(d.s) {
		return d.fail("the document ends in the middle")
	}
	switch c := d.s[d.at]; {
	case c == '"':
		raw, esc, err := d.str()
		if err != nil {
			return err
		}
		state := uint8(0)
		if esc {
			state = escaped
		}
		d.v.add(p, raw, event.String, state)
	case c == '{':
		d.v.slot(p)
		return d.object(p, depth)
	case c == '[':
		d.v.slot(p)
		return d.array(p, depth)
	case c == '-' || c >= '0' && c <= '9':
		return d.number(p)
	default:
		return d.word(p)
	}
	return nil
}

func (d *scanner) word(p place) error {
	rest := d.s[d.at:]
	switch {
	case len(rest) >= 4 && string(rest[:4]) == "true":
		d.v.add(p, rest[:4], event.Bool, 0)
		d.at += 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		d.v.add(p, rest[:5], event.Bool, 0)
		d.at += 5
	case len(rest) >= 4 && string(rest[:4]) == "null":
		d.v.add(p, nil, event.Null, 0)
		d.at += 4
	default:
		return d.fail("want a value")
	}
	return nil
}

func (d *scanner) number(p place) error {
	next, whole, reason := jsonscan.Number(d.s, d.at)
	text := d.s[d.at:next]
	if d.at = next; reason != "" {
		return d.fail(reason)
	}
	kind := event.Float
	if whole {
		kind = event.Int
	}
	d.v.add(p, text, kind, 0)
	return nil
}

// str reads a string; d stands on the opening quote.
func (d *scanner) str() (raw []byte, esc bool, err error) {
	start := d.at + 1
	next, esc, reason := jsonscan.String(d.s, d.at)
	if d.at = next; reason != "" {
		return nil, esc, d.fail(reason)
	}
	return d.s[start : next-1], esc, nil
}
