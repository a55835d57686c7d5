package waf

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// betweenClient stands between referer and user agent.
const betweenClient = `" "`

// combined is a line in the combined log format, divided.
type combined struct {
	// request is what stands in the first pair of quotes, client the other two with
	// what is between them.
	request, client []byte
}

// divide takes a line apart if it is one that can be read in one way only:
//
//	ADDRESS - USER [DATE] "REQUEST" STATUS BYTES "REFERER" "AGENT"
//
// in printable ASCII, with nothing that the server had to escape, and no quotes but
// these six; the addresses of proxies may follow in two more, as nginx's own format
// has them.
func (d *dates) divide(line []byte) (l combined, ok bool) {
	from := bytes.IndexByte(line, '"')
	if from < 0 || !d.plainHead(line[:from]) || !printable(line) || bytes.IndexByte(line, '\\') >= 0 {
		return l, false
	}
	rest := line[from+1:]
	to := bytes.IndexByte(rest, '"')
	if to < 0 {
		return l, false
	}
	l.request, rest = rest[:to], rest[to+1:]
	n := plainAnswer(rest)
	if n == 0 {
		return l, false
	}
	rest = rest[n:]
	middle := bytes.IndexByte(rest, '"')
	if middle < 0 || !bytes.HasPrefix(rest[middle:], []byte(betweenClient)) {
		return l, false
	}
	agent := middle + len(betweenClient)
	end := bytes.IndexByte(rest[agent:], '"')
	if end < 0 {
		return l, false
	}
	l.client = rest[:agent+end]
	return l, isProxies(rest[agent+end+1:])
}

// isProxies reports whether the text is empty or ` "ADDRESSES"`.
func isProxies(s []byte) bool {
	if len(s) == 0 {
		return true
	}
	if len(s) < len(` ""`) || !bytes.HasPrefix(s, []byte(` "`)) || s[len(s)-1] != '"' {
		return false
	}
	for _, c := range s[2 : len(s)-1] {
		if c != '-' && c != ',' && c != ' ' && !isAddress(c) {
			return false
		}
	}
	return true
}

// printable reports whether the text is ASCII without control characters.
func printable(s []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	// With the high bits clear, a byte has its own set in the sum with 0x60 from 0x20
	// on, and in that with 1 for 0x7f.
	all, none := uint64(highs), uint64(0)
	for ; len(s) >= 16; s = s[16:] {
		v, w := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[8:])
		none |= v | w | (v + ones) | (w + ones)
		all &= (v + 0x60*ones) & (w + 0x60*ones)
	}
	if none&highs != 0 || all != highs {
		return false
	}
	for i := range s {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// plainHead reports whether the text is `ADDRESS - USER [DATE] `.
func (d *dates) plainHead(head []byte) bool {
	if len(head) < dateSize {
		return false
	}
	before, when := head[:len(head)-dateSize], head[len(head)-dateSize:]
	address, user, ok := bytes.Cut(before, []byte(" - "))
	if !ok || len(address) == 0 || len(user) < 2 || user[len(user)-1] != ' ' || !d.known(when) {
		return false
	}
	for i := range address {
		if !isAddress(address[i]) {
			return false
		}
	}
	for i := range len(user) - 1 {
		if !isUser(user[i]) {
			return false
		}
	}
	return true
}

func isAddress(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == ':' || c >= 'a' && c <= 'f'
}

func isUser(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.' || c == '@'
}

// dateSize is the length of `[02/Jan/2006:15:04:05 -0700] `.
const dateSize = 29

// dates tells dates from other texts. Most lines are of the minute of the line before,
// whose date it keeps.
type dates struct{ last [dateSize]byte }

// known reports whether the text, of dateSize bytes, is a date.
func (d *dates) known(s []byte) bool {
	const seconds = len("[02/Jan/2006:15:04:")
	if string(s[:seconds]) == string(d.last[:seconds]) && string(s[seconds+2:]) == string(d.last[seconds+2:]) && isDigit(s[seconds]) && isDigit(s[seconds+1]) {
		return true
	}
	if !isDate(s) {
		return false
	}
	copy(d.last[:], s)
	return true
}

// isDate reports whether the text is a date.
func isDate(s []byte) bool {
	const form = "[00/Aaa/0000:00:00:00 +0000] "
	s = s[:len(form)]
	for i := range len(form) {
		c := s[i]
		switch form[i] {
		case '0':
			c -= '0'
			if c > 9 {
				return false
			}
		case 'A':
			if c -= 'A'; c > 25 {
				return false
			}
		case 'a':
			if c -= 'a'; c > 25 {
				return false
			}
		case '+':
			if c != '+' && c != '-' {
				return false
			}
		default:
			if c != form[i] {
				return false
			}
		}
	}
	return true
}

// plainAnswer returns the length of ` STATUS BYTES "`, 0 when something else stands
// there.
func plainAnswer(s []byte) int {
	if len(s) < len(` 200 0 "`) || s[0] != ' ' || s[4] != ' ' || !isDigit(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return 0
	}
	i := 5
	if s[i] == '-' {
		i++
	} else {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
	}
	if i == 5 || !bytes.HasPrefix(s[i:], []byte(` "`)) {
		return 0
	}
	return i + len(` "`)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// divideRequest takes `METHOD TARGET HTTP/1.1` apart.
func divideRequest(text string) (method, target, version string, ok bool) {
	method, rest, _ := strings.Cut(text, " ")
	if len(method) < 3 || len(method) > 12 {
		return "", "", "", false
	}
	for i := range len(method) {
		if method[i] < 'A' || method[i] > 'Z' {
			return "", "", "", false
		}
	}
	target, version, ok = strings.Cut(rest, " HTTP/")
	switch version {
	case "1.0", "1.1", "2.0", "3.0":
		return method, target, version, ok && target != "" && strings.IndexByte(target, ' ') < 0
	}
	return "", "", "", false
}
