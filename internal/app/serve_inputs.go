package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/source"
)

// input is a source as the configuration describes it: a thing that is started, and
// stopped when the configuration does not have it any more. A new kind of source is one
// more function that returns inputs, called by Server.inputs.
type input struct {
	// name says what it is; the inputs of a configuration have different ones.
	name string
	// config is the piece of the configuration that it is made of: an input whose piece
	// stays the same (config.Same) goes on when the configuration is read anew. It is
	// never written to.
	config any
	// place is where it listens, if it does.
	place place
	// early says that it serves also while the queue is waited for.
	early bool
	// open makes ready what can be wrong, such as certificates, and returns what runs until
	// its context is done, and has put into the queue by then whatever it took. Open takes
	// nothing, and asks for no position: one of before may still run. What runs does that;
	// it calls released, if others can begin before it returns.
	open func(ctx context.Context, r *running) (serve func(ctx context.Context, released func()) error, err error)
}

// place is where an input listens; the zero place is none.
type place struct {
	protocol, address string
	pos               document.Pos
	key               string // that names another place
	what              string // comes there
}

func (p place) String() string { return p.protocol + " " + p.address }

// port returns protocol and port.
func (p place) port() string {
	return p.protocol + " " + p.address[strings.LastIndexByte(p.address, ':')+1:]
}

// running is an input that was opened.
type running struct {
	input

	server   *Server
	at       *source.Socket // nil without a place
	serve    func(context.Context, func()) error
	cancel   context.CancelFunc
	released chan struct{} // closed when others can have what it had

	mu       sync.Mutex
	watching []*watched
	before   []*watched // of the input whose place it takes
	followed []string
	secured  []secured
	places   *source.Places
}

// watch adds a source to those that metrics and log tell of. One that the input before had
// goes on counting.
func (r *running) watch(kind, name string) *source.Counters {
	one := r.server.newWatched(kind, name)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, old := range r.before {
		if old.name == name {
			one = old
		}
	}
	r.watching = append(r.watching, one)
	return one.counters
}

// unwatch takes a source away that is done with for ever.
func (r *running) unwatch(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watching = slices.DeleteFunc(r.watching, func(w *watched) bool { return w.name == name })
}

// ends notes that nothing more can come from a source: it is not silent.
func (r *running) ends(name string) {
	for _, one := range r.sources() {
		if one.name == name {
			one.ended.Store(true)
		}
	}
}

// sources returns the sources so far.
func (r *running) sources() []*watched {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.watching)
}

// takes reports whether nobody follows the file yet, and notes that this input does.
func (r *running) takes(path string) bool {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if r.server.followed[path] {
		return false
	}
	r.server.followed[path] = true
	r.followed = append(r.followed, path)
	return true
}

// leaves notes that nobody follows the file any more.
func (r *running) leaves(path string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	delete(r.server.followed, path)
	r.followed = slices.DeleteFunc(r.followed, func(s string) bool { return s == path })
}

// start runs it, once; Server.serving waits for its end, and Server.broken is told of an error.
func (r *running) start(ctx context.Context) {
	ctx, r.cancel = context.WithCancel(ctx)
	released := sync.OnceFunc(func() {
		r.server.mu.Lock()
		for _, path := range r.followed {
			delete(r.server.followed, path)
		}
		r.server.mu.Unlock()
		close(r.released)
	})
	r.server.serving.Go(func() {
		defer r.cancel()
		defer released()
		if err := r.serve(ctx, released); err != nil {
			r.server.fail(err)
		}
	})
}

// begun reports whether it was started: it may wait for the queue.
func (r *running) begun() bool { return r.cancel != nil }

// startInputs starts those inputs that can serve and do not yet: without the queue, the
// early ones.
func (s *Server) startInputs(ctx context.Context) {
	for _, r := range s.runningInputs() {
		if !r.begun() && (r.early || s.opened.Load()) {
			r.start(ctx)
		}
	}
}

// open opens an input at its place.
func (s *Server) open(ctx context.Context, in input, at *source.Socket) (*running, error) {
	r := &running{input: in, server: s, at: at, released: make(chan struct{})}
	var err error
	r.serve, err = in.open(ctx, r)
	return r, err
}

// inputs returns those of the configuration, the one of HTTP first.
func (s *Server) inputs(ctx context.Context, c *config.Config) []input {
	journal := s.journalInput(ctx, c)
	all := slices.Concat(
		[]input{s.httpInput(c)}, s.syslogInputs(c), s.gelfInputs(c), s.natsInputs(c), s.kafkaInputs(c),
		journal, s.dockerInput(ctx, c, len(journal) > 0), s.containersInput(ctx, c), s.stdinInput(), s.fileInputs(c), s.sensorInput(c),
	)
	// Two of one kind and place, such as a path that stands there twice, are told apart.
	seen := map[string]int{}
	for i := range all {
		if seen[all[i].name]++; seen[all[i].name] > 1 {
			all[i].name += " #" + strconv.Itoa(seen[all[i].name])
		}
	}
	return all
}

// exchange is what becomes of the inputs when the configuration changes.
type exchange struct {
	server       *Server
	stays, stops []*running
	begins       []*running
	bound        []*source.Socket // for those that begin
	late         []input          // whose places are to be free first
}

// prepare makes everything ready that is needed to have these inputs, and nothing else. An
// error leaves all as it is.
func (s *Server) prepare(ctx context.Context, wanted []input) (*exchange, error) {
	x := &exchange{server: s, stops: s.runningInputs()}
	var fresh []input
	for _, in := range wanted {
		i := slices.IndexFunc(x.stops, func(r *running) bool { return r.name == in.name && config.Same(r.config, in.config) })
		if i < 0 {
			fresh = append(fresh, in)
			continue
		}
		x.stays = append(x.stays, x.stops[i])
		x.stops = slices.Delete(x.stops, i, i+1)
	}
	errs := make([]error, 0, len(fresh))
	lacking := s.lackingInputs()
	for _, in := range fresh {
		if slices.ContainsFunc(lacking, func(l input) bool { return l.name == in.name && config.Same(l.config, in.config) }) {
			x.late = append(x.late, in) // as before
			continue
		}
		errs = append(errs, x.begin(ctx, in, true))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, x.abandon())
	}
	return x, nil
}

// begin opens an input at a place that one that stops has, or at a new one. If that is free
// only when others have stopped, it is opened later.
func (x *exchange) begin(ctx context.Context, in input, mayWait bool) error {
	var at *source.Socket
	if in.place != (place{}) {
		same := slices.IndexFunc(x.stops, func(r *running) bool { return r.at != nil && r.place.String() == in.place.String() && !x.handed(r.at) })
		if same >= 0 && mayWait {
			at = x.stops[same].at
		} else {
			var err error
			at, err = source.Bind(ctx, in.place.protocol, in.place.address)
			waits := func(r *running) bool { return r.at != nil && r.place.port() == in.place.port() }
			if mayWait && errors.Is(err, syscall.EADDRINUSE) && slices.ContainsFunc(x.stops, waits) {
				x.late = append(x.late, in)
				return nil
			}
			if err != nil {
				return busy(fmt.Errorf("listen for %s: %w", in.place.what, err), in.place.pos, in.place.key)
			}
			x.bound = append(x.bound, at)
		}
	}
	r, err := x.server.open(ctx, in, at)
	if err != nil {
		return errors.Join(err, x.giveUp(at))
	}
	x.begins = append(x.begins, r)
	return nil
}

// handed reports whether one that begins has the place already.
func (x *exchange) handed(at *source.Socket) bool {
	return slices.ContainsFunc(x.begins, func(r *running) bool { return r.at == at })
}

// giveUp closes a place that was bound for an input that could not be opened.
func (x *exchange) giveUp(at *source.Socket) error {
	i := slices.Index(x.bound, at)
	if i < 0 {
		return nil
	}
	x.bound = slices.Delete(x.bound, i, i+1)
	return at.Close()
}

// abandon gives up what was made ready.
func (x *exchange) abandon() error {
	errs := make([]error, 0, len(x.bound))
	for _, at := range x.bound {
		errs = append(errs, at.Close())
	}
	return errors.Join(errs...)
}

// commit stops what is not wanted any more, and starts what is new. What cannot begin, as
// somebody else took its place in between, lacks from then on, and is tried again.
func (x *exchange) commit(ctx context.Context) {
	s := x.server
	for _, r := range x.stops {
		if r.begun() {
			r.cancel()
		}
	}
	for _, r := range x.stops {
		if r.begun() {
			<-r.released
		}
		if r.at != nil && !x.handed(r.at) {
			if err := r.at.Close(); err != nil {
				s.log.WarnContext(ctx, "a place could not be given back", "source", r.name, "error", err)
			}
		}
		s.log.InfoContext(ctx, "a source was stopped", "source", r.name)
	}
	var lacking []input
	for _, in := range x.late {
		if err := x.begin(ctx, in, false); err != nil {
			lacking = append(lacking, in)
			s.log.ErrorContext(ctx, "a source could not begin: it is tried again", "source", in.name, "error", err)
		}
	}
	for _, r := range x.begins {
		if i := slices.IndexFunc(x.stops, func(old *running) bool { return old.name == r.name }); i >= 0 {
			r.before = x.stops[i].sources()
		}
	}
	s.mu.Lock()
	s.running, s.lacking = slices.Concat(x.stays, x.begins), lacking
	s.mu.Unlock()
	x.started(ctx)
}

// started starts what begins.
func (x *exchange) started(ctx context.Context) {
	x.server.startInputs(ctx)
	for _, r := range x.begins {
		x.server.log.InfoContext(ctx, "a source was started", "source", r.name, "waits_for_the_queue", !r.begun())
	}
}

// lackingInputs returns those of the configuration that could not begin.
func (s *Server) lackingInputs() []input {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lacking)
}

// openLacking tries again to begin what could not.
func (s *Server) openLacking(ctx context.Context) {
	x := &exchange{server: s}
	var still []input
	for _, in := range s.lackingInputs() {
		if err := x.begin(ctx, in, false); err != nil {
			still = append(still, in)
		}
	}
	s.mu.Lock()
	s.running, s.lacking = slices.Concat(s.running, x.begins), still
	s.mu.Unlock()
	x.started(ctx)
}

// runningInputs returns the inputs so far.
func (s *Server) runningInputs() []*running {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.running)
}

// closePlaces gives back where inputs listened, when they have ended.
func (s *Server) closePlaces() error {
	var errs []error
	for _, r := range s.runningInputs() {
		if r.at != nil {
			errs = append(errs, r.at.Close())
		}
	}
	return errors.Join(errs...)
}
