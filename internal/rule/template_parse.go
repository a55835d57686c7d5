package rule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
)

// The limits of a template's text.
const (
	maxTemplateBytes = 256 << 10
	maxTemplateDepth = 16
	maxTemplateParts = 1 << 14
)

// ParseTemplate reads a message template: text with these elements, blanks inside
// the braces are free.
//
//	{{@usr.id}}  {{host}}  {{env.name}}  {{[dotted.tag].name}}
//	{{severity}} (0 info .. 4 critical)  {{rule_name}}  {{case_name}}
//	{{timestamp}}  {{first_seen}}  {{last_seen}}, each also with _epoch (ms)
//	{{events_matched}}  {{events_matched_per_query.a}}  {{unusual}}
//	{{#if @a}}..{{else}}..{{/if}}    {{^if @a}}..{{/if}}
//	{{#is_match "v" "part" ..}}..{{/is_match}}    {{^is_match "v" "part"}}
//	{{#is_exact_match "v" "text" ..}}..{{/is_exact_match}}
//	{{local_time "timestamp" "Asia/Tokyo"}}  {{urlencode "@http.url"}}
//	{{eval "first_seen_epoch-15*60*1000"}}
//	{{! comment }}  \{{ (braces as they are)  {{{{raw}}}} .. {{{{/raw}}}}
//
// What a value is missing for, is empty. The error joins a *ParseError for each
// fault.
func ParseTemplate(text string) (*Template, error) {
	if len(text) > maxTemplateBytes {
		return nil, &ParseError{Message: fmt.Sprintf("the template is longer than %d bytes", maxTemplateBytes)}
	}
	p := &templateParser{text: text, stack: []block{{}}}
	p.parse()
	for len(p.stack) > 1 {
		top := p.top()
		p.fail(top.offset, "", "the block {{#%s}} is not closed by {{/%s}}", top.name, top.name)
		p.stack = p.stack[:len(p.stack)-1]
	}
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return &Template{parts: p.stack[0].parts}, nil
}

// block is a block that is still open; the first one is the template itself.
type block struct {
	name     string
	offset   int
	part     part
	parts    []part // the branch that is being read
	elseSeen bool
}

type templateParser struct {
	text   string
	at     int
	count  int
	stack  []block
	faults []error
}

const maxTemplateFaults = 20

func (p *templateParser) fail(offset int, suggestion, format string, args ...any) {
	if len(p.faults) < maxTemplateFaults {
		p.faults = append(p.faults, &ParseError{Offset: offset, Message: fmt.Sprintf(format, args...), Suggestion: suggestion})
	}
}

func (p *templateParser) top() *block { return &p.stack[len(p.stack)-1] }

func (p *templateParser) add(one part) {
	if p.count++; p.count > maxTemplateParts {
		return
	}
	p.top().parts = append(p.top().parts, one)
}

func (p *templateParser) literal(text string) {
	if text != "" {
		p.add(part{text: text})
	}
}

func (p *templateParser) parse() {
	for p.at < len(p.text) {
		i := strings.Index(p.text[p.at:], "{{")
		if i < 0 {
			p.literal(p.text[p.at:])
			break
		}
		open := p.at + i
		if open > p.at && p.text[open-1] == '\\' {
			p.literal(p.text[p.at : open-1])
			p.literal("{{")
			p.at = open + 2
			continue
		}
		p.literal(p.text[p.at:open])
		p.at = open
		if !p.element() {
			break
		}
	}
	if p.count > maxTemplateParts {
		p.fail(0, "", "the template has more than %d parts", maxTemplateParts)
	}
}

// element reads one {{..}}; it reports false when the rest makes no sense.
func (p *templateParser) element() bool {
	open := p.at
	if rest, ok := strings.CutPrefix(p.text[open:], "{{{{raw}}}}"); ok {
		raw, _, found := strings.Cut(rest, "{{{{/raw}}}}")
		if !found {
			p.fail(open, "", "the block {{{{raw}}}} is not closed by {{{{/raw}}}}")
			return false
		}
		p.literal(raw)
		p.at = open + len("{{{{raw}}}}") + len(raw) + len("{{{{/raw}}}}")
		return true
	}
	left, right := "{{", "}}"
	if strings.HasPrefix(p.text[open:], "{{{") {
		left, right = "{{{", "}}}"
	}
	if strings.HasPrefix(p.text[open:], "{{!--") {
		right = "--}}"
	}
	inner, _, found := strings.Cut(p.text[open+len(left):], right)
	if !found {
		p.fail(open, "", "%s is not closed by %s", left, right)
		return false
	}
	p.at = open + len(left) + len(inner) + len(right)
	if !strings.HasPrefix(inner, "!") {
		p.inner(open, open+len(left), inner)
	}
	return true
}

// inner reads what stands between the braces; at is where it starts.
func (p *templateParser) inner(open, at int, inner string) {
	trimmed := strings.TrimLeft(inner, " \t\r\n")
	at += len(inner) - len(trimmed)
	words, ok := p.words(at, trimmed)
	if !ok {
		return
	}
	if len(words) == 0 {
		p.fail(open, "", "the braces are empty")
		return
	}
	head := words[0].text
	switch {
	case words[0].quoted:
		p.fail(at, "", "want a variable or helper, found the text %q", clip(head))
	case head == "else" && len(words) == 1:
		p.otherwise(open)
	case head[0] == '#' || head[0] == '^':
		p.open(open, head[1:], words[1:], head[0] == '^')
	case head[0] == '/':
		p.close(open, head[1:])
	case len(words) == 1:
		p.variable(at, head, func(v variable) { p.add(part{kind: partVariable, variable: v}) })
	default:
		p.helper(at, head, words[1:])
	}
}

func (p *templateParser) variable(at int, text string, use func(variable)) {
	v, ok := newVariable(text)
	if !ok || strings.ContainsAny(text, "{}\"'") {
		p.fail(at, "", "%q is no variable: want @attribute, tag or [dotted.tag].name", clip(text))
		return
	}
	use(v)
}

func (p *templateParser) otherwise(open int) {
	b := p.top()
	if len(p.stack) == 1 || b.elseSeen {
		p.fail(open, "", "{{else}} outside a block")
		return
	}
	b.part.yes, b.parts, b.elseSeen = b.parts, nil, true
}

// open begins a block.
func (p *templateParser) open(open int, name string, args []word, negated bool) {
	b := block{name: name, offset: open, part: part{negated: negated}}
	switch name {
	case "if", "unless":
		b.part.kind = partIf
		b.part.negated = negated != (name == "unless")
		if len(args) != 1 {
			p.fail(open, "", "{{#%s}} wants one variable", name)
			break
		}
	case "is_match", "is_exact_match":
		b.part.kind = partMatch
		if name == "is_exact_match" {
			b.part.kind = partExact
		}
		if len(args) < 2 {
			p.fail(open, "", `{{#%s}} wants a variable and at least one text: {{#%s "usr.id" "root"}}`, name, name)
			break
		}
		for _, a := range args[1:] {
			b.part.values = append(b.part.values, a.text)
		}
	default:
		p.fail(open, document.Suggest(name, []string{"if", "unless", "is_match", "is_exact_match"}), "unknown block %q", clip(name))
	}
	if len(args) > 0 {
		p.variable(args[0].at, args[0].text, func(v variable) { b.part.variable = v })
	}
	if len(p.stack) > maxTemplateDepth {
		p.fail(open, "", "blocks nest deeper than %d", maxTemplateDepth)
	}
	p.stack = append(p.stack, b)
}

func (p *templateParser) close(open int, name string) {
	b := p.top()
	if len(p.stack) == 1 {
		p.fail(open, "", "{{/%s}} closes no block", clip(name))
		return
	}
	if b.name != name {
		p.fail(open, "/"+b.name, "{{/%s}} closes the block {{#%s}}", clip(name), b.name)
	}
	done := b.part
	if b.elseSeen {
		done.no = b.parts
	} else {
		done.yes = b.parts
	}
	p.stack = p.stack[:len(p.stack)-1]
	p.add(done)
}

// helper reads {{name "argument" ..}}.
func (p *templateParser) helper(at int, name string, args []word) {
	one := part{}
	want := 1
	switch name {
	case "local_time":
		one.kind, want = partLocalTime, 2
	case "urlencode":
		one.kind = partURLEncode
	case "eval":
		one.kind = partEval
	default:
		p.fail(at, document.Suggest(name, []string{"local_time", "urlencode", "eval"}), "unknown helper %q", clip(name))
		return
	}
	if len(args) != want {
		p.fail(at, "", "%s wants %d texts in quotes", name, want)
		return
	}
	if one.kind == partEval {
		f, err := parseFormula(args[0].text)
		if err != nil {
			p.fail(args[0].at+err.Offset, "", "%s", err.Message)
			return
		}
		one.formula = f
		p.add(one)
		return
	}
	if one.kind == partLocalTime {
		zone, err := time.LoadLocation(args[1].text)
		if err != nil || args[1].text == "Local" {
			p.fail(args[1].at, "", "unknown time zone %q", clip(args[1].text))
			return
		}
		one.zone = zone
	}
	p.variable(args[0].at, args[0].text, func(v variable) {
		one.variable = v
		p.add(one)
	})
}

// word is one word or quoted text between the braces.
type word struct {
	text   string
	at     int
	quoted bool
}

// words splits what stands between the braces at the blanks.
func (p *templateParser) words(at int, text string) ([]word, bool) {
	var words []word
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n':
			i++
		case '"', '\'':
			body, _, ok := strings.Cut(text[i+1:], string(c))
			if !ok {
				p.fail(at+i, "", "the quote is not closed")
				return nil, false
			}
			words = append(words, word{text: body, at: at + i + 1, quoted: true})
			i += len(body) + 2
		default:
			end := strings.IndexAny(text[i:], " \t\r\n\"'")
			if end < 0 {
				end = len(text) - i
			}
			words = append(words, word{text: text[i : i+end], at: at + i})
			i += end
		}
	}
	return words, true
}
