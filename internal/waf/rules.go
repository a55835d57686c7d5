package waf

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf/coreruleset"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// Attributes that the rules in SecLang set on a request in which one of them
// matched, be it an attack or not.
const (
	// AttrCRSRules lists the ids of the rules.
	AttrCRSRules = "security.crs.rules"
	// AttrCRSMessages says what these rules find, in the words of their authors.
	AttrCRSMessages = "security.crs.messages"
	// AttrCRSScore is the anomaly score, a number: the sum of the rules' scores.
	AttrCRSScore = "security.crs.score"
	// AttrCRSEvidence lists the ids of the stricter rules (paranoia level 2) that
	// match a request in which something else was found. They are too often wrong to
	// say anything alone.
	AttrCRSEvidence = "security.crs.evidence"
)

// defaultThreshold is the anomaly score from which a request is an attack, when
// the rules do not say: that of one critical rule, as the Core Rule Set has it.
const defaultThreshold = 5

// Rules are rules in SecLang: the OWASP Core Rule Set and what was added to it.
// Any number of goroutines may use them, each with a Machine of its own.
type Rules struct {
	files []crs.File
	once  sync.Once
	set   *crs.Set
	err   error
	kinds []string // categories, by rule
	// names are the ids by rule, and prefixed as security.rules has them.
	names, prefixed []string

	strictOnce sync.Once // guards the two below
	strict     *crs.Set  // paranoia level 2, which holds all of level 1
	strictErr  error
}

// NewRules returns the Core Rule Set with more files of rules behind it, the first
// of which may hold settings: files whose name is profile.conf come before all
// rules. They are compiled when the first request comes, which takes a fifth of a
// second.
func NewRules(more []crs.File) (*Rules, error) {
	core, err := coreruleset.Rules()
	if err != nil {
		return nil, err
	}
	r := &Rules{}
	var behind []crs.File
	for _, f := range more {
		if f.Name == "profile.conf" || strings.HasSuffix(f.Name, "/profile.conf") {
			r.files = append(r.files, f)
			continue
		}
		behind = append(behind, f)
	}
	for _, f := range core {
		r.files = append(r.files, crs.File(f))
	}
	r.files = append(r.files, behind...)
	return r, nil
}

// Compile compiles the rules now, but for those that are only evidence. The error
// is a document.Faults with everything that is wrong in the files.
func (r *Rules) Compile() error {
	r.once.Do(func() {
		r.set, r.err = crs.Compile(r.files, crs.Options{Paranoia: 1, Words: coreruleset.Data})
		if r.err != nil {
			return
		}
		for _, rule := range r.set.Rules() {
			r.kinds = append(r.kinds, categoryOf(rule.Tags))
			r.names = append(r.names, strconv.Itoa(rule.ID))
			r.prefixed = append(r.prefixed, "crs-"+strconv.Itoa(rule.ID))
		}
	})
	return r.err
}

// Check compiles all rules that ever run: those of Compile, and the stricter ones
// that are evidence. The error is a document.Faults with everything that is wrong.
func (r *Rules) Check() error {
	if err := r.Compile(); err != nil {
		return err
	}
	r.compileStrict()
	return r.strictErr
}

func (r *Rules) compileStrict() {
	r.strictOnce.Do(func() {
		r.strict, r.strictErr = crs.Compile(r.files, crs.Options{Paranoia: 2, Words: coreruleset.Data})
	})
}

// strictly returns the rules of paranoia level 2.
func (r *Rules) strictly() *crs.Set {
	if r.compileStrict(); r.strictErr != nil {
		panic(fmt.Sprintf("BUG: the built-in rules do not compile at paranoia level 2: %v", r.strictErr))
	}
	return r.strict
}

// Len returns the number of rules that look at requests in logs, and how many
// were left out because they need something else.
func (r *Rules) Len() (rules, left int) {
	if r.Compile() != nil {
		return 0, 0
	}
	return len(r.set.Rules()), len(r.set.Skipped())
}

// machine returns the memory for these rules.
func (r *Rules) machine(size crs.Memo) *crs.Machine {
	if err := r.Compile(); err != nil {
		// What a user wrote was checked when it was loaded.
		panic(fmt.Sprintf("BUG: the built-in rules do not compile: %v", err))
	}
	return r.set.NewMachine(size)
}

// categoryOf returns the category of the kind of attack that a rule is tagged with.
func categoryOf(tags []string) string {
	for _, tag := range tags {
		switch tag {
		case "attack-sqli":
			return "sql_injection"
		case "attack-xss", "attack-fixation": // which sets cookies from HTML
			return "xss"
		case "attack-lfi":
			return "path_traversal"
		case "attack-rfi":
			return "file_inclusion"
		case "attack-rce":
			return "command_injection"
		case "attack-ssrf":
			return "ssrf"
		case "attack-injection-php", "attack-injection-java", "attack-injection-generic", "attack-ssti":
			return "code_injection"
		case "attack-protocol":
			return "crlf_injection"
		}
	}
	return LimitCategory
}

// Inspector judges requests by patterns and by rules.
type Inspector struct {
	Patterns *Patterns
	// Rules may be nil.
	Rules *Rules
	// AttacksOnly looks for evidence (AttrCRSEvidence) in attacks alone, and not in
	// requests in which a rule noted something: for who drops these.
	AttacksOnly bool
}

// Inspect does what Patterns.Inspect does. Then it runs the rules: what matched is
// noted in the event; a request that no pattern knows is an attack when the rules'
// score reaches the threshold, and gets the category of most of them.
func (i *Inspector) Inspect(e *event.Event, m *Machine) Verdict {
	if i.Rules == nil {
		return i.Patterns.Inspect(e, m)
	}
	m.see(e)
	if m.seen.URI == "" && m.seen.UserAgent == "" && m.seen.Referer == "" {
		return Verdict{} // no request
	}
	m.seeRest(e)
	m.quiet.use(i.Patterns, i.Rules)
	if m.quiet.find(&m.seen) && m.seen.Cookie == "" && m.seen.ContentType == "" && m.seen.Body == "" {
		return Verdict{}
	}
	v := i.Patterns.inspect(e, m)
	result := m.match(i.Rules)
	m.quiet.learn(result.Silent)
	if len(result.Rules) > 0 || result.Cut {
		v = i.Rules.conclude(e, m, v, result)
	}
	if v.Attack || len(result.Rules) > 0 && !i.AttacksOnly {
		i.Rules.evidence(e, m)
	}
	return v
}

// match runs the rules over the request that was seen last.
func (m *Machine) match(r *Rules) crs.Result {
	if m.engineOf != r {
		size := crs.DefaultMemo()
		if size.Loud = true; m.quiet.none {
			size.Lines, size.Headers = 0, 0
		}
		m.engine, m.engineOf, m.strict = r.machine(size), r, nil
	}
	m.decode()
	result := m.engine.Match(&m.seen, m.quiet.silent(), m.found)
	m.found = result.Rules
	return result
}

// evidence notes what the stricter rules say about a request in which something was
// found.
func (r *Rules) evidence(e *event.Event, m *Machine) {
	set := r.strictly()
	if m.strict == nil {
		m.strict = set.NewMachine(crs.Memo{Lines: 1 << 8, Headers: 1 << 8})
	}
	m.evidence = m.evidence[:0]
	m.found = m.strict.Match(&m.seen, 0, m.found).Rules
	for _, n := range m.found {
		if rule := &set.Rules()[n]; rule.Paranoia == 2 {
			m.evidence = append(m.evidence, strconv.Itoa(rule.ID))
		}
	}
	if len(m.evidence) > 0 {
		addTexts(e, AttrCRSEvidence, m.evidence)
	}
}

// conclude writes what the rules found to the event.
func (r *Rules) conclude(e *event.Event, m *Machine, v Verdict, result crs.Result) Verdict {
	m.ids = m.ids[:0]
	for _, n := range result.Rules {
		m.ids = append(m.ids, r.names[n])
	}
	if len(m.ids) > 0 {
		addTexts(e, AttrCRSRules, m.ids)
		m.ids = m.ids[:0]
		for _, n := range result.Rules {
			m.ids = append(m.ids, r.set.Rules()[n].Message)
		}
		addTexts(e, AttrCRSMessages, m.ids)
		e.Set(AttrCRSScore, event.IntValue(int64(result.Score)))
	}
	if v.Attack || result.Score < r.threshold() && !result.Cut {
		return v
	}
	m.ids = m.ids[:0]
	for _, n := range result.Rules {
		m.ids = append(m.ids, r.prefixed[n])
	}
	if len(m.ids) == 0 {
		m.ids = append(m.ids, LimitRule)
	}
	v = Verdict{Attack: true, Severity: "medium", Payload: result.Sample, Name: result.Name, Rules: m.ids}
	if len(result.Rules) > 2 {
		v.Severity = "high"
	}
	m.kinds = append(m.kinds[:0], r.mostly(result))
	v.Categories = m.kinds
	e.Set(event.SecurityAttack, event.BoolValue(true))
	addTexts(e, event.SecurityRules, v.Rules)
	addTexts(e, event.SecurityCategories, v.Categories)
	e.Set(AttrSeverity, event.StringValue(v.Severity))
	e.Set(AttrPayload, event.StringValue(v.Payload))
	return v
}

// threshold returns the score from which a request is an attack.
func (r *Rules) threshold() int {
	if threshold := r.set.Threshold(); threshold > 0 {
		return threshold
	}
	return defaultThreshold
}

// mostly returns the category of most rules; of the first rule when several have
// as many.
func (r *Rules) mostly(result crs.Result) string {
	best, most := LimitCategory, 0
	for _, n := range result.Rules {
		count := 0
		for _, other := range result.Rules {
			if r.kinds[other] == r.kinds[n] {
				count++
			}
		}
		if count > most {
			best, most = r.kinds[n], count
		}
	}
	return best
}

// seeRest notes what only the rules look at.
func (m *Machine) seeRest(e *event.Event) {
	method, _ := e.Get(event.HTTPMethod)
	version, _ := e.Get(event.HTTPVersion)
	m.seen.Method, m.seen.Protocol = method.Str(), version.Str()
	cookie, _ := e.Get(event.HTTPCookie)
	kind, _ := e.Get(event.HTTPContentType)
	m.seen.Cookie, m.seen.ContentType, m.seen.Body = cookie.Str(), kind.Str(), m.bodyOf(e)
}

// decode makes of the request in the log the one that the client sent. Servers write
// the bytes that would break their log as \xHH, \" and \\; where a log had other means,
// such a text stands for the byte too.
func (m *Machine) decode() {
	m.seen.URI = unescaped(withoutHost(m.seen.URI))
	m.seen.UserAgent, m.seen.Referer, m.seen.Cookie = unescaped(m.seen.UserAgent), unescaped(m.seen.Referer), unescaped(m.seen.Cookie)
	m.seen.Protocol = protocol(m.seen.Protocol)
}

// bodyOf returns the body. What an nginx log has in it is not escaped; other logs have
// JSON as a part of theirs.
func (m *Machine) bodyOf(e *event.Event) string {
	body, _ := e.Get(event.HTTPBody)
	if kind := body.Kind(); kind != event.Object && kind != event.Array {
		return body.Str()
	}
	m.body = e.AppendJSON(m.body[:0], body)
	return e.Intern(m.body)
}

func protocol(version string) string {
	switch version {
	case "", "1.1":
		return "HTTP/1.1"
	case "1.0":
		return "HTTP/1.0"
	case "2.0", "2":
		return "HTTP/2.0"
	default:
		return "HTTP/" + strings.TrimPrefix(version, "HTTP/")
	}
}

// withoutHost takes scheme and host off, which proxies and load balancers write.
func withoutHost(target string) string {
	for _, scheme := range [...]string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(target, scheme); ok {
			if slash := strings.IndexAny(rest, "/?"); slash >= 0 {
				return rest[slash:]
			}
			return "/"
		}
	}
	return target
}

func unescaped(s string) string {
	at := strings.IndexByte(s, '\\')
	if at < 0 {
		return s
	}
	b := []byte(s[:at])
	for i := at; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			switch next := s[i+1]; {
			case next == '"' || next == '\\':
				b = append(b, next)
				i++
				continue
			case next == 'x' && i+3 < len(s):
				if n := hexNumber([]byte(s[i+2 : i+4])); n >= 0 {
					b = append(b, byte(n)) // two digits
					i += 3
					continue
				}
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
