package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// MaxContainers is how many containers one Engine follows; further ones are left out
	// and told.
	MaxContainers = 1000
	// engineFirst and engineLongest are how long it takes until an engine that ended a
	// connection is asked again.
	engineFirst, engineLongest = time.Second, 30 * time.Second
)

// Engine follows the output of containers by the API of Docker's engine, with whatever
// logging driver that can be read. How far it has come goes into the queue with the lines,
// as with a Tail: so nothing is lost and nothing comes twice, also when the engine ends.
//
// A record has the form of the driver json-file, and says of the container what Container
// says.
type Engine struct {
	// Address is where the engine listens, as EngineAddress wants it. TLS encrypts the
	// connection over TCP; nil does not.
	Address string
	TLS     *DialTLS
	// Names are those of the containers to follow, with the wildcards of path.Match, and
	// Labels are what each must have, as key or key=value. None means all.
	Names, Labels []string
	// Skip reports whether the container is to be left alone; may be nil.
	Skip func(id string) bool
	// Elsewhere are logging drivers whose lines come from another source already.
	Elsewhere []string
	// Label is what is said of each line beside its text.
	Label record.Record
	// Position returns where an earlier run came to with a container, in the form that
	// Store got; nil when there was none. Known are the containers that have one.
	Position func(ctx context.Context, id string) ([]byte, error)
	Known    []string
	// Before says that the engine was followed by an earlier run: then containers without a
	// position are new, and are read from their beginning. Else those that are there are
	// read from their end, or from their beginning with FromStart.
	Before, FromStart bool
	// Restart is how long it takes until the engine is asked again, longer each time; 0
	// means a second.
	Restart time.Duration
	// Now is the clock.
	Now func() time.Time
	// Store queues records with the position behind them. When there is no room, it is
	// called again. NoPosition is stored for a container that is gone.
	Store func(ctx context.Context, id string, position []byte, records []record.Record) error
	// Counters and Log are told what happens.
	Counters *Counters
	Log      *slog.Logger

	client  *engineClient
	running sync.WaitGroup
	cancel  context.CancelCauseFunc

	mu        sync.Mutex
	following map[string]*engineFollower
	refused   map[string]bool
}

// Run follows until the context is done. The error is one of Store, or says what is wrong
// with the address or a position.
func (e *Engine) Run(ctx context.Context) (err error) {
	if e.client, err = newEngineClient(e.Address, e.TLS); err != nil {
		return fmt.Errorf("follow containers: %w", err)
	}
	if e.Restart <= 0 {
		e.Restart = engineFirst
	}
	e.following, e.refused = map[string]*engineFollower{}, map[string]bool{}
	whole := ctx
	ctx, e.cancel = context.WithCancelCause(ctx)
	defer e.client.http.CloseIdleConnections()
	defer e.running.Wait()
	defer e.cancel(nil)
	first, told := true, ""
	for wait := e.Restart; ctx.Err() == nil; {
		err := e.client.events(ctx, func() error {
			if err := e.list(ctx, first && !e.Before); err != nil {
				return err
			}
			first, told, wait = false, "", e.Restart
			return nil
		}, func(event engineEvent) { e.happened(ctx, event) })
		if ctx.Err() != nil {
			break
		}
		e.Counters.Errors.Add(1)
		if text := err.Error(); text != told {
			told = text
			e.Log.WarnContext(ctx, "the engine of containers cannot be followed: it is tried again", "address", e.Address, "error", err)
		}
		pause(ctx, wait)
		wait = min(2*wait, engineLongest)
	}
	if whole.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// list follows the containers that are there, and forgets those that are gone.
func (e *Engine) list(ctx context.Context, isFirst bool) error {
	ids, err := e.client.containers(ctx)
	if err != nil {
		return err
	}
	e.mu.Lock()
	followed := slices.Collect(maps.Keys(e.following))
	e.mu.Unlock()
	for _, id := range followed {
		e.wake(id) // things may have happened that nobody saw
	}
	for _, id := range ids {
		e.follow(ctx, id, !isFirst || e.FromStart)
	}
	for _, id := range e.Known {
		if slices.Contains(ids, id) || slices.Contains(followed, id) {
			continue
		}
		if err := untilRoom(ctx, func() error { return e.Store(ctx, id, []byte(NoPosition), nil) }); err != nil {
			e.fail(ctx, err)
			return err
		}
	}
	e.Known = nil // who follows them forgets the others
	return nil
}

// fail ends the source.
func (e *Engine) fail(ctx context.Context, err error) {
	if ctx.Err() == nil {
		e.cancel(fmt.Errorf("follow containers: %w", err))
	}
}

// happened takes an event.
func (e *Engine) happened(ctx context.Context, event engineEvent) {
	switch event.Action {
	case "start":
		e.follow(ctx, event.Actor.ID, true)
	case "rename": // it may have been none of those to follow
		e.follow(ctx, event.Actor.ID, false)
	case "destroy":
		e.mu.Lock()
		delete(e.refused, event.Actor.ID)
		e.mu.Unlock()
	}
	e.wake(event.Actor.ID)
}

// follow begins to follow a container, unless it is followed already.
func (e *Engine) follow(ctx context.Context, id string, fromStart bool) {
	if e.Skip != nil && e.Skip(id) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.following[id] != nil || e.refused[id] && len(e.following) >= MaxContainers {
		return
	}
	if len(e.following) >= MaxContainers {
		if len(e.refused) < MaxContainers {
			e.refused[id] = true
		}
		e.Counters.Errors.Add(1)
		e.Log.ErrorContext(ctx, "a container is left out: there are too many", "container_id", id, "max", MaxContainers)
		return
	}
	f := &engineFollower{engine: e, id: id, fromStart: fromStart, news: make(chan struct{}, 1)}
	e.following[id] = f
	e.running.Go(func() {
		if err := f.run(ctx); err != nil {
			e.fail(ctx, err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.following, id)
	})
}

// wake tells who follows the container that something happened to it.
func (e *Engine) wake(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.following[id]
	if f == nil {
		return
	}
	f.stale.Store(true)
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// wants reports whether the container is one of those to follow.
func (e *Engine) wants(d *engineContainer) bool {
	name := strings.TrimPrefix(d.Name, "/")
	named := len(e.Names) == 0 || slices.ContainsFunc(e.Names, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
	return named && !slices.Contains(e.Elsewhere, d.HostConfig.LogConfig.Type) && !slices.ContainsFunc(e.Labels, func(want string) bool {
		key, value, hasValue := strings.Cut(want, "=")
		got, ok := d.Config.Labels[key]
		return !ok || hasValue && got != value
	})
}

func marshalEngine(p enginePosition) []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic("BUG: a position cannot be written: " + err.Error())
	}
	return text
}

// isGone reports whether the engine says that the container is no more.
func isGone(err error) bool { return errors.Is(err, errNoContainer) }
