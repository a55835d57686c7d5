package seclog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where a [Log] writes. The zero value writes nowhere; everything else has a
// default that suits a server.
type Config struct {
	HandlerOptions

	// Dir is the folder of access.log, security.log, error.log and alert.log. It is made
	// if need be, with mode 0750; files get mode 0640. One program writes to a folder.
	Dir string
	// MaxBytes is the size in bytes that a file has at the most before it is rotated: 64 MiB
	// by default.
	MaxBytes int64
	// Every is how long a file is written to at the most, counted from midnight UTC: a
	// day by default. A negative one rotates by size only.
	Every time.Duration
	// Keep is how many rotated files of each log are kept: 14 by default, all if negative.
	Keep int
	// Uncompressed leaves rotated files as they are. Otherwise gzip makes them small.
	Uncompressed bool

	// Output, if not nil, gets every line as JSON: [os.Stdout] in a container.
	Output io.Writer
	// Console, if not nil, gets every line for people to read, in colour as Colour says.
	Console io.Writer
	Colour  Colour

	// Queue is how many lines may wait to be written: 4096 by default, together at most
	// 1 KiB times that. Lines beyond are dropped and counted, those of [Access] a quarter
	// earlier.
	Queue int
	// Block has whoever logs wait for room in the queue instead.
	Block bool

	// OnError, if not nil, is told, one call at a time, of what goes wrong: once when lines
	// cannot be written, and once with nil when they can be again; of dropped lines; of
	// files that cannot be rotated, compressed or removed. It must not log to this log.
	OnError func(error)
	// Now tells the time by which files are rotated; the default is [time.Now].
	Now func() time.Time
}

const (
	defaultBytes = 64 << 20
	defaultKeep  = 14
	defaultQueue = 4096
	// meanLine is how many bytes of memory the queue may use for each line of its length.
	meanLine = 1 << 10
)

// Log writes lines from a queue. All its methods may be called by several goroutines.
type Log struct {
	handler *Handler
	queue   *queue
	files   []*file // by stream; none without a folder
	packer  *packer
	output  io.Writer
	console *console
	now     func() time.Time
	onError func(error)
	batch   [streams]uint64 // lines under way to the writers
	text    []byte          // of output, under way
	people  []byte          // of the console, under way

	written, dropped, failed [streams]atomic.Uint64

	told     uint64 // dropped lines that a line has told of
	toldAt   time.Time
	broken   bool // writing fails at present
	telling  sync.Mutex
	done     chan struct{}
	closeErr error
}

// ErrClosed says that a log was closed before.
var ErrClosed = errors.New("the log is closed")

// ErrDropped says that lines were dropped because the queue was full.
var ErrDropped = errors.New("the queue is full, lines are dropped")

// Open opens the files and starts writing. The program calls [Log.Close] at its end, or
// lines that wait are lost.
func Open(config Config) (*Log, error) {
	l := &Log{
		queue:  newQueue(cmp.Or(max(config.Queue, 0), defaultQueue), config.Block),
		output: config.Output, now: config.Now, onError: config.OnError, done: make(chan struct{}),
	}
	if l.now == nil {
		l.now = time.Now //nolint:forbidigo // the wall clock, unless the program has another
	}
	if config.Console != nil {
		l.console = newConsole(config.Console, config.Colour)
	}
	if config.Dir != "" {
		if err := os.MkdirAll(config.Dir, 0o750); err != nil {
			return nil, fmt.Errorf("seclog: make the folder of the logs: %w", err)
		}
		keep := cmp.Or(config.Keep, defaultKeep)
		l.packer = newPacker(config.Dir, keep, !config.Uncompressed, l.tell)
		for s := range Stream(streams) {
			f := newFile(config.Dir, s.String()+".log", cmp.Or(max(config.MaxBytes, 0), defaultBytes), cmp.Or(config.Every, 24*time.Hour), l.packer)
			if err := f.open(l.now()); err != nil {
				return nil, errors.Join(fmt.Errorf("seclog: %w", err), l.closeFiles())
			}
			l.files = append(l.files, f)
		}
	}
	core := newCore(&config.HandlerOptions)
	core.sink = l
	l.handler = &Handler{core: core}
	go l.run()
	return l, nil
}

// Handler returns the handler that writes to the log.
func (l *Log) Handler() slog.Handler { return l.handler }

// Logger returns a logger that writes to the log.
func (l *Log) Logger() *slog.Logger { return slog.New(l.handler) }

// put queues a line.
func (l *Log) put(stream Stream, line *line) error {
	if l.queue.put(stream, line) {
		return nil
	}
	l.handler.free(line)
	l.dropped[stream].Add(1)
	select {
	case <-l.done:
		return ErrClosed
	default:
		return ErrDropped
	}
}

// StreamStats are numbers of lines since [Open].
type StreamStats struct {
	Written uint64 // to every place
	Dropped uint64 // for want of room in the queue, or because the log was closed
	Failed  uint64 // could not be written to at least one place
}

// Stats are the counters of a log.
type Stats struct {
	Access, Security, Error, Alert StreamStats

	Waiting int // lines in the queue
}

// Stats returns how many lines were written and how many were not.
func (l *Log) Stats() Stats {
	of := func(s Stream) StreamStats {
		return StreamStats{l.written[s].Load(), l.dropped[s].Load(), l.failed[s].Load()}
	}
	return Stats{of(Access), of(Security), of(Error), of(Alert), l.queue.waiting()}
}

// Flush waits until all lines that were logged before are written, or the context ends.
func (l *Log) Flush(ctx context.Context) error {
	written := make(chan struct{})
	if !l.queue.do(func() { close(written) }) {
		return ErrClosed
	}
	select {
	case <-written:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Reopen closes the files and opens those that then have their names: for logrotate,
// after it moved them. A moved file is also noticed without it, within a second of
// logging.
func (l *Log) Reopen(ctx context.Context) error {
	reopened := make(chan error, 1)
	if !l.queue.do(func() {
		var err error
		for _, f := range l.files {
			err = errors.Join(err, f.close(), f.open(l.now()))
		}
		reopened <- err
	}) {
		return ErrClosed
	}
	select {
	case err := <-reopened:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ReopenOn calls [Log.Reopen] for each of the signals, such as SIGHUP, until stop is
// called.
func (l *Log) ReopenOn(signals ...os.Signal) (stop func()) {
	came, end, ended := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(came, signals...)
	go func() {
		defer close(ended)
		for {
			select {
			case <-came:
				l.tell(l.Reopen(context.Background()))
			case <-end:
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(came)
		close(end)
		<-ended
	})
}

// Close writes what waits, compresses what was rotated, and closes the files. Later
// lines are counted as dropped.
func (l *Log) Close() error { return l.Shutdown(context.Background()) }

// Shutdown is Close with an end: when the context ends first, lines may be lost.
func (l *Log) Shutdown(ctx context.Context) error {
	l.queue.close()
	select {
	case <-l.done:
		return l.closeErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Log) closeFiles() error {
	var err error
	for _, f := range l.files {
		err = errors.Join(err, f.close())
	}
	if l.packer != nil {
		l.packer.close()
	}
	return err
}

// run is the writer: the only goroutine that touches the files.
func (l *Log) run() {
	var items []item
	for {
		var last bool
		items, last = l.queue.take(items)
		if last {
			break
		}
		lines, bytes := 0, 0
		for i := range items {
			if items[i].do != nil {
				l.flush()
				items[i].do()
			} else {
				lines++
				bytes += len(items[i].line.b)
				l.write(items[i].stream, items[i].line)
				l.handler.free(items[i].line)
			}
			items[i] = item{}
		}
		l.flush()
		l.queue.written(lines, bytes)
		l.tellDropped(false)
	}
	l.tellDropped(true)
	l.closeErr = l.closeFiles()
	close(l.done)
}

// maxBatch is how many bytes are collected before they are written.
const maxBatch = 64 << 10

func (l *Log) write(stream Stream, line *line) {
	l.batch[stream]++
	if l.output != nil {
		l.text = append(l.text, line.b...)
	}
	if l.console != nil {
		l.people = l.console.append(l.people, stream, line.b)
	}
	if l.files != nil {
		f := l.files[stream]
		if f.isFull(len(line.b), l.now()) {
			l.flush()
			l.tell(f.rotate(l.now()))
		}
		f.pending = append(f.pending, line.b...)
	}
	if len(l.text) >= maxBatch || len(l.people) >= maxBatch || l.files != nil && len(l.files[stream].pending) >= maxBatch {
		l.flush()
	}
}

// flush hands what was collected to the files and writers. Lines that fail are counted,
// and given up: waiting for a full disk would fill the queue.
func (l *Log) flush() {
	var failures error
	lost := [streams]uint64{}
	if len(l.text) > 0 {
		if _, err := l.output.Write(l.text); err != nil {
			failures, lost = fmt.Errorf("write to the output: %w", err), l.batch
		}
		l.text = l.text[:0]
	}
	if len(l.people) > 0 {
		if _, err := l.console.w.Write(l.people); err != nil {
			failures, lost = errors.Join(failures, fmt.Errorf("write to the console: %w", err)), l.batch
		}
		l.people = l.people[:0]
	}
	for s, f := range l.files {
		n, err := f.flush(l.now())
		if err != nil {
			failures = errors.Join(failures, err)
			lost[s] = max(lost[s], n)
		}
	}
	some := false
	for s, n := range l.batch {
		some = some || n > 0
		l.written[s].Add(n - lost[s])
		l.failed[s].Add(lost[s])
		l.batch[s] = 0
	}
	switch {
	case failures != nil && !l.broken:
		l.broken = true
		l.tell(failures)
	case failures == nil && some && l.broken:
		l.broken = false
		if l.onError != nil {
			l.telling.Lock()
			defer l.telling.Unlock()
			l.onError(nil)
		}
	}
}

// tell tells the program of an error.
func (l *Log) tell(err error) {
	if err == nil || l.onError == nil {
		return
	}
	l.telling.Lock()
	defer l.telling.Unlock()
	l.onError(fmt.Errorf("seclog: %w", err))
}

// tellInterval is how often a line says that lines were dropped.
const tellInterval = 10 * time.Second

// tellDropped writes a line about lines that were dropped: whoever reads the log must
// know that it is not complete.
func (l *Log) tellDropped(last bool) {
	var dropped uint64
	for s := range l.dropped {
		dropped += l.dropped[s].Load()
	}
	now := l.now()
	if dropped == l.told || !last && now.Sub(l.toldAt) < tellInterval {
		return
	}
	line := l.handler.newLine()
	line.b = append(line.b, `{"time":`...)
	line.time(now)
	line.b = append(line.b, `,"level":"ERROR","msg":"log lines were dropped"`...)
	line.stringMember(l.handler.core, "service", l.handler.service)
	line.intMember("dropped", int64(dropped-l.told))
	line.b = append(line.b, '}', '\n')
	l.told, l.toldAt = dropped, now
	l.write(Error, line)
	l.handler.free(line)
	l.flush()
	l.tell(ErrDropped)
}
