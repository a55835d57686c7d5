package useragent

import "strings"

// template is a replacement text with the groups $1 to $9 in it, in pieces: a
// text, then a group, then a text ... A group of 0 is none.
type template []piece

type piece struct {
	text  string
	group int
}

func orGroup(text *string, group int) template {
	if text == nil {
		return template{{group: group}}
	}
	return newTemplate(*text)
}

func orNothing(text *string) template {
	if text == nil {
		return nil
	}
	return newTemplate(*text)
}

func newTemplate(text string) template {
	var t template
	for from, i := 0, 0; ; i++ {
		if i == len(text) {
			return append(t, piece{text: text[from:]})
		}
		if text[i] == '$' && i+1 < len(text) && text[i+1] >= '1' && text[i+1] <= '9' {
			t = append(t, piece{text: text[from:i], group: int(text[i+1] - '0')})
			from = i + 2
			i++
		}
	}
}

// expand fills the template in; at holds the places of the groups in text.
func (t template) expand(text string, at []int) string {
	var room [8]string // a single part costs no allocation, several cost one
	parts := room[:0]
	for _, p := range t {
		if p.text != "" {
			parts = append(parts, p.text)
		}
		if i := 2 * p.group; p.group > 0 && i+1 < len(at) && at[i] >= 0 && at[i] < at[i+1] {
			parts = append(parts, text[at[i]:at[i+1]])
		}
	}
	return strings.TrimSpace(strings.Join(parts, ""))
}
