package source

import (
	"errors"
	"strings"

	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

// maxNesting is how deep arrays and objects of a body may nest.
const maxNesting = 400

// errJSON says that a body is not what its protocol wants.
var errJSON = errors.New("the body is no JSON of this kind")

// jsonReader reads a JSON text from its beginning to its end and builds nothing of it, so
// that a body takes no more memory than its bytes. After the first fault there is nothing
// more to read.
type jsonReader struct {
	s     string
	at    int
	depth int
	bad   bool
}

// next returns the first byte of the value that comes, 0 when there is none.
func (r *jsonReader) next() byte {
	if r.bad {
		return 0
	}
	if r.at = jsonscan.Space(r.s, r.at); r.at >= len(r.s) {
		return 0
	}
	return r.s[r.at]
}

func (r *jsonReader) fail() { r.bad = true }

// ended reports whether all was right and nothing is left.
func (r *jsonReader) ended() bool { return r.next() == 0 && !r.bad }

// take steps over a byte that must be there.
func (r *jsonReader) take(c byte) bool {
	if r.next() != c {
		r.fail()
		return false
	}
	r.at++
	return true
}

// begin steps into an array or object.
func (r *jsonReader) begin(open, end byte) (empty, ok bool) {
	if !r.take(open) {
		return false, false
	}
	if r.depth++; r.depth > maxNesting {
		r.fail()
		return false, false
	}
	if r.next() == end {
		r.at++
		r.depth--
		return true, true
	}
	return false, true
}

// more steps over a comma, or out of an array or object.
func (r *jsonReader) more(end byte) bool {
	switch r.next() {
	case ',':
		r.at++
		return true
	case end:
		r.at++
		r.depth--
		return false
	default:
		r.fail()
		return false
	}
}

// object reads an object; member reads the value of each key.
func (r *jsonReader) object(member func(key string)) {
	empty, ok := r.begin('{', '}')
	if empty || !ok {
		return
	}
	for {
		if r.next() != '"' {
			r.fail()
			return
		}
		key := r.text()
		if !r.take(':') {
			return
		}
		if member(key); !r.more('}') {
			return
		}
	}
}

// array reads an array; element reads each of its values.
func (r *jsonReader) array(element func()) {
	empty, ok := r.begin('[', ']')
	if empty || !ok {
		return
	}
	for {
		if element(); !r.more(']') {
			return
		}
	}
}

// text reads a string. Another value is a fault.
func (r *jsonReader) text() string {
	if r.next() != '"' {
		r.fail()
		return ""
	}
	start := r.at + 1
	next, escaped, reason := jsonscan.String(r.s, r.at)
	if r.at = next; reason != "" {
		r.fail()
		return ""
	}
	raw := r.s[start : next-1]
	if escaped {
		return string(jsonscan.AppendUnescaped(nil, raw))
	}
	return raw
}

// plain reads a string, a number or a truth value as text, null as none. It steps over
// other values.
func (r *jsonReader) plain() string {
	switch r.next() {
	case '"':
		return r.text()
	case '{', '[', 'n':
		r.raw()
		return ""
	default:
		return r.raw()
	}
}

// raw reads any value and returns it as it stands there.
func (r *jsonReader) raw() string {
	c := r.next()
	start := r.at
	switch {
	case c == '{':
		r.object(func(string) { r.raw() })
	case c == '[':
		r.array(func() { r.raw() })
	case c == '"':
		next, _, reason := jsonscan.String(r.s, r.at)
		r.at, r.bad = next, reason != ""
	case c == '-' || c >= '0' && c <= '9':
		next, _, reason := jsonscan.Number(r.s, r.at)
		r.at, r.bad = next, reason != ""
	default:
		r.word()
	}
	if r.bad {
		return ""
	}
	return r.s[start:r.at]
}

func (r *jsonReader) word() {
	if r.bad {
		return
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.s[r.at:], word) {
			r.at += len(word)
			return
		}
	}
	r.fail()
}
