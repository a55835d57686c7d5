package config

import (
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/document"
)

// Containers is how containers are watched: what they use and what happens to them. The
// engine is the one of Docker.
type Containers struct {
	// Disabled leaves them unwatched; their logs are read all the same.
	Disabled bool `doc:"disabled"`
	// Interval is how often what they use is read.
	Interval time.Duration `doc:"interval"`
	// Every is how often an event says what a container uses while nothing happens.
	Every time.Duration `doc:"events_every"`

	At map[string]document.Pos `doc:",positions"`
}

// containers checks how containers are watched; no section is the defaults.
func (k *checker) containers(c *Containers) {
	if c == nil {
		return
	}
	if _, given := c.At["interval"]; !given {
		c.Interval = container.DefaultInterval
	}
	if _, given := c.At["events_every"]; !given {
		c.Every = container.DefaultEvery
	}
	k.Fault(c.Interval < 200*time.Millisecond || c.Interval > time.Minute, c.At, "interval", "interval wants a duration from 200ms to 1m")
	k.Fault(c.Every < c.Interval || c.Every < time.Second || c.Every > time.Hour, c.At, "events_every", "events_every wants a duration from 1s to 1h, and not less than interval")
}
