package triage

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/sasumata/sasumata/internal/event"
)

// maxLines is how many signals searches look at, the newest that were written: each takes
// about half a kilobyte of memory. Older ones stay in the database.
const maxLines = 500_000

// ledger is what searches look at, in memory: all signals with their values, each value
// once. It follows the database, whose only writer is the book, and is read from there when
// the first question comes, and anew when the database may have more than was seen.
type ledger struct {
	mu     sync.RWMutex
	loaded bool
	lines  []*line
	at     map[string]int // where a signal is among lines, by id
	values []value
	known  map[attribute]uint32 // where a value is
	free   []uint32             // places of values that nobody has any more
	paths  []string
	path   map[string]uint32
	total  int64 // signals in the database
	last   int64 // number of the last change
	more   chan struct{}
}

// line is a signal of the ledger. Nobody changes it.
type line struct {
	row

	has []uint32 // values
	pos int      // among lines
}

// value is one that signals have at a path, and how many of them.
type value struct {
	attribute

	path uint32
	used int32
}

// The paths of values that are no attributes of detection.
const (
	textPath = "" // title and message
	tagPath  = "tag"
)

func (g *ledger) reset() {
	if g.more == nil {
		g.more = make(chan struct{})
	}
	g.loaded, g.total, g.lines, g.values, g.free, g.paths = false, 0, nil, nil, nil, nil
	g.at, g.known, g.path = map[string]int{}, map[attribute]uint32{}, map[string]uint32{}
}

// place returns where the value is, which has one more signal now.
func (g *ledger) place(a attribute) uint32 {
	at, ok := g.known[a]
	if !ok {
		path, ok := g.path[a.path]
		if !ok {
			path = uint32(len(g.paths))
			g.paths = append(g.paths, strings.Clone(a.path))
			g.path[g.paths[path]] = path
		}
		a = attribute{g.paths[path], strings.Clone(a.value)}
		if n := len(g.free); n > 0 {
			at, g.free = g.free[n-1], g.free[:n-1]
			g.values[at] = value{attribute: a, path: path}
		} else {
			at = uint32(len(g.values))
			g.values = append(g.values, value{attribute: a, path: path})
		}
		g.known[a] = at
	}
	g.values[at].used++
	return at
}

// left returns how many signals are too old to be here.
func (g *ledger) left() int64 { return max(0, g.total-int64(len(g.lines))) }

// shrink leaves the newest signals, if there are a tenth more than there may be.
func (g *ledger) shrink(most int) {
	if len(g.lines) <= most+most/10 {
		return
	}
	numbers := make([]int64, len(g.lines))
	for i, l := range g.lines {
		numbers[i] = l.seq
	}
	slices.Sort(numbers)
	oldest := numbers[len(numbers)-most]
	for _, l := range slices.Clone(g.lines) {
		if l.seq < oldest {
			g.remove(l.id)
		}
	}
}

// put writes the signal as it is now, unless what is there is newer.
func (g *ledger) put(r *row, list []attribute) {
	if !g.loaded {
		return
	}
	at, ok := g.at[r.id]
	if ok && g.lines[at].version > r.version {
		return
	}
	g.last = max(g.last, r.changed)
	l := &line{row: *r, has: make([]uint32, 0, len(list)+4)}
	l.search = nil
	for _, a := range list {
		if a.path != "id" {
			l.has = append(l.has, g.place(a))
		}
	}
	for _, a := range [...]attribute{{"severity", r.severity.String()}, {"state", r.state.String()}, {"reason", r.reason}, {"assignee", r.assignee}} {
		if a.value != "" {
			l.has = append(l.has, g.place(a))
		}
	}
	for _, tag := range r.labels {
		if a := (attribute{tagPath, tag}); !slices.Contains(list, a) {
			l.has = append(l.has, g.place(a))
		}
	}
	if !ok {
		l.pos = len(g.lines)
		g.at[r.id] = l.pos
		g.lines = append(g.lines, l)
		return
	}
	g.forget(g.lines[at])
	l.pos = at
	g.lines[at] = l
}

// wake tells those who wait for changes.
func (g *ledger) wake() {
	if g.more != nil {
		close(g.more)
		g.more = make(chan struct{})
	}
}

// forget takes the values of a line away.
func (g *ledger) forget(l *line) {
	for _, at := range l.has {
		if v := &g.values[at]; v.used > 1 {
			v.used--
		} else {
			delete(g.known, v.attribute)
			*v = value{}
			g.free = append(g.free, at)
		}
	}
}

// remove takes a signal out.
func (g *ledger) remove(id string) {
	at, ok := g.at[id]
	if !ok {
		return
	}
	g.forget(g.lines[at])
	last := len(g.lines) - 1
	moved := *g.lines[last]
	moved.pos = at
	g.lines[at] = &moved
	g.at[moved.id] = at
	g.lines[last] = nil
	g.lines = g.lines[:last]
	delete(g.at, id)
}

// ledger returns the ledger, which is loaded if need be, for reading until done is called.
func (b *Book) ledger(ctx context.Context) (g *ledger, done func(), err error) {
	g = &b.lines
	for {
		g.mu.RLock()
		if g.loaded {
			return g, g.mu.RUnlock, nil
		}
		g.mu.RUnlock()
		if err := b.load(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// load reads the ledger from the database, unless that was done meanwhile. What is written
// while it does is put behind it.
func (b *Book) load(ctx context.Context) error {
	g := &b.lines
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.loaded {
		return nil
	}
	g.reset()
	g.loaded = true
	for before := int64(math.MaxInt64); before != 0; {
		var err error
		if before, err = b.loadSome(ctx, before); err != nil {
			g.reset()
			return err
		}
	}
	return nil
}

// maxPiece is how many signals are read in one transaction, which may not take for ever.
const maxPiece = 10_000

// loadSome reads signals with numbers before that one, the newest first, and returns before
// which the next ones are; 0 when there are none.
func (b *Book) loadSome(ctx context.Context, before int64) (next int64, err error) {
	g := &b.lines
	most := min(b.piece, b.most-len(g.lines))
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		next = 0
		if len(g.lines) == 0 {
			if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM signals").Scan(&g.total); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM signals WHERE seq < $1 ORDER BY seq DESC LIMIT $2", before, most)
		if err != nil {
			return err
		}
		defer rows.Close()
		for n := 1; rows.Next(); n++ {
			r := &row{}
			if err := r.scan(rows); err != nil {
				return err
			}
			list, err := r.attributes()
			if err != nil {
				return err
			}
			if g.put(r, list); n == most && len(g.lines) < b.most {
				next = r.seq
			}
		}
		return errorsOf(rows)
	})
	return next, err
}

// Load reads what searches look at into memory, which the first of them would do else.
func (b *Book) Load(ctx context.Context) error { return b.load(ctx) }

// NotSearched returns how many signals are too old to be searched, as far as that is known.
func (b *Book) NotSearched() int64 {
	b.lines.mu.RLock()
	defer b.lines.mu.RUnlock()
	return b.lines.left()
}

// attributes returns what searches look at.
func (r *row) attributes() ([]attribute, error) {
	var text stored
	if err := json.Unmarshal(r.search, &text); err != nil {
		return nil, err
	}
	return text.list(), nil
}

// list returns the values, and the text.
func (s *stored) list() []attribute {
	list := make([]attribute, 1, 24)
	list[0] = attribute{textPath, s.Title + "\n" + s.Message}
	for path, values := range s.Attributes {
		for _, v := range values {
			list = append(list, attribute{path, v})
		}
	}
	return list
}

// show makes an event of which a query can ask the value.
func (v *attribute) show(e *event.Event) {
	e.Reset()
	v.add(e)
	e.Set(v.path, event.StringValue(v.value))
}

// add adds what the value is besides an attribute.
func (v *attribute) add(e *event.Event) {
	switch v.path {
	case textPath:
		e.Message = v.value
	case tagPath:
		if !reserved(v.value) {
			e.AddTag(v.value)
		}
		if source, ok := strings.CutPrefix(v.value, "source:"); ok && e.Source == "" {
			e.Source = source
		}
	case "host":
		e.Host = v.value
	case "service":
		e.Service = v.value
	case "severity":
		e.Status = v.value
	case "rule.id":
		e.Set(signalRule, event.StringValue(v.value))
	case "rule.name":
		e.Set(signalRuleName, event.StringValue(v.value))
	}
}

// own sets what only this signal has.
func (l *line) own(e *event.Event, now int64) {
	e.Time = l.opened
	e.Set("id", event.StringValue(l.id))
	e.Set("breached", event.BoolValue(l.breached(now)))
	e.Set("events", event.IntValue(l.events))
}
