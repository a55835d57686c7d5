package seclang

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// Parse reads a file. The name only appears in positions. The error is a
// document.Faults with everything that is wrong; the directives that could be
// read are returned nevertheless.
func Parse(file string, data []byte) ([]Directive, error) {
	p := &parser{}
	if len(data) > MaxBytes {
		at := document.Pos{File: file, Line: 1, Col: 1}
		return nil, document.Faults{at.Fault("the file has more than %d bytes", MaxBytes)}
	}
	for _, line := range logicalLines(file, string(data)) {
		if len(p.all) >= MaxRules {
			p.fault(line.pos(), "the file has more than %d directives", MaxRules)
			break
		}
		p.directive(line)
	}
	p.endChain()
	if len(p.faults) > 0 {
		return p.all, p.faults
	}
	return p.all, nil
}

type parser struct {
	all    []Directive
	last   *Rule // the link that asked for another one
	faults document.Faults
}

func (p *parser) fault(at document.Pos, format string, args ...any) {
	p.faults = append(p.faults, at.Fault(format, args...))
}

// unknown reports a word that the language does not have.
func (p *parser) unknown(at text, what, word string, known []string) {
	f := at.pos().Fault("unknown %s %s", what, word)
	f.Suggestion = document.Suggest(word, known)
	p.faults = append(p.faults, f)
}

func (p *parser) directive(line text) {
	name, arg := word(line)
	if p.last != nil && !strings.EqualFold(name.s, "SecRule") && !strings.EqualFold(name.s, "SecAction") {
		p.endChain()
	}
	switch strings.ToLower(name.s) {
	case "secrule":
		p.rule(name, arg)
	case "secaction":
		r := &Rule{Pos: name.pos(), Phase: defaultPhase}
		p.actions(r, arg.unquote('"'))
		p.add(r)
	case "secmarker":
		label := arg.unquote('"').unquote('\'')
		if label.s == "" {
			p.fault(arg.pos(), "SecMarker needs a name")
			return
		}
		p.all = append(p.all, &Marker{Pos: name.pos(), Label: label.s})
	case "secruleupdatetargetbyid":
		p.updateTarget(name, arg)
	case "secruleremovebyid":
		p.removeByID(name, arg)
	case "secruleremovebytag":
		tag := arg.unquote('"')
		if tag.s == "" {
			p.fault(arg.pos(), "SecRuleRemoveByTag needs a tag")
			return
		}
		p.all = append(p.all, &Remove{Pos: name.pos(), Tag: tag.s})
	default:
		if !isSetting(strings.ToLower(name.s)) {
			p.unknown(name, "directive", name.s, directiveNames())
			return
		}
		p.setting(name, arg.unquote('"'))
	}
}

// setting adds a directive that changes nothing here, and refuses the two that
// would make rules match otherwise.
func (p *parser) setting(name, arg text) {
	s := &Setting{Pos: name.pos(), Name: strings.ToLower(name.s), Argument: arg.s}
	switch {
	case s.Name == "secruleengine" && strings.EqualFold(s.Argument, "off"):
		p.fault(arg.pos(), "rules cannot be switched off in their file: do not load it")
	case s.Name == "secdefaultaction" && hasTransformation(s.Argument):
		p.fault(arg.pos(), "transformations of SecDefaultAction are not known here: write them into the rules")
	default:
		p.all = append(p.all, s)
	}
}

// hasTransformation reports whether a list of actions has t: in it.
func hasTransformation(actions string) bool {
	for action := range strings.SplitSeq(actions, ",") {
		if name := strings.TrimSpace(action); len(name) > 2 && strings.EqualFold(name[:2], "t:") && !strings.EqualFold(name, "t:none") {
			return true
		}
	}
	return false
}

// word cuts the first word off.
func word(t text) (first, rest text) {
	end := strings.IndexAny(t.s, " \t")
	if end < 0 {
		return t, t.cut(len(t.s), len(t.s))
	}
	return t.cut(0, end), t.cut(end, len(t.s)).trim()
}

func (p *parser) rule(name, arg text) {
	r := &Rule{Pos: name.pos(), Phase: defaultPhase}
	targets, rest := word(arg)
	r.Targets = p.targets(targets)
	if rest.s == "" || rest.s[0] != '"' {
		p.fault(rest.pos(), "want an operator in quotation marks behind the variables")
		p.add(r) // so that a chain stays a chain
		return
	}
	end := closingQuote(rest.s)
	if end < 0 {
		p.fault(rest.pos(), "the quotation mark is not closed")
		p.add(r)
		return
	}
	r.Operator = p.operator(rest.cut(1, end))
	switch rest = rest.cut(end+1, len(rest.s)).trim(); {
	case rest.s == "":
		if p.last == nil {
			p.fault(name.pos(), "the rule has no id")
		}
	case len(rest.s) < 2 || rest.s[0] != '"' || rest.s[len(rest.s)-1] != '"':
		p.fault(rest.pos(), "want the actions in quotation marks")
	default:
		p.actions(r, rest.unquote('"'))
	}
	p.add(r)
}

// closingQuote returns the offset of the mark that ends the quoted text at the
// start of s; one behind an odd number of backslashes does not.
func closingQuote(s string) int {
	escaped := false
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			escaped = !escaped
		case s[i] == '"' && !escaped:
			return i
		default:
			escaped = false
		}
	}
	return -1
}

// add appends the rule, or hangs it onto the chain that waits for it.
func (p *parser) add(r *Rule) {
	if before := p.last; before != nil {
		if r.Disruptive != "" {
			p.fault(r.Pos, "%s stands in a later link of a chain: it belongs into the first", r.Disruptive)
		}
		r.Phase = 0
		before.Next = r
	} else {
		if r.ID == 0 {
			p.needID(r)
		}
		p.all = append(p.all, r)
	}
	p.last = nil
	if r.chained {
		p.last = r
	}
}

func (p *parser) needID(r *Rule) {
	for _, f := range p.faults {
		if f.Line >= r.Line && f.File == r.File {
			return // something in this rule is wrong, maybe its id
		}
	}
	p.fault(r.Pos, "the rule has no id")
}

func (p *parser) endChain() {
	if p.last != nil {
		p.fault(p.last.Pos, "the chain ends here, but the rule asks for another link")
	}
	p.last = nil
}

func (p *parser) updateTarget(name, arg text) {
	ids, targets := word(arg)
	from, to, err := idRange(ids.unquote('"').s)
	if err != nil {
		p.fault(ids.pos(), "%v", err)
		return
	}
	u := &UpdateTarget{Pos: name.pos(), From: from, To: to, Targets: p.targets(targets.unquote('"'))}
	if len(u.Targets) == 0 {
		p.fault(name.pos(), "no variables are named")
		return
	}
	p.all = append(p.all, u)
}

func (p *parser) removeByID(name, arg text) {
	r := &Remove{Pos: name.pos()}
	for ids := range strings.FieldsSeq(arg.unquote('"').s) {
		from, to, err := idRange(ids)
		if err != nil {
			p.fault(arg.pos(), "%v", err)
			return
		}
		r.Ranges = append(r.Ranges, [2]int{from, to})
	}
	if r.Ranges == nil {
		p.fault(name.pos(), "no rules are named")
		return
	}
	p.all = append(p.all, r)
}

// idRange reads 942100 or 942100-942199.
func idRange(s string) (from, to int, err error) {
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	from, errFrom := strconv.Atoi(low)
	to, errTo := strconv.Atoi(high)
	if errFrom != nil || errTo != nil || from > to {
		return 0, 0, errors.New("want the id of a rule, or two with a minus sign between them")
	}
	return from, to, nil
}

// Rules returns the rules among the directives.
func Rules(list []Directive) []*Rule {
	var rules []*Rule
	for _, d := range list {
		if r, ok := d.(*Rule); ok {
			rules = append(rules, r)
		}
	}
	return slices.Clip(rules)
}
