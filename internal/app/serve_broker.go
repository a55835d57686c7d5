package app

import (
	"context"
	"strings"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// natsInputs are the brokers of NATS that messages are taken from.
func (s *Server) natsInputs(all *config.Config) []input {
	inputs := make([]input, len(all.NATS))
	for i := range all.NATS {
		c := &all.NATS[i]
		what := strings.Join(c.Subjects, ",")
		if c.Stream != "" {
			what = c.Stream + "/" + c.Consumer
		}
		place := c.Servers[0] + " " + what
		inputs[i] = input{
			name: "nats " + place, config: []any{c, c.Password, c.Token}, // the files may hold others
			open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
				s.log.InfoContext(ctx, "taking messages", "broker", "nats", "servers", strings.Join(c.Servers, ","), "of", what, "tls", c.TLS != nil)
				return func(ctx context.Context, _ func()) error {
					n := &source.NATS{
						Broker: s.broker(r, "nats", place, &c.Label, c.TLS, c.MaxMessage), Servers: c.Servers, Subjects: c.Subjects, Group: c.Group,
						Stream: c.Stream, Consumer: c.Consumer, User: c.User, Password: c.Password, Token: c.Token, Credentials: c.CredentialsFile,
					}
					return n.Run(ctx)
				}, nil
			},
		}
	}
	return inputs
}

// kafkaInputs are the brokers of Kafka that messages are taken from.
func (s *Server) kafkaInputs(all *config.Config) []input {
	inputs := make([]input, len(all.Kafka))
	for i := range all.Kafka {
		c := &all.Kafka[i]
		var who config.SASL
		if c.SASL != nil {
			who = *c.SASL
		}
		what := strings.Join(c.Topics, ",")
		place := c.Brokers[0] + " " + what
		inputs[i] = input{
			name: "kafka " + place, config: []any{c, who.Password}, // the file may hold another
			open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
				s.log.InfoContext(ctx, "taking messages", "broker", "kafka", "servers", strings.Join(c.Brokers, ","), "of", what, "group", c.Group, "tls", c.TLS != nil)
				return func(ctx context.Context, _ func()) error {
					k := &source.Kafka{
						Broker: s.broker(r, "kafka", place, &c.Label, c.TLS, c.MaxMessage), Brokers: c.Brokers, Topics: c.Topics, Group: c.Group,
						FromEnd: c.FromEnd(), SASL: who.Mechanism, User: who.User, Password: who.Password,
					}
					return k.Run(ctx)
				}, nil
			},
		}
	}
	return inputs
}

// broker returns what sources of messages have in common. The queue is open.
func (s *Server) broker(r *running, kind, place string, label *config.Label, tls *config.DialTLS, most int) source.Broker {
	return source.Broker{
		TLS: tls.Dial(), MaxMessage: most, Label: labelled(*label), Now: s.opts.Now, Sink: s.gatherer.Put,
		Counters: r.watch(kind, kind+" "+place), Log: s.log.With("source", kind),
	}
}
