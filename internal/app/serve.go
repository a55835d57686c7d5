package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/signal"
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
	// Hostname is that of events of files that name none.
	Hostname string
	// Poll and Rescan are how often files and folders are looked at; 0 means the
	// defaults of source. Troubles is how often the server looks at itself, Upkeep how
	// often at its log store; 0 means the defaults.
	Poll, Rescan, Troubles, Upkeep time.Duration
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
	queue    *queue.Queue
	maxBytes int64
	gatherer *queue.Gatherer
	signals  *signalFile
	keeper   *keeper // nil without a log store
	database *database.DB
	consumer *consumer
	intake   *source.Intake
	search   *api.Logs
	hub      tail.Hub
	http     *api.Server
	serving  []func(context.Context) error // sources
	cleanups []func() error                // the last one first

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
		if _, err := os.Stat(path); path != journalKey && errors.Is(err, fs.ErrNotExist) {
			delete(known.Positions, path)
		}
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
	from := queue.Options{Dir: filepath.Join(c.Data, queueDir), MaxBytes: c.Queue.MaxBytes}
	s.keeper.after(known.Place, &from)
	if s.queue, err = queue.Open(ctx, from); err != nil {
		return err
	}
	s.cleanup(s.queue.Close)
	if known.Place.Queue != s.queue.Place(0).Queue {
		known.Place = s.queue.Place(0) // another queue, whose batches count anew
	}
	if s.keeper != nil {
		if err := s.keeper.begin(known.Place); err != nil {
			return err
		}
	}
	if s.maxBytes = c.Queue.MaxBytes; s.maxBytes == 0 {
		s.maxBytes = queue.DefaultMaxBytes
	}
	s.gatherer = queue.NewGatherer(s.publish) //nolint:contextcheck // Close ends it, behind the context
	s.cleanup(func() error { s.gatherer.Close(); return nil })
	if s.signals, err = openSignals(filepath.Join(c.Data, signalsName), known.Signals); err != nil {
		return err
	}
	s.cleanup(s.signals.close)
	s.consumer = &consumer{
		queue: s.queue, state: s.state, signals: s.signals, interval: c.Checkpoint, now: s.opts.Now, log: s.log,
		intake:  Intake{Clock: dates.Clock{Location: c.Zone}},
		metrics: &s.metrics, console: s.opts.Console, served: known, contents: make(chan *Content),
		dead: deadLetters{path: filepath.Join(c.Data, deadName), max: maxDead},
		keep: s.keeper, hub: &s.hub, replayed: known.Place.Sequence, last: known.Place.Sequence,
	}
	s.consumer.covered.Store(known.Place.Sequence)
	if s.consumer.logs = openLogs(&c.Logs, &s.metrics, s.log.With("component", "logs")); s.consumer.logs != nil {
		s.cleanup(s.consumer.logs.close)
	}
	if err := s.listenHTTP(ctx); err != nil {
		return err
	}
	if err := s.listenSyslog(ctx); err != nil {
		return err
	}
	if err := s.listenGELF(ctx); err != nil {
		return err
	}
	if err := s.followJournal(ctx); err != nil {
		return err
	}
	if err := s.followContainers(ctx); err != nil {
		return err
	}
	return s.followFiles(ctx)
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
		Tokens: c.Tokens, MaxBody: c.HTTP.MaxBody, Now: s.opts.Now, Sink: s.gatherer.Put, Log: s.log.With("source", "http"),
	}
	encrypt, err := s.encrypt(c.HTTP.TLS, "http "+c.HTTP.Listen)
	if err != nil {
		return err
	}
	s.http, err = api.Listen(ctx, c.HTTP.Listen, api.Options{
		TLS: encrypt, Intake: s.intake.Handler(), Ready: s.Ready, Metrics: s.writeMetrics, Logs: s.logs(), Log: s.log.With("component", "http"),
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
		Tokens: s.opts.Config.Readers, Fresh: s.consumer.fresh, Hub: &s.hub, Now: s.opts.Now, Log: s.log.With("component", "search"),
	}
	if s.keeper != nil {
		s.search.Store = s.keeper.store
	}
	return s.search
}

// busy says of a place where it cannot be listened where it stands, and what names another.
func busy(err error, at document.Pos, key string) error {
	err = fmt.Errorf("%w (%s of the configuration names another place)", err, key)
	if at.File != "" {
		err = fmt.Errorf("%s: %w", at, err)
	}
	return err
}

// Ready reports whether logs are taken and detected in.
func (s *Server) Ready() bool { return s.metrics.running.Load() }

// Run serves until the context is done, and then stops: the sources first, then
// detection, which writes down what it knows. The error says what broke, or that
// stopping took longer than it may.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	consume, stopConsuming := context.WithCancel(context.WithoutCancel(ctx))
	defer stopConsuming()
	patience := s.opts.Config.StopWithin / 2
	serving := slices.Concat(s.serving, []func(context.Context) error{
		func(ctx context.Context) error { return s.http.Serve(ctx, patience) },
	})
	broken := make(chan error, len(serving)+1) // has room for all
	var consuming, sources sync.WaitGroup
	consuming.Go(func() {
		if err := s.consumer.run(consume, s.content); err != nil {
			broken <- fmt.Errorf("detect: %w", err)
		}
	})
	for _, serve := range serving {
		sources.Go(func() {
			if err := serve(ctx); err != nil {
				broken <- err
			}
		})
	}
	sources.Go(func() { s.watchSilence(ctx, s.opts.Config.SilentAfter) })
	sources.Go(func() { s.watchTroubles(ctx, cmp.Or(s.opts.Troubles, troublesEvery)) })
	sources.Go(func() { s.reload(ctx) })
	if s.keeper != nil {
		sources.Go(func() { s.keeper.upkeep(ctx, &s.opts.Config.Store, cmp.Or(s.opts.Upkeep, upkeepEvery)) })
	}
	s.log.InfoContext(ctx, "sasumata is running", "data", s.opts.Config.Data, "rules", len(s.content.Rules))

	var errs []error
	select {
	case <-ctx.Done():
	case err := <-broken:
		errs = append(errs, err)
	}
	cancel()
	s.log.InfoContext(ctx, "stopping", "within", s.opts.Config.StopWithin.String())
	stopped := make(chan error, 1)
	go func() {
		sources.Wait()
		s.gatherer.Close()
		stopConsuming()
		consuming.Wait()
		stopped <- s.Close()
	}()
	deadline := time.NewTimer(s.opts.Config.StopWithin)
	defer deadline.Stop()
	select {
	case err := <-stopped:
		errs = append(errs, err)
	case <-deadline.C:
		errs = append(errs, fmt.Errorf("stopping took longer than %s: what was not finished is done again at the next start", s.opts.Config.StopWithin))
	}
	for len(broken) > 0 {
		errs = append(errs, <-broken)
	}
	return errors.Join(errs...)
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
