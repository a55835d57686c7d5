package grok

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// blankClass is Java's \h: blanks that stay on the line.
const blankClass = `\t \x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`

// escape reads a backslash and what it frees.
func (p *regexParser) escape() (*expr, error) {
	if p.at+1 >= len(p.s) {
		return nil, errors.New("a backslash at the end")
	}
	c := p.s[p.at+1]
	edge := func(a assertion) (*expr, error) {
		p.at += 2
		return &expr{kind: xAssert, assert: a}, nil
	}
	switch c {
	case 'b':
		return edge(wordEdge)
	case 'B':
		return edge(noWordEdge)
	case 'A':
		return edge(textStart)
	case 'z', 'Z':
		return edge(textEnd)
	case 'd', 'D', 'w', 'W', 's', 'S':
		p.at += 2
		return p.classEscape(p.s[p.at-2 : p.at])
	case 'p', 'P':
		return p.property()
	case 'h':
		p.at += 2
		return p.classEscape("[" + blankClass + "]")
	case 'H':
		p.at += 2
		return p.classEscape("[^" + blankClass + "]")
	case 'R':
		p.at += 2
		return alternate([]*expr{literalExpr("\r\n"), classExpr(newClass([]rune{'\n', '\r', 0x85, 0x85, 0x2028, 0x2029}))}), nil
	case 'Q':
		return p.quote()
	case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return nil, errors.New("back-references are not supported")
	}
	r, n, ok := escapedRune(p.s[p.at:])
	if !ok {
		return nil, fmt.Errorf(`unknown escape \%s`, string(rune(c)))
	}
	p.at += n
	return p.runeExpr(r), nil
}

// classEscape reads a class that regexp/syntax knows.
func (p *regexParser) classEscape(text string) (*expr, error) {
	c, err := parseClass(text, p.flags.fold)
	if err != nil {
		return nil, fmt.Errorf("bad class %s", text)
	}
	return classExpr(c), nil
}

// property reads \pL and \p{Lu}.
func (p *regexParser) property() (*expr, error) {
	rest := p.s[p.at:]
	n := 3
	if len(rest) > 2 && rest[2] == '{' {
		n = strings.IndexByte(rest, '}') + 1
	}
	if n <= 0 || n > len(rest) {
		return nil, errors.New(`a \p without its name`)
	}
	p.at += n
	return p.classEscape("[" + goClass(rest[:n]) + "]")
}

// quote reads \Q...\E.
func (p *regexParser) quote() (*expr, error) {
	rest := p.s[p.at+2:]
	text, _, found := strings.Cut(rest, `\E`)
	p.at += 2 + len(text)
	if found {
		p.at += 2
	}
	if len(text) == 0 {
		return nil, nil
	}
	subs := make([]*expr, 0, len(text))
	for _, r := range text {
		subs = append(subs, p.runeExpr(r))
	}
	return concat(subs), nil
}

// escapedRune reads an escape that stands for one rune.
func escapedRune(s string) (r rune, n int, ok bool) {
	switch c := s[1]; c {
	case 'n':
		return '\n', 2, true
	case 't':
		return '\t', 2, true
	case 'r':
		return '\r', 2, true
	case 'f':
		return '\f', 2, true
	case 'v':
		return '\v', 2, true
	case 'a':
		return '\a', 2, true
	case 'e':
		return 0x1b, 2, true
	case '0':
		return octal(s)
	case 'x':
		if len(s) > 2 && s[2] == '{' {
			end := strings.IndexByte(s, '}')
			if end < 0 {
				return 0, 0, false
			}
			r, ok := hex(s[3:end])
			return r, end + 1, ok
		}
		return hexOf(s, 2)
	case 'u':
		return hexOf(s, 4)
	case 'c':
		if len(s) > 2 && s[2] >= '@' && s[2] <= '_' {
			return rune(s[2] ^ 0x40), 3, true
		}
		return 0, 0, false
	default:
		if c < utf8.RuneSelf && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9') {
			return 0, 0, false
		}
		r, n := utf8.DecodeRuneInString(s[1:])
		return r, 1 + n, true
	}
}

func octal(s string) (r rune, n int, ok bool) {
	for n = 2; n < len(s) && n < 5 && s[n] >= '0' && s[n] <= '7'; n++ {
		r = r<<3 | rune(s[n]-'0')
	}
	return r, n, true
}

// hexOf reads the digits of \xHH and \uHHHH.
func hexOf(s string, digits int) (r rune, n int, ok bool) {
	if len(s) < 2+digits {
		return 0, 0, false
	}
	r, ok = hex(s[2 : 2+digits])
	return r, 2 + digits, ok
}

func hex(s string) (rune, bool) {
	var r rune
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		if r = r<<4 | rune(c); r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, s != ""
}

// goClass rewrites what Java writes in classes and Go does not know.
func goClass(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 >= len(text) {
			b.WriteByte(text[i])
			continue
		}
		switch text[i+1] {
		case 'u':
			if r, n, ok := hexOf(text[i:], 4); ok {
				fmt.Fprintf(&b, `\x{%x}`, r)
				i += n - 1
				continue
			}
		case 'e':
			b.WriteString(`\x1b`)
			i++
			continue
		case 'h':
			b.WriteString(blankClass)
			i++
			continue
		case 'p', 'P':
			if end := strings.IndexByte(text[i:], '}'); end > 3 && text[i+2] == '{' {
				b.WriteString(propertyName(text[i+1] == 'P', text[i+3:i+end]))
				i += end
				continue
			}
		}
		b.WriteString(text[i : i+2])
		i++
	}
	return b.String()
}

// propertyName translates Java's \p{Alpha} and \p{IsLatin}.
func propertyName(not bool, name string) string {
	caret := ""
	if not {
		caret = "^"
	}
	switch name {
	case "Alpha", "Digit", "Alnum", "Upper", "Lower", "Punct", "Space", "XDigit", "Graph", "Print", "Blank", "Cntrl", "ASCII":
		return "[:" + caret + strings.ToLower(name) + ":]"
	case "IsAlphabetic":
		name = "L"
	case "IsDigit":
		name = "Nd"
	case "IsUppercase":
		name = "Lu"
	case "IsLowercase":
		name = "Ll"
	case "IsPunctuation":
		name = "P"
	case "IsWhite_Space":
		name = "Z"
	default:
		name = strings.TrimPrefix(name, "Is")
	}
	return `\p{` + caret + name + `}`
}
