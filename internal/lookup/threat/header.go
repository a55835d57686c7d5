package threat

import (
	"strconv"
	"strings"
)

// Header is what a list says of itself in its comments (FireHOL's netset) or in its
// last line (Spamhaus' NDJSON). All of it may be missing; it is for people, and
// for noticing that a list is not complete.
type Header struct {
	Name, Category, Version, Date string
	// Entries is how many entries the list says it has, 0 when it does not.
	Entries int
}

// maxHeader is how long in bytes a value of a header may be.
const maxHeader = 120

// comment reads one comment. The first comment without a colon is the name.
func (h *Header) comment(line string) {
	line = strings.TrimSpace(strings.TrimLeft(line, "#;/"))
	key, value, ok := strings.Cut(line, ":")
	if !ok || strings.HasPrefix(value, "//") {
		if h.Name == "" && line != "" && len(line) <= maxHeader {
			h.Name = line
		}
		return
	}
	value = strings.TrimSpace(value)
	value = value[:min(len(value), maxHeader)]
	switch strings.ToLower(strings.TrimSpace(key)) {
	case "category":
		h.Category = value
	case "version":
		h.Version = value
	case "this file date", "last update", "last updated", "last-modified", "generated":
		h.Date = value
	case "entries", "number of entries":
		digits, _, _ := strings.Cut(value, " ")
		h.Entries, _ = strconv.Atoi(strings.ReplaceAll(digits, ",", ""))
	}
}
