package correlate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// snapshotVersion changes when the form of a snapshot does.
const snapshotVersion = 1

// savedEngine is the state of an engine as JSON.
type savedEngine struct {
	Version int          `json:"version"`
	Newest  int64        `json:"newest"`
	Begun   bool         `json:"begun"`
	Stats   Stats        `json:"stats"`
	Tables  []savedTable `json:"tables"`
}

// savedTable is the groups of one correlation, the least recently fed first.
type savedTable struct {
	Rule    string       `json:"rule"`
	Meaning string       `json:"meaning"`
	Groups  []savedGroup `json:"groups"`
}

type savedGroup struct {
	Key     []byte       `json:"key"`
	Newest  int64        `json:"newest"`
	Last    []int64      `json:"last,omitempty"`
	Starts  [][]int64    `json:"starts,omitempty"`
	Entries []savedEntry `json:"entries,omitempty"`
}

type savedEntry struct {
	At    int64  `json:"at"`
	Num   uint64 `json:"bits,omitempty"` // of the number: JSON cannot say all of them
	Text  []byte `json:"text,omitempty"`
	Slots uint64 `json:"slots"`
	Has   bool   `json:"has,omitempty"`
}

// Save writes the state, so that an engine that loads it goes on as if nothing
// had happened between. Whoever saves keeps the position of the input with it.
func (e *Engine) Save(w io.Writer) error {
	s := savedEngine{Version: snapshotVersion, Newest: e.newest, Begun: e.begun, Stats: e.stats}
	for i := range e.tables {
		t := savedTable{Rule: e.plan.rules[i].Key(), Meaning: e.plan.rules[i].meaning()}
		for g := e.tables[i].first; g != nil; g = g.next {
			saved := savedGroup{Key: []byte(g.key), Newest: g.newest, Last: g.last, Starts: g.starts}
			for _, x := range g.entries {
				saved.Entries = append(saved.Entries, savedEntry{x.at, math.Float64bits(x.num), []byte(x.text), x.slots, x.has})
			}
			t.Groups = append(t.Groups, saved)
		}
		s.Tables = append(s.Tables, t)
	}
	if err := json.NewEncoder(w).Encode(s); err != nil {
		return fmt.Errorf("save correlations: %w", err)
	}
	return nil
}

// Load reads what Save wrote into a new engine. State of correlations that the
// plan does not have, or that mean something else there, is left out; dropped names
// them.
func (e *Engine) Load(r io.Reader) (dropped []string, err error) {
	var s savedEngine
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, fmt.Errorf("load correlations: %w", err)
	}
	if s.Version != snapshotVersion {
		return nil, fmt.Errorf("load correlations: version %d, want %d", s.Version, snapshotVersion)
	}
	for _, t := range s.Tables {
		for i := range t.Groups {
			if !t.Groups[i].sound() {
				return nil, fmt.Errorf("load correlations: a group of %s is broken", t.Rule)
			}
		}
	}
	e.newest, e.begun, e.stats = s.Newest, s.Begun, s.Stats
	at := map[string]int{}
	for i, x := range e.plan.rules {
		at[x.Key()] = i
	}
	for _, t := range s.Tables {
		i, ok := at[t.Rule]
		if !ok || t.Meaning != e.plan.rules[i].meaning() {
			if len(t.Groups) > 0 {
				dropped = append(dropped, t.Rule)
			}
			continue
		}
		for _, saved := range t.Groups {
			e.restore(&e.tables[i], e.plan.rules[i], saved)
		}
	}
	return dropped, nil
}

// sound reports whether the entries are in the order of their times, none of them after
// the newest, and their numbers are some.
func (g *savedGroup) sound() bool {
	before := int64(math.MinInt64)
	for i := range g.Entries {
		x := &g.Entries[i]
		if x.At < before || x.At > g.Newest || math.IsNaN(math.Float64frombits(x.Num)) {
			return false
		}
		before = x.At
	}
	return true
}

// meaning is a hash of what of a correlation decides about its groups.
func (r *rule) meaning() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %d %q %q %q %q %v", r.Type, r.window, r.Rules, r.GroupBy, r.Fields, r.Aliases, r.chains)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (e *Engine) restore(t *table, r *rule, saved savedGroup) {
	if t.groups[string(saved.Key)] != nil {
		return
	}
	g := &group{key: string(saved.Key), newest: saved.Newest}
	r.prepare(g)
	if !sameShape(g, saved) {
		return
	}
	if g.last != nil {
		g.last, g.starts = saved.Last, saved.Starts
	}
	e.open(t, g)
	for _, x := range saved.Entries {
		restored := entry{x.At, math.Float64frombits(x.Num), string(x.Text), x.Slots, x.Has}
		g.entries = append(g.entries, restored)
		size := restored.size()
		g.bytes += size
		e.bytes += size
		if x.At > g.newest-r.window {
			g.enter(r, &restored)
		} else {
			g.win++
		}
	}
	e.trim(t, g)
}

func sameShape(g *group, saved savedGroup) bool {
	if len(g.last) != len(saved.Last) || len(g.starts) != len(saved.Starts) {
		return false
	}
	for i := range g.starts {
		if len(g.starts[i]) != len(saved.Starts[i]) {
			return false
		}
	}
	return true
}
