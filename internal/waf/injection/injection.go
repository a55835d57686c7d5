// Package injection asks libinjection whether a text would be an attack in SQL or
// HTML.
package injection

import "github.com/corazawaf/libinjection-go"

// SQL reports whether the text changes the meaning of a statement into which it
// is put, and the fingerprint by which libinjection knows it.
func SQL(value string) (found bool, fingerprint string) { return libinjection.IsSQLi(value) }

// XSS reports whether the text brings script into a page into which it is put.
func XSS(value string) bool { return libinjection.IsXSS(value) }
