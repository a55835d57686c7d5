package crs

import (
	"net/url"
	"strings"

	"github.com/sasumata/sasumata/internal/waf/transform"
)

// Limits of one request. What exceeds them is not looked at.
const (
	// MaxPart is how many bytes of each field of a request are looked at.
	MaxPart = 16 << 10
	// maxArgs is how many parameters (each in query and form) and cookies are; Coraza
	// has the same limit.
	maxArgs = 1000
)

// Request is a request as a log shows it.
type Request struct {
	// Method, URI and Protocol are the three words of the request line. The URI is as
	// the client sent it: what the server wrote as \x22 is a quotation mark.
	Method, URI, Protocol string
	// UserAgent and Referer are the headers; empty when they are missing.
	UserAgent, Referer string
	// Cookie is the header of that name; empty when the log does not have it.
	Cookie string
	// ContentType is the header of that name, which says how to read the body; empty or
	// a hyphen when the log does not have it.
	ContentType string
	// Body is what the log has of the body, which may be cut off anywhere; empty when it
	// does not have it.
	Body string
}

// value is one text of a request.
type value struct {
	slot slot
	// key is its name in a collection, str the text when the request holds it as it
	// stands. Otherwise the text is made, and stands in the arena.
	key      piece
	str      string
	from, to int32
}

// piece is a text of the request, or one in the arena.
type piece struct {
	str      string
	from, to int32
}

// load fills the values of one group.
func (m *Machine) load(r *Request, g groupSet) {
	switch g {
	case groupLine:
		m.loadLine(r)
	case groupAgent:
		m.header(slotUserAgent, "User-Agent", clip(r.UserAgent))
	case groupReferer:
		m.header(slotReferer, "Referer", clip(r.Referer))
	case groupType:
		m.header(slotContentType, "Content-Type", clip(r.ContentType))
	case groupCookie:
		m.header(slotCookieHeader, "Cookie", clip(r.Cookie))
		m.cookies(clip(r.Cookie))
	case groupBody:
		m.loadBody(r)
	}
}

func clip(s string) string { return s[:min(len(s), MaxPart)] }

func (m *Machine) header(s slot, name, text string) {
	if text != "" {
		m.add(s, piece{str: name}, text)
	}
}

// add appends a value that the request holds as it stands.
func (m *Machine) add(s slot, key piece, text string) {
	from := len(m.arena)
	m.arena = append(m.arena, text...)
	m.values = append(m.values, value{slot: s, key: key, str: text, from: int32(from), to: int32(len(m.arena))}) // bounded by MaxPart
}

// addMade appends a value that ends the arena.
func (m *Machine) addMade(s slot, key piece, from int) {
	m.values = append(m.values, value{slot: s, key: key, from: int32(from), to: int32(len(m.arena))}) // bounded by MaxPart
}

func (m *Machine) loadLine(r *Request) {
	method, raw, protocol := clip(r.Method), clip(r.URI), clip(r.Protocol)
	m.add(slotMethod, piece{}, method)
	m.add(slotProtocol, piece{}, protocol)
	m.add(slotURIRaw, piece{}, raw)
	m.uri = piece{from: m.values[len(m.values)-1].from, to: m.values[len(m.values)-1].to}
	from := len(m.arena)
	m.arena = append(m.arena, method...)
	m.arena = append(append(m.arena, ' '), raw...)
	m.arena = append(append(m.arena, ' '), protocol...)
	m.addMade(slotLine, piece{}, from)
	uri, _, _ := strings.Cut(raw, "#")
	query, ok := m.plainURI(uri)
	if !ok {
		query = m.parsedURI(uri)
	}
	m.add(slotQuery, piece{}, query)
	m.args(slotArgName, slotArg, query)
}

// plainURI does what parsedURI does for the URIs that clients usually send: from
// the root, without control characters, and the path in characters that stand
// for themselves.
func (m *Machine) plainURI(uri string) (rest string, ok bool) {
	path, query, _ := strings.Cut(uri, "?")
	if path == "" || path[0] != '/' {
		return "", false
	}
	for i := range len(path) {
		if !plainPath(path[i]) {
			return "", false
		}
	}
	for i := range len(query) {
		if query[i] < ' ' || query[i] == 0x7f {
			return "", false
		}
	}
	m.add(slotURI, piece{}, uri)
	m.add(slotFilename, piece{}, path)
	m.add(slotBasename, piece{}, path[basename(path):])
	return query, true
}

// plainPath reports a byte that package url neither decodes nor encodes in paths.
func plainPath(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || strings.IndexByte("/.-_~!$&'()*+,;=:@", c) >= 0
}

// parsedURI divides the URI as Coraza does: by package url, or at the question
// mark when that refuses it.
func (m *Machine) parsedURI(uri string) string {
	text := uri
	path, query, _ := strings.Cut(uri, "?")
	if u, err := url.ParseRequestURI(uri); err == nil {
		text, path, query = u.String(), u.Path, u.RawQuery
	}
	m.add(slotURI, piece{}, text)
	m.add(slotFilename, piece{}, path)
	m.add(slotBasename, piece{}, path[basename(path):])
	return query
}

// basename returns where the last name of the path begins; a path that ends with
// a slash is one name.
func basename(path string) int {
	if at := strings.LastIndexAny(path, `/\`); at+1 < len(path) {
		return at + 1
	}
	return 0
}

// args adds the parameters of a query or form.
func (m *Machine) args(nameSlot, valueSlot slot, query string) {
	for count := 0; query != "" && count < maxArgs; {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		count++
		name, text, _ := strings.Cut(pair, "=")
		key := m.arg(nameSlot, piece{}, name)
		m.values[len(m.values)-1].key = key
		m.arg(valueSlot, key, text)
	}
}

// arg adds a name or value after decoding it.
func (m *Machine) arg(s slot, key piece, raw string) piece {
	if strings.IndexByte(raw, '%') < 0 && strings.IndexByte(raw, '+') < 0 {
		m.add(s, key, raw)
		return piece{str: raw}
	}
	from := len(m.arena)
	m.scratch = append(m.scratch[:0], raw...)
	m.arena, _ = m.urlDecode(m.arena, m.scratch)
	m.addMade(s, key, from)
	return piece{from: int32(from), to: int32(len(m.arena))} // bounded by MaxPart
}

// cookies adds the cookies of the header, trimmed of control characters and
// spaces, not decoded. Members of one name stand together, as in Coraza.
func (m *Machine) cookies(header string) {
	for count := 0; header != "" && count < maxArgs; count++ {
		var pair string
		pair, header, _ = strings.Cut(header, ";")
		if pair = trimControl(pair); pair == "" {
			continue
		}
		name, text, _ := strings.Cut(pair, "=")
		name, text = trimControl(name), trimControl(text)
		if name == "" && text == "" {
			continue
		}
		m.add(slotCookieName, piece{str: name}, name)
		m.add(slotCookie, piece{str: name}, text)
	}
}

func trimControl(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// textOf returns the text of a piece.
func (m *Machine) textOf(p piece) string {
	if p.to > p.from {
		return string(m.arena[p.from:p.to])
	}
	return p.str
}

// appendText appends the text of a piece.
func (m *Machine) appendText(dst []byte, p piece) []byte {
	if p.to > p.from {
		return append(dst, m.arena[p.from:p.to]...)
	}
	return append(dst, p.str...)
}

// keyIs reports whether the value's key is this one, in lower case.
func (m *Machine) keyIs(v *value, key string) bool { return strings.ToLower(m.textOf(v.key)) == key }

func urlDecoder() transform.Func {
	t, _ := transform.Lookup("urldecode")
	return t.Apply
}
