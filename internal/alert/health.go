package alert

import "time"

// Health is how an integration does. The times are known as far as the history goes back,
// the numbers are those since the start.
type Health struct {
	// Told and Failed are how many notices it took and how many attempts failed.
	Told   int64 `json:"told"`
	Failed int64 `json:"failed"`
	// LastTold and LastFailed are when it took something and when an attempt failed the last
	// time, with Error.
	LastTold   *time.Time `json:"last_told,omitempty"`
	LastFailed *time.Time `json:"last_failed,omitempty"`
	Error      string     `json:"error,omitempty"`
}

// saw notes what came of an attempt. The mutex is held.
func (o *outbox) saw(a *Attempt) *Health {
	if a.Muted != "" {
		return &Health{} // nothing was tried
	}
	h := o.health[a.Target]
	if h == nil {
		h = &Health{}
		o.health[a.Target] = h
	}
	at := a.At
	if a.Error == "" {
		h.LastTold = &at
	} else {
		h.LastFailed, h.Error = &at, a.Error
	}
	return h
}

// count counts an attempt that was made now. The mutex is held.
func (o *outbox) count(a *Attempt) {
	h := o.saw(a)
	switch {
	case a.Error != "":
		h.Failed++
	case !a.Held:
		h.Told++
	}
}

// healthOf returns how an integration does.
func (o *outbox) healthOf(target string) Health {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h := o.health[target]; h != nil {
		return *h
	}
	return Health{}
}
