package app

import (
	"context"
	"regexp"
	"strings"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/source"
)

// followContainers prepares to follow the logs of Docker's containers, if there are any,
// and says so. They have counters together: containers come and go.
func (s *Server) followContainers(ctx context.Context) error {
	c, why := thisHost().docker(ctx, s.opts.Config)
	if c == nil {
		s.log.InfoContext(ctx, "not following containers", "because", why)
		return nil
	}
	if c.Host == "" {
		c.Host = s.opts.Hostname
	}
	if c.Address != "" {
		s.askEngine(ctx, c)
		return nil
	}
	follow := &source.Files{
		Pattern: source.DockerPattern(c.Root), Rescan: s.opts.Rescan, Ended: s.leaves,
		Refused: func(path string) {
			s.log.ErrorContext(ctx, "a container is left out: there are too many", "path", path, "max", source.MaxTails)
		},
	}
	before := s.consumer.follows(follow.Pattern)
	counters := s.watch("docker", "docker "+c.Root)
	follow.Tail = func(ctx context.Context, path string, first bool) (*source.Tail, error) {
		return s.container(ctx, path, c, before || !first, counters)
	}
	found, err := follow.Paths()
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "following containers", "root", c.Root, "found", len(found))
	s.serving = append(s.serving, follow.Run)
	return nil
}

// container returns what follows the log of a container; nil for that of this program,
// which would read what it says of what it reads.
func (s *Server) container(ctx context.Context, path string, c *config.Docker, isNew bool, counters *source.Counters) (*source.Tail, error) {
	if !s.takes(path) {
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

// leaves notes that nobody follows the file any more.
func (s *Server) leaves(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.followed, path)
}
