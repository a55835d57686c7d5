package correlate

import (
	"encoding/hex"
	"hash/fnv"

	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// Options bound the state. Zero values mean the defaults.
type Options struct {
	// Lateness is how far behind the newest event, in nanoseconds, an event still
	// counts; older ones are left out and counted. Default 0.
	Lateness int64
	// MaxEntries is the number of events that one group remembers; default 65,536.
	MaxEntries int
	// MaxBytes is the memory in bytes, roughly, of all groups; default 256 MiB.
	MaxBytes int64
}

// Fields is what an event answers about itself.
type Fields interface {
	// Text returns the text at a path; it need not outlive the call.
	Text(path string) ([]byte, bool)
	// Number returns the number at a path.
	Number(path string) (float64, bool)
}

// Firing is one event that satisfied a correlation.
type Firing struct {
	// Rule is the correlation.
	Rule *sigma.Correlation
	// Time is the time of the event, in nanoseconds.
	Time int64
	// Group are the group-by values, in the order of Rule.GroupBy; a missing one
	// is "".
	Group []string
	// Value is the number that satisfied the condition: the count, the sum, or of
	// a temporal correlation the number of rules that occurred.
	Value float64
}

// Stats counts what happened to events.
type Stats struct {
	// Events fed a correlation; Fired satisfied one.
	Events, Fired uint64
	// Late events were left out. Dropped entries and Evicted groups made room.
	Late, Dropped, Evicted uint64
	// Groups and Bytes are held now.
	Groups, Bytes int64
}

// Engine holds the state of correlations. It belongs to one goroutine.
type Engine struct {
	plan   *Plan
	opts   Options
	tables []table
	newest int64
	begun  bool
	stats  Stats
	bytes  int64

	queue [][]input // by correlation, of the current event
	key   []byte
	text  []byte
}

// input is one event that feeds a correlation.
type input struct {
	feed *feed
	from Fields
}

// New returns an engine without state.
func New(p *Plan, opts Options) *Engine {
	if opts.MaxEntries <= 0 {
		opts.MaxEntries = 1 << 16
	}
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = 256 << 20
	}
	e := &Engine{plan: p, opts: opts, tables: make([]table, len(p.rules)), queue: make([][]input, len(p.rules))}
	for i := range e.tables {
		e.tables[i].groups = map[string]*group{}
	}
	return e
}

// Stats returns the counters.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Bytes = e.bytes
	for i := range e.tables {
		s.Groups += int64(len(e.tables[i].groups))
	}
	return s
}

// Observe takes one event: its time in nanoseconds, and the rules (by index in
// the collection) that it matches. It calls fire for every correlation that the
// event satisfies, sources before those that they feed. Fire must not call the
// engine.
func (e *Engine) Observe(at int64, matched []int, event Fields, fire func(Firing)) {
	fed := false
	for _, r := range matched {
		feeds := e.plan.feeds[r]
		for i := range feeds {
			e.queue[feeds[i].to] = append(e.queue[feeds[i].to], input{&feeds[i], event})
			fed = true
		}
	}
	if !fed {
		return
	}
	e.stats.Events++
	if e.begun && at < e.newest-e.opts.Lateness {
		e.stats.Late++
		for i := range e.queue {
			e.queue[i] = e.queue[i][:0]
		}
		return
	}
	if !e.begun || at > e.newest {
		e.newest, e.begun = at, true
	}
	for i := range e.queue {
		if len(e.queue[i]) > 0 {
			e.feed(i, at, fire)
			clear(e.queue[i])
			e.queue[i] = e.queue[i][:0]
		}
	}
}

// feed gives the inputs of the current event to a correlation: all inputs of one
// group at once.
func (e *Engine) feed(n int, at int64, fire func(Firing)) {
	r, t := e.plan.rules[n], &e.tables[n]
	e.expire(t, r)
	inputs := e.queue[n]
	for i := range inputs {
		if inputs[i].feed == nil {
			continue // an earlier input took it along
		}
		g := e.group(t, r, &inputs[i], at)
		if at < g.newest-e.opts.Lateness {
			e.stats.Late++
			continue
		}
		slots := uint64(1) << inputs[i].feed.slot
		for k := i + 1; k < len(inputs); k++ {
			if inputs[k].feed != nil && e.find(t, &inputs[k]) == g {
				slots |= 1 << inputs[k].feed.slot
				inputs[k].feed = nil
			}
		}
		e.add(r, g, e.entry(r, at, slots, &inputs[i]))
		if value, ok := r.satisfied(g, at); ok {
			e.fired(r, g, at, value, fire)
		}
		e.trim(t, g)
	}
}

func (e *Engine) fired(r *rule, g *group, at int64, value float64, fire func(Firing)) {
	e.stats.Fired++
	f := Firing{Rule: r.Correlation, Time: at, Group: splitKey(g.key), Value: value}
	if fire != nil {
		fire(f)
	}
	for i := range r.feeds {
		e.queue[r.feeds[i].to] = append(e.queue[r.feeds[i].to], input{&r.feeds[i], firingFields{f}})
	}
}

// longest is the length in bytes up to which a text is kept as it is.
const longest = 256

// entry reads from the event what the correlation remembers of it.
func (e *Engine) entry(r *rule, at int64, slots uint64, in *input) entry {
	x := entry{at: at, slots: slots}
	switch r.Type {
	case "value_count":
		e.text = e.text[:0]
		for _, field := range in.feed.value {
			text, ok := in.from.Text(field)
			if !ok {
				return x
			}
			e.text = append(appendShort(e.text, text), 0)
		}
		x.text, x.has = string(e.text), true
	case "value_sum", "value_avg", "value_percentile", "value_median":
		x.num, x.has = in.from.Number(in.feed.value[0])
	}
	return x
}

// appendShort appends the text; of a long one its beginning and a digest.
func appendShort(dst, text []byte) []byte {
	if len(text) <= longest {
		return append(dst, text...)
	}
	h := fnv.New128a()
	_, _ = h.Write(text)
	dst = append(dst, text[:longest-32]...)
	return hex.AppendEncode(dst, h.Sum(nil))
}

// appendGroup appends the key of the input's group: each value behind a 1, a
// missing one as 0.
func (e *Engine) appendGroup(in *input) []byte {
	e.key = e.key[:0]
	for _, field := range in.feed.group {
		text, ok := in.from.Text(field)
		if !ok {
			e.key = append(e.key, 0)
			continue
		}
		e.key = append(e.key, 1)
		from := len(e.key)
		e.key = appendShort(e.key, text)
		for i := from; i < len(e.key); i++ {
			if e.key[i] < 2 {
				e.key[i] = 2 // keeps the marks apart
			}
		}
	}
	return e.key
}

func splitKey(key string) []string {
	var values []string
	for i := 0; i < len(key); {
		if key[i] == 0 {
			values = append(values, "")
			i++
			continue
		}
		end := i + 1
		for end < len(key) && key[end] > 1 {
			end++
		}
		values = append(values, key[i+1:end])
		i = end
	}
	return values
}

// firingFields are the fields of a firing: its group-by values by name.
type firingFields struct{ f Firing }

// Text returns a group-by value.
func (x firingFields) Text(path string) ([]byte, bool) {
	for i, name := range x.f.Rule.GroupBy {
		if name == path && i < len(x.f.Group) {
			return []byte(x.f.Group[i]), true
		}
	}
	return nil, false
}

// Number returns nothing: a firing has no numbers.
func (firingFields) Number(string) (float64, bool) { return 0, false }
