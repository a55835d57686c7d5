package alert

import (
	"slices"
	"time"
)

// tell takes in a notice of which somebody is to be told, if it is news: a signal with the
// same severity that was taken in already is none. It returns what the engine knew in its
// place, if that is over now.
func (o *outbox) tell(n Notice, now time.Time, m *mark) (before *Notice, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n.Began.IsZero() {
		n.Began = now
	}
	e := &entry{Notice: n, Last: now, Places: map[string]*place{}}
	old, gone := o.open[n.key()], ""
	if old == nil && n.ID != "" {
		if last := o.open[o.signals[n.ID]]; last != nil && last.Notice.ID == n.ID { // its entities changed, or it was opened again
			old, gone = last, last.Notice.key()
		}
	}
	if old == nil {
		if len(o.open) >= maxOpen {
			o.refused++
			return nil, nil //nolint:nilnil // it is counted: what finds must not wait for those who are told
		}
		return nil, o.write(&change{Put: e, Mark: m})
	}
	was := old.Notice
	same := n.ID != "" && was.ID == n.ID
	if same && was.Severity == n.Severity && was.Round == n.Round && gone == "" {
		return nil, nil //nolint:nilnil // it was found again after a crash
	}
	e.Also = old.Also
	if same && was.Round != n.Round || old.taken() && (!same || n.State == "") {
		// It begins anew: whoever took up what was before did not know of this.
		return &was, o.write(&change{Put: e, Gone: gone, Mark: m})
	}
	e.Notice.Began, e.Notice.Repeats = was.Began, was.Repeats
	if !same {
		e.Notice.Repeats++
		if was.ID != "" && was.State == "" && n.ID != "" {
			e.Also = append(slices.Clone(old.Also), was.ID)
			e.Also = e.Also[max(0, len(e.Also)-maxAlso):]
		}
	}
	if n.Severity == was.Severity && gone == "" {
		e.Places = old.Places
		return nil, o.write(&change{Put: e, Mark: m})
	}
	return &was, o.write(&change{Put: e, Gone: gone, Mark: m})
}

// marked reports whether a change of a signal is the latest that was taken in.
func (o *outbox) marked(m mark) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mark == m
}

// end notes that a notice is over; that is no reason to tell it again.
func (o *outbox) end(n Notice) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	old := o.open[n.key()]
	if old == nil {
		return nil // nobody knows that it began
	}
	e := old.copied()
	e.Notice.Ended = true
	return o.write(&change{Put: &e})
}

// amend notes what people did about a signal of which somebody is being told, or that it
// is over. It reports the key of the notice, "" when nobody is told of it.
func (o *outbox) amend(n *Notice, m *mark) (key string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key = o.signals[n.ID]
	old := o.open[key]
	if old == nil {
		return "", nil
	}
	e := old.copied()
	switch {
	case e.Notice.ID == n.ID:
		e.Notice.State, e.Notice.Assignee, e.Notice.Ended, e.Notice.Events = n.State, n.Assignee, n.Ended, n.Events
	case n.State != "":
		e.Also = slices.DeleteFunc(e.Also, func(id string) bool { return id == n.ID })
	}
	return key, o.write(&change{Put: &e, Mark: m})
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

// acknowledge notes that somebody takes care of what is no signal.
func (o *outbox) acknowledge(key, by string, until time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.write(&change{Key: key, Ack: &ack{By: clip(Visible(by), maxLabel), Until: until}}); err != nil {
		return err
	}
	return o.journal.Sync()
}

// acknowledged reports whether somebody takes care of the notice.
func (o *outbox) acknowledged(key string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.open[key]; e != nil && e.taken() {
		return true
	}
	return now.Before(o.acks[key].Until)
}

// began returns since when a notice is there; the zero time when it is not.
func (o *outbox) began(key string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.open[key]; e != nil {
		return e.Notice.Began
	}
	return time.Time{}
}
