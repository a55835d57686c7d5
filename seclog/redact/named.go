package redact

import "strings"

// secret is a piece of a text that nobody shall read. Its kind is empty when
// there is none.
type secret struct {
	start, end int
	kind       string
	quote      bool // the mark needs quotes of its own
}

func (s secret) mark() string {
	if s.quote {
		return `"[REDACTED:` + s.kind + `]"`
	}
	return "[REDACTED:" + s.kind + "]"
}

// finders are the ways to find the first secret at or behind a position. Each
// costs one scan of the text.
func finders() [9]func(text string, from int) secret {
	return [...]func(string, int) secret{findAssigned, findHeader, findElement, findEscapedElement, findDashes, findToken, findCard, findPercent, findBasic}
}

// findAssigned finds name=value.
func findAssigned(text string, from int) secret { return findNamed(text, from, '=') }

// findHeader finds name: value, "name":"value", and scheme://user:password@host.
func findHeader(text string, from int) secret { return findNamed(text, from, ':') }

func findNamed(text string, from int, separator byte) secret {
	for from < len(text) {
		i := strings.IndexByte(text[from:], separator)
		if i < 0 {
			break
		}
		i += from
		if i > from && endsName(text[i-1]) {
			if name := nameBefore(text, i, from); name != "" {
				if s := namedAt(text, i, name); s.kind != "" {
					return s
				}
			} else if separator == '=' && strings.HasSuffix(text[from:i], " name") {
				if s := partAt(text, i); s.kind != "" {
					return s
				}
			}
		}
		if i+2 < len(text) && text[i+1] == '/' && text[i+2] == '/' && separator == ':' {
			if s := userInfo(text, i+3); s.kind != "" {
				return s
			}
		}
		from = i + 1
	}
	return secret{}
}

// Sets of ASCII characters: each character of the set stands in its place among
// the 128, a point in the place of every other one. A look into such a table is
// the cheapest question that can be asked of most bytes of a log.
const (
	noControls = "................................" // 0x00 to 0x1f

	tokenSet = noControls +
		".............-..0123456789......" +
		".ABCDEFGHIJKLMNOPQRSTUVWXYZ...._" +
		".abcdefghijklmnopqrstuvwxyz....."

	endsNameSet = noControls +
		` ."....'.........12.............` +
		`...CDE.......MN...RST.V..Y..\]..` +
		"...cde.......mn...rst.v..y......"
)

// endsName reports the last characters of secrets' names, and what may stand
// between a name and its separator: most separators are none of ours.
func endsName(c byte) bool { return c < 128 && endsNameSet[c] != '.' }

// nameBefore returns the text up to the end of the name before the separator at i,
// from the position from on, if a secret goes by that name.
func nameBefore(text string, i, from int) string {
	end := i
	for end > from && i-end < 4 && (text[end-1] == '"' || text[end-1] == '\'' || text[end-1] == '\\' || text[end-1] == ' ' || text[end-1] == ']') {
		end--
	}
	if secretName(text[from:end]) == "" {
		return ""
	}
	return text[from:end]
}

// namedAt judges the value behind the separator at i.
func namedAt(text string, i int, name string) secret {
	kind := secretName(name)
	if strings.HasPrefix(text[i:], "::") {
		return secret{} // a scope of a programming language
	}
	s := valueAt(text, i+1, kind)
	if s.end <= s.start || harmless(kind, text[s.start:s.end]) || isDirectory(name, text[s.start:s.end]) {
		return secret{}
	}
	return s
}

// isDirectory tells the shell's working directory from a password: both go by pwd.
func isDirectory(name, value string) bool {
	return strings.HasPrefix(value, "/") && len(name) >= 3 && foldEqual(name[len(name)-3:], "pwd")
}

// secretName returns the kind of secret that goes by the name, which stands at
// the end of the text, or "". Case, - and _ do not matter; the name may be the last
// in brackets, as forms have it (user[password]).
func secretName(text string) string {
	text = strings.TrimSuffix(text, "]")
	if n := len(text) - len("%5d"); n > 0 && text[n] == '%' && foldEqual(text[n:], "%5d") {
		text = text[:n]
	}
	if len(text) < 2 || !endsLikeSecret(text[len(text)-2], text[len(text)-1]|0x20) {
		return ""
	}
	switch text[len(text)-1] | 0x20 {
	case '1', '2':
		if isPassword(text[:len(text)-1]) { // the second one repeats it
			return "password"
		}
	case 'm':
		if nameEnds(text, "passwordconfirm", false) {
			return "password"
		}
	case 'd':
		switch {
		case isPassword(text):
			return "password"
		case nameEnds(text, "sessionid", false), nameEnds(text, "sessid", false), nameEnds(text, "connect.sid", false):
			return "session"
		case nameEnds(text, "creditcard", false):
			return "card"
		}
	case 's':
		switch {
		case isPassword(text):
			return "password"
		case nameEnds(text, "cookies", false):
			return "cookie"
		}
	case 'e':
		switch {
		case nameEnds(text, "cookie", false):
			return "cookie"
		case nameEnds(text, "passphrase", false):
			return "password"
		}
	case 't':
		switch {
		case nameEnds(text, "secret", false):
			return "secret"
		case nameEnds(text, "passwordrepeat", false):
			return "password"
		}
	case 'n':
		switch {
		case nameEnds(text, "passwordconfirmation", false), nameEnds(text, "passwordagain", false):
			return "password"
		case nameEnds(text, "token", false):
			return "token"
		case nameEnds(text, "authorization", false):
			return "authorization"
		}
	case 'y':
		if nameEnds(text, "apikey", false) || nameEnds(text, "secretkey", false) || nameEnds(text, "accesskey", false) || nameEnds(text, "privatekey", false) {
			return "key"
		}
	case 'r':
		if nameEnds(text, "cardnumber", false) {
			return "card"
		}
	case 'v', 'c':
		if nameEnds(text, "cvv", true) || nameEnds(text, "cvc", true) {
			return "card"
		}
	}
	return ""
}

// endsLikeSecret reports the last two characters of the names that secretName knows, the
// last in lower case: it rules out nearly all others.
func endsLikeSecret(before, last byte) bool {
	if before == '_' || before == '-' {
		return true // which mean nothing
	}
	switch before |= 0x20; last {
	case 'd':
		return before == 'r' || before == 'w' || before == 'i'
	case 'e':
		return before == 'i' || before == 's'
	case 'm':
		return before == 'r'
	case 'n':
		return before == 'o' || before == 'i' || before == 'e'
	case 'r', 'y':
		return before == 'e'
	case 's':
		return before == 's' || before == 'e'
	case 't':
		return before == 'e' || before == 'a'
	case 'v', 'c':
		return before == 'v'
	case '1', '2':
		return before == 'd' || before == 's'
	default:
		return false
	}
}

// isPassword reports whether the text ends in a usual name of a password.
func isPassword(text string) bool {
	return nameEnds(text, "password", false) || nameEnds(text, "passwd", false) || nameEnds(text, "pwd", true) || nameEnds(text, "pass", true)
}

// nameEnds reports whether the text ends in the name; whole says that no letter
// or digit may stand before it.
func nameEnds(text, name string, whole bool) bool {
	i := len(text)
	for n := len(name); n > 0; {
		if i == 0 {
			return false
		}
		i--
		c := text[i]
		if (c == '_' || c == '-') && n < len(name) {
			continue
		}
		if c|0x20 != name[n-1]|0x20 {
			return false
		}
		n--
	}
	return !whole || i == 0 || !isLetter(text[i-1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' }

// foldEqual compares with a lower-case ASCII word.
func foldEqual(text, lower string) bool {
	if len(text) != len(lower) {
		return false
	}
	for i := range len(lower) {
		if text[i]|0x20 != lower[i]|0x20 {
			return false
		}
	}
	return true
}

// minSession is the length in bytes of the shortest session id that lets anybody
// in. Firewalls number sessions.
const minSession = 12

// harmless reports values that are no secrets although their name says so.
func harmless(kind, value string) bool {
	if strings.HasPrefix(value, "[REDACTED:") || strings.Trim(value, "*-?. ") == "" {
		return true
	}
	if kind == "session" {
		return len(value) < minSession || strings.Trim(value, "0123456789") == ""
	}
	if len(value) > len("undefined") {
		return false
	}
	switch strings.ToLower(value) {
	case "yes", "no", "true", "false", "null", "none", "nil", "invalid", "incorrect", "wrong", "expired", "required",
		"missing", "failed", "failure", "undefined", "empty", "not", "is", "was", "has", "for", "must", "unknown", "(null)", "n/a":
		return true
	default:
		return false
	}
}

// valueAt returns where the value behind a separator stands.
func valueAt(text string, at int, kind string) secret {
	for skip := 0; skip < 2 && at < len(text) && text[at] == ' '; skip++ {
		at++
	}
	s := secret{start: at, end: at, kind: kind}
	rest := text[at:]
	escape := 0
	for escape < len(rest) && escape < 8 && rest[escape] == '\\' {
		escape++
	}
	if escape < len(rest) && (rest[escape] == '"' || rest[escape] == '\'') {
		quote := rest[:escape+1]
		s.start = at + len(quote)
		s.end = s.start + closing(text[s.start:], quote)
		return s
	}
	if rest != "" && (rest[0] == '[' || rest[0] == '{') {
		if strings.HasPrefix(rest, "[REDACTED:") || rest[0] == '{' && kind != "cookie" {
			return s
		}
		s.end, s.quote = at+bracketed(rest), true
		return s
	}
	stops := valueStops
	if kind == "cookie" || kind == "authorization" {
		stops = "\r\n\"'`]}<>|" // several words, several pairs
	}
	if i := strings.IndexAny(rest, stops); i >= 0 {
		rest = rest[:i]
	}
	rest = strings.TrimRight(rest, `\`)
	s.end = at + len(rest)
	return s
}

// closing returns where the quote closes that was opened with the same
// backslashes, or the length of the text.
func closing(text, quote string) int {
	mark := quote[len(quote)-1]
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			n := 1
			for i+n < len(text) && text[i+n] == '\\' {
				n++
			}
			if n == len(quote)-1 && i+n < len(text) && text[i+n] == mark {
				return i
			}
			i += n
			if n%2 == 0 {
				i-- // the backslashes escape each other
			}
			continue
		}
		if text[i] == mark {
			return i
		}
	}
	return len(text)
}

// bracketed returns the length of the array or object at the start of the text.
func bracketed(text string) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// maxAuthority is the length in bytes of the longest user:password@host.
const maxAuthority = 256

// userInfo finds the password in user:password@host, which begins at at.
func userInfo(text string, at int) secret {
	rest := text[at:min(len(text), at+maxAuthority)]
	last := -1
	if strings.IndexByte(rest, '@') < 0 {
		return secret{}
	}
	for i := 0; i < len(rest) && !endsAuthority(rest[i]); i++ {
		if rest[i] == '@' {
			last = i
		}
	}
	if last < 0 {
		return secret{}
	}
	colon := strings.IndexByte(rest[:last], ':')
	if colon < 0 || colon+1 == last || harmless("password", rest[colon+1:last]) {
		return secret{}
	}
	return secret{start: at + colon + 1, end: at + last, kind: "password"}
}

func endsAuthority(c byte) bool {
	switch c {
	case '/', ' ', '"', '\'', '<', '>', '?', '#':
		return true
	default:
		return false
	}
}
