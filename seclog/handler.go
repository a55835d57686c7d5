package seclog

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
)

// Handler is a [slog.Handler] that writes each record as one line of JSON, with secrets
// made unreadable wherever they stand, times in UTC, standard attributes of an [Event] at
// the root, and those of the request in the context. It may be used by several goroutines.
//
// The keys time, level, msg and service are the handler's own, as are evt, usr, network
// and http in a line about an event or a request: an attribute of that name at the root
// gets "attr." before it, so that nothing that is logged can contradict them.
type Handler struct {
	*core

	pre    []byte      // members that WithAttrs wrote, in the groups that it opened
	late   []slog.Attr // attributes of the root whose names an event may need
	groups []string    // all groups, from the outside
	open   int         // how many of them pre has opened
	event  *Event      // given to WithAttrs
	sealed sealed
}

// sealed says that the innermost group goes by the name of a secret: what is in it is
// not written, only that there is something.
type sealed int

const (
	unsealed      sealed = iota
	sealedEmpty          // nothing is in it yet
	sealedWritten        // pre has the mark
)

// core is what a handler and all that come from it share.
type core struct {
	level   slog.Leveler
	service string
	secrets []string // further names of secrets, folded
	sink    sink
	lines   sync.Pool // of *line
}

// sink takes finished lines, with the line end, and gives them back to the pool.
type sink interface {
	put(stream Stream, l *line) error
}

// HandlerOptions are the settings of [NewHandler].
type HandlerOptions struct {
	// Level is the least level that is written. The default is [slog.LevelInfo].
	Level slog.Leveler
	// Service is the name of the application, written as "service" if not empty.
	Service string
	// Secrets are further names of attributes that nobody may read, such as
	// "maiden_name": a name that contains one of them, whatever its case and separators, is
	// one.
	Secrets []string
}

// NewHandler returns a handler that writes to w, one call for each line, one at a time,
// and returns the errors of w. [Open] writes files, without waiting for them.
func NewHandler(w io.Writer, options *HandlerOptions) *Handler {
	if options == nil {
		options = &HandlerOptions{}
	}
	c := newCore(options)
	c.sink = &writerSink{w: w, core: c}
	return &Handler{core: c}
}

func newCore(options *HandlerOptions) *core {
	c := &core{level: options.Level, service: clean(options.Service)}
	if c.level == nil {
		c.level = slog.LevelInfo
	}
	for _, name := range options.Secrets {
		if name = folded(name); name != "" {
			c.secrets = append(c.secrets, name)
		}
	}
	c.lines.New = func() any { return &line{b: make([]byte, 0, 1024)} }
	return c
}

// keepLine is the capacity in bytes up to which a line is used again.
const keepLine = 16 << 10

func (c *core) newLine() *line {
	l := c.lines.Get().(*line)
	l.b = l.b[:0]
	return l
}

func (c *core) free(l *line) {
	if cap(l.b) <= keepLine {
		c.lines.Put(l)
	}
}

// writerSink writes lines to a writer as they come.
type writerSink struct {
	mu   sync.Mutex
	w    io.Writer
	core *core
}

func (s *writerSink) put(_ Stream, l *line) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.w.Write(l.b)
	s.core.free(l)
	return err
}

// Enabled reports whether records of the level are written.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

// Handle writes the record. What happened in a request that [Middleware] serves has the
// address of its client and its id, if the context is that of the request.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	event := h.event
	r.Attrs(func(a slog.Attr) bool {
		if e := eventOf(a); e != nil {
			event = e
		}
		return true
	})
	request := requestOf(ctx)

	l := h.newLine()
	l.b = append(l.b, '{')
	if !r.Time.IsZero() {
		l.b = append(l.b, `"time":`...)
		l.time(r.Time)
	}
	l.key("level")
	l.quote(levelName(r.Level))
	l.key("msg")
	l.cut(clean(r.Message), maxText)
	if h.service != "" {
		l.key("service")
		l.cut(h.service, maxText)
	}
	root := ownNames
	if event != nil || request != nil {
		l.standard(h.core, event, request)
		root |= standardNames
	}
	for _, a := range h.late {
		l.attr(h.core, a, root)
	}
	l.b = append(l.b, h.pre...)
	open := h.attrs(l, func(root reserved) {
		r.Attrs(func(a slog.Attr) bool {
			if eventOf(a) == nil {
				l.attr(h.core, a, root)
			}
			return true
		})
	}, root)
	for range open {
		l.b = append(l.b, '}')
	}
	l.b = append(l.b, '}', '\n')
	return h.sink.put(streamOf(r.Level, event), l)
}

// attrs lets write add members in the innermost group, and returns how many groups are
// open then: those without members do not appear.
func (h *Handler) attrs(l *line, write func(reserved), root reserved) (open int) {
	if h.sealed == sealedWritten {
		return h.open
	}
	mark := len(l.b)
	last := len(h.groups)
	if h.sealed == sealedEmpty {
		last--
	}
	for _, name := range h.groups[h.open:last] {
		l.groupKey(name, root)
		l.b = append(l.b, '{')
		root = 0
	}
	if last > 0 {
		root = 0
	}
	start := len(l.b)
	write(root)
	switch {
	case len(l.b) == start:
		l.b = l.b[:mark]
		return h.open
	case h.sealed == sealedEmpty:
		l.b = l.b[:start]
		name := h.groups[last]
		l.groupKey(name, root)
		l.quote("[REDACTED:" + h.secretKind(name, false) + "]")
	}
	return last
}

func (l *line) groupKey(name string, root reserved) {
	if root.has(name) {
		name = "attr." + name
	}
	l.memberKey(name)
}

// WithAttrs returns a handler whose lines have the attributes, too. They are written
// once, now: secrets are looked for in them now.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	next := *h
	next.late = slices.Clip(h.late)
	l := &line{b: append([]byte(nil), h.pre...)}
	next.open = h.attrs(l, func(root reserved) {
		for _, a := range attrs {
			switch {
			case eventOf(a) != nil:
				next.event = eventOf(a)
			case root.has(a.Key):
				next.late = append(next.late, a)
			default:
				l.attr(h.core, a, root)
			}
		}
	}, ownNames|standardNames) // an event may come
	if h.sealed == sealedEmpty && len(l.b) > len(h.pre) {
		next.sealed = sealedWritten
	}
	next.pre = l.b
	return &next
}

// WithGroup returns a handler that writes further attributes into a group. An [Event]
// stays at the root.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" || h.sealed != unsealed {
		return h
	}
	next := *h
	next.groups = slices.Concat(h.groups, []string{name})
	if h.secretKind(name, false) != "" {
		next.sealed = sealedEmpty
	}
	return &next
}

// reserved are the names at the root of a line that attributes cannot have.
type reserved uint8

const (
	ownNames reserved = 1 << iota
	standardNames
)

func (r reserved) has(name string) bool {
	if r == 0 {
		return false
	}
	for i := range len(name) {
		if name[i] == '.' {
			name = name[:i] // evt.outcome is a member of evt
			break
		}
	}
	switch name {
	case "time", "level", "msg", "service", "cut":
		return r&ownNames != 0
	case "evt", "usr", "network", "http", "attr":
		return r&standardNames != 0
	default:
		return false
	}
}
