package app

import (
	"fmt"
	"io/fs"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// Attributes that name the Sigma rules and correlations that an event matches.
const (
	sigmaRules        = "sigma.rules"
	sigmaCorrelations = "sigma.correlations"
)

// Sigma is the Sigma rules among the user's, compiled. An event that matches is
// marked with the rules' ids, by several goroutines; correlations follow in order;
// and what becomes of a match is decided by a detection rule for each Sigma rule,
// so that its signals live as all others do.
type Sigma struct {
	collection *sigma.Collection
	engine     *match.Engine
	plan       *correlate.Plan
	sources    []logSource
	index      map[string]int // a rule's id to its place in the collection
}

// logSource gives events that a search matches the labels of a log source.
type logSource struct {
	query  *query.Query
	labels match.Source
}

// sourcesFile is content/sigma/sources.yaml.
type sourcesFile struct {
	Sources []struct {
		document.Pos

		Query      string   `doc:"query,required"`
		Product    string   `doc:"product"`
		Categories []string `doc:"categories"`
		Services   []string `doc:"services"`
	} `doc:"sources,required"`
}

// sigmaOptions reads how the fields of Sigma rules are called on our events.
func sigmaOptions() (sigma.Options, error) {
	const file = "sigma/fields.yaml"
	data, err := fs.ReadFile(content.FS(), file)
	if err != nil {
		return sigma.Options{}, err
	}
	var f struct {
		Mappings []sigma.Mapping `doc:"mappings,required"`
	}
	err = document.Decode(file, data, &f, document.Options{})
	return sigma.Options{Mappings: f.Mappings}, err
}

func newSigma(c *sigma.Collection) (*Sigma, error) {
	s := &Sigma{collection: c, index: make(map[string]int, len(c.Rules))}
	for i, r := range c.Rules {
		s.index[r.Key()] = i
	}
	var err error
	if s.sources, err = logSources(); err != nil {
		return nil, err
	}
	if s.plan, err = correlate.Compile(c); err != nil {
		return nil, fmt.Errorf("sigma correlations: %w", err)
	}
	set, err := c.Compile(match.Options{})
	if err != nil {
		return nil, fmt.Errorf("sigma rules: %w", err)
	}
	s.engine = match.NewEngine(set, match.EngineOptions{SampleEvery: -1})
	return s, nil
}

func logSources() ([]logSource, error) {
	const file = "sigma/sources.yaml"
	data, err := fs.ReadFile(content.FS(), file)
	if err != nil {
		return nil, err
	}
	var f sourcesFile
	if err := document.Decode(file, data, &f, document.Options{}); err != nil {
		return nil, err
	}
	all := make([]logSource, 0, len(f.Sources))
	for _, s := range f.Sources {
		q, err := query.Parse(s.Query)
		if err != nil {
			return nil, document.Faults{s.Fault("%v", err)}
		}
		all = append(all, logSource{q, match.Source{Product: s.Product, Categories: s.Categories, Services: s.Services}})
	}
	return all, nil
}

// marker marks events for one goroutine.
type marker struct {
	sigma  *Sigma
	worker *match.Worker
	labels match.Source
}

func (s *Sigma) marker() *marker { return &marker{sigma: s, worker: s.engine.Worker()} }

// mark writes the ids of the rules that the event matches below sigma.rules.
func (m *marker) mark(e *event.Event) {
	m.labels.Product, m.labels.Categories, m.labels.Services = "", m.labels.Categories[:0], m.labels.Services[:0]
	known := false
	for i := range m.sigma.sources {
		src := &m.sigma.sources[i]
		if !src.query.Match(e) {
			continue
		}
		known = true
		if m.labels.Product == "" {
			m.labels.Product = src.labels.Product
		}
		m.labels.Categories = append(m.labels.Categories, src.labels.Categories...)
		m.labels.Services = append(m.labels.Services, src.labels.Services...)
	}
	routing := match.Strict
	if !known {
		routing = match.Lenient // an application's own JSON: any rule may be meant
	}
	// Keywords look through the whole log: the message is part of it.
	_, taken := e.Key(e.Root(), "message")
	if !taken {
		e.SetKey(e.Root(), "message", event.StringValue(e.Message))
	}
	set, matched := m.worker.Match(e, m.labels, routing)
	if !taken {
		e.DeleteKey(e.Root(), "message")
	}
	if len(matched) == 0 {
		return
	}
	ids := e.NewArray()
	for _, r := range matched {
		e.Append(ids, event.StringValue(set.ID(r)))
	}
	e.Set(sigmaRules, ids)
}

// correlator feeds marked events to the correlations, in order.
type correlator struct {
	sigma   *Sigma
	engine  *correlate.Engine
	matched []int
}

func (s *Sigma) correlator() *correlator {
	if s == nil || s.plan.Len() == 0 {
		return nil
	}
	return &correlator{sigma: s, engine: correlate.New(s.plan, correlate.Options{Lateness: int64(5 * 60 * 1e9)})}
}

// observe writes the ids of the correlations that the event completes below
// sigma.correlations.
func (c *correlator) observe(e *event.Event) {
	if c == nil || e.Time == 0 {
		return
	}
	ids, ok := e.Get(sigmaRules)
	if !ok {
		return
	}
	c.matched = c.matched[:0]
	for _, id := range e.Items(ids) {
		if i, known := c.sigma.index[id.Str()]; known {
			c.matched = append(c.matched, i)
		}
	}
	fired := e.NewArray()
	c.engine.Observe(e.Time, c.matched, fields{e}, func(f correlate.Firing) {
		e.Append(fired, event.StringValue(f.Rule.Key()))
	})
	if e.Len(fired) > 0 {
		e.Set(sigmaCorrelations, fired)
	}
}

// fields are an event's attributes as correlations ask for them.
type fields struct{ e *event.Event }

// Text returns the text of the scalar at the path.
func (f fields) Text(path string) ([]byte, bool) {
	v, ok := f.e.Get(path)
	if !ok || !v.IsScalar() {
		return nil, false
	}
	return v.AppendText(nil), true
}

// Number returns the number at the path.
func (f fields) Number(path string) (float64, bool) {
	v, ok := f.e.Get(path)
	if !ok {
		return 0, false
	}
	return v.Number()
}
