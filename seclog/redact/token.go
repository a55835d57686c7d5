package redact

import "strings"

// findDashes finds private keys in PEM form, and options of a command line
// (--password hunter2).
func findDashes(text string, from int) secret {
	for from < len(text) {
		i := strings.Index(text[from:], "--")
		if i < 0 {
			break
		}
		i += from
		rest := text[i+2:]
		if strings.HasPrefix(rest, "---BEGIN ") {
			if s := privateKey(text, i); s.kind != "" {
				return s
			}
		} else if s := option(text, i+2); s.kind != "" {
			return s
		}
		from = i + 2
		for from < len(text) && text[from] == '-' {
			from++
		}
	}
	return secret{}
}

// privateKey finds what stands between the lines of a PEM block.
func privateKey(text string, at int) secret {
	const begin = "-----BEGIN "
	title, _, ok := strings.Cut(text[at+len(begin):min(len(text), at+len(begin)+64)], "-----")
	if !ok || !strings.HasSuffix(title, "PRIVATE KEY") && !strings.HasSuffix(title, "PRIVATE KEY BLOCK") {
		return secret{}
	}
	start := at + len(begin) + len(title) + len("-----")
	end := len(text)
	if i := strings.Index(text[start:], "-----END"); i >= 0 {
		end = start + i
	}
	if start == end || strings.HasPrefix(text[start:], "[REDACTED:") {
		return secret{}
	}
	return secret{start: start, end: end, kind: "private_key"}
}

// maxOption is the length in bytes of the longest name of an option.
const maxOption = 32

// option finds the value behind "--name ". The form --name=value is an
// assignment.
func option(text string, at int) secret {
	end := at
	for end < len(text) && end-at <= maxOption && (isLetter(text[end]) || text[end] == '-' || text[end] == '_') {
		end++
	}
	if end == at || end >= len(text) || text[end] != ' ' {
		return secret{}
	}
	kind := secretName(text[at:end])
	if kind == "" {
		return secret{}
	}
	s := valueAt(text, end, kind)
	if s.end <= s.start || text[s.start] == '-' || harmless(kind, text[s.start:s.end]) {
		return secret{}
	}
	return s
}

// A token is found by its own form when it has at least minToken bytes: then one
// of the places that lie tokenStep apart has tokenBack token characters before it,
// and most of a text need not be looked at.
const (
	minToken  = 24
	tokenStep = 16
	tokenBack = minToken - tokenStep
)

// isToken reports the characters of tokens: letters, digits, _ and -.
func isToken(c byte) bool { return c < 128 && tokenSet[c] != '.' }

// findToken finds tokens by what they begin with, or by the word Bearer before
// them.
func findToken(text string, from int) secret {
	for p := from + tokenBack; p < len(text); p += tokenStep {
		if !isToken(text[p]) || !isToken(text[p-tokenBack]) || !isToken(text[p-tokenBack/2]) {
			continue
		}
		start := p
		for start >= from && p-start <= minToken && isToken(text[start]) {
			start--
		}
		start++
		if n := p + 1 - start; n <= tokenBack || n > minToken {
			continue // too short so far, or the step before this one has seen it
		}
		if kind := tokenKind(text, start); kind != "" {
			end := p
			for end < len(text) && (isToken(text[end]) || text[end] == '.' || text[end] == '+' || text[end] == '/' || text[end] == '=') {
				end++
			}
			if end-start >= minToken {
				return secret{start: start, end: end, kind: kind}
			}
		}
	}
	return secret{}
}

// tokenKind judges by the beginning of the token at start.
func tokenKind(text string, start int) string {
	rest := text[start:]
	prefixes := ""
	switch rest[0] {
	case 'e':
		if strings.HasPrefix(rest, "eyJ") && isWebToken(rest) {
			return "jwt"
		}
	case 'g':
		prefixes = "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- "
	case 'x':
		prefixes = "xoxb- xoxp- xoxa- xoxr- xoxs- xapp- "
	case 's':
		prefixes = "sk_live_ sk_test_ sk-ant- sk-proj- "
	case 'r':
		prefixes = "rk_live_ "
	case 'A':
		prefixes = "AIza "
	case 'n':
		prefixes = "npm_ "
	case 'p':
		prefixes = "pypi- "
	case 'd':
		prefixes = "dop_v1_ "
	}
	for prefixes != "" {
		var prefix string
		prefix, prefixes, _ = strings.Cut(prefixes, " ")
		if strings.HasPrefix(rest, prefix) {
			return "token"
		}
	}
	if start >= len("bearer ") && text[start-1] == ' ' && foldEqual(text[start-len("bearer "):start-1], "bearer") {
		return "token"
	}
	return ""
}

// isWebToken reports a JSON Web Token: header, point, claims.
func isWebToken(text string) bool {
	i := 0
	for i < len(text) && isToken(text[i]) {
		i++
	}
	return i < len(text) && text[i] == '.' && strings.HasPrefix(text[i+1:], "eyJ")
}

// minCard and maxCard are the numbers of digits of a card number.
const (
	minCard = 13
	maxCard = 19
)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// findCard finds card numbers, also in groups with spaces or dashes: of a known
// issuer, and with a check digit that is right.
func findCard(text string, from int) secret {
	for p := from + minCard - 1; p < len(text); p += minCard {
		if !isDigit(text[p]) && !isGap(text, p) {
			continue
		}
		start := p
		for start > from && p-start < 2*maxCard && (isDigit(text[start-1]) || isGap(text, start-1)) {
			start--
		}
		end := p + 1
		for end < len(text) && end-start < 2*maxCard && (isDigit(text[end]) || isGap(text, end)) {
			end++
		}
		if end-start >= minCard && isCard(text, start, end) {
			return secret{start: start, end: end, kind: "card"}
		}
	}
	return secret{}
}

// isGap reports a space or dash between two digits.
func isGap(text string, i int) bool {
	return (text[i] == ' ' || text[i] == '-') && i > 0 && i+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1])
}

// isCard checks what surrounds the number, how its digits are grouped, who issued
// it, and its check digit.
func isCard(text string, start, end int) bool {
	if start > 0 && (isToken(text[start-1]) || text[start-1] == '.') || end < len(text) && isToken(text[end]) {
		return false
	}
	var number [maxCard]byte
	n, group := 0, 0
	for i := start; i < end; i++ {
		if !isDigit(text[i]) {
			if group != 4 && group != 6 {
				return false
			}
			group = 0
			continue
		}
		if n == maxCard {
			return false
		}
		number[n] = text[i] - '0'
		n++
		group++
	}
	return n >= minCard && group >= 3 && issuer(number[:n]) && luhn(number[:n])
}

// issuer reports whether a known issuer numbers cards so.
func issuer(d []byte) bool {
	two := int(d[0])*10 + int(d[1])
	four := two*100 + int(d[2])*10 + int(d[3])
	switch n := len(d); {
	case d[0] == 4:
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		return n == 16
	case two == 34, two == 37:
		return n == 15
	case four == 6011, two == 65, four >= 6440 && four <= 6499, two == 62, four >= 3528 && four <= 3589:
		return n == 16
	case two == 36, two == 38, four >= 3000 && four <= 3059:
		return n == 14
	default:
		return false
	}
}

func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		v := int(d[len(d)-1-i])
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
