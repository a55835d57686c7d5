package database

import "strings"

// Text returns the text as both engines keep it: PostgreSQL refuses NUL and bytes that are
// no UTF-8, which logs hold. Each becomes U+FFFD.
func Text(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
	}
	return s
}
