package app

import (
	"context"
	"path/filepath"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/respond"
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
		Config: s.alertConfig(c), Book: s.book, Console: s.opts.Terminal, Color: s.opts.Color, Hostname: s.opts.Hostname, Now: s.opts.Now, Log: s.log.With("component", "alert"),
	})
	if err != nil {
		return err
	}
	s.cleanup(s.alert.Close)
	s.notices = &api.Notices{
		API: s.alert.API(), Told: s.alert, Teller: s.alert, Links: s.alert.Links(), Note: s.audited, Now: s.opts.Now, Log: s.log.With("component", "alert"),
	}
	return nil
}

// followers are those who follow the book of signals.
func followers(c *config.Config) []string {
	if c.Alert == nil {
		return []string{respond.Follower}
	}
	return []string{alert.Follower, respond.Follower}
}

// unwritten says that signals cannot be written to the book, and nil that they can.
func (s *Server) unwritten(err error) {
	if s.alert != nil {
		s.alert.Stuck("write", err)
	}
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
