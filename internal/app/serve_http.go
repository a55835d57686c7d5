package app

import (
	"context"
	"strings"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/view"
	"github.com/sasumata/sasumata/web"
)

// httpInput is the listener of HTTP. What it serves outlives it: tokens and limits change
// while it listens.
func (s *Server) httpInput(c *config.Config) input {
	h := c.HTTP
	h.Tokens, h.Readers, h.Analysts, h.Operators, h.Proxies, h.MaxBody = nil, nil, nil, nil, nil, 0
	return input{
		name: "http " + h.Listen, config: h, place: place{"tcp", h.Listen, h.At["listen"], "http.listen", "HTTP"},
		early: true,
		open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
			encrypt, err := r.encrypt(h.TLS, "http "+h.Listen)
			if err != nil {
				return nil, err
			}
			r.places = s.connections(c, h.MaxConns, h.MaxPerHost)
			serves := s.serves
			serves.TLS, serves.Places = encrypt, r.places
			server := api.New(r.at, serves)
			s.log.InfoContext(ctx, "serving HTTP", "listen", server.Addr(), "tls", encrypt != nil)
			return func(ctx context.Context, released func()) error {
				s.moveHTTP(server.Addr())
				return server.Serve(ctx, s.cfg().StopWithin/2, released)
			}, nil
		},
	}
}

// prepareHTTP makes what all listeners of HTTP serve: intake, searches and dead letters.
func (s *Server) prepareHTTP(ctx context.Context) error {
	c := s.cfg()
	s.search = &api.Logs{
		Fresh: s.fresh, Hub: &s.hub, Now: s.opts.Now, Log: s.log.With("component", "search"),
	}
	if s.keeper != nil {
		s.search.Store = s.keeper.store
	}
	s.answers = s.signalAnswers()
	if err := s.openAccess(ctx); err != nil {
		return err
	}
	responses, err := s.openRespond(ctx)
	if err != nil {
		return err
	}
	s.assets = asset.NewBook(s.database, s.opts.Now, func(news []signal.Finding) {
		if s.opened.Load() { // else the queue is waited for: it is told again when it is there
			s.consumer.tell(news)
		}
	})
	s.operating = &api.Dead{Box: s.dead, Replay: s.replay, Drop: s.drop}
	s.intake = &source.Intake{
		Tokens: c.Tokens, MaxBody: c.HTTP.MaxBody, Now: s.opts.Now, Sink: s.put, Log: s.log.With("source", "http"),
		Watch: s.watchHTTP, Known: s.knownSender,
	}
	s.intake.Counters = s.watchHTTP("http")
	s.serves = api.Options{
		Intake:     s.intake.Handler(),
		Ready:      s.Well,
		Note:       s.note,
		Metrics:    s.writeMetrics,
		Logs:       s.search,
		Dead:       s.operating,
		Signals:    s.answers,
		Notices:    s.notices,
		Responses:  responses,
		Containers: s.containersView(),
		Gate:       s.access.Gate,
		Log:        s.log.With("component", "http"),
		Backups:    &api.Backups{Make: s.Backup, Log: s.log.With("component", "backup")},
		Rules:      s.workshop,
		Welcome:    s.welcome(),
		Views:      view.NewBook(s.database, s.opts.Now),
		Posture:    &api.Posture{Book: s.assets},
		Pages:      &api.Pages{Files: web.FS(), Runbook: runbook},
	}
	return nil
}

// runbook returns the text of a runbook; "" when there is none.
func runbook(name string, japanese bool) string {
	if japanese {
		return Runbook(name, report.Japanese)
	}
	return Runbook(name, report.English)
}

// watchHTTP adds a protocol to those that metrics and log tell of, as long as anybody can
// send.
func (s *Server) watchHTTP(protocol string) *source.Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.overHTTP {
		if one.kind == protocol {
			return one.counters
		}
	}
	one := s.newWatched(protocol, protocol+" "+s.httpAt)
	s.overHTTP = append(s.overHTTP, one)
	return one.counters
}

// moveHTTP notes where HTTP is served now. At the start, protocols that were heard there
// before are told of again: they may have fallen silent.
func (s *Server) moveHTTP(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.httpAt == at {
		return
	}
	for i, one := range s.overHTTP {
		s.overHTTP[i] = &watched{name: one.kind + " " + at, kind: one.kind, counters: one.counters, began: one.began}
	}
	first := s.httpAt == ""
	s.httpAt = at
	if !first {
		return
	}
	s.overHTTP[0].counters.Last.Store(s.known.Heard["http "+at])
	for _, protocol := range source.Protocols() {
		if name := protocol + " " + at; s.known.Heard[name] > 0 {
			s.overHTTP = append(s.overHTTP, s.newWatched(protocol, name))
		}
	}
}

// note says what is wrong with the configuration, to whoever asks whether the server is
// well: the log says more.
func (s *Server) note() string {
	var all []string
	if s.metrics.reloadFailed.Load() {
		all = append(all, "the configuration could not be read anew: the one of before is at work, and the log says why")
	}
	if keys := s.restart.Load(); keys != nil && len(*keys) > 0 {
		all = append(all, "the configuration changed what wants a restart: "+strings.Join(*keys, ", "))
	}
	if lacking := s.lackingInputs(); len(lacking) > 0 {
		names := make([]string, len(lacking))
		for i := range lacking {
			names[i] = lacking[i].name
		}
		all = append(all, "sources that could not begin, which are tried again: "+strings.Join(names, ", "))
	}
	return strings.Join(all, "; ")
}
