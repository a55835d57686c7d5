package alert

import (
	"slices"
	"time"
)

// maxHistory is how many attempts are remembered.
const maxHistory = 5_000

// Attempt is what came of telling a receiver.
type Attempt struct {
	// Number grows with each attempt.
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
	// Key is the identity of the notice, Signal the id of the signal that it was about,
	// Target the receiver and its integration.
	Key    string `json:"key"`
	Signal string `json:"signal,omitempty"`
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
	// Attempts counts those at this notice and target, this one included; Repeats how often
	// the notice had come again by then.
	Attempts int   `json:"attempts,omitempty"`
	Repeats  int64 `json:"repeats,omitempty"`
}

// Outcome returns told, failed, held (told within a summary) or muted.
func (a *Attempt) Outcome() string {
	switch {
	case a.Error != "":
		return "failed"
	case a.Muted != "":
		return "muted"
	case a.Held:
		return "held"
	default:
		return "told"
	}
}

// sent makes an attempt in memory.
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
	if a.Number == 0 {
		a.Number = o.number + 1
	}
	o.number = max(o.number, a.Number)
	if len(o.history) >= maxHistory {
		o.history = slices.Delete(o.history, 0, maxHistory/10)
	}
	o.saw(a)
	shown := *a
	shown.Text = unsigned(a.Text)
	o.history = append(o.history, shown)
}

// attempted notes what came of telling a receiver. Failures that only repeat are counted.
func (o *outbox) attempted(a Attempt) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	a.Attempts, a.Number = 1, o.number+1
	o.count(&a)
	if e := o.open[a.Key]; e != nil {
		a.Repeats = e.Notice.Repeats
		if a.Signal == "" {
			a.Signal = e.Notice.ID
		}
		if p := e.Places[a.Target]; p != nil {
			a.Attempts = p.Attempts + 1
			if a.Error != "" && a.Error == p.Error {
				p.Attempts++
				return nil
			}
		}
	}
	return o.write(&change{Sent: &a})
}

// past returns the attempts, the latest first.
func (o *outbox) past() []Attempt {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := slices.Clone(o.history)
	slices.Reverse(all)
	return all
}
