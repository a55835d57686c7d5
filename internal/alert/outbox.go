package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// maxHistory is how many attempts are remembered, maxOpen how many notices are open at
	// a time: what is put beyond is counted.
	maxHistory = 5_000
	maxOpen    = 50_000
)

// Attempt is what came of telling a receiver.
type Attempt struct {
	At time.Time `json:"at"`
	// Key is the identity of the notice, Target the receiver and its integration.
	Key    string `json:"key"`
	Target string `json:"target"`
	// Title and Text are what our templates made of it; of several notices in one
	// notification, the first one has the text.
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	// Error is what went wrong, Held that it was told within a summary, Muted why it was
	// not told at all.
	Error string `json:"error,omitempty"`
	Held  bool   `json:"held,omitempty"`
	Muted string `json:"muted,omitempty"`
	// Attempts counts those at this notice and target, this one included.
	Attempts int `json:"attempts,omitempty"`
}

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
}

// outbox keeps the open notices on the disk, and what came of telling them. Its methods
// may be called by several goroutines.
type outbox struct {
	journal *journal

	mu      sync.Mutex
	open    map[string]*entry
	acks    map[string]ack
	history []Attempt // the oldest first
	refused int64
}

func openOutbox(dir string) (*outbox, error) {
	o := &outbox{open: map[string]*entry{}, acks: map[string]ack{}}
	var err error
	o.journal, err = openJournal(dir, "outbox", func(frame []byte) error {
		var c change
		if err := json.Unmarshal(frame, &c); err != nil {
			return fmt.Errorf("read the journal of the outbox: %w", err)
		}
		o.apply(&c)
		return nil
	})
	return o, err
}

// apply makes a change in memory.
func (o *outbox) apply(c *change) {
	switch {
	case c.Put != nil:
		if c.Put.Places == nil {
			c.Put.Places = map[string]*place{}
		}
		o.open[c.Put.Notice.key()] = c.Put
	case c.Sent != nil:
		o.sent(c.Sent)
	case c.Gone != "":
		delete(o.open, c.Gone)
	case c.Ack != nil:
		o.acks[c.Key] = *c.Ack
	}
}

func (o *outbox) sent(a *Attempt) {
	if e := o.open[a.Key]; e != nil {
		p := e.Places[a.Target]
		if p == nil {
			p = &place{}
			e.Places[a.Target] = p
		}
		p.Attempts, p.Error = max(p.Attempts, a.Attempts), a.Error
		if a.Error == "" && a.Muted == "" {
			p.Done, p.At = true, a.At
		}
	}
	if len(o.history) >= maxHistory {
		o.history = slices.Delete(o.history, 0, maxHistory/10)
	}
	o.history = append(o.history, *a)
}

// write appends a change, and makes it. The mutex is held.
func (o *outbox) write(c *change) error {
	frame, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := o.journal.append(frame); err != nil {
		return err
	}
	o.apply(c)
	return nil
}

// put takes a notice in. It reports the severity before if that changed.
func (o *outbox) put(n Notice, now time.Time) (before *Notice, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := n.key()
	old := o.open[key]
	e := &entry{Notice: n, Last: now, Places: map[string]*place{}}
	if old != nil && n.ID != "" && old.Notice.ID == n.ID && old.Notice.Severity == n.Severity && old.Notice.Events == n.Events && old.Notice.Ended == n.Ended {
		return nil, nil //nolint:nilnil // it was found again after a crash
	}
	if old == nil && n.Ended {
		return nil, nil //nolint:nilnil // nobody knows that it began
	}
	if old == nil {
		if len(o.open) >= maxOpen {
			o.refused++
			return nil, nil //nolint:nilnil // it is counted: what finds must not wait for those who are told
		}
		if e.Notice.Began.IsZero() {
			e.Notice.Began = now
		}
		return nil, o.write(&change{Put: e})
	}
	e.Notice.Began, e.Notice.Repeats = old.Notice.Began, old.Notice.Repeats
	if n.Ended {
		e.Last = old.Last // that it is over is no reason to tell it again
		e.Notice.Severity = max(n.Severity, old.Notice.Severity)
	} else {
		e.Notice.Repeats++
	}
	if e.Notice.Severity == old.Notice.Severity {
		e.Places = old.Places
		return nil, o.write(&change{Put: e})
	}
	was := old.Notice
	return &was, o.write(&change{Put: e})
}

// attempted notes what came of telling a receiver. Failures that only repeat are counted.
func (o *outbox) attempted(a Attempt) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.open[a.Key]; e != nil && e.Places[a.Target] != nil {
		p := e.Places[a.Target]
		a.Attempts = p.Attempts + 1
		if a.Error != "" && a.Error == p.Error {
			p.Attempts++
			return nil
		}
	} else {
		a.Attempts = 1
	}
	return o.write(&change{Sent: &a})
}

// fresh reports whether the target has not been told of the notice since it was put. Of
// one that is gone everybody was told.
func (o *outbox) fresh(key, target string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.open[key]
	if e == nil {
		return false
	}
	p := e.Places[target]
	return p == nil || !p.Done || e.Last.After(p.At)
}

func (o *outbox) acknowledge(key, by string, until time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.write(&change{Key: key, Ack: &ack{By: clip(Visible(by), maxLabel), Until: until}}); err != nil {
		return err
	}
	return o.journal.sync()
}

func (o *outbox) acknowledged(key string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return now.Before(o.acks[key].Until)
}

// drop forgets a notice that nobody has to be told any more.
func (o *outbox) drop(key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.write(&change{Gone: key})
}

// entries returns a copy of the open notices, the oldest first.
func (o *outbox) entries() []entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]entry, 0, len(o.open))
	for _, e := range o.open {
		one := entry{Notice: e.Notice, Last: e.Last, Places: map[string]*place{}}
		for name, p := range e.Places {
			was := *p
			one.Places[name] = &was
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b entry) int { return a.Notice.Began.Compare(b.Notice.Began) })
	return all
}

// past returns the attempts, the latest first.
func (o *outbox) past() []Attempt {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := slices.Clone(o.history)
	slices.Reverse(all)
	return all
}

// maintain replaces the log by a snapshot when it is long.
func (o *outbox) maintain(now time.Time) error {
	if err := o.journal.sync(); err != nil || o.journal.length() < compactAt {
		return err
	}
	o.mu.Lock() // nothing is appended meanwhile, so nothing is replayed twice
	defer o.mu.Unlock()
	return o.journal.compact(func() ([][]byte, error) {
		var frames [][]byte
		add := func(c change) error {
			frame, err := json.Marshal(c)
			frames = append(frames, frame)
			return err
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
