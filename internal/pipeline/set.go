package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// Set is all pipelines, and the knowledge of which line belongs to which. It is
// immutable; goroutines share it, each with a Machine of its own.
type Set struct {
	byName map[string]*source   // sources by every name they go by
	byApp  map[string][]*source // sources by the program name in a syslog header
	apps   []appPattern         // and by patterns of program names
	begin  [256][]prefixed      // sources by how their messages begin, by its first byte
	lines  []*source            // sources that know raw lines by their shape
	json   []*source            // sources that know JSON lines by their attributes
	guess  []*Pipeline          // run over events that no pipeline understood
	after  []*Pipeline          // run over every event behind its source's own
}

// source is a pipeline that knows which events are its own.
type source struct {
	name     string
	pipeline *Pipeline
	loaded   *Loaded
	globs    []glob
}

// prefixed is a beginning of messages that belong to a source.
type prefixed struct {
	text string
	src  *source
}

// begun returns the source whose messages begin like this one, nil if there is
// none.
func (s *Set) begun(message string) *source {
	if message == "" {
		return nil
	}
	for _, p := range s.begin[message[0]] {
		if strings.HasPrefix(message, p.text) {
			return p.src
		}
	}
	return nil
}

// NewSet indexes the pipelines. Those with a detect section run over the events
// of their source; fallbacks run over what no grok parser and no JSON document
// explained; all others run behind them, in order, over every event that their
// filters take. Of two pipelines with one id the later one counts.
func NewSet(all []*Loaded) *Set {
	last := make(map[string]*Loaded, len(all))
	for _, l := range all {
		last[l.Pipeline.ID] = l
	}
	s := &Set{byName: map[string]*source{}, byApp: map[string][]*source{}}
	for _, l := range all {
		if last[l.Pipeline.ID] == l && !l.Disabled {
			s.add(l)
		}
	}
	// Whoever takes every JSON line takes those that nobody else knows.
	slices.SortStableFunc(s.json, func(a, b *source) int {
		return cmp.Compare(takesAll(a), takesAll(b))
	})
	return s
}

// takesAll is 1 for a source that claims every JSON line.
func takesAll(s *source) int {
	if s.loaded.Detect.JSON == "*" {
		return 1
	}
	return 0
}

func (s *Set) add(l *Loaded) {
	if l.Detect == nil {
		s.after = append(s.after, l.Pipeline)
		return
	}
	if l.Detect.Fallback {
		s.guess = append(s.guess, l.Pipeline)
		return
	}
	src := &source{name: l.Detect.Source, pipeline: l.Pipeline, loaded: l}
	for _, name := range append([]string{l.Pipeline.ID, l.Detect.Source}, l.Detect.Aliases...) {
		if _, taken := s.byName[name]; !taken {
			s.byName[strings.ToLower(name)] = src
		}
	}
	for _, app := range l.Detect.Apps {
		if strings.Contains(app, "*") {
			s.apps = append(s.apps, appPattern{newGlob(app), []*source{src}})
			continue
		}
		s.byApp[app] = append(s.byApp[app], src)
	}
	for _, text := range l.Detect.Prefixes {
		if text != "" {
			s.begin[text[0]] = append(s.begin[text[0]], prefixed{text, src})
		}
	}
	for _, pattern := range l.Detect.Lines {
		src.globs = append(src.globs, newGlob(pattern))
	}
	if len(src.globs) > 0 {
		s.lines = append(s.lines, src)
	}
	if l.json != nil {
		s.json = append(s.json, src)
	}
}

// appPattern is a program name with * in it: postfix*/smtpd.
type appPattern struct {
	glob    glob
	sources []*source
}

// ofApp returns the sources that the program writes. A name that is listed
// itself belongs to nobody's pattern.
func (s *Set) ofApp(app string) []*source {
	if sources := s.byApp[app]; sources != nil || app == "" {
		return sources
	}
	for i := range s.apps {
		if s.apps[i].glob.match(app) {
			return s.apps[i].sources
		}
	}
	return nil
}

// Knows reports whether the set has a pipeline for the source name.
func (s *Set) Knows(name string) bool {
	_, ok := s.byName[strings.ToLower(name)]
	return ok
}

// Process takes the event, whose Raw text is set, through intake and pipelines.
// The hint names the source of lines that do not tell it themselves; "" and
// names that no pipeline goes by mean detection. It reports whether anything of
// the line was understood; an event that was not has its raw text as message.
func (s *Set) Process(e *event.Event, hint *Hint, m *Machine) bool {
	m.begin()
	m.Stats.Events++
	in := intake{set: s, e: e, m: m, hint: hint}
	e.Parsed = in.run()
	if e.Time == 0 {
		if ns, ok := m.leadingTime(withoutColours(e.Raw)); ok {
			e.Time = ns
		}
	}
	if !m.grokMatched && !in.json {
		for _, p := range s.guess {
			p.Process(e, m)
		}
		e.Parsed = e.Parsed || m.grokMatched
	}
	for _, p := range s.after {
		p.Process(e, m)
	}
	if !e.Parsed {
		m.Stats.Unparsed++
	}
	if e.Truncated() {
		m.Stats.Truncated++
	}
	return e.Parsed
}

// Hint is a source name that was looked up once for all lines of an input.
type Hint struct {
	name string
	src  *source
}

// Hint looks a source name up. Unknown names are kept as the source of events
// for which nothing better is found.
func (s *Set) Hint(name string) *Hint {
	if name == "" {
		return &Hint{}
	}
	return &Hint{name: name, src: s.byName[strings.ToLower(name)]}
}
