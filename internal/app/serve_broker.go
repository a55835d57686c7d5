package app

import (
	"context"
	"strings"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// takeMessages prepares to take messages from the brokers of the configuration.
func (s *Server) takeMessages(ctx context.Context) {
	for i := range s.opts.Config.NATS {
		c := &s.opts.Config.NATS[i]
		what := strings.Join(c.Subjects, ",")
		if c.Stream != "" {
			what = c.Stream + "/" + c.Consumer
		}
		n := &source.NATS{
			Broker: s.broker("nats", c.Servers[0]+" "+what, &c.Label, c.TLS, c.MaxMessage), Servers: c.Servers, Subjects: c.Subjects, Group: c.Group,
			Stream: c.Stream, Consumer: c.Consumer, User: c.User, Password: c.Password, Token: c.Token, Credentials: c.CredentialsFile,
		}
		s.log.InfoContext(ctx, "taking messages", "broker", "nats", "servers", strings.Join(c.Servers, ","), "of", what, "tls", c.TLS != nil)
		s.serving = append(s.serving, n.Run)
	}
}

// broker returns what sources of messages have in common.
func (s *Server) broker(kind, place string, label *config.Label, tls *config.DialTLS, most int) source.Broker {
	return source.Broker{
		TLS: tls.Dial(), MaxMessage: most, Label: labelled(*label), Now: s.opts.Now, Sink: s.gatherer.Put,
		Counters: s.watch(kind, kind+" "+place), Log: s.log.With("source", kind),
	}
}
