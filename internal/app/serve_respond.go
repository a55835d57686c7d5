package app

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/lapi"
)

// openRespond opens what does something about signals. People who sign in are known by then.
func (s *Server) openRespond(ctx context.Context) (*api.Responses, error) {
	log := s.log.With("component", "respond")
	kept, err := evidence.Open(evidence.Options{Folder: filepath.Join(s.cfg().Data, "evidence"), Now: s.opts.Now})
	if err != nil {
		return nil, err
	}
	engine, err := respond.New(ctx, respond.Options{
		Config: s.cfg().Responses, DB: s.database, Book: s.book, Logins: s.access.Accounts.Addresses, Now: s.opts.Now, Log: log,
		Containers: s.containers(ctx), Evidence: kept,
	})
	if err != nil {
		return nil, err
	}
	s.respond = engine
	return &api.Responses{Engine: engine, Bouncers: &lapi.Handler{Source: engine, Who: api.WhoAsks, Now: s.opts.Now, Log: log}}, nil
}

// containers returns what asks the engine of containers, the one that is watched. One that was
// there once is asked again, also while it does not answer.
func (s *Server) containers(ctx context.Context) func() respond.Containers {
	ctx = context.WithoutCancel(ctx) // of what opens the server
	var mu sync.Mutex
	var of *config.Config
	var engine *container.Engine
	told := ""
	return func() respond.Containers {
		mu.Lock()
		defer mu.Unlock()
		if c := s.cfg(); c != of || engine == nil {
			if engine != nil {
				engine.Close()
			}
			of, engine = c, nil
			address, secure, why := thisHost().engineOf(ctx, c)
			if address != "" {
				var err error
				if engine, err = container.Open(address, secure); err != nil {
					engine, why = nil, err.Error()
				}
			}
			if why != told && why != "" {
				s.log.InfoContext(ctx, "nothing can be done to containers", "because", why)
			}
			told = why
		}
		if engine == nil {
			return nil
		}
		return engine
	}
}

// respondMetrics shows how responding goes.
func (s *Server) respondMetrics(ctx context.Context, x *exposition) {
	for _, m := range s.respond.Metrics() {
		if m.Counter {
			x.counter(m.Name, m.Help, int64(m.Value))
		} else {
			x.gauge(m.Name, m.Help, m.Value)
		}
	}
	if open, err := s.respond.Open(ctx); err == nil {
		x.family("responses_open", "gauge", "Open responses, by state.")
		for _, state := range respond.States() {
			x.value("responses_open", labels("state", state), float64(open[state]))
		}
	}
	b := s.serves.Responses.Bouncers
	x.counter("bouncer_pulls_total", "Answers to bouncers of CrowdSec.", b.Pulls.Load())
	x.counter("bouncer_errors_total", "Questions of bouncers that could not be answered.", b.Failed.Load())
	x.counter("bouncer_reports_total", "What bouncers said of themselves.", b.Reports.Load())
}
