package query

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// newFreeText takes a text apart into words. Wildcards belong to the word that
// they touch; a "*" that touches none says nothing at the ends of the text, and
// stands for one word in the middle.
func newFreeText(s spelling, f Field, parts []Piece) *FreeText {
	var w wordSplitter
	for _, p := range parts {
		w.add(p)
	}
	w.end()
	n := &FreeText{spelling: s, Field: f, Words: w.words}
	for len(n.Words) > 0 && n.Words[0].isStar() {
		n.Words = n.Words[1:]
	}
	for len(n.Words) > 0 && n.Words[len(n.Words)-1].isStar() {
		n.Words = n.Words[:len(n.Words)-1]
	}
	if len(n.Words) == 0 {
		n.Literal = w.symbols.String()
		return n
	}
	start := n.Words[0].Text
	if start == "" {
		start = n.Words[0].Pattern[0].Literal
	}
	if start != "" && start[0] < utf8.RuneSelf {
		n.first = start[0]
	}
	n.need = needOf(n.Words[0].Pattern)
	return n
}

// wordSplitter collects words out of the pieces of a text.
type wordSplitter struct {
	words   []Word
	word    []Piece         // the word so far
	literal strings.Builder // and its last piece, in lower case
	class   class           // of the last character in it; gap when there is none
	symbols strings.Builder // what was no part of a word
}

func (w *wordSplitter) add(p Piece) {
	if p.Star || p.One {
		w.flush()
		w.word = append(w.word, p)
		return
	}
	for text := p.Literal; text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		c := classOf(r)
		if c == gap || w.class != gap && c != w.class {
			w.end()
		}
		switch w.class = c; {
		case c != gap:
			w.literal.WriteRune(lower(r))
		case r == utf8.RuneError:
			w.symbols.WriteString(text[:size])
		default:
			w.symbols.WriteRune(lower(r))
		}
		text = text[size:]
	}
}

func (w *wordSplitter) flush() {
	if w.literal.Len() > 0 {
		w.word = append(w.word, Piece{Literal: w.literal.String()})
		w.literal.Reset()
	}
}

func (w *wordSplitter) end() {
	if w.flush(); len(w.word) > 0 {
		w.words = append(w.words, newWord(w.word))
	}
	w.word = nil
}

func newWord(parts []Piece) Word {
	if len(parts) == 1 && parts[0].Literal != "" {
		return Word{Text: parts[0].Literal}
	}
	// A script without blanks has no ends of words to hold on to.
	around := parts
	if r, _ := utf8.DecodeRuneInString(parts[0].Literal); classOf(r) == unspaced {
		around = append([]Piece{{Star: true}}, around...)
	}
	if r, _ := utf8.DecodeLastRuneInString(parts[len(parts)-1].Literal); classOf(r) == unspaced {
		around = append(slices.Clip(around), Piece{Star: true})
	}
	g := newGlob(around, true)
	return Word{Pattern: parts, glob: &g}
}

func (w Word) isStar() bool { return len(w.Pattern) == 1 && w.Pattern[0].Star }
