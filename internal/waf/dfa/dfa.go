// Package dfa says whether a regular expression of Go matches a text, several
// times faster than package regexp does: it builds the deterministic automaton
// while texts run through it, and keeps a bounded part of it.
//
// The answer is always that of package regexp. Where an expression has too many
// kinds of characters, or a text makes the automaton grow without end, package
// regexp itself is asked.
package dfa

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"
)

// Expression is a compiled expression. It does not change after Compile, so that
// any number of goroutines may use it, each with a Cache of its own.
type Expression struct {
	source string
	bytes  bool // each byte is a character of its own

	once sync.Once // guards the two below
	re   *regexp.Regexp

	built sync.Once // guards the program
	prog  *program
}

// Compile reads an expression in the syntax of package regexp. With bytes, each
// byte of a text is a character, of the value of the byte. The automaton is built
// at the first match.
func Compile(source string, bytes bool) (*Expression, error) {
	if _, err := syntax.Parse(source, syntax.Perl); err != nil {
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	return &Expression{source: source, bytes: bytes}, nil
}

// Cost estimates how many steps a byte of text may take at the very worst, in
// units of 64. It depends on the expression only.
func (e *Expression) Cost() int {
	e.build()
	if e.prog == nil {
		return 16
	}
	return 1 + len(e.prog.insts)/64
}

// Cache is the automaton of one expression, as far as one goroutine needed it. The
// zero Cache is empty.
type Cache struct {
	states []state
	next   []int32 // by state and class; see below
	byKey  map[string]int32
	seen   marks
	stack  []uint32
	list   []uint32
	key    []byte
	bytes  int
}

// Values in Cache.next; others are a state plus firstState.
const (
	unknown int32 = iota
	matched
	dead
	firstState
)

// maxCache is the size in bytes up to which the automaton of one expression
// grows; then it starts anew.
const maxCache = 96 << 10

// maxResets is how often it starts anew within one text, before package regexp
// is asked.
const maxResets = 4

// Match reports whether the expression matches anywhere in the text.
func (e *Expression) Match(c *Cache, text []byte) bool {
	e.build()
	if e.prog == nil {
		return e.regexp().Match(e.decoded(text))
	}
	p := e.prog
	resets := 0
	s := c.start(p)
	for i := 0; i < len(text); {
		var class int
		if b := text[i]; b < utf8.RuneSelf || e.bytes {
			class = int(p.low[b])
			i++
		} else {
			r, size := utf8.DecodeRune(text[i:])
			class = p.classOf(r)
			i += size
		}
		n := c.next[int(s)*p.width+class]
		if n == unknown {
			if n = c.step(p, s, class); n == unknown {
				// The cache was full and is empty again: the state lives on alone.
				if resets++; resets > maxResets {
					return e.regexp().Match(e.decoded(text))
				}
				s = c.restart(p, s)
				n = c.step(p, s, class)
			}
		}
		switch n {
		case matched:
			return true
		case dead:
			return false
		}
		s = n - firstState
	}
	n := c.next[int(s)*p.width+p.end]
	if n == unknown {
		n = c.step(p, s, p.end)
	}
	return n == matched
}

// Find returns the leftmost match and those of its groups, as
// regexp.FindSubmatchIndex does; nil when there is none.
func (e *Expression) Find(text []byte) []int {
	if !e.bytes {
		return e.regexp().FindSubmatchIndex(text)
	}
	wide := e.decoded(text)
	at := e.regexp().FindSubmatchIndex(wide)
	for i, offset := range at {
		if offset >= 0 {
			at[i] = utf8.RuneCount(wide[:offset])
		}
	}
	return at
}

// decoded returns the text as package regexp must see it: each byte as a
// character when bytes are characters.
func (e *Expression) decoded(text []byte) []byte {
	if !e.bytes {
		return text
	}
	wide := make([]byte, 0, len(text)+8)
	for _, b := range text {
		wide = utf8.AppendRune(wide, rune(b))
	}
	return wide
}

func (e *Expression) regexp() *regexp.Regexp {
	e.once.Do(func() { e.re = regexp.MustCompile(e.source) }) // Compile has read it
	return e.re
}

func (e *Expression) build() {
	e.built.Do(func() { e.prog = newProgram(e.source, e.bytes) })
}
