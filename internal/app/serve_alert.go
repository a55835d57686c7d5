package app

import (
	"context"
	"path/filepath"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/signal"
)

// alertDir is the folder of notices in the data folder.
const alertDir = "alert"

// openAlert opens what tells people, if the configuration says who is told.
func (s *Server) openAlert(ctx context.Context) (err error) {
	c := s.opts.Config
	if c.Alert == nil {
		return nil
	}
	s.alert, err = alert.New(ctx, alert.Options{
		Config: s.alertConfig(c), Console: s.opts.Terminal, Color: s.opts.Color, Hostname: s.opts.Hostname, Now: s.opts.Now, Log: s.log.With("component", "alert"),
	})
	if err != nil {
		return err
	}
	s.cleanup(s.alert.Close)
	s.notices = &api.Notices{
		API: s.alert.API(), State: s.alert.State(), Links: s.alert.Links(), Log: s.log.With("component", "alert"),
	}
	return nil
}

// alertConfig returns what a configuration says of who is told.
func (s *Server) alertConfig(c *config.Config) *alert.Config {
	own := *c.Alert
	own.Dir = filepath.Join(s.opts.Config.Data, alertDir)
	return &own
}

// prepareAlert looks whether the new configuration of who is told is right, and returns what
// puts it to work. Whether anybody is told at all is up to the start.
func (s *Server) prepareAlert(c *config.Config) (use func(context.Context), err error) {
	if s.alert == nil {
		return func(context.Context) {}, nil
	}
	route := func(context.Context) {} // as before
	if c.Alert != nil {
		if route, err = s.alert.Reload(s.alertConfig(c)); err != nil {
			return nil, err
		}
	}
	return route, nil
}

// people returns who is told of signals.
func (s *Server) people() *people {
	if s.alert == nil {
		return nil
	}
	return &people{s.alert}
}

// people are told of signals; nil tells nobody.
type people struct{ *alert.Manager }

// tell hands a finding on. It may be handed on again after a crash, which is no news.
func (p *people) tell(ctx context.Context, f signal.Finding) error {
	if p == nil || f.Change == signal.Updated {
		return nil
	}
	return p.Put(ctx, alert.FromSignal(f))
}

// sync puts on the disk what was handed on.
func (p *people) sync() error {
	if p == nil {
		return nil
	}
	return p.Sync()
}

// alertMetrics shows how telling people goes.
func (s *Server) alertMetrics(x *exposition) {
	if s.alert == nil {
		return
	}
	for _, m := range s.alert.Metrics() {
		if m.Counter {
			x.counter(m.Name, m.Help, int64(m.Value))
		} else {
			x.gauge(m.Name, m.Help, m.Value)
		}
	}
}
