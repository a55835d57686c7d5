package app

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/sensor"
)

const (
	// namesFresh is for how long the names of containers are taken as they are, namesAgain how
	// soon they are asked for again when one is unknown: the sensor asks for each event.
	namesFresh, namesAgain = 30 * time.Second, time.Second
)

// containerNames tells the sensor what containers are called, as whoever watches them knows.
type containerNames struct {
	watcher *atomic.Pointer[container.Watcher]
	now     func() time.Time

	mu    sync.Mutex
	asked time.Time
	known map[string]sensor.Container
}

// Container returns the name and the image of a container.
func (n *containerNames) Container(id string) (sensor.Container, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	one, ok := n.known[id]
	age := n.now().Sub(n.asked)
	if ok && age < namesFresh || age < namesAgain {
		return one, ok
	}
	n.asked = n.now()
	w := n.watcher.Load()
	if w == nil {
		return one, ok
	}
	view := w.View()
	n.known = make(map[string]sensor.Container, len(view.Containers))
	for i := range view.Containers {
		c := &view.Containers[i].Container
		n.known[c.ID] = sensor.Container{Name: c.Name, Image: c.Image}
	}
	one, ok = n.known[id]
	return one, ok
}

var _ sensor.Containers = (*containerNames)(nil)
