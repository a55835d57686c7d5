package container

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

const (
	// eventsFirst and eventsLongest are how long it takes until an engine that ended a
	// connection is asked again: longer each time.
	eventsFirst, eventsLongest = time.Second, 30 * time.Second
)

// Follower is told what happens to containers. Its functions are called one after the other.
type Follower struct {
	// Begun is called when a connection stands: what happens from now on is told, what
	// happened before is to be asked for. An error of it ends the connection.
	Begun func(ctx context.Context) error
	// Happened is called for each event.
	Happened func(Event)
	// Lost is called when a connection ends, with why; the engine is asked again then.
	Lost func(error)
	// Restart is how long it takes until then, longer each time up to half a minute; 0 is a
	// second.
	Restart time.Duration
}

// Follow tells of what happens to containers until the context is done, over as many
// connections as that needs.
func (e *Engine) Follow(ctx context.Context, f *Follower) {
	first := f.Restart
	if first <= 0 {
		first = eventsFirst
	}
	for wait := first; ctx.Err() == nil; wait = min(2*wait, eventsLongest) {
		err := e.events(ctx, func() error {
			if err := f.Begun(ctx); err != nil {
				return err
			}
			wait = first
			return nil
		}, f.Happened)
		if ctx.Err() != nil {
			return
		}
		f.Lost(err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// events tells of what happens over one connection.
func (e *Engine) events(ctx context.Context, begun func() error, happened func(Event)) error {
	const what = "follow the engine's events"
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slow := time.AfterFunc(engineAnswer, cancel)
	// Each run of a check of health makes events of exec: they are not asked for.
	filters := client.Filters{}.Add("type", string(events.ContainerEventType)).Add("event",
		"create", "start", "restart", "die", "oom", "kill", "stop", "pause", "unpause", "rename", "update", "destroy", "health_status")
	stream := e.client.Events(ctx, client.EventsListOptions{Filters: filters})
	select {
	case err := <-stream.Err:
		if !slow.Stop() {
			err = errors.New("the engine does not answer")
		}
		return told(what, err)
	default:
	}
	if !slow.Stop() {
		return told(what, errors.New("the engine does not answer"))
	}
	if err := begun(); err != nil {
		return err
	}
	for {
		select {
		case err := <-stream.Err:
			return told(what, err)
		case m := <-stream.Messages:
			if !IsID(m.Actor.ID) {
				continue
			}
			action, _, _ := strings.Cut(string(m.Action), ":")
			happened(Event{ID: m.Actor.ID, Name: m.Actor.Attributes["name"], Action: action, ExitCode: m.Actor.Attributes["exitCode"], Signal: m.Actor.Attributes["signal"], At: time.Unix(0, m.TimeNano).UTC()})
		}
	}
}
