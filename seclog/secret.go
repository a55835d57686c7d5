package seclog

import (
	"strings"

	"github.com/sasumata/sasumata/seclog/redact"
)

// secretKind returns the kind of secret that goes by the name, or "". A program names
// its own attributes, so that more names are believed than in a text: those in the middle
// of a name (password_hash, X-Auth-Token-Value), and those that the configuration adds.
// With whole set, for numbers, the name must end in the secret's: token_count is none.
func (c *core) secretKind(name string, whole bool) string {
	if kind := redact.Kind(name); kind != "" {
		return kind
	}
	for _, extra := range c.secrets {
		if holds(name, extra) {
			return "secret"
		}
	}
	if whole {
		return ""
	}
	for i := range len(name) {
		if kind := kindAt(name[i:], i == 0); kind != "" {
			if isAbout(name) {
				return ""
			}
			return kind
		}
	}
	return ""
}

// kindAt judges by what the name begins with; first says that nothing stands before it.
func kindAt(name string, first bool) string {
	switch name[0] | 0x20 {
	case 'p':
		if begins(name, "passw") || begins(name, "passphrase") || begins(name, "passcode") {
			return "password"
		}
		if begins(name, "privatekey") {
			return "key"
		}
		if first && (is(name, "pw") || is(name, "pin")) {
			return "password"
		}
	case 's':
		if begins(name, "secret") || first && (is(name, "ssn") || is(name, "sid")) {
			return "secret"
		}
		if begins(name, "sessionid") {
			return "session"
		}
		if begins(name, "signingkey") || begins(name, "sharedkey") {
			return "key"
		}
	case 'c':
		switch {
		case begins(name, "credential"):
			return "credential"
		case begins(name, "cookie"):
			return "cookie"
		case begins(name, "creditcard"), begins(name, "cardnumber"):
			return "card"
		}
	case 'a':
		switch {
		case begins(name, "authorization"):
			return "authorization"
		case begins(name, "apikey"), begins(name, "accesskey"), begins(name, "authkey"):
			return "key"
		}
	case 'j':
		if begins(name, "jwt") {
			return "token"
		}
	case 't':
		if begins(name, "token") || first && is(name, "totp") {
			return "token"
		}
	case 'b':
		if begins(name, "bearer") {
			return "token"
		}
		if begins(name, "backupcode") {
			return "password"
		}
	case 'r':
		if begins(name, "recoverycode") {
			return "password"
		}
	case 'e':
		if begins(name, "encryptionkey") {
			return "key"
		}
	case 'm':
		if begins(name, "masterkey") {
			return "key"
		}
	case 'o':
		if first && is(name, "otp") {
			return "password"
		}
	case 'x', 'd':
		if first && (is(name, "xsrf") || is(name, "dbpass")) {
			return "token"
		}
	}
	return ""
}

// isAbout reports names of what is known about a secret, which is none: token_type,
// password_changed_at.
func isAbout(name string) bool {
	for _, end := range [...]string{
		"type", "count", "length", "policy", "expiry", "expires", "expiresin", "expired", "at", "valid", "changed",
		"required", "strength", "attempts", "enabled", "age", "ok", "set", "size", "url", "uri", "version", "issuer",
	} {
		if ends(name, end) {
			return true
		}
	}
	return false
}

// begins, ends, is and holds compare names by their letters and digits: case and what
// separates words do not matter. The word is in lower case, without separators.
func begins(name, word string) bool { return match(name, word) >= 0 }

func is(name, word string) bool {
	n := match(name, word)
	return n >= 0 && strings.Trim(name[n:], "_-. ") == ""
}

// ends wants a new word to begin there: after a separator, or in upper case.
func ends(name, word string) bool {
	for i := 1; i < len(name); i++ {
		newWord := name[i-1] == '_' || name[i-1] == '-' || name[i-1] == '.' || name[i] < 'a' && name[i] >= 'A' && name[i-1] >= 'a'
		if newWord && is(name[i:], word) {
			return true
		}
	}
	return false
}

func holds(name, word string) bool {
	for i := range len(name) {
		if begins(name[i:], word) {
			return true
		}
	}
	return false
}

// match returns the length of the beginning of the name that says the word, or -1.
func match(name, word string) int {
	n := 0
	for i := range len(name) {
		c := name[i]
		if c == '_' || c == '-' || c == '.' || c == ' ' {
			if i == 0 {
				return -1
			}
			continue
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != word[n] {
			return -1
		}
		if n++; n == len(word) {
			return i + 1
		}
	}
	return -1
}

// folded returns a name as holds wants words.
func folded(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
}

// clean returns the text without secrets.
func clean(text string) string {
	text, _ = redact.Text(text)
	if redact.Encoded(text) {
		return redact.Mark("encoded")
	}
	return text
}
