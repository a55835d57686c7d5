package crs

import "strings"

// wordList finds out whether one of many words is in a text; ASCII letters match in
// either case.
type wordList struct {
	all   []string            // in lower case
	short []string            // those of less than prefix bytes
	long  map[uint32][]string // the others, by their first bytes
}

const prefix = 3

func newWordList(words []string) *wordList {
	w := &wordList{long: map[uint32][]string{}}
	for _, word := range words {
		word = strings.ToLower(word)
		w.all = append(w.all, word)
		if len(word) < prefix {
			w.short = append(w.short, word)
			continue
		}
		key := prefixOf([]byte(word))
		w.long[key] = append(w.long[key], word)
	}
	return w
}

// wordLines returns the lines of a word list that are not empty and no comments.
func wordLines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

func prefixOf(b []byte) uint32 {
	return uint32(lower(b[0]))<<16 | uint32(lower(b[1]))<<8 | uint32(lower(b[2]))
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (w *wordList) in(text []byte) bool { return w.find(text) != nil }

// find returns the first of the words in the text, the longest of those that
// begin at the same place; nil when there is none.
func (w *wordList) find(text []byte) []byte {
	for i := range text {
		longest := 0
		for _, word := range w.short {
			if len(word) > longest && hasPrefix(text[i:], word) {
				longest = len(word)
			}
		}
		if len(text)-i >= prefix {
			for _, word := range w.long[prefixOf(text[i:])] {
				if len(word) > longest && hasPrefix(text[i:], word) {
					longest = len(word)
				}
			}
		}
		if longest > 0 {
			return text[i : i+longest]
		}
	}
	return nil
}

func hasPrefix(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(text[i]) != word[i] {
			return false
		}
	}
	return true
}
