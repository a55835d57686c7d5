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

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/document"
	seriesof "github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
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
	// Content loads the content of a configuration, at the start and for each value of
	// Reload, Configure the configuration for each of those; nil leaves it as it is.
	Content   func(*config.Config) (*Content, error)
	Configure func() (*config.Config, error)
	Reload    <-chan os.Signal
	// Console sees the findings that are news, on one goroutine.
	Console func(signal.Finding) error
	// Terminal is where the receiver console writes, if somebody is told; Color says that
	// it takes colours.
	Terminal io.Writer
	Color    bool
	// Now is the clock: when something arrived, and what is silent. Detection goes by
	// the time of the events.
	Now func() time.Time
	// Log is the operating log.
	Log *slog.Logger
	// Stdin is the standard input, for a configuration that names it.
	Stdin io.Reader
	// Version is that of this program, for backups.
	Version string
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
	// Listening are the places where it listens from the start, the one of HTTP first.
	Listening []string

	opts         ServeOptions
	log          *slog.Logger
	metrics      metrics
	content      *Content
	state        *State
	known        served // before the start
	queue        *queue.Queue
	opened       atomic.Bool // the queue, and what goes with it
	waiting      atomic.Bool // for the queue
	maxBytes     int64
	gatherer     *queue.Gatherer
	signals      *signalFile
	dead         *dead.Box
	keeper       *keeper // nil without a log store
	database     *database.DB
	book         *triage.Book
	suppressions *suppress.Book
	held         heldCounts
	knows        atomic.Pointer[Content] // at work
	costs        atomic.Pointer[costs]   // may be nil
	workshop     *workshop
	assets       *asset.Book
	consumer     *consumer
	hub          tail.Hub
	alert        *alert.Manager // nil when nobody is told
	respond      *respond.Engine
	series       *seriesof.Engine // nil without series of numbers
	// containerSeries are the numbers of containers; a test has others.
	containerSeries func() []container.Series
	watcher         atomic.Pointer[container.Watcher] // of containers; may be nil
	unwatched       atomic.Pointer[string]            // why containers are not watched
	clocks          skewWatch
	sensing         sensing
	files           uint64                        // that the program may have open; 0 is unknown
	cleanups        []func() error                // the last one first
	config          atomic.Pointer[config.Config] // at work now
	restart         atomic.Pointer[[]string]      // keys that want a restart

	// What all listeners of HTTP serve.
	intake    *source.Intake
	serves    api.Options
	search    *api.Logs
	operating *api.Dead
	answers   *api.Signals
	notices   *api.Notices // nil when nobody is told
	access    *doorkeeper

	serving sync.WaitGroup
	broken  chan struct{} // holds a token when something broke
	asks    chan *asked   // of people who change rules
	ending  chan struct{} // is closed when it stops

	replaying sync.Mutex // one letter at a time
	backing   sync.Mutex // one backup at a time

	mu       sync.Mutex
	running  []*running
	lacking  []input // could not begin
	watching []*watched
	overHTTP []*watched
	httpAt   string
	followed map[string]bool
	errs     []error // what broke
}

// NewServer opens all that a server needs, and listens. Nothing is taken before Run; if
// that is never called, Close is.
func NewServer(ctx context.Context, opts ServeOptions) (*Server, error) {
	s := &Server{opts: opts, log: opts.Log, followed: map[string]bool{}, broken: make(chan struct{}, 1), asks: make(chan *asked), ending: make(chan struct{})}
	s.config.Store(opts.Config)
	s.files, s.containerSeries = openFiles(), s.watchedSeries
	if err := s.setup(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) setup(ctx context.Context) (err error) {
	c := s.opts.Config
	if s.content, err = s.opts.Content(c); err != nil {
		return err
	}
	s.knows.Store(s.content)
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder (--data names another one): %w", err)
	}
	if s.state, err = OpenState(filepath.Join(c.Data, stateName)); err != nil {
		return err
	}
	s.cleanup(func() error { s.state.Close(); return nil })
	atomicfile.Sweep(c.Data)
	sweepBackups(c.Data)
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
	s.known = known
	if s.keeper, err = openKeeper(c, s.opts.Now, s.log.With("component", "store"), &s.metrics); err != nil {
		return err
	}
	if s.keeper != nil {
		s.cleanup(s.keeper.close)
	}
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	if err := s.openRules(); err != nil {
		return err
	}
	if err := s.openAlert(ctx); err != nil {
		return err
	}
	if err := s.prepareHTTP(ctx); err != nil {
		return err
	}
	if err := s.openSeries(); err != nil {
		return err
	}
	s.cleanup(s.closePlaces)
	begin, err := s.prepare(ctx, s.inputs(ctx, c))
	if err != nil {
		return err
	}
	s.running = begin.begins
	for _, r := range s.running {
		switch {
		case r.at == nil:
		case len(s.Listening) == 0:
			s.Listening = append(s.Listening, r.at.Addr())
		default:
			s.Listening = append(s.Listening, r.place.protocol+" "+r.at.Addr())
		}
	}
	s.moveHTTP(s.Listening[0])
	if err := s.offerSetup(ctx); err != nil {
		return err
	}
	s.metrics.configured.Store(s.opts.Now().UnixNano())
	return s.openQueue(ctx)
}

// cfg returns the configuration that is at work.
func (s *Server) cfg() *config.Config { return s.config.Load() }

// fail notes what broke: the server stops.
func (s *Server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, err)
	select {
	case s.broken <- struct{}{}:
	default:
	}
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
	tell, stopTelling := context.WithCancel(context.WithoutCancel(ctx))
	defer stopTelling()
	var consuming, telling sync.WaitGroup
	if s.alert != nil {
		telling.Go(func() {
			if err := s.alert.Run(tell); err != nil {
				s.log.ErrorContext(ctx, "notices may be told again after the next start", "error", err)
			}
		})
	}
	telling.Go(func() {
		if err := s.respond.Run(tell); err != nil {
			s.log.ErrorContext(ctx, "responses go on after the next start", "error", err)
		}
	})
	s.startInputs(ctx)
	if s.await(ctx) {
		s.serve(ctx, consume, &consuming)
		select {
		case <-ctx.Done():
		case <-s.broken:
		}
	}
	cancel()
	close(s.ending)
	within := s.cfg().StopWithin
	s.log.InfoContext(ctx, "stopping", "within", within.String())
	s.hub.Close()
	stopped := make(chan error, 1)
	go func() {
		s.serving.Wait()
		if s.gatherer != nil {
			s.gatherer.Close()
		}
		stopConsuming()
		consuming.Wait()
		stopTelling() // behind what detection found last
		telling.Wait()
		stopped <- s.Close()
	}()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	var err error
	select {
	case err = <-stopped:
	case <-deadline.C:
		err = fmt.Errorf("stopping took longer than %s: what was not finished is done again at the next start", within)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(append(s.errs, err)...)
}

// serve starts detection and the sources. The queue is open.
func (s *Server) serve(ctx, consume context.Context, consuming *sync.WaitGroup) {
	consuming.Go(func() {
		if err := s.consumer.run(consume, s.content); err != nil {
			s.fail(fmt.Errorf("detect: %w", err))
		}
	})
	s.startInputs(ctx)
	if s.series != nil {
		s.serving.Go(func() { s.runSeries(ctx) })
	}
	s.serving.Go(func() { s.loadSignals(ctx) })
	s.serving.Go(func() { s.pruneSignals(ctx) })
	s.serving.Go(func() { s.watchLogins(ctx) })
	s.serving.Go(func() { s.watchSilence(ctx) })
	s.serving.Go(func() { s.watchSuppressions(ctx) })
	if err := s.assets.Retell(ctx); err != nil {
		s.log.ErrorContext(ctx, "look for findings that nobody was told of", "error", err)
	}
	s.serving.Go(func() { s.watchTroubles(ctx, cmp.Or(s.opts.Troubles, troublesEvery)) })
	s.serving.Go(func() { s.reload(ctx) }) // which may start further ones
	if s.keeper != nil {
		s.serving.Go(func() { s.keeper.upkeep(ctx, s.cfg, cmp.Or(s.opts.Upkeep, upkeepEvery)) })
	}
	s.log.InfoContext(ctx, "sasumata is running", "data", s.cfg().Data, "rules", len(s.content.Rules), "open_files_max", s.files)
}
