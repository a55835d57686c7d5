package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// watch adds a source to those that metrics and log tell of.
func (s *Server) watch(kind, name string) *source.Counters {
	one := &watched{name: name, kind: kind, counters: &source.Counters{}, began: s.opts.Now().UnixNano()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = append(s.watching, one)
	return one.counters
}

// unwatch takes a source away that is done with for ever.
func (s *Server) unwatch(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = slices.DeleteFunc(s.watching, func(w *watched) bool { return w.name == name })
}

// ends notes that nothing more can come from a source: it is not silent.
func (s *Server) ends(name string) {
	for _, one := range s.sources() {
		if one.name == name {
			one.ended.Store(true)
		}
	}
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
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.watching)
}

// listenSyslog listens at the places of the configuration.
func (s *Server) listenSyslog(ctx context.Context) error {
	for i := range s.opts.Config.Syslog {
		c := &s.opts.Config.Syslog[i]
		encrypt, err := s.encrypt(c.TLS, "syslog tcp "+c.Listen)
		if err != nil {
			return err
		}
		server := &source.Syslog{
			Label: labelled(c.Label), MaxMessage: c.MaxMessage, MaxConns: c.MaxConns, Idle: c.Idle, TLS: encrypt,
			Now: s.opts.Now, Sink: s.gatherer.Put, Log: s.log.With("source", "syslog "+c.Protocol),
		}
		serve, at, err := server.Listen(ctx, c.Protocol, c.Listen)
		if err != nil {
			return placeTaken(err, c, "syslog[].listen")
		}
		server.Counters = s.watch("syslog", "syslog "+c.Protocol+" "+at)
		s.log.InfoContext(ctx, "receiving syslog", "protocol", c.Protocol, "listen", at, "tls", encrypt != nil)
		s.Listening = append(s.Listening, c.Protocol+" "+at)
		s.serving = append(s.serving, serve)
	}
	return nil
}

// placeTaken says which listener cannot have its place.
func placeTaken(err error, c *config.Syslog, key string) error {
	at, ok := c.At["listen"]
	if !ok {
		at = c.Pos
	}
	return busy(err, at, key)
}

// listenGELF listens for Graylog's senders at the places of the configuration.
func (s *Server) listenGELF(ctx context.Context) error {
	for i := range s.opts.Config.GELF {
		c := &s.opts.Config.GELF[i]
		encrypt, err := s.encrypt(c.TLS, "gelf tcp "+c.Listen)
		if err != nil {
			return err
		}
		server := &source.GELF{Syslog: source.Syslog{
			Label: labelled(c.Label), MaxMessage: c.MaxMessage, MaxConns: c.MaxConns, Idle: c.Idle, TLS: encrypt,
			Now: s.opts.Now, Sink: s.gatherer.Put, Log: s.log.With("source", "gelf "+c.Protocol),
		}}
		serve, at, err := server.Listen(ctx, c.Protocol, c.Listen)
		if err != nil {
			return placeTaken(err, c, "gelf[].listen")
		}
		server.Counters = s.watch("gelf", "gelf "+c.Protocol+" "+at)
		s.log.InfoContext(ctx, "receiving GELF", "protocol", c.Protocol, "listen", at, "tls", encrypt != nil)
		s.Listening = append(s.Listening, c.Protocol+" "+at)
		s.serving = append(s.serving, serve)
	}
	return nil
}

func labelled(l config.Label) record.Record {
	return record.Record{Source: l.Source, Service: l.Service, Host: l.Host, Tags: l.Tags}
}

// followFiles prepares to follow the files of the configuration, and says what there is.
func (s *Server) followFiles(ctx context.Context) error {
	files, usual := s.opts.Config.Files, s.opts.Config.Files == nil
	if usual {
		files = config.DefaultFiles()
	}
	for i := range files {
		f := files[i]
		if f.Host == "" {
			f.Host = s.opts.Hostname
		}
		if f.Path == config.Stdin {
			s.readStdin(ctx, &f)
			continue
		}
		follow := &source.Files{
			Pattern: f.Path, Rescan: s.opts.Rescan,
			Ended: func(path string) {
				s.unwatch("file " + path)
				s.leaves(path)
			},
			Refused: func(path string) {
				s.log.ErrorContext(ctx, "a file is left out: there are too many", "path", path, "max", source.MaxTails)
			},
		}
		if usual && !strings.ContainsAny(f.Path, "*?[") {
			// As a pattern it is none of those that are waited for aloud.
			last := len(f.Path) - 1
			follow.Pattern = f.Path[:last] + "[" + f.Path[last:] + "]"
		}
		before := s.consumer.follows(f.Path)
		follow.Tail = func(ctx context.Context, path string, first bool) (*source.Tail, error) {
			return s.tail(ctx, path, &f, before || !first)
		}
		found, err := follow.Paths()
		if err != nil {
			return err
		}
		s.log.InfoContext(ctx, "following files", "path", f.Path, "found", strings.Join(found, ", "))
		s.serving = append(s.serving, follow.Run)
	}
	return nil
}

// readStdin prepares to read the standard input.
func (s *Server) readStdin(ctx context.Context, f *config.File) {
	const name = "stdin"
	in := &source.Stdin{
		Join: f.Join, JoinWait: f.MultilineWait, Label: labelled(f.Label), Now: s.opts.Now, Sink: s.gatherer.Put,
		Counters: s.watch("stdin", name), Log: s.log.With("source", name),
	}
	s.log.InfoContext(ctx, "reading the standard input")
	s.serving = append(s.serving, func(ctx context.Context) error {
		err := in.Run(ctx, func(ctx context.Context) io.Reader { return interruptible(ctx, s.opts.Stdin) })
		s.ends(name)
		return err
	})
}

// tail returns what follows one file; nil when another pattern has it already. A file
// that is new is read from its beginning.
func (s *Server) tail(ctx context.Context, path string, f *config.File, isNew bool) (*source.Tail, error) {
	if !s.takes(path) {
		return nil, nil //nolint:nilnil // Files wants it so
	}
	key := fileKey(path)
	position, err := s.position(ctx, key)
	if err != nil {
		return nil, err
	}
	return &source.Tail{
		Path: path, Label: labelled(f.Label), Position: position, FromStart: isNew || f.FromStart(), Join: f.Join, JoinWait: f.MultilineWait,
		Poll: s.opts.Poll, Patience: s.patience(f), Now: s.opts.Now, Counters: s.watch("file", "file "+path), Log: s.log.With("source", "file"),
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
		err := s.publish(ctx, queue.Submission{Key: key, Position: position, Records: records})
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

// takes reports whether nobody follows the file yet, and notes that somebody does.
func (s *Server) takes(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.followed[path] {
		return false
	}
	s.followed[path] = true
	return true
}
