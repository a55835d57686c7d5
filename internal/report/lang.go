package report

import (
	"fmt"
	"strings"
)

// Lang is the language of the texts that people read. Attribute names, queries,
// rule ids, severities and everything that came from a log are never translated.
type Lang uint8

// The languages that the catalogues hold.
const (
	English Lang = iota
	Japanese
)

// String returns the language as a BCP 47 tag: "en" or "ja".
func (l Lang) String() string {
	if l == Japanese {
		return "ja"
	}
	return "en"
}

// ParseLang reads a language as a person or a locale writes it: "ja", "en",
// "ja_JP.UTF-8", "en-GB", "japanese". A language without a catalogue is an error.
func ParseLang(text string) (Lang, error) {
	if l, ok := parseLang(text); ok {
		return l, nil
	}
	return English, fmt.Errorf("language %q is not known: want en or ja", text)
}

func parseLang(text string) (Lang, bool) {
	name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), ".")
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(strings.ReplaceAll(name, "-", "_"), "_")
	switch name {
	case "en", "english", "c", "posix":
		return English, true
	case "ja", "japanese", "日本語":
		return Japanese, true
	default:
		return English, false
	}
}

// FromEnv returns the language of the environment: the first of LC_ALL,
// LC_MESSAGES and LANG that is set decides, as POSIX has it. A language without a
// catalogue, or none, is English.
func FromEnv(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			l, _ := parseLang(value)
			return l
		}
	}
	return English
}

// pick returns the text in the language, or the other one when it is empty.
func (l Lang) pick(en, ja string) string {
	if l == Japanese && ja != "" || en == "" {
		return ja
	}
	return en
}
