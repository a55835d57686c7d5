package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// findPercent finds name%3Dvalue and name%22%3A%22value: an address inside a parameter
// of an address, also when it was escaped more than once (%253D).
func findPercent(text string, from int) secret {
	for next := from; next < len(text); {
		i := strings.IndexByte(text[next:], '%')
		if i < 0 {
			break
		}
		i += next
		c, n := percentAt(text, i)
		next = i + max(n, 1)
		if c != '=' && c != ':' {
			continue
		}
		name := text[from:i]
		if c == ':' { // of JSON: the name stands in quotes
			name = strings.TrimSuffix(strings.TrimSuffix(name, "%22"), "%2522")
		}
		at := next
		if q, n := percentAt(text, at); q == '"' {
			at += n
		}
		if kind := secretName(name); kind != "" {
			s := secret{start: at, end: percentEnd(text, at), kind: kind}
			if s.end > s.start && !harmless(kind, text[s.start:s.end]) {
				return s
			}
		}
	}
	return secret{}
}

// percentAt returns the ASCII character whose escape stands at i, and how many bytes
// the escape has; 0 when there is none.
func percentAt(text string, i int) (c byte, n int) {
	if i >= len(text) || text[i] != '%' {
		return 0, 0
	}
	n = 1
	for n < 9 && strings.HasPrefix(text[i+n:], "25") {
		n += 2
	}
	if i+n+2 > len(text) {
		return 0, 0
	}
	high, low := hexDigit(text[i+n]), hexDigit(text[i+n+1])
	if high < 0 || low < 0 {
		return 0, 0
	}
	return byte(high<<4 | low), n + 2
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	default:
		return -1
	}
}

// valueStops are the characters that end a value, escaped or not.
const valueStops = " \t\r\n&;,\"'`)]}<>|"

func percentEnd(text string, at int) int {
	for at < len(text) {
		c, n := percentAt(text, at)
		if n == 0 {
			c, n = text[at], 1
		}
		if strings.IndexByte(valueStops, c) >= 0 {
			break
		}
		at += n
	}
	return at
}

// maxBasic is how many bytes of what follows the word Basic are looked at.
const maxBasic = 512

// findBasic finds what the scheme Basic of HTTP sends: the name and the password.
func findBasic(text string, from int) secret {
	for from < len(text) {
		i := strings.Index(text[from:], "asic ")
		if i < 0 {
			break
		}
		i += from
		from = i + len("asic ")
		if i == 0 || text[i-1]|0x20 != 'b' {
			continue
		}
		end := from
		for end < len(text) && end-from < maxBasic && isBase64(text[end]) {
			end++
		}
		var room, source [maxBasic]byte
		n := decoded(room[:], source[:copy(source[:], text[from:end])])
		if bytes.IndexByte(room[:n], ':') >= 0 {
			return secret{start: from, end: end, kind: "authorization"}
		}
	}
	return secret{}
}

func isBase64(c byte) bool { return isToken(c) || c == '+' || c == '/' || c == '=' }

// decoded undoes base64, of the standard or of URLs, with or without padding, and returns
// how many bytes of room it fills: 0 when the text is none, or its bytes are not text.
func decoded(room, text []byte) int {
	text = bytes.TrimRight(text, "=")
	if base64.RawStdEncoding.DecodedLen(len(text)) > len(room) {
		return 0
	}
	n, err := base64.RawStdEncoding.Decode(room, text)
	if err != nil {
		n, err = base64.RawURLEncoding.Decode(room, text)
	}
	if err != nil || !utf8.Valid(room[:n]) {
		return 0
	}
	return n
}

// minEncoded is the length in bytes from which a text is tried as base64.
const minEncoded = 16

// maxSmall is the length in bytes up to which that needs no memory of its own.
const maxSmall = 512

// Encoded reports whether the whole text is base64 of a text that holds a secret. It is
// no part of Text, which judges long texts by what they show; it
// allocates when the text is longer than 512 bytes, or base64 of a text.
func Encoded(text string) bool {
	if len(text) < minEncoded {
		return false
	}
	for i := range len(text) {
		if !isBase64(text[i]) {
			return false
		}
	}
	var small, source [maxSmall]byte
	room, data := small[:], source[:]
	if len(text) > maxSmall {
		room, data = make([]byte, len(text)), make([]byte, len(text))
	}
	n := decoded(room, data[:copy(data, text)])
	if n == 0 {
		return false
	}
	_, found := Text(string(room[:n]))
	return found
}
