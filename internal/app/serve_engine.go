package app

import (
	"context"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// engineKey is what positions in the output of containers begin with; no file has such a
// path.
const engineKey = "docker:"

// docker returns the containers to follow, or nil and why none are. Without a
// configuration the engine is asked, where this user may.
func (h *host) docker(ctx context.Context, c *config.Config) (*config.Docker, string) {
	switch {
	case c.Docker != nil && c.Docker.Disabled:
		return nil, "the configuration says so"
	case c.Docker != nil:
		return c.Docker, ""
	case c.Files != nil:
		return nil, "the configuration names files and no containers"
	}
	if err := source.KnockEngine(ctx, h.engine); err != nil {
		return nil, "there is no engine that this user may ask: " + err.Error()
	}
	return &config.Docker{Address: h.engine}, ""
}

// askEngine makes ready to follow containers by the engine's API.
func (s *Server) askEngine(ctx context.Context, r *running, c *config.Docker, journaled bool) func(context.Context, func()) error {
	s.log.InfoContext(ctx, "following containers", "address", c.Address)
	return func(ctx context.Context, _ func()) error {
		e := &source.Engine{
			Address: c.Address, TLS: c.TLS.Dial(), Names: c.Containers, Labels: c.Labels, Label: labelled(c.Label),
			Skip: func(id string) bool {
				own := isOwn(s.opts.Hostname, id)
				if own {
					s.log.InfoContext(ctx, "this program's own container is left out", "container_id", id)
				}
				return own
			},
			Position: func(ctx context.Context, id string) ([]byte, error) { return s.position(ctx, engineKey+id) },
			Known:    s.consumer.positionsBelow(engineKey), Before: s.consumer.follows(c.Address), FromStart: c.FromStart(),
			Now: s.opts.Now, Counters: r.watch("docker", "docker "+c.Address), Log: s.log.With("source", "docker"),
			Store: func(ctx context.Context, id string, position []byte, records []record.Record) error {
				return s.storeAt(engineKey+id)(ctx, position, records)
			},
		}
		if journaled {
			e.Elsewhere = []string{"journald"}
		}
		return e.Run(ctx)
	}
}
