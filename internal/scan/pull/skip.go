package pull

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// open goes into a list or object. It reports false for a null, and for another
// value, which it notes and skips.
func (d *Decoder) open(bracket byte, want string) (bool, error) {
	c, err := d.Kind()
	if err != nil {
		return false, err
	}
	if c == bracket {
		return true, nil
	}
	if c != 'n' {
		d.note(d.fault("want " + want))
	}
	return false, d.Skip()
}

// Skip goes behind the next value.
func (d *Decoder) Skip() error {
	c, err := d.Kind()
	if err != nil {
		return err
	}
	switch {
	case c == '{':
		return d.members(func([]byte) error { return d.Skip() }, false)
	case c == '[':
		return d.items(d.Skip)
	case c == '"':
		return d.quoted()
	case c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
		return d.bare()
	default:
		return d.fault(fmt.Sprintf("want a value, not %q", c))
	}
}

// deeper enters a list or object.
func (d *Decoder) deeper() error {
	if d.depth++; d.depth > MaxDepth {
		return d.fault(fmt.Sprintf("lists and objects nest deeper than %d", MaxDepth))
	}
	d.at++
	return nil
}

// items walks over a list.
func (d *Decoder) items(item func() error) error {
	if err := d.deeper(); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := d.Kind()
		if err != nil {
			return err
		}
		switch {
		case c == ']':
			d.at++
			d.depth--
			return nil
		case c == ',' && !first:
			d.at++
		case !first:
			return d.fault(fmt.Sprintf("want a comma or ], not %q", c))
		}
		if err := item(); err != nil {
			return err
		}
	}
}

// members walks over an object. The key is valid during the call only, and nil when
// it is not wanted.
func (d *Decoder) members(member func(key []byte) error, keys bool) error {
	if err := d.deeper(); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := d.Kind()
		if err != nil {
			return err
		}
		switch {
		case c == '}':
			d.at++
			d.depth--
			return nil
		case c == ',' && !first:
			d.at++
			if c, err = d.Kind(); err != nil {
				return err
			}
		case !first:
			return d.fault(fmt.Sprintf("want a comma or }, not %q", c))
		}
		if c != '"' {
			return d.fault(fmt.Sprintf("want the name of a member, not %q", c))
		}
		var key []byte
		if keys {
			key, err = d.key()
		} else {
			err = d.quoted()
		}
		if err != nil {
			return err
		}
		if c, err = d.Kind(); err != nil {
			return err
		}
		if c != ':' {
			return d.fault(fmt.Sprintf("want a colon, not %q", c))
		}
		d.at++
		if err := member(key); err != nil {
			return err
		}
	}
}

// Head returns the beginning of the next value if it is a text: about as many bytes
// as are asked for, however long it is. Another value is skipped.
func (d *Decoder) Head(limit int) (string, error) {
	c, err := d.Kind()
	if err != nil || c != '"' {
		return "", errors.Join(err, d.Skip())
	}
	line, col, offset := d.place()
	d.capture, d.kept, d.most = d.at, d.kept[:0], limit
	err = d.quoted()
	if err == nil {
		d.keep()
	}
	d.capture, d.most = -1, MaxValue
	if err != nil {
		return "", err
	}
	if len(d.kept) <= limit {
		var text string
		if err := json.Unmarshal(d.kept, &text); err != nil {
			return "", &Fault{Line: line, Col: col, Offset: offset, Message: err.Error()}
		}
		return text, nil
	}
	return strings.ToValidUTF8(string(d.kept[1:limit]), ""), nil
}

// key reads the name of a member.
func (d *Decoder) key() ([]byte, error) {
	var held []byte
	d.at++
	for {
		from := d.at
		n, done, err := d.plain()
		held = append(held, d.buf[from:from+n]...)
		if err != nil {
			return nil, err
		}
		if len(held) > MaxKey {
			return nil, d.fault(fmt.Sprintf("the name of a member longer than %d bytes", MaxKey))
		}
		switch {
		case done:
			return held, nil
		case d.at < d.end: // a backslash
			escape, err := d.escape()
			if err != nil {
				return nil, err
			}
			held = append(held, '\\', escape)
		default:
			if err := d.more(); err != nil {
				return nil, d.cut(err)
			}
		}
	}
}

// quoted goes behind a string.
func (d *Decoder) quoted() error {
	d.at++
	for {
		_, done, err := d.plain()
		switch {
		case err != nil:
			return err
		case done:
			return nil
		case d.at < d.end:
			if _, err := d.escape(); err != nil {
				return err
			}
		default:
			if err := d.more(); err != nil {
				return d.cut(err)
			}
		}
	}
}

// plain goes to the next backslash or the end of what is in memory, or behind the
// closing quote, which is done. It returns how many bytes of text it passed.
func (d *Decoder) plain() (n int, done bool, err error) {
	from := d.at
	for i, c := range d.buf[from:d.end] {
		switch {
		case c == '"':
			d.at = from + i + 1
			return i, true, nil
		case c == '\\':
			d.at = from + i
			return i, false, nil
		case c < 0x20:
			d.at = from + i
			return i, false, d.fault("a control character inside a text")
		}
	}
	d.at = d.end
	return d.end - from, false, nil
}

// escape goes behind a backslash and the character that it escapes, and returns that.
func (d *Decoder) escape() (byte, error) {
	d.at++
	if d.at == d.end {
		if err := d.more(); err != nil {
			return 0, d.cut(err)
		}
	}
	switch c := d.buf[d.at]; c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u':
		d.at++
		return c, nil
	default:
		return 0, d.fault(fmt.Sprintf(`want a character that \ may escape, not %q`, c))
	}
}

// maxBare is the length in bytes of a number or of true, false and null.
const maxBare = 1000

// bare goes behind a number, true, false or null.
func (d *Decoder) bare() error {
	word := make([]byte, 0, 32)
	for {
		for ; d.at < d.end; d.at++ {
			c := d.buf[d.at]
			if c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return d.word(word)
			}
			if word = append(word, c); len(word) > maxBare {
				return d.fault("a number without an end")
			}
		}
		if err := d.more(); err != nil {
			if d.depth == 0 {
				return d.word(word)
			}
			return d.cut(err)
		}
	}
}

// word checks a value without quotes.
func (d *Decoder) word(word []byte) error {
	switch text := string(word); {
	case text == "true" || text == "false" || text == "null":
		return nil
	case word[0] == '-' || word[0] >= '0' && word[0] <= '9':
		for _, c := range word {
			if c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' && (c < '0' || c > '9') {
				return d.fault(fmt.Sprintf("%.40q is no number", text))
			}
		}
		return nil
	default:
		return d.fault(fmt.Sprintf("%.40q is no value", text))
	}
}
