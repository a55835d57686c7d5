// Package sensor tells what processes do on this machine: programs that start, connections
// that they open, files that they write, and what else is of interest of a kernel. It is the
// one door to eBPF (github.com/cilium/ebpf).
//
// A Sensor takes the best way that this machine offers: programs in the kernel (eBPF), the
// messages of the audit system, the process connector, or the lists of processes that the
// engine of containers makes. Probe says which, what it misses and why a better one cannot be
// taken. What happens becomes records of the source "sensor" whose
// text is JSON with the names of attributes that rules use; docs/sensor.md has them all.
//
// Nothing here ever holds up a process: what does not fit into the kernel's buffer is lost,
// and counted.
package sensor

//go:generate ./bpf/generate.sh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// Source is that of the records.
const Source = "sensor"

// Way is a way to see what happens.
type Way string

// The ways, the best one first.
const (
	// EBPF are programs in the kernel: it misses nothing.
	EBPF Way = "ebpf"
	// Audit are the messages of the audit system, for whatever its rules say.
	Audit Way = "audit"
	// Proc is the process connector: each start is told, and the rest is read from /proc if
	// the process is still there.
	Proc Way = "proc"
	// Top are the lists of processes that the engine of containers makes, now and then.
	Top Way = "top"
)

// ways returns all, the best one first.
func ways() []Way { return []Way{EBPF, Audit, Proc, Top} }

// Container is what is known of a container beside its id.
type Container struct{ Name, Image string }

// Containers knows containers by their whole id. It answers from memory, and many goroutines
// may ask.
type Containers interface {
	Container(id string) (Container, bool)
}

// Options is a sensor.
type Options struct {
	// Config is what it was told.
	Config Config
	// Hostname is that of the records.
	Hostname string
	// Containers adds names and images; may be nil.
	Containers Containers
	// Processes lists the processes of containers, for the way Top; nil leaves it out.
	Processes Lister
	// Now is the clock.
	Now func() time.Time
	// Put takes records, at most record.MaxBatch at a time; it returns when they are safe, or
	// record.ErrFull or record.ErrAway: then it is called again. The records are its own.
	Put func(ctx context.Context, records []record.Record) error
	// Log is told what happens.
	Log *slog.Logger
}

// Counts is what became of events. Any number of goroutines may use them.
type Counts struct {
	// Records is the number of those that were put, Last when the last one was, in
	// nanoseconds since 1970.
	Records, Last atomic.Int64
	// Errors is the number of events that could not be read.
	Errors atomic.Int64
	// Evicted is the number of processes that were forgotten because there are too many.
	Evicted atomic.Int64
}

// Sensor watches. It is made by New, run once, and asked by any number of goroutines.
type Sensor struct {
	Counts

	opts  Options
	way   Way
	probe Report
	watch watcher
	table *table
	out   chan record.Record
	encode
}

// watcher is a way at work.
type watcher interface {
	// run tells events until the context is done.
	run(ctx context.Context) error
	// losses returns how many events were lost for want of room since the start, by kind.
	losses() map[Kind]int64
	// repeats returns how many events were left out because they said again what one had
	// said a moment before.
	repeats() map[Kind]int64
	// Close gives up what was opened.
	Close() error
}

// waiting is how many records may wait to be put: what comes beyond waits in the kernel.
const waiting = 8 * record.MaxBatch

// ErrNone says that there is no way to see what happens on this machine.
var ErrNone = errors.New("there is no way to see what processes do")

// New opens the best way that the configuration allows; the context is for finding out. Close or
// Run gives it up.
func New(ctx context.Context, opts Options) (*Sensor, error) {
	s := &Sensor{opts: opts, probe: Probe(ctx, opts.Config.Mode, opts.Processes), out: make(chan record.Record, waiting)}
	s.table = newTable(&s.Evicted, hostProcesses(), opts.Now)
	s.encode = encode{containers: opts.Containers, table: s.table, users: newUsers(opts.Now)}
	for _, way := range ways() {
		if s.probe.State(way).Usable {
			watch, err := s.open(way)
			if err == nil {
				s.way, s.watch, s.probe.Active = way, watch, way
				return s, nil
			}
			s.probe.refuse(way, err.Error(), "")
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNone, s.probe.Why())
}

func (s *Sensor) open(way Way) (watcher, error) {
	switch way {
	case EBPF:
		return openEBPF(s)
	case Audit:
		return openAudit(s)
	case Proc:
		return openProc(s)
	case Top:
		return openTop(s)
	default:
		panic("BUG: a way that is none: " + way)
	}
}

// Report returns which way is taken, and why no better one.
func (s *Sensor) Report() Report { return s.probe }

// Losses returns how many events were lost since the start because the kernel's buffer had
// no room, by kind.
func (s *Sensor) Losses() map[Kind]int64 { return s.watch.losses() }

// Repeats returns how many events were left out since the start because one a moment before
// said the same of the same process, by kind.
func (s *Sensor) Repeats() map[Kind]int64 { return s.watch.repeats() }

// Processes returns how many processes are known.
func (s *Sensor) Processes() int { return s.table.size() }

// Close gives up a sensor that was not run.
func (s *Sensor) Close() error { return s.watch.Close() }

// Run tells what happens until the context is done; then it has put what it had. The error is
// one of Put, or says why the kernel tells nothing any more.
func (s *Sensor) Run(ctx context.Context) error {
	s.table.seed()
	var putting sync.WaitGroup
	var putErr error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	putting.Go(func() {
		if putErr = s.put(ctx); putErr != nil {
			cancel()
		}
	})
	err := s.watch.run(ctx)
	close(s.out)
	putting.Wait()
	return errors.Join(err, putErr, s.watch.Close())
}

// tell hands an event on; it waits while there is no room.
func (s *Sensor) tell(ctx context.Context, e *Event) {
	e.rename()
	if e.Kind == Exit {
		defer s.table.see(e) // what it was is told with its end
	} else {
		s.table.see(e)
	}
	if !s.opts.Config.tells(e) {
		return
	}
	s.hand(ctx, record.Record{
		Text: string(s.append(e)), Source: Source, Service: Source, Host: s.opts.Hostname, Received: s.opts.Now().UnixNano(),
	})
}

func (s *Sensor) hand(ctx context.Context, r record.Record) {
	r.Clip()
	select {
	case s.out <- r:
	case <-ctx.Done():
	}
}

// put puts records until there are no more to come. What waits is put at once, as one batch.
func (s *Sensor) put(ctx context.Context) error {
	// What was taken is put also when the server stops, if there is room.
	last := context.WithoutCancel(ctx)
	for first := range s.out {
		batch := append(make([]record.Record, 0, 1+len(s.out)), first)
		for len(batch) < record.MaxBatch && len(s.out) > 0 {
			batch = append(batch, <-s.out)
		}
		if err := untilRoom(ctx, func() error { return s.opts.Put(last, batch) }); err != nil {
			if ctx.Err() != nil && (errors.Is(err, record.ErrFull) || errors.Is(err, record.ErrAway)) {
				s.opts.Log.WarnContext(last, "what the sensor saw last is lost: the queue has no room", "records", len(batch))
				return nil
			}
			return fmt.Errorf("put what the sensor saw: %w", err)
		}
		s.Records.Add(int64(len(batch)))
		s.Last.Store(s.opts.Now().UnixNano())
	}
	return nil
}

// untilRoom calls put again until there is room, or the context is done.
func untilRoom(ctx context.Context, put func() error) error {
	const first, longest = 50 * time.Millisecond, 2 * time.Second
	for wait := first; ; wait = min(2*wait, longest) {
		err := put()
		if !errors.Is(err, record.ErrFull) && !errors.Is(err, record.ErrAway) {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return err
		case <-t.C:
		}
	}
}
