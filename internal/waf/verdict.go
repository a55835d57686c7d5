package waf

import (
	"slices"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// Attributes that Inspect sets beside event.SecurityAttack, SecurityRules and
// SecurityCategories.
const (
	// AttrPayload is the decoded text that matched, at most MaxPayload bytes.
	AttrPayload = "security.payload"
	// AttrSeverity is the highest severity of the patterns that matched.
	AttrSeverity = "security.severity"
)

// MaxPayload is the length in bytes to which the matched text is cut.
const MaxPayload = 256

// LimitRule and LimitCategory are set on a request that was built to be costly:
// so many patterns had to run on so much text that inspection stopped early.
const (
	LimitRule     = "inspection-limit"
	LimitCategory = "evasion"
)

// maxCost is how many bytes regular expressions may read for one event in all,
// large expressions counting more: a tenth of a second at the very worst.
const maxCost = 1 << 20

// Verdict says what Inspect found. Its slices are valid until the Machine is used
// again; Payload lives as long as the event's strings.
type Verdict struct {
	// Attack is true when at least one pattern matched.
	Attack bool
	// Rules are the ids of the patterns that matched, in the order of the set.
	Rules []string
	// Categories are their categories, each once.
	Categories []string
	// Severity is the highest severity among them.
	Severity string
	// Payload is the decoded text around the most severe match.
	Payload string
	// Name is that of the parameter, cookie or header that the payload is of; empty when
	// it is of none.
	Name string
	// Where is the part of the request in which that match is.
	Where Where
}

// hit is the match from which the payload is taken.
type hit struct {
	rank     uint8
	pattern  uint16
	where    Where
	severity string
	payload  string
	name     string // of the parameter
}

// Inspect matches the patterns with the request that the event describes
// (http.url or http.url_details, http.useragent, http.referer). On a match it
// sets the security attributes of the event; attributes from an earlier stage
// are added to. It allocates nothing for a request that is clean.
func (p *Patterns) Inspect(e *event.Event, m *Machine) Verdict {
	m.see(e)
	if m.quiet.use(p, nil); m.quiet.find(&m.seen) {
		return Verdict{}
	}
	v := p.inspect(e, m)
	m.quiet.learn(crs.Line | crs.UserAgent | crs.Referer)
	return v
}

// see notes the request that the event describes, as the log has it.
func (m *Machine) see(e *event.Event) {
	m.seen = crs.Request{URI: m.targetOf(e), UserAgent: text(e, event.HTTPUserAgent), Referer: text(e, event.HTTPReferer)}
}

// inspect matches the patterns with the request that was seen last.
func (p *Patterns) inspect(e *event.Event, m *Machine) Verdict {
	m.start(len(p.list), p.words)
	p.inspectPart(e, m, partLine, p.url, InPath, m.seen.URI)
	p.inspectPart(e, m, partAgent, p.agent, InUserAgent, m.seen.UserAgent)
	p.inspectPart(e, m, partReferer, p.refer, InReferer, m.seen.Referer)
	return p.conclude(e, m)
}

// inspectPart inspects one part of the request, the target if where is InPath. A
// text in which nothing was found before is not looked at again, unless something
// else was found: what that leaves out depends on it.
func (p *Patterns) inspectPart(e *event.Event, m *Machine, part int, g *gate, where Where, raw string) {
	if raw == "" || g.open {
		return
	}
	q, silent := &m.quiet, m.best.rank == 0
	if q.known[part] && silent && m.budget >= q.paid[part] {
		m.budget -= q.paid[part]
		return
	}
	before := m.budget
	if !g.clean(raw, m.clauses) {
		if where == InPath {
			p.inspectURL(e, m, raw)
		} else {
			p.inspectPlain(e, m, where, raw)
		}
	}
	q.paid[part] = -1
	if silent && m.best.rank == 0 && m.budget >= 0 {
		q.paid[part] = before - m.budget
	}
}

func (p *Patterns) inspectURL(e *event.Event, m *Machine, target string) {
	path, query := splitTarget(target)
	p.inspectPlain(e, m, InPath, path)
	if query == "" {
		return
	}
	m.main.query(query)
	p.match(e, m, &m.main, InQuery|InArgs)
	if m.reduced.reduce(&m.main) {
		p.match(e, m, &m.reduced, InQuery|InArgs)
	}
}

func (p *Patterns) inspectPlain(e *event.Event, m *Machine, where Where, raw string) {
	// A referer is a URL of some other site: most of its + stand in a query.
	m.main.plain(raw, where == InReferer)
	p.match(e, m, &m.main, where)
	if m.reduced.reduce(&m.main) {
		p.match(e, m, &m.reduced, where)
	}
}

// match runs the branches that have their literals in the view and look there.
func (p *Patterns) match(e *event.Event, m *Machine, v *view, where Where) {
	found := m.clauses[:p.filter.Words()]
	clear(found)
	p.filter.Mark(v.low, found)
	m.candidates = p.filter.Candidates(m.candidates[:0], found)
	for _, branch := range m.candidates {
		p.try(e, m, v, branch, where)
	}
}

// try runs one branch, unless its pattern has matched or looks elsewhere.
func (p *Patterns) try(e *event.Event, m *Machine, v *view, number uint16, where Where) {
	b := &p.branches[number]
	looks := p.list[b.pattern].where & where
	if looks == 0 || m.matched(b.pattern) {
		return
	}
	if whole := (span{0, len(v.low)}); looks&^InArgs != 0 && m.run(b, v, whole) {
		p.note(e, m, v, whole, b, looks&^InArgs)
		return
	}
	if looks&InArgs == 0 {
		return
	}
	for _, s := range v.args {
		if m.run(b, v, s) {
			p.note(e, m, v, s, b, InArgs)
			return
		}
	}
}

// run matches within the cost limit.
func (m *Machine) run(b *branch, v *view, s span) bool {
	if m.budget < 0 {
		return false
	}
	m.budget -= (s.to - s.from + 16) * b.cost
	return b.re().Match(v.low[s.from:s.to])
}

func (p *Patterns) note(e *event.Event, m *Machine, v *view, s span, b *branch, where Where) {
	c := &p.list[b.pattern]
	m.setMatched(b.pattern)
	if c.rank < m.best.rank || c.rank == m.best.rank && b.pattern > m.best.pattern {
		return
	}
	m.best = hit{
		rank: c.rank, pattern: b.pattern, where: where, severity: c.severity,
		payload: e.Intern(excerpt(v, s, b)),
	}
	if where == InArgs {
		m.best.name = e.Intern(v.nameOf(s))
	}
}

// nameOf returns the name of the parameter whose value the piece is, if it is one.
func (v *view) nameOf(s span) []byte {
	i := slices.Index(v.args, s) - 1
	if i < 0 || v.args[i].to+1 != s.from || v.text[s.from-1] != '=' {
		return nil
	}
	return v.text[v.args[i].from:v.args[i].to]
}

// excerpt returns the whole text that the pattern looked at when it is short, and
// otherwise the match with a little of what stands before it.
func excerpt(v *view, s span, b *branch) []byte {
	part := v.text[s.from:s.to]
	if len(part) > MaxPayload {
		at := b.re().FindIndex(v.low[s.from:s.to])
		from := max(0, min(at[0]-32, len(part)-MaxPayload))
		part = part[from : from+MaxPayload]
	}
	for n := 0; n < utf8.UTFMax && len(part) > 0 && !utf8.RuneStart(part[0]); n++ {
		part = part[1:]
	}
	for n := 0; n < utf8.UTFMax && len(part) > 0; n++ {
		if r, size := utf8.DecodeLastRune(part); r != utf8.RuneError || size != 1 {
			break
		}
		part = part[:len(part)-1]
	}
	return part
}

// conclude turns the matches into the verdict and writes it to the event.
func (p *Patterns) conclude(e *event.Event, m *Machine) Verdict {
	if m.best.rank == 0 && m.budget >= 0 {
		return Verdict{}
	}
	for i := range p.list {
		if m.matched(uint16(i)) { // below MaxPatterns
			m.rules = append(m.rules, p.list[i].id)
			if !slices.Contains(m.kinds, p.list[i].category) {
				m.kinds = append(m.kinds, p.list[i].category)
			}
		}
	}
	if m.budget < 0 {
		m.rules, m.kinds = append(m.rules, LimitRule), append(m.kinds, LimitCategory)
		if m.best.rank == 0 {
			m.best.severity = "medium"
		}
	}
	if len(m.rules) == 0 {
		return Verdict{}
	}
	e.Set(event.SecurityAttack, event.BoolValue(true))
	addTexts(e, event.SecurityRules, m.rules)
	addTexts(e, event.SecurityCategories, m.kinds)
	e.Set(AttrSeverity, event.StringValue(m.best.severity))
	e.Set(AttrPayload, event.StringValue(m.best.payload))
	return Verdict{
		Attack: true, Rules: m.rules, Categories: m.kinds,
		Severity: m.best.severity, Payload: m.best.payload, Name: m.best.name, Where: m.best.where,
	}
}

// addTexts appends the texts to the array at the path, each once.
func addTexts(e *event.Event, path string, texts []string) {
	list, ok := e.Get(path)
	if !ok || list.Kind() != event.Array {
		e.Set(path, e.NewArray())
		list, _ = e.Get(path)
	}
next:
	for _, t := range texts {
		for _, have := range e.Items(list) {
			if have.Str() == t {
				continue next
			}
		}
		e.Append(list, event.StringValue(t))
	}
}

func text(e *event.Event, path string) string {
	v, _ := e.Get(path)
	return clip(v.Str())
}
