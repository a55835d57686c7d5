// Package redact finds secrets in texts that programs log, and makes them unreadable:
// the values of names such as password, token, api_key, authorization or cookie (as
// key=value, JSON, headers, URL parameters, XML, parts of forms, command line options),
// passwords in URLs, private keys, JSON Web Tokens, tokens of well-known issuers, and card
// numbers. Each becomes [REDACTED:kind].
//
// All functions may be called from several goroutines, take time by the length of their
// text, and allocate nothing when there is no secret.
package redact

import "strings"

// Text returns the text without its secrets, and whether there was any. A second pass
// over its result changes nothing.
func Text(text string) (string, bool) {
	if len(text) < minToken && isPlain(text) {
		return text, false
	}
	if findNamed(text, 0, '=').kind == "" && findNamed(text, 0, ':').kind == "" && findDashes(text, 0).kind == "" &&
		findElement(text, 0).kind == "" && (strings.IndexByte(text, '\\') < 0 || findEscapedElement(text, 0).kind == "") &&
		findToken(text, 0).kind == "" && findCard(text, 0).kind == "" && findPercent(text, 0).kind == "" && findBasic(text, 0).kind == "" {
		return text, false
	}
	var s secret
	for _, find := range finders() {
		var out strings.Builder
		at := 0
		for s = find(text, 0); s.kind != ""; s = find(text, s.end) {
			out.WriteString(text[at:s.start])
			out.WriteString(s.mark())
			at = s.end
		}
		if at > 0 {
			out.WriteString(text[at:])
			text = out.String()
		}
	}
	return text, true
}

// isPlain reports short texts in which no secret can be: most values of attributes are
// words. It is one look at each byte, where the finders take one each.
func isPlain(text string) bool {
	digits := 0
	for i := range len(text) {
		switch c := text[i]; c {
		case '=', ':', '<', '%', '-', '\\':
			return false
		case ' ':
			if i > 0 && text[i-1]|0x20 == 'c' {
				return false // the scheme Basic
			}
		default:
			if isDigit(c) {
				digits++
			}
		}
	}
	return digits < minCard
}

// Kind returns the kind of secret that goes by the name, such as "password" for
// DB_PASSWORD, newPassword or user[password], or "" when none does. Case, - and _ do
// not matter.
func Kind(name string) string { return secretName(name) }

// Value judges a value by its name alone. It returns the mark that takes the place of
// a secret and true, or the value and false: nobody need hide that a token is empty or
// "expired", or which directory PWD is.
func Value(name, value string) (string, bool) {
	kind := secretName(name)
	if kind == "" || value == "" || harmless(kind, value) || isDirectory(name, value) {
		return value, false
	}
	return Mark(kind), true
}

// Mark returns what stands in place of a secret of the kind.
func Mark(kind string) string { return "[REDACTED:" + kind + "]" }
