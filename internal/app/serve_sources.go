package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// newWatched returns a source as it is told of, which may have been heard before the start.
func (s *Server) newWatched(kind, name string) *watched {
	one := &watched{name: name, kind: kind, counters: &source.Counters{}, began: s.opts.Now().UnixNano()}
	one.counters.Last.Store(s.known.Heard[name])
	return one
}

// lastHeard returns when the sources were heard last.
func (s *Server) lastHeard() map[string]int64 {
	heard := map[string]int64{}
	for _, one := range s.sources() {
		if last := one.counters.Last.Load(); last > 0 {
			heard[strings.ToValidUTF8(one.name, "\ufffd")] = last
		}
	}
	return heard
}

// watch adds a source of the server itself to those that metrics and log tell of.
func (s *Server) watch(kind, name string) *source.Counters {
	one := s.newWatched(kind, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = append(s.watching, one)
	return one.counters
}

// forgetAfter is after which time without a line a file is given up whose name is gone:
// there is room for so many names only.
const forgetAfter = time.Hour

// patience returns how long a file may be missing: one that is named without wildcards is
// waited for, whatever happens.
func (s *Server) patience(f *config.File) time.Duration {
	if !strings.ContainsAny(f.Path, "*?[") {
		return 0
	}
	return cmp.Or(s.opts.Patience, forgetAfter)
}

// sources returns the sources so far.
func (s *Server) sources() []*watched {
	var all []*watched
	for _, r := range s.runningInputs() {
		all = append(all, r.sources()...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.overHTTP {
		// Without tokens of the configuration, and none of the state database that was used,
		// nobody sends over HTTP.
		if len(s.cfg().Tokens) > 0 || one.counters.Last.Load() > 0 {
			all = append(all, one)
		}
	}
	return append(all, s.watching...)
}

// syslogInputs are the listeners for syslog.
func (s *Server) syslogInputs(c *config.Config) []input {
	all := make([]input, 0, len(c.Syslog))
	for i := range c.Syslog {
		one := &c.Syslog[i]
		all = append(all, s.listener("syslog", c, one, func() (receiver, *source.Syslog) { r := &source.Syslog{}; return r, r }))
	}
	return all
}

// gelfInputs are the listeners for Graylog's senders.
func (s *Server) gelfInputs(c *config.Config) []input {
	all := make([]input, 0, len(c.GELF))
	for i := range c.GELF {
		one := &c.GELF[i]
		all = append(all, s.listener("gelf", c, one, func() (receiver, *source.Syslog) { r := &source.GELF{}; return r, &r.Syslog }))
	}
	return all
}

// receiver receives what comes to a place.
type receiver interface {
	Serve(ctx context.Context, at *source.Socket) error
}

// listener is one that receives messages without a token. Fresh returns a receiver, and
// what of it is to be filled in.
func (s *Server) listener(kind string, whole *config.Config, c *config.Syslog, fresh func() (receiver, *source.Syslog)) input {
	pos, ok := c.At["listen"]
	if !ok {
		pos = c.Pos
	}
	name := kind + " " + c.Protocol + " " + c.Listen
	return input{
		name: name, config: c, place: place{c.Protocol, c.Listen, pos, kind + "[].listen", kind},
		open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
			encrypt, err := r.encrypt(c.TLS, name)
			if err != nil {
				return nil, err
			}
			if c.Protocol == "tcp" {
				r.places = s.connections(whole, c.MaxConns, c.MaxPerHost)
			}
			s.log.InfoContext(ctx, "receiving messages", "kind", kind, "protocol", c.Protocol, "listen", r.at.Addr(), "tls", encrypt != nil)
			return func(ctx context.Context, _ func()) error {
				server, how := fresh()
				how.Label, how.MaxMessage, how.Idle, how.Places, how.TLS = labelled(c.Label), c.MaxMessage, c.Idle, r.places, encrypt
				how.Counters = r.watch(kind, kind+" "+c.Protocol+" "+r.at.Addr())
				how.Now, how.Sink, how.Log = s.opts.Now, s.gatherer.Put, s.log.With("source", kind+" "+c.Protocol)
				return server.Serve(ctx, r.at)
			}, nil
		},
	}
}

func labelled(l config.Label) record.Record {
	return record.Record{Source: l.Source, Service: l.Service, Host: l.Host, Tags: l.Tags}
}

// fileInputs are the files of the configuration.
func (s *Server) fileInputs(c *config.Config) []input {
	files, usual := c.Files, c.Files == nil
	if usual {
		files = config.DefaultFiles()
	}
	all := make([]input, 0, len(files))
	for i := range files {
		f := files[i]
		if f.Path == config.Stdin {
			continue
		}
		if f.Host == "" {
			f.Host = s.opts.Hostname
		}
		pattern := f.Path
		if usual && !strings.ContainsAny(f.Path, "*?[") {
			// As a pattern it is none of those that are waited for aloud.
			last := len(f.Path) - 1
			pattern = f.Path[:last] + "[" + f.Path[last:] + "]"
		}
		all = append(all, input{name: "files " + pattern, config: f, open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
			return s.follow(ctx, r, &f, pattern)
		}})
	}
	return all
}

// follow makes ready to follow files, and says which there are.
func (s *Server) follow(ctx context.Context, r *running, f *config.File, pattern string) (func(context.Context, func()) error, error) {
	follow := &source.Files{
		Pattern: pattern, Rescan: s.opts.Rescan,
		Ended: func(path string) {
			r.unwatch("file " + path)
			r.leaves(path)
		},
		Refused: func(path string) {
			s.log.ErrorContext(ctx, "a file is left out: there are too many", "path", path, "max", source.MaxTails)
		},
	}
	found, err := follow.Paths()
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "following files", "path", f.Path, "found", strings.Join(found, ", "))
	return func(ctx context.Context, _ func()) error {
		before := s.consumer.follows(f.Path)
		follow.Tail = func(ctx context.Context, path string, first bool) (*source.Tail, error) {
			return s.tail(ctx, r, path, f, before || !first)
		}
		return follow.Run(ctx)
	}, nil
}

// stdinInput is the standard input, if the configuration of the start names it: nobody can
// stop in the middle of it and go on, so what later ones say of it wants a restart.
func (s *Server) stdinInput() []input {
	f := s.opts.Config.Stdin()
	if f == nil {
		return nil
	}
	label := f.Label
	if label.Host == "" {
		label.Host = s.opts.Hostname
	}
	const name = "stdin"
	return []input{{name: name, config: f, open: func(ctx context.Context, r *running) (func(context.Context, func()) error, error) {
		s.log.InfoContext(ctx, "reading the standard input")
		return func(ctx context.Context, _ func()) error {
			in := &source.Stdin{
				Join: f.Join, JoinWait: f.MultilineWait, Label: labelled(label), Now: s.opts.Now, Sink: s.gatherer.Put,
				Counters: r.watch("stdin", name), Log: s.log.With("source", name),
			}
			err := in.Run(ctx, func(ctx context.Context) io.Reader { return interruptible(ctx, s.opts.Stdin) })
			r.ends(name)
			return err
		}, nil
	}}}
}

// tail returns what follows one file; nil when another pattern has it already. A file
// that is new is read from its beginning.
func (s *Server) tail(ctx context.Context, r *running, path string, f *config.File, isNew bool) (*source.Tail, error) {
	if !r.takes(path) {
		return nil, nil //nolint:nilnil // Files wants it so
	}
	key := fileKey(path)
	position, err := s.position(ctx, key)
	if err != nil {
		return nil, err
	}
	return &source.Tail{
		Path: path, Label: labelled(f.Label), Position: position, FromStart: isNew || f.FromStart(), Join: f.Join, JoinWait: f.MultilineWait,
		Poll: s.opts.Poll, Patience: s.patience(f), Now: s.opts.Now, Counters: r.watch("file", "file "+path), Log: s.log.With("source", "file"),
		Store: s.storeAt(key),
	}, nil
}

// position returns where an earlier run came to; nil when there was none.
func (s *Server) position(ctx context.Context, key string) ([]byte, error) {
	position, err := s.queue.Last(ctx, key)
	for ; errors.Is(err, queue.ErrAway); position, err = s.queue.Last(ctx, key) {
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(rest):
		}
	}
	switch {
	case err != nil:
		return nil, err
	case string(position) == source.NoPosition:
		return nil, nil
	case position == nil:
		position = s.consumer.position(key)
	}
	return position, nil
}

// storeAt returns what queues records with a position that is found by the key.
func (s *Server) storeAt(key string) func(ctx context.Context, position []byte, records []record.Record) error {
	unsure := false // whether what comes next was queued already
	return func(ctx context.Context, position []byte, records []record.Record) error {
		for i := range records {
			records[i].Clip()
		}
		if unsure {
			// Nobody answered when it was queued before: servers know a batch for two minutes
			// only, but the position is there for as long as it is the last one.
			stored, err := s.position(ctx, key)
			if err != nil || bytes.Equal(stored, position) {
				unsure = err != nil
				return err
			}
		}
		// A source that is stopped waits for the answer: the next one that reads goes on
		// behind what the queue has, and must not ask before.
		err := s.publish(context.WithoutCancel(ctx), queue.Submission{Key: key, Position: position, Records: records})
		unsure = errors.Is(err, queue.ErrAway)
		return err
	}
}

// fileKey returns what positions of the file are found by: the state is JSON, which has no
// names that are not UTF-8.
func fileKey(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return strconv.QuoteToASCII(path)
}

// publish puts a batch into the queue. It tells when there is no room, once each time.
func (s *Server) publish(ctx context.Context, batch queue.Submission) error {
	err := s.queue.Publish(ctx, batch)
	switch {
	case errors.Is(err, record.ErrFull):
		s.metrics.full.Add(1)
		if !s.metrics.isFull.Swap(true) {
			s.log.WarnContext(ctx, "the queue or its disk is full: senders have to wait", "max_bytes", s.maxBytes)
		}
	case err == nil && s.metrics.isFull.Swap(false):
		s.log.InfoContext(ctx, "the queue has room again")
	}
	return err
}
