package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/tail"
)

// Names in the data folder of a server.
const (
	queueDir    = "queue"
	stateName   = "state"
	signalsName = "signals.jsonl"
)

// ServeOptions is a server.
type ServeOptions struct {
	// Config is what it was told.
	Config *config.Config
	// Content loads the content, at the start and for each value of Reload.
	Content func() (*Content, error)
	Reload  <-chan os.Signal
	// Console sees the findings that are news, on one goroutine.
	Console func(signal.Finding) error
	// Now is the clock: when something arrived, and what is silent. Detection goes by
	// the time of the events.
	Now func() time.Time
	// Log is the operating log.
	Log *slog.Logger
	// Stdin is the standard input, for a configuration that names it.
	Stdin io.Reader
	// Hostname is that of events of files that name none.
	Hostname string
	// Poll and Rescan are how often files and folders are looked at; 0 means the
	// defaults of source. Troubles is how often the server looks at itself, Upkeep how
	// often at its log store; 0 means the defaults.
	Poll, Rescan, Troubles, Upkeep time.Duration
	// AnotherQueue takes a queue that is not the one of the last run: what waited there is
	// given up.
	AnotherQueue bool
	// Patience is after which time a file is given up whose name is gone; 0 means the
	// default.
	Patience time.Duration
}

// Server takes logs and detects in them until it is stopped. It is made by NewServer and
// run once.
type Server struct {
	// Listening are the places where it listens, the one of HTTP first.
	Listening []string

	opts     ServeOptions
	log      *slog.Logger
	metrics  metrics
	content  *Content
	state    *State
	known    served // before the start
	queue    *queue.Queue
	opened   atomic.Bool // the queue, and what goes with it
	waiting  atomic.Bool // for the queue
	maxBytes int64
	gatherer *queue.Gatherer
	signals  *signalFile
	dead     *dead.Box
	keeper   *keeper // nil without a log store
	database *database.DB
	book     *triage.Book
	consumer *consumer
	intake   *source.Intake
	search   *api.Logs
	answers  *api.Signals
	hub      tail.Hub
	http     *api.Server
	serving  []func(context.Context) error // sources
	cleanups []func() error                // the last one first

	replaying sync.Mutex // one letter at a time
	journaled bool       // the journal is followed

	mu       sync.Mutex
	watching []*watched
	followed map[string]bool
	secured  []secured
}

// NewServer opens all that a server needs, and listens. Nothing is taken before Run; if
// that is never called, Close is.
func NewServer(ctx context.Context, opts ServeOptions) (*Server, error) {
	s := &Server{opts: opts, log: opts.Log, followed: map[string]bool{}}
	if err := s.setup(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) setup(ctx context.Context) (err error) {
	c := s.opts.Config
	if s.content, err = s.opts.Content(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder (--data names another one): %w", err)
	}
	if s.state, err = OpenState(filepath.Join(c.Data, stateName)); err != nil {
		return err
	}
	s.cleanup(func() error { s.state.Close(); return nil })
	atomicfile.Sweep(c.Data)
	known := served{}
	if s.state.saved != nil && s.state.saved.header.Served != nil {
		known = *s.state.saved.header.Served
	}
	if known.Positions == nil {
		known.Positions = map[string]json.RawMessage{}
	}
	for path := range known.Positions {
		if len(known.Positions) <= maxPositions {
			break
		}
		if path == journalKey || path == deadKey || strings.HasPrefix(path, engineKey) {
			continue // no files
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			delete(known.Positions, path)
		}
	}
	if s.dead, err = dead.Open(filepath.Join(c.Data, deadDir), 0); err != nil {
		return err
	}
	atomicfile.Sweep(filepath.Join(c.Data, deadDir))
	for _, problem := range s.dead.Problems() {
		s.log.WarnContext(ctx, "a dead letter cannot be read", "problem", problem)
	}
	s.hub.Failed = func(failure any) {
		s.metrics.tailFailures.Add(1)
		s.log.ErrorContext(ctx, "BUG: an event could not be shown, which ends the watching", "failure", failure)
	}
	if known.Patterns == nil {
		known.Patterns = map[string]bool{}
	}
	if s.keeper, err = openKeeper(c, s.opts.Now, s.log.With("component", "store"), &s.metrics); err != nil {
		return err
	}
	if s.keeper != nil {
		s.cleanup(s.keeper.close)
	}
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	s.known = known
	if err := s.listenHTTP(ctx); err != nil {
		return err
	}
	return s.openQueue(ctx)
}

func (s *Server) cleanup(f func() error) { s.cleanups = append(s.cleanups, f) }

// Close gives up what was opened. Run does it itself.
func (s *Server) Close() error {
	errs := make([]error, 0, len(s.cleanups))
	for _, cleanup := range slices.Backward(s.cleanups) {
		errs = append(errs, cleanup())
	}
	s.cleanups = nil
	return errors.Join(errs...)
}

func (s *Server) listenHTTP(ctx context.Context) (err error) {
	c := s.opts.Config
	s.intake = &source.Intake{
		Tokens: c.Tokens, MaxBody: c.HTTP.MaxBody, Now: s.opts.Now, Sink: s.put, Log: s.log.With("source", "http"),
	}
	encrypt, err := s.encrypt(c.HTTP.TLS, "http "+c.HTTP.Listen)
	if err != nil {
		return err
	}
	s.http, err = api.Listen(ctx, c.HTTP.Listen, api.Options{
		TLS: encrypt, Intake: s.intake.Handler(), Ready: s.Well, Metrics: s.writeMetrics, Logs: s.logs(), Dead: s.deadLetters(), Signals: s.signalAnswers(),
		Log: s.log.With("component", "http"),
	})
	if err != nil {
		return busy(err, c.HTTP.At["listen"], "http.listen")
	}
	s.Listening = append(s.Listening, s.http.Addr())
	s.cleanup(func() error { _ = s.http.Close(); return nil }) // it may have ended long ago
	s.log.InfoContext(ctx, "serving HTTP", "listen", s.http.Addr(), "senders", len(c.Tokens), "tls", encrypt != nil)
	if len(c.Tokens) == 0 {
		s.intake.Counters = &source.Counters{} // nobody can send
		return nil
	}
	s.intake.Counters = s.watch("http", "http "+s.http.Addr())
	s.intake.Watch = func(protocol string) *source.Counters { return s.watch(protocol, protocol+" "+s.http.Addr()) }
	return nil
}

// logs returns what answers searches.
func (s *Server) logs() *api.Logs {
	s.search = &api.Logs{
		Tokens: slices.Concat(s.opts.Config.Readers, s.opts.Config.Analysts), Fresh: s.fresh, Hub: &s.hub, Now: s.opts.Now, Log: s.log.With("component", "search"),
	}
	if s.keeper != nil {
		s.search.Store = s.keeper.store
	}
	return s.search
}

// deadLetters returns what serves operators.
func (s *Server) deadLetters() *api.Dead {
	return &api.Dead{Tokens: s.opts.Config.Operators, Box: s.dead, Replay: s.replay, Drop: s.drop}
}

// busy says of a place where it cannot be listened where it stands, and what names another.
func busy(err error, at document.Pos, key string) error {
	err = fmt.Errorf("%w (%s of the configuration names another place)", err, key)
	if at.File != "" {
		err = fmt.Errorf("%s: %w", at, err)
	}
	return err
}

// Well returns nil when logs are taken and detected in, and why they are not.
func (s *Server) Well() error {
	switch {
	case s.waiting.Load() || s.opened.Load() && !s.queue.Connected():
		return queue.ErrAway
	case !s.metrics.running.Load():
		return errors.New("detection does not run")
	default:
		return nil
	}
}

// Up reports whether the server runs, be it that it waits for its queue.
func (s *Server) Up() bool { return s.metrics.running.Load() || s.waiting.Load() }

// Run serves until the context is done, and then stops: the sources first, then
// detection, which writes down what it knows. The error says what broke, or that
// stopping took longer than it may.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	consume, stopConsuming := context.WithCancel(context.WithoutCancel(ctx))
	defer stopConsuming()
	r := running{broken: make(chan error, 1)}
	r.sources.Go(func() {
		if err := s.http.Serve(ctx, s.opts.Config.StopWithin/2); err != nil {
			r.broken <- err
		}
	})
	err := s.await(ctx, r.broken)
	if err == nil && ctx.Err() == nil {
		s.serve(ctx, consume, &r)
		select {
		case <-ctx.Done():
		case err = <-r.broken:
		}
	}
	cancel()
	s.log.InfoContext(ctx, "stopping", "within", s.opts.Config.StopWithin.String())
	stopped := make(chan error, 1)
	go func() {
		r.sources.Wait()
		if s.gatherer != nil {
			s.gatherer.Close()
		}
		stopConsuming()
		r.consuming.Wait()
		stopped <- s.Close()
	}()
	errs := []error{err}
	deadline := time.NewTimer(s.opts.Config.StopWithin)
	defer deadline.Stop()
	select {
	case err := <-stopped:
		errs = append(errs, err)
	case <-deadline.C:
		errs = append(errs, fmt.Errorf("stopping took longer than %s: what was not finished is done again at the next start", s.opts.Config.StopWithin))
	}
	for len(r.broken) > 0 {
		errs = append(errs, <-r.broken)
	}
	return errors.Join(errs...)
}

// running is what a server waits for when it stops.
type running struct {
	consuming, sources sync.WaitGroup
	broken             chan error // has room for all
}

// serve starts detection and the sources.
func (s *Server) serve(ctx, consume context.Context, r *running) {
	web := r.broken
	broken := make(chan error, len(s.serving)+2)
	r.broken = broken
	r.consuming.Go(func() {
		if err := s.consumer.run(consume, s.content); err != nil {
			broken <- fmt.Errorf("detect: %w", err)
		}
	})
	for _, serve := range s.serving {
		r.sources.Go(func() {
			if err := serve(ctx); err != nil {
				broken <- err
			}
		})
	}
	r.sources.Go(func() {
		select {
		case err := <-web:
			broken <- err
		case <-ctx.Done():
		}
	})
	r.sources.Go(func() { s.watchSilence(ctx, s.opts.Config.SilentAfter) })
	r.sources.Go(func() { s.watchTroubles(ctx, cmp.Or(s.opts.Troubles, troublesEvery)) })
	r.sources.Go(func() { s.reload(ctx) })
	if s.keeper != nil {
		r.sources.Go(func() { s.keeper.upkeep(ctx, &s.opts.Config.Store, cmp.Or(s.opts.Upkeep, upkeepEvery)) })
	}
	s.log.InfoContext(ctx, "sasumata is running", "data", s.opts.Config.Data, "rules", len(s.content.Rules))
}

// reload loads content when it is asked to. Content that is wrong changes nothing.
func (s *Server) reload(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.opts.Reload:
		}
		content, err := s.opts.Content()
		if err != nil {
			s.metrics.reloadErrors.Add(1)
			s.log.ErrorContext(ctx, "the new content is wrong: the old one stays at work", "error", err)
			continue
		}
		select {
		case s.consumer.contents <- content:
			s.metrics.reloads.Add(1)
		case <-ctx.Done():
			return
		}
	}
}
