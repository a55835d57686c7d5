package source

import (
	"sync"
	"time"
)

// maxTold is how many refusals of a kind are logged in a minute; all are counted.
const maxTold = 10

// told bounds what is logged of things that anybody can do as often as he likes. The zero
// told is ready to use, by any number of goroutines.
type told struct {
	mu     sync.Mutex
	minute int64
	times  int
}

// tells reports whether this one is to be logged.
func (t *told) tells(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := now.Unix() / 60; minute != t.minute {
		t.minute, t.times = minute, 0
	}
	t.times++
	return t.times <= maxTold
}
