package grok

import "github.com/sasumata/sasumata/internal/pipeline/dates"

// ipv4Matcher matches four numbers from 0 to 255 that no digit touches.
type ipv4Matcher struct{}

func (ipv4Matcher) first(set *byteSet) { set.addRange('0', '9') }

func (ipv4Matcher) inside(*byteSet) {}

// Match has the contract of ender.
func (ipv4Matcher) Match(text string, pos, limit int) int {
	if pos > 0 && digit(text[pos-1]) {
		return -1
	}
	end := dotted(text, pos)
	if end > limit || end > 0 && end < len(text) && digit(text[end]) {
		return -1
	}
	return end
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// dotted returns the end of four dotted numbers, -1 when there are none.
func dotted(text string, pos int) int {
	for part := range 4 {
		if part > 0 {
			if pos >= len(text) || text[pos] != '.' {
				return -1
			}
			pos++
		}
		v, n := 0, 0
		for n < 3 && pos < len(text) && digit(text[pos]) {
			v = v*10 + int(text[pos]-'0')
			pos++
			n++
		}
		if n == 0 || v > 255 {
			return -1
		}
	}
	return pos
}

// ipv6Matcher matches the text forms of RFC 4291, with or without a zone.
type ipv6Matcher struct{}

func (ipv6Matcher) first(set *byteSet) {
	set.addRange('0', '9')
	set.addRange('a', 'f')
	set.addRange('A', 'F')
	set.add(':')
}

func (ipv6Matcher) inside(set *byteSet) {
	// The zone is a name.
	hostMatcher{}.inside(set)
	set.add('_')
	set.add(':')
	set.add('%')
}

// maxIPv6 is the length of the longest text form without a zone.
const maxIPv6 = 45

// Match has the contract of ender.
func (ipv6Matcher) Match(text string, pos, limit int) int {
	run, colons := pos, 0
	for run < limit && run-pos < maxIPv6 && (hexDigit(text[run]) || text[run] == ':' || text[run] == '.') {
		if text[run] == ':' {
			colons++
		}
		run++
	}
	if colons < 2 {
		return -1
	}
	for end := run; end-pos >= 2; end-- {
		if !validIPv6(text[pos:end]) {
			continue
		}
		if end < limit && text[end] == '%' {
			zone := end + 1
			for zone < limit && (wordByte(text[zone]) || text[zone] == '.' || text[zone] == '-') {
				zone++
			}
			if zone > end+1 {
				return zone
			}
		}
		return end
	}
	return -1
}

func hexDigit(c byte) bool {
	return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// validIPv6 reports whether s is eight groups, fewer around one "::", or has a
// dotted end.
func validIPv6(s string) bool {
	groups, gap, i := 0, false, 0
	if s[0] == ':' {
		if s[1] != ':' {
			return false
		}
		gap, i = true, 2
	}
	for i < len(s) {
		n := 0
		for i+n < len(s) && n < 5 && hexDigit(s[i+n]) {
			n++
		}
		if n == 0 || n > 4 {
			return false
		}
		if i+n < len(s) && s[i+n] == '.' {
			return dotted(s, i) == len(s) && (groups == 6 || gap && groups < 6)
		}
		groups++
		i += n
		if i == len(s) {
			break
		}
		if s[i] != ':' || i+1 == len(s) {
			return false
		}
		i++
		if s[i] == ':' {
			if gap {
				return false
			}
			gap = true
			i++
		}
	}
	return groups == 8 && !gap || gap && groups < 8
}

// hostMatcher matches a host name: labels of letters, digits and dashes.
type hostMatcher struct{}

func (hostMatcher) first(set *byteSet) {
	set.addRange('0', '9')
	set.addRange('a', 'z')
	set.addRange('A', 'Z')
}

func (f hostMatcher) inside(set *byteSet) {
	f.first(set)
	set.add('.')
	set.add('-')
}

// maxLabel is the length of one label of a host name.
const maxLabel = 63

// Match has the contract of ender.
func (hostMatcher) Match(text string, pos, limit int) int {
	if pos > 0 && wordByte(text[pos-1]) {
		return -1
	}
	end := pos
	for end < limit && alphanumeric(text[end]) {
		label := end
		for end < limit && end-label < maxLabel && (alphanumeric(text[end]) || text[end] == '-') {
			end++
		}
		if end >= limit || text[end] != '.' {
			return end
		}
		end++ // a point may end the name
	}
	if end == pos {
		return -1
	}
	return end
}

func alphanumeric(c byte) bool {
	return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// dateMatcher matches the structure of a date.
type dateMatcher struct{ layout *dates.Layout }

func (d dateMatcher) first(set *byteSet) {
	for b := range 256 {
		if d.layout.StartsWith(byte(b)) {
			set.add(byte(b))
		}
	}
}

func (d dateMatcher) inside(set *byteSet) {
	if d.layout.Ambiguous() {
		set.addRange(0, 0xff)
	}
}

// Match has the contract of ender.
func (d dateMatcher) Match(text string, pos, limit int) int {
	if limit <= pos {
		return -1
	}
	return d.layout.Match(text, pos, limit)
}
