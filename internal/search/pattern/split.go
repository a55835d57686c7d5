package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a message.
type token struct {
	text string
	// varies says that it looks like a value: a number, an address, an id.
	varies bool
	// rest says that it stands for all that is not looked at.
	rest bool
}

// splitter cuts messages into words. What it returns belongs to the message, and to the
// splitter until the next one.
type splitter struct {
	words []token
	gaps  []string
}

// longQuote is from how many words on a text in quotes is one value: a user agent, a
// sentence that somebody wrote. What is shorter, as a line of a request, is words.
const longQuote = 4

// cut returns the words of a message, and what is between them: gaps are one more.
func (s *splitter) cut(message string) ([]token, []string) {
	s.words, s.gaps = s.words[:0], s.gaps[:0]
	text := message
	if len(text) > maxBytes {
		text = text[:maxBytes]
	}
	gap, at, open := 0, 0, false
	for at < len(text) {
		if n := gapLen(text, at); n > 0 {
			at += n
			if text[at-1] != '"' {
				continue
			}
			if open = !open; !open || len(s.words) == maxWords-1 {
				continue
			}
			if end := quoted(text, at); end > 0 {
				s.word(text[gap:at], token{text: text[at:end], varies: true})
				gap, at = end, end
			}
			continue
		}
		if len(s.words) == maxWords-1 {
			break
		}
		end := wordEnd(text, at)
		if end == len(text) && len(text) < len(message) {
			break // it goes on
		}
		s.word(text[gap:at], token{text: text[at:end], varies: varies(text[at:end])})
		gap, at = end, end
	}
	if at < len(text) || len(text) < len(message) {
		s.word(text[gap:at], token{text: message[at:], varies: true, rest: true})
		gap, at = len(text), len(text)
	}
	s.gaps = append(s.gaps, text[gap:at])
	return s.words, s.gaps
}

func (s *splitter) word(gap string, w token) {
	s.gaps, s.words = append(s.gaps, gap), append(s.words, w)
}

// gapLen returns the length of what stands between words at the offset; 0 where a word
// begins.
func gapLen(text string, at int) int {
	c := text[at]
	if c >= utf8.RuneSelf {
		r, n := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) || unicode.Is(unicode.Ps, r) || unicode.Is(unicode.Pe, r) || strings.ContainsRune("、。：，；", r) {
			return n
		}
		return 0
	}
	switch c {
	case ' ', '\t', '\n', '\v', '\f', '\r', '=', ',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '"', '|':
		return 1
	case ':', '.', '\'', '!', '?':
		// Within an address, a time or a name they belong to it.
		if at+1 == len(text) || at == 0 || isSpace(text[at+1]) || isSpace(text[at-1]) {
			return 1
		}
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// wordEnd returns where the word ends that begins at the offset. A word changes where the
// script does: between 192.0.2.7 and から nobody writes a blank.
func wordEnd(text string, at int) int {
	if isPath(text[at:]) {
		return pathEnd(text, at)
	}
	r, n := utf8.DecodeRuneInString(text[at:])
	wide := isWide(r)
	for at += n; at < len(text); at += n {
		if gapLen(text, at) > 0 {
			break
		}
		if r, n = utf8.DecodeRuneInString(text[at:]); isWide(r) != wide {
			break
		}
	}
	return at
}

// isPath reports a path or a URL, which is one word whatever is in it.
func isPath(text string) bool {
	return text[0] == '/' || strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// pathEnd returns where a path ends. Brackets and marks at its end are not its own.
func pathEnd(text string, at int) int {
	end := at + 1
	for end < len(text) && !isSpace(text[end]) && text[end] != '"' {
		end++
	}
	return at + max(1, len(strings.TrimRight(text[at:end], ".,:;)]}>'")))
}

// isWide reports Kana and Han.
func isWide(r rune) bool {
	return r >= 0x3005 && (r <= 0x30ff || r >= 0x31f0 && r <= 0x31ff || r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0xff66 && r <= 0xff9f || r >= 0x20000 && r <= 0x3ffff)
}

// varies reports whether a word looks like a value.
func varies(text string) bool {
	return len(text) > maxWord || isPath(text) || strings.ContainsAny(text, "0123456789")
}

// quoted returns where the text in quotes ends that begins at the offset, if it has many
// words; otherwise 0.
func quoted(text string, at int) int {
	end := strings.IndexByte(text[at:], '"')
	if end <= 0 || strings.Count(text[at:at+end], " ") < longQuote {
		return 0
	}
	return at + end
}
