package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// atBlank returns the length of the blank at the offset, 0 when there is none.
func (p *parser) atBlank() int {
	if p.at >= len(p.text) {
		return 0
	}
	if c := p.text[p.at]; c < utf8.RuneSelf {
		if c == ' ' || c >= '\t' && c <= '\r' {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(p.text[p.at:])
	if unicode.IsSpace(r) {
		return n
	}
	return 0
}

func (p *parser) skipBlanks() {
	for n := p.atBlank(); n > 0; n = p.atBlank() {
		p.at += n
	}
}

// peek returns the byte at the offset, 0 at the end of the text.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// bare is an unquoted word as it was written.
type bare struct {
	start, end int
	colon      int // the offset of the first colon without a backslash, or -1
	wild       bool
}

// word reads an unquoted word up to a blank, a parenthesis, a quote, an operator
// sign, or one of the stop bytes. It does not move.
func (p *parser) word(stop string) (bare, error) {
	w := bare{start: p.at, colon: -1}
	mark := p.at
	defer func() { p.at = mark }()
	for p.at < len(p.text) && p.atBlank() == 0 {
		switch c := p.text[p.at]; {
		case c == '(' || c == ')' || c == '"' || p.atSign() || strings.IndexByte(stop, c) >= 0:
			w.end = p.at
			return w, nil
		case c == '\\':
			if p.at++; p.at >= len(p.text) {
				return w, p.fail(p.at-1, "nothing follows the backslash", `write \\ for a backslash`)
			}
			_, n := utf8.DecodeRuneInString(p.text[p.at:])
			p.at += n - 1
		case c == ':' && w.colon < 0:
			w.colon = p.at
		case c == '*' || c == '?':
			w.wild = true
		}
		p.at++
	}
	w.end = p.at
	return w, nil
}

// atSign reports whether "&&" or "||" stands here.
func (p *parser) atSign() bool {
	rest := p.text[p.at:]
	return strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||")
}

// operator is a word or sign that joins or negates clauses.
type operator uint8

const (
	noOperator operator = iota
	opAnd
	opOr
	opNot
)

// operator returns the operator that stands here with its length; words count
// only when they stand alone.
func (p *parser) operator() (op operator, length int) {
	rest := p.text[p.at:]
	switch {
	case strings.HasPrefix(rest, "&&"):
		return opAnd, 2
	case strings.HasPrefix(rest, "||"):
		return opOr, 2
	case strings.HasPrefix(rest, "AND"):
		op, length = opAnd, 3
	case strings.HasPrefix(rest, "OR"):
		op, length = opOr, 2
	case strings.HasPrefix(rest, "NOT"):
		op, length = opNot, 3
	default:
		return noOperator, 0
	}
	mark := p.at
	defer func() { p.at = mark }()
	p.at += length
	if p.at < len(p.text) && p.atBlank() == 0 && !p.atSign() && strings.IndexByte(`()"`, p.text[p.at]) < 0 {
		return noOperator, 0
	}
	return op, length
}

// quoted reads a text in quotes and returns it without quotes and escapes.
func (p *parser) quoted() (string, error) {
	start := p.at
	for p.at++; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '"':
			p.at++
			return unescape(p.text[start+1 : p.at-1]), nil
		case '\\':
			p.at++
		}
	}
	return "", p.fail(start, "the quote is not closed", `write \" for a quote inside a text`)
}

// unescape takes the backslashes out.
func unescape(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}

// single returns the text with single blanks outside quotes.
func single(raw string) string {
	var b strings.Builder
	quotes, blank := false, false
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[i:])
		switch {
		case !quotes && unicode.IsSpace(r):
			blank = true
			i += n
			continue
		case r == '"':
			quotes = !quotes
		case r == '\\' && i+1 < len(raw):
			_, next := utf8.DecodeRuneInString(raw[i+1:])
			n += next
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteString(raw[i : i+n])
		i += n
	}
	if blank {
		b.WriteByte(' ')
	}
	return b.String()
}

// pieces takes an unquoted text apart at its wildcards.
func pieces(raw string) []Piece {
	var out []Piece
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			out = append(out, Piece{Literal: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && i+1 < len(raw):
			i++
			lit.WriteByte(raw[i])
		case c == '*':
			flush()
			if len(out) == 0 || !out[len(out)-1].Star {
				out = append(out, Piece{Star: true})
			}
		case c == '?':
			flush()
			out = append(out, Piece{One: true})
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	return out
}
