package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/alert/journal"
)

// maxOpen is how many notices are open at a time: what is put beyond is counted.
const maxOpen = 50_000

// maxAlso is how many signals a notice stands for beside the latest one, by name.
const maxAlso = 100

// place is how far a notice has come at one receiver's integration.
type place struct {
	Done     bool      `json:"done,omitempty"`
	At       time.Time `json:"at,omitzero"` // of the last success
	Attempts int       `json:"attempts,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// entry is a notice that is open: somebody has still to be told, or may be told again.
type entry struct {
	Notice Notice            `json:"notice"`
	Last   time.Time         `json:"last"` // when it was put the last time
	Places map[string]*place `json:"places,omitempty"`
	// Also are signals before that of the notice which it stands for, too, and that nobody
	// has taken up yet.
	Also []string `json:"also,omitempty"`
}

// taken reports whether people look at all that the notice stands for, or are done with it.
func (e *entry) taken() bool { return e.Notice.State != "" && len(e.Also) == 0 }

// copied returns the entry as it is now, for others to read.
func (e *entry) copied() entry {
	one := *e
	one.Also, one.Places = slices.Clone(e.Also), map[string]*place{}
	for name, p := range e.Places {
		was := *p
		one.Places[name] = &was
	}
	return one
}

// ack says that somebody takes care.
type ack struct {
	By    string    `json:"by,omitempty"`
	Until time.Time `json:"until"`
}

// change is one frame of the journal.
type change struct {
	Put  *entry   `json:"put,omitempty"`
	Sent *Attempt `json:"sent,omitempty"`
	Gone string   `json:"gone,omitempty"`
	Ack  *ack     `json:"ack,omitempty"`
	Key  string   `json:"key,omitempty"` // of Ack
	// Mark is the change of a signal that this one follows from.
	Mark *mark `json:"mark,omitempty"`
}

// outbox keeps the open notices on the disk, and what came of telling them. Its methods
// may be called by several goroutines.
type outbox struct {
	journal *journal.Journal
	passing func(string) // see Options.passing

	mu      sync.Mutex
	open    map[string]*entry
	signals map[string]string // the key of the notice that stands for a signal
	acks    map[string]ack
	history []Attempt // the oldest first
	health  map[string]*Health
	number  int64 // of the latest attempt
	mark    mark  // of the latest change of a signal that was taken in
	refused int64
}

func openOutbox(dir string, passing func(string)) (*outbox, error) {
	o := &outbox{open: map[string]*entry{}, signals: map[string]string{}, acks: map[string]ack{}, health: map[string]*Health{}}
	var err error
	o.journal, err = journal.Open(dir, "outbox", func(frame []byte) error {
		var c change
		if err := json.Unmarshal(frame, &c); err != nil {
			return fmt.Errorf("read the journal of the outbox: %w", err)
		}
		o.apply(&c)
		return nil
	})
	o.passing = passing
	return o, err
}

// apply makes a change in memory.
func (o *outbox) apply(c *change) {
	if c.Mark != nil {
		o.mark = *c.Mark
	}
	if c.Gone != "" {
		o.forget(c.Gone)
	}
	switch {
	case c.Put != nil:
		if c.Put.Places == nil {
			c.Put.Places = map[string]*place{}
		}
		o.remember(c.Put)
	case c.Sent != nil:
		o.sent(c.Sent)
	case c.Ack != nil:
		o.acks[c.Key] = *c.Ack
	}
}

func (o *outbox) remember(e *entry) {
	key := e.Notice.key()
	o.forget(key)
	o.open[key] = e
	for _, id := range append(e.Also, e.Notice.ID) {
		if id != "" {
			o.signals[id] = key
		}
	}
}

func (o *outbox) forget(key string) {
	e := o.open[key]
	if e == nil {
		return
	}
	delete(o.open, key)
	for _, id := range append(e.Also, e.Notice.ID) {
		if o.signals[id] == key {
			delete(o.signals, id)
		}
	}
}

// write appends a change, and makes it. The mutex is held.
func (o *outbox) write(c *change) error {
	frame, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if o.passing != nil {
		o.passing(c.kind() + ": before it is written")
		defer o.passing(c.kind() + ": written")
	}
	if err := o.journal.Append(frame); err != nil {
		return err
	}
	o.apply(c)
	return nil
}

// kind says which part of the outbox a change is about.
func (c *change) kind() string {
	switch {
	case c.Put != nil:
		return "notice"
	case c.Sent != nil:
		return "attempt"
	case c.Ack != nil:
		return "acknowledgement"
	default:
		return "end"
	}
}

// drop forgets a notice that nobody has to be told any more, unless it changed since it was
// looked at.
func (o *outbox) drop(key string, looked time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.open[key]; e == nil || !e.Last.Equal(looked) {
		return nil
	}
	return o.write(&change{Gone: key})
}

// entry returns the open notice with that key.
func (o *outbox) entry(key string) (entry, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.open[key]; e != nil {
		return e.copied(), true
	}
	return entry{}, false
}

// about returns the open notice that stands for a signal.
func (o *outbox) about(id string) (entry, bool) {
	o.mu.Lock()
	key := o.signals[id]
	o.mu.Unlock()
	return o.entry(key)
}

// entries returns a copy of the open notices, the oldest first.
func (o *outbox) entries() []entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]entry, 0, len(o.open))
	for _, e := range o.open {
		all = append(all, e.copied())
	}
	slices.SortFunc(all, func(a, b entry) int { return a.Notice.Began.Compare(b.Notice.Began) })
	return all
}

// maintain replaces the log by a snapshot when it is long.
func (o *outbox) maintain(now time.Time) error {
	if err := o.journal.Sync(); err != nil || o.journal.Length() < compactAt {
		return err
	}
	o.mu.Lock() // nothing is appended meanwhile, so nothing is replayed twice
	defer o.mu.Unlock()
	return o.journal.Compact(func() ([][]byte, error) {
		var frames [][]byte
		add := func(c change) error {
			frame, err := json.Marshal(c)
			frames = append(frames, frame)
			return err
		}
		if err := add(change{Mark: &o.mark}); err != nil {
			return nil, err
		}
		for i := range o.history {
			if err := add(change{Sent: &o.history[i]}); err != nil {
				return nil, err
			}
		}
		for key, a := range o.acks {
			if now.After(a.Until) {
				delete(o.acks, key)
			} else if err := add(change{Key: key, Ack: &a}); err != nil {
				return nil, err
			}
		}
		for _, e := range o.open { // behind the history, which would change them again
			if err := add(change{Put: e}); err != nil {
				return nil, err
			}
		}
		return frames, nil
	})
}
