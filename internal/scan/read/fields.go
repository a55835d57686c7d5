package read

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// number is a number that some tools write as a text. What is neither is 0.
type number float64

// UnmarshalJSON never fails.
func (n *number) UnmarshalJSON(data []byte) error {
	text := strings.TrimSpace(strings.Trim(string(data), `"`))
	if f, err := strconv.ParseFloat(text, 64); err == nil && f > -1e15 && f < 1e15 {
		*n = number(f)
	}
	return nil
}

// words is a list of texts that some tools write as one text. Numbers become texts.
type words []string

// UnmarshalJSON never fails; what is no text is left out.
func (w *words) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		list = []json.RawMessage{data}
	}
	for _, one := range list {
		var text word
		if text.UnmarshalJSON(one) == nil && text != "" {
			*w = append(*w, string(text))
		}
	}
	return nil
}

// word is a text that some tools write as a number, or as an object with a name.
type word string

// UnmarshalJSON never fails; what is no text becomes "".
func (w *word) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	switch data[0] {
	case '"':
		var text string
		if json.Unmarshal(data, &text) == nil {
			*w = word(text)
		}
	case '{':
		var named struct {
			ID   string `json:"@id"`
			Name string `json:"name"`
			Text string `json:"text"`
		}
		_ = json.Unmarshal(data, &named)
		switch {
		case named.Name != "":
			*w = word(named.Name)
		case named.ID != "":
			*w = word(named.ID)
		default:
			*w = word(named.Text)
		}
	case '[':
	default:
		*w = word(data)
	}
	return nil
}

// cwes finds numbers of the CWE in texts: "CWE-79: Cross-site ...", "79", ["CWE-79"].
func cwes(texts ...string) []int {
	var out []int
	for _, text := range texts {
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;[]\" \t\n()", r) }) {
			upper := strings.ToUpper(strings.TrimRight(part, ":."))
			digits := upper
			if _, after, ok := strings.Cut(upper, "CWE-"); ok {
				digits = after
			} else if part != strings.TrimSpace(text) && !strings.HasPrefix(strings.TrimSpace(text), "[") {
				continue // a number in a sentence is none
			}
			end := 0
			for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
				end++
			}
			if n, err := strconv.Atoi(digits[:end]); err == nil && n > 0 && n < 100_000 {
				out = append(out, n)
			}
		}
	}
	return out
}

// advisoryID returns the id in the address of an advisory, "" without one.
func advisoryID(address string) string {
	last := address[strings.LastIndexByte(address, '/')+1:]
	last, _, _ = strings.Cut(last, "?")
	last, _, _ = strings.Cut(last, "#")
	if scan.IsVulnerabilityID(last) {
		return last
	}
	return ""
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// firstLine returns the first line of a text, for a title.
func firstLine(text string) string {
	text = strings.TrimSpace(text)
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}
