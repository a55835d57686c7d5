package harden

import "fmt"

// Lang is a language of proposals.
type Lang string

// The languages.
const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// Say writes a text in the language. The format is the English one; one that has no
// Japanese, such as a text that was written before, stays as it is. Without arguments the
// format is the text itself.
func (l Lang) Say(format string, args ...any) string {
	if l == Japanese {
		if ja := japanese(format); ja != "" {
			format = ja
		}
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}
