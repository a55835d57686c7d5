package app

import (
	"context"
	"regexp"
	"strings"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// dockerInput are the logs of Docker's containers, if there are any to follow. They have
// counters together: containers come and go. What the journal has as well is left to it.
func (s *Server) dockerInput(ctx context.Context, all *config.Config, journaled bool) []input {
	wanted, why := thisHost().docker(ctx, all)
	if wanted == nil {
		s.log.InfoContext(ctx, "not following containers", "because", why)
		return nil
	}
	c := *wanted
	if c.Host == "" {
		c.Host = s.opts.Hostname
	}
	return []input{{name: "docker", config: []any{c, journaled}, open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
		if c.Address != "" {
			return s.askEngine(ctx, r, &c, journaled), nil
		}
		return s.followContainers(ctx, r, &c)
	}}}
}

// followContainers makes ready to follow the logs of containers, and says how many there are.
func (s *Server) followContainers(ctx context.Context, r *running, c *config.Docker) (func(context.Context, func()) error, error) {
	follow := &source.Files{
		Pattern: source.DockerPattern(c.Root), Rescan: s.opts.Rescan, Ended: r.leaves,
		Refused: func(path string) {
			s.log.ErrorContext(ctx, "a container is left out: there are too many", "path", path, "max", source.MaxTails)
		},
	}
	found, err := follow.Paths()
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "following containers", "root", c.Root, "found", len(found))
	return func(ctx context.Context, _ func()) error {
		before := s.consumer.follows(follow.Pattern)
		counters := r.watch("docker", "docker "+c.Root)
		follow.Tail = func(ctx context.Context, path string, first bool) (*source.Tail, error) {
			return s.container(ctx, r, path, c, before || !first, counters)
		}
		return follow.Run(ctx)
	}, nil
}

// container returns what follows the log of a container; nil for that of this program,
// which would read what it says of what it reads.
func (s *Server) container(ctx context.Context, r *running, path string, c *config.Docker, isNew bool, counters *source.Counters) (*source.Tail, error) {
	if !r.takes(path) {
		return nil, nil //nolint:nilnil // Files wants it so
	}
	one := source.NewContainer(path, labelled(c.Label), s.opts.Now)
	if isOwn(s.opts.Hostname, one.ID()) {
		s.log.InfoContext(ctx, "this program's own container is left out", "container_id", one.ID())
		return nil, nil //nolint:nilnil // Files wants it so
	}
	key := fileKey(path)
	position, err := s.position(ctx, key)
	if err != nil {
		return nil, err
	}
	return &source.Tail{
		Path: path, Container: one, Position: position, FromStart: isNew || c.FromStart(),
		Poll: s.opts.Poll, Now: s.opts.Now, Counters: counters, Log: s.log.With("source", "docker"), Store: s.storeAt(key),
	}, nil
}

// isOwn reports whether the program runs in the container: its host's name is then the
// beginning of the id.
func isOwn(hostname, id string) bool {
	return regexp.MustCompile(`^[0-9a-f]{12,64}$`).MatchString(hostname) && strings.HasPrefix(id, hostname)
}
