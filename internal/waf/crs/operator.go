package crs

import (
	"bytes"
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/waf/dfa"
	"github.com/sasumata/sasumata/internal/waf/injection"
	"github.com/sasumata/sasumata/internal/waf/literal"
	"github.com/sasumata/sasumata/internal/waf/seclang"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// operator is a compiled operator.
type operator struct {
	name    string
	negated bool
	id      uint16 // of its cache in a Machine
	cost    int    // of a byte, in units of maxCost

	expr    *dfa.Expression
	binary  bool
	source  string // of expr
	words   *wordList
	allowed transform.ByteSet
	macro   seclang.Macro // nil when the argument does not depend on the request
	text    string        // the argument otherwise
}

// newOperator compiles the operator; expand turns the macros that are constant
// into text.
func newOperator(o *seclang.Operator, macro seclang.Macro, words func(string) ([]byte, error)) (*operator, error) {
	c := &operator{name: o.Name, negated: o.Negated, cost: 1, text: o.Argument}
	if text, plain := macro.Plain(); plain && macro != nil {
		c.text = text
	} else if macro != nil {
		c.macro = macro
	}
	var err error
	switch o.Name {
	case "rx":
		c.source, c.binary = "(?sm)"+o.Argument, needsBytes("(?sm)"+o.Argument)
		if c.binary {
			c.source = o.Argument // as Coraza has it
		}
		c.expr, err = dfa.Compile(c.source, c.binary)
	case "pm":
		c.words = newWordList(strings.Fields(o.Argument))
	case "pmfromfile", "pmf":
		var data []byte
		if data, err = words(o.Argument); err == nil {
			c.words = newWordList(wordLines(string(data)))
		}
	case "validatebyterange":
		c.allowed, err = byteRange(o.Argument)
	case "beginswith", "contains", "endswith", "eq", "ge", "gt", "le", "lt", "streq", "within",
		"unconditionalmatch", "nomatch", "validateurlencoding", "validateutf8encoding":
	case "detectsqli", "detectxss":
		c.cost = 4
	default:
		return nil, fmt.Errorf("@%s is not known here", o.Name)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// needsBytes reports whether the escapes of an expression, read as bytes, are no
// UTF-8: then ModSecurity and Coraza match bytes instead of characters.
func needsBytes(source string) bool {
	var decoded []byte
	for i := 0; i < len(source); i++ {
		if source[i] != '\\' || i+3 >= len(source) || source[i+1] != 'x' {
			decoded = append(decoded, source[i])
			continue
		}
		digits, size := source[i+2:min(i+4, len(source))], 3
		if digits[0] == '{' {
			end := strings.IndexByte(source[i:], '}')
			if end < 5 {
				decoded = append(decoded, source[i])
				continue
			}
			digits, size = source[i+3:i+5], end
		}
		n, err := strconv.ParseUint(digits, 16, 8)
		if err != nil {
			decoded = append(decoded, source[i])
			continue
		}
		decoded = append(decoded, byte(n))
		i += size
	}
	return !utf8.Valid(decoded)
}

// byteRange reads 9,10,32-126.
func byteRange(list string) (allowed transform.ByteSet, err error) {
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.ParseUint(low, 10, 8)
		to, err2 := strconv.ParseUint(high, 10, 8)
		if err1 != nil || err2 != nil {
			return allowed, fmt.Errorf("@validateByteRange: %q is no range of bytes", part)
		}
		for c := from; c <= to; c++ {
			allowed[c>>6] |= 1 << (c & 63)
		}
	}
	return allowed, nil
}

// matches runs the operator. The string is the same as the text when there is
// one; it saves a copy.
func (o *operator) matches(m *Machine, text []byte, str string) bool {
	return o.test(m, text, str) != o.negated
}

func (o *operator) test(m *Machine, text []byte, str string) bool {
	arg := o.text
	if o.macro != nil {
		arg = m.expand(o.macro)
	}
	switch o.name {
	case "rx":
		return o.expr.Match(&m.caches[o.id], text)
	case "pm", "pmfromfile", "pmf":
		return o.words.in(text)
	case "detectsqli":
		if isWordOrNumber(text) {
			return false
		}
		var found bool
		found, m.fingerprint = injection.SQL(stringOf(text, str))
		return found
	case "detectxss":
		if !mayBeXSS(text) {
			return false
		}
		return injection.XSS(stringOf(text, str))
	case "validatebyterange":
		return len(text) > 0 && !transform.BytesOf(text).Within(o.allowed)
	case "beginswith":
		return len(text) >= len(arg) && string(text[:len(arg)]) == arg
	case "endswith":
		return len(text) >= len(arg) && string(text[len(text)-len(arg):]) == arg
	case "contains":
		return bytes.Contains(text, []byte(arg))
	case "within":
		return within(arg, text)
	case "streq":
		return string(text) == arg
	case "eq":
		return number(string(text)) == number(arg)
	case "ge":
		return number(string(text)) >= number(arg)
	case "gt":
		return number(string(text)) > number(arg)
	case "le":
		return number(string(text)) <= number(arg)
	case "lt":
		return number(string(text)) < number(arg)
	case "unconditionalmatch":
		return true
	case "validateurlencoding":
		return badPercent(text)
	case "validateutf8encoding":
		return !utf8.Valid(text)
	default:
		return false
	}
}

func stringOf(text []byte, str string) string {
	if str == "" {
		return string(text)
	}
	return str
}

// number is the value of a text, 0 for one that is no number.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// within is strings.Contains, without a copy of the text.
func within(list string, text []byte) bool {
	for i := 0; i+len(text) <= len(list); i++ {
		if list[i:i+len(text)] == string(text) {
			return true
		}
	}
	return false
}

// badPercent reports a % that two hexadecimal digits do not follow.
func badPercent(text []byte) bool {
	isHex := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
	for i, c := range text {
		if c == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return true
		}
	}
	return false
}

// isWordOrNumber reports a single word or number, which is a single token to a data
// base and changes no statement.
func isWordOrNumber(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	digits := text[0] >= '0' && text[0] <= '9'
	for _, c := range text {
		isDigit := c >= '0' && c <= '9'
		if !isDigit && (digits || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// mayBeXSS reports whether the text has a mark without which libinjection finds
// neither a tag nor an attribute with a value.
func mayBeXSS(text []byte) bool {
	return bytes.IndexByte(text, '<') >= 0 || bytes.IndexByte(text, '=') >= 0
}

// characters returns how many characters the operator's expression takes at least;
// 0 is unknown.
func (o *operator) characters() int {
	if o.expr == nil || o.negated || o.binary {
		return 0
	}
	tree, err := syntax.Parse(o.source, syntax.Perl)
	if err != nil {
		return 0
	}
	return charactersOf(tree)
}

func charactersOf(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return charactersOf(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * charactersOf(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n += charactersOf(sub)
		}
		return n
	case syntax.OpAlternate:
		n := charactersOf(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, charactersOf(sub))
		}
		return n
	default: // what may be empty
		return 0
	}
}

// sourceFor returns what the operator needs to find in a text of the alphabet, for
// a filter; with never, no such text matches.
func (o *operator) sourceFor(a *literal.Alphabet) (source literal.Source, never bool) {
	always := literal.Source{Always: true}
	if o.negated || o.macro != nil {
		return always, false
	}
	switch o.name {
	case "pm", "pmfromfile", "pmf":
		words := a.Only(o.words.all)
		return literal.Source{Words: words}, len(words) == 0
	case "contains", "endswith", "beginswith", "streq":
		if o.text == "" {
			return always, false
		}
		words := a.Only([]string{o.text})
		return literal.Source{Words: words}, len(words) == 0
	case "detectxss":
		return always, len(a.Only([]string{"<"}))+len(a.Only([]string{"="})) == 0 // see mayBeXSS
	case "rx":
		if o.binary && len(a.Only([]string{"\u00ff"})) > 0 {
			return always, false
		}
		tree, err := syntax.Parse(o.source, syntax.Perl)
		if err != nil {
			return always, false
		}
		tree = literal.Prune(tree, a)
		return literal.Source{Tree: tree, Rare: true}, tree == nil
	default:
		return always, false
	}
}
