package waf

import (
	"bytes"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// Limits of one inspection. A request that exceeds them is inspected up to the
// limit.
const (
	// MaxPart is how many bytes of a URL or header are inspected; common servers
	// refuse longer ones.
	MaxPart = 8 << 10
	// maxArgs is how many parameter names and values are looked at one by one; what
	// comes later counts as one more.
	maxArgs = 256
)

// Machine is the memory in which one goroutine inspects requests. It is used
// again for each request. Its own texts grow to a few times MaxPart at the most; what
// the rules of an Inspector remember comes on top (crs.DefaultMemo).
type Machine struct {
	target     []byte // a URL that had to be put together
	main       view
	reduced    view
	bits       []uint64 // memory of the two below
	hits       []uint64 // patterns that matched
	clauses    []uint64 // clauses with a literal in the text at hand
	candidates []uint16 // branches with their literals in the text at hand
	budget     int
	best       hit
	rules      []string
	kinds      []string
	quiet      quietParts

	body     []byte       // that a log has as JSON of its own
	seen     crs.Request  // the request, as the log has it
	engine   *crs.Machine // for the rules in SecLang
	engineOf *Rules
	strict   *crs.Machine // for those of paranoia level 2
	evidence []string
	found    []uint16 // of these rules
	ids      []string // texts of theirs
}

// NewMachine returns an empty machine.
func NewMachine() *Machine { return &Machine{} }

// view is one reading of a part of the request: the decoded text, the same in
// lower case at the same offsets, and for a query where each name and value is.
type view struct {
	text, low []byte
	args      []span
}

type span struct{ from, to int }

func (v *view) reset() { v.text, v.low, v.args = v.text[:0], v.low[:0], v.args[:0] }

// finish makes the lower case.
func (v *view) finish() {
	v.low = append(v.low[:0], v.text...)
	for i, c := range v.low {
		v.low[i] = lower(c)
	}
}

// plain fills the view with a decoded path or header. With plus, + is a space.
func (v *view) plain(raw string, plus bool) {
	v.reset()
	v.text = append(v.text, raw...)
	v.text = decode(v.text, plus)
	v.finish()
}

// query fills the view with a query, decoded piece by piece so that an encoded &
// or = divides nothing.
func (v *view) query(raw string) {
	v.reset()
	for raw != "" {
		piece, rest := raw, ""
		if len(v.args) < maxArgs {
			piece, rest = cutArg(raw)
		}
		name, value, hasValue := strings.Cut(piece, "=")
		v.arg(name)
		if hasValue {
			v.text = append(v.text, '=')
			v.arg(value)
		}
		if raw = rest; raw != "" {
			v.text = append(v.text, '&')
		}
	}
	v.finish()
}

func (v *view) arg(raw string) {
	from := len(v.text)
	v.text = append(v.text, raw...)
	v.text = v.text[:from+len(decode(v.text[from:], true))]
	if len(v.text) > from {
		v.args = append(v.args, span{from, len(v.text)})
	}
}

// cutArg cuts at the first & that begins no HTML entity.
func cutArg(raw string) (piece, rest string) {
	for at := 0; ; at++ {
		i := strings.IndexByte(raw[at:], '&')
		if i < 0 {
			return raw, ""
		}
		at += i
		var ahead [maxEntity]byte
		if _, c := entity(ahead[:copy(ahead[:], raw[at:])]); c < 0 {
			return raw[:at], raw[at+1:]
		}
	}
}

// reduce fills v with from's text, in which closed comments and the shell's
// separator variable are spaces; it reports whether there were any.
func (v *view) reduce(from *view) bool {
	if !bytes.Contains(from.low, []byte("/*")) && !bytes.Contains(from.low, []byte("ifs")) {
		return false
	}
	v.reset()
	changed, done := false, 0
	for _, s := range from.args {
		v.text = append(v.text, from.text[done:s.from]...)
		start := len(v.text)
		changed = v.spaced(from.text[s.from:s.to], from.low[s.from:s.to]) || changed
		v.args = append(v.args, span{start, len(v.text)})
		done = s.to
	}
	changed = v.spaced(from.text[done:], from.low[done:]) || changed
	v.finish()
	return changed
}

func (v *view) spaced(text, low []byte) bool {
	changed := false
	for i := 0; i < len(text); {
		n := separator(low[i:])
		if n == 0 {
			v.text = append(v.text, text[i])
			i++
			continue
		}
		// The words of a comment that a data base executes (/*!50000select*/) stay.
		if words := bytes.TrimLeft(text[i:i+n], "/*!0123456789"); n > 4 && low[i+2] == '!' {
			v.text = append(append(v.text, ' '), words[:max(0, len(words)-2)]...)
		}
		v.text = append(v.text, ' ')
		i, changed = i+n, true
	}
	return changed
}

// separator returns the length of the comment or $IFS at the start of the text.
func separator(low []byte) int {
	if len(low) < 4 {
		return 0
	}
	switch {
	case low[0] == '/' && low[1] == '*':
		if end := bytes.Index(low[2:], []byte("*/")); end >= 0 {
			return end + 4
		}
	case low[0] == '$' && bytes.HasPrefix(low, []byte("${ifs}")):
		return 6
	case low[0] == '$' && bytes.HasPrefix(low, []byte("$ifs$9")):
		return 6
	case low[0] == '$' && bytes.HasPrefix(low, []byte("$ifs")):
		return 4
	}
	return 0
}

// targetOf returns the request target of the event: http.url, or what the
// parts in http.url_details say.
func (m *Machine) targetOf(e *event.Event) string {
	if v, ok := e.Get(event.HTTPURL); ok && v.Str() != "" {
		return clip(v.Str())
	}
	details, ok := e.Get(event.HTTPURLDetails)
	if !ok || details.Kind() != event.Object {
		return ""
	}
	m.target = m.target[:0]
	if path, found := e.Key(details, "path"); found {
		m.target = append(m.target, path.Str()...)
	}
	args, _ := e.Key(details, "queryString")
	if args.Kind() == event.String {
		m.target = append(append(m.target, '?'), args.Str()...)
	}
	mark := byte('?')
	for name, value := range e.Items(args) {
		if args.Kind() != event.Object || len(m.target) > MaxPart {
			break
		}
		if value.Kind() != event.Array {
			m.addArg(mark, name, value.Str())
			mark = '&'
		}
		for _, item := range e.Items(value) {
			m.addArg(mark, name, item.Str())
			mark = '&'
		}
	}
	return clip(e.Intern(m.target))
}

// addArg appends a parameter that was decoded already.
func (m *Machine) addArg(mark byte, name, value string) {
	m.target = append(m.target, mark)
	m.target = appendEscaped(m.target, name)
	m.target = append(m.target, '=')
	m.target = appendEscaped(m.target, value)
}

func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := range min(len(s), MaxPart) {
		switch c := s[i]; c {
		case '&', '=', '%', '+', '#':
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func clip(s string) string { return s[:min(len(s), MaxPart)] }

// splitTarget returns the path, without scheme and host, and the query.
func splitTarget(target string) (path, query string) {
	path, query, _ = strings.Cut(target, "?")
	if scheme := strings.Index(path, "://"); scheme > 0 && scheme <= len("https") {
		if slash := strings.IndexByte(path[scheme+3:], '/'); slash >= 0 {
			return path[scheme+3+slash:], query
		}
	}
	return path, query
}
