package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// renewal is what detection goes on with when configuration and content were read anew.
type renewal struct {
	content  *Content
	zone     *time.Location
	interval time.Duration // of checkpoints
	flush    time.Duration // of the log store
	logs     *fourLogs     // in place of those of before, if swap says so
	swap     bool
	atWork   chan struct{} // is closed when it is; may be nil
}

// asked is a change of the content that people make. Do changes the files, calls read to
// read the content anew, and says whether that is put to work. Done holds what came of it.
type asked struct {
	do     func(ctx context.Context, read func() error) error
	atWork chan struct{}
	done   chan error
}

// ask makes a change of the content, while nobody else reads it, and waits until detection
// goes by it. A change that fails must leave the files as they were.
func (s *Server) ask(ctx context.Context, do func(ctx context.Context, read func() error) error) error {
	one := &asked{do: do, atWork: make(chan struct{}), done: make(chan error, 1)}
	select {
	case s.asks <- one:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ending:
		return errEnding
	}
	if err := <-one.done; err != nil {
		return err
	}
	select { // it is on the disk: whoever does not wait any longer finds it at work all the same
	case <-one.atWork:
	case <-ctx.Done():
	case <-s.ending:
	}
	return nil
}

// errEnding is a server that stops.
var errEnding = errors.New("the server is stopping")

// answer does what ask asked for.
func (s *Server) answer(ctx context.Context, one *asked) {
	var content *Content
	read := func() (err error) {
		content, err = s.opts.Content(s.cfg())
		return err
	}
	err := one.do(context.WithoutCancel(ctx), read) // nobody would know what was done
	if err == nil {
		s.renewDetection(ctx, s.cfg(), s.cfg(), content, one.atWork)
	}
	one.done <- err
}

// reload reads configuration and content anew when it is asked to, and tries again to begin
// what could not.
func (s *Server) reload(ctx context.Context) {
	for {
		var again <-chan time.Time
		if len(s.lackingInputs()) > 0 {
			again = time.After(rest)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.opts.Reload:
			s.renewed(ctx)
		case one := <-s.asks:
			s.answer(ctx, one)
		case <-again:
			s.openLacking(ctx)
		}
	}
}

// renewed reads configuration and content anew. What is wrong changes nothing, and is told:
// all of it, in the log, in the metrics and to who asks whether the server is well.
func (s *Server) renewed(ctx context.Context) {
	err := s.renew(ctx)
	if ctx.Err() != nil {
		return
	}
	s.metrics.reloadFailed.Store(err != nil)
	if err != nil {
		s.metrics.reloadErrors.Add(1)
		s.log.ErrorContext(ctx, "the new configuration is wrong: the old one stays at work", "error", err)
		return
	}
	s.metrics.reloads.Add(1)
	s.metrics.configured.Store(s.opts.Now().UnixNano())
}

// renew puts a new configuration to work, or leaves all as it is and says why. Sources that stay the same
// do not notice; those that change are stopped before others begin, which go on where they
// came to.
func (s *Server) renew(ctx context.Context) error {
	before := s.cfg()
	next := before
	var err error
	if s.opts.Configure != nil {
		if next, err = s.opts.Configure(); err != nil {
			return err
		}
	}
	next, restart := next.Fixed(s.opts.Config)
	content, err := s.opts.Content(next)
	if err != nil {
		return err
	}
	tell, err := s.prepareAlert(next)
	if err != nil {
		return err
	}
	ask, err := s.prepareSeries(next)
	if err != nil {
		return err
	}
	change, err := s.prepare(ctx, s.inputs(ctx, next))
	if err != nil {
		return err
	}
	s.restart.Store(&restart)
	if len(restart) > 0 {
		s.log.WarnContext(ctx, "what changed of the configuration is at work after a restart only", "keys", strings.Join(restart, ", "))
	}
	s.intake.Change(next.Tokens, next.HTTP.MaxBody)
	s.access.Change(next.Readers, next.Analysts, next.Operators, next.Proxies)
	s.renewCertificates()
	tell(ctx)
	s.respond.Reload(next.Responses)
	ask(ctx)
	s.config.Store(next)
	change.commit(ctx)
	s.renewDetection(ctx, before, next, content, nil)
	return nil
}

// renewDetection hands content and configuration to detection, which closes atWork, unless
// that is nil, when it goes by them.
func (s *Server) renewDetection(ctx context.Context, before, next *config.Config, content *Content, atWork chan struct{}) {
	s.knows.Store(content)
	if !s.opened.Load() {
		s.content = content // begins with it
		if atWork != nil {
			close(atWork)
		}
		return
	}
	r := renewal{atWork: atWork, content: content, zone: next.Zone, interval: next.Checkpoint, flush: next.Store.Flush, swap: !config.Same(before.Logs, next.Logs)}
	if r.swap {
		r.logs = openLogs(&next.Logs, &s.metrics, s.log.With("component", "logs"))
	}
	select {
	case s.consumer.contents <- r:
	case <-ctx.Done():
		if err := r.logs.close(); err != nil {
			s.log.WarnContext(ctx, "the new logs could not be closed", "error", err)
		}
	}
}

// renewed takes what was read anew. It is called between two rounds.
func (c *consumer) renewed(ctx context.Context, r *renewal) {
	c.intake.Clock = dates.Clock{Location: r.zone}
	c.interval = r.interval
	if c.keep != nil {
		c.keep.flush = r.flush
	}
	if !r.swap {
		return
	}
	if err := c.logs.close(); err != nil {
		c.log.WarnContext(ctx, "the logs of before could not be closed", "error", err)
	}
	c.logs = r.logs
}
