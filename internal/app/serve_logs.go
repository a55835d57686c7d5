package app

import (
	"errors"
	"log/slog"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// fourLogs writes events and signals to rotating files for people and other programs:
// access.log, security.log, error.log and alert.log. It belongs to the consumer; a nil
// one writes nothing.
type fourLogs struct {
	kinds   []logKind
	alert   *lumberjack.Logger
	metrics *metrics
	log     *slog.Logger
	broken  bool // told already
	buf     []byte
}

// logKind is a file of the events that match.
type logKind struct {
	query *query.Query
	file  *lumberjack.Logger
}

// openLogs returns what writes the logs of the configuration; nil when it wants none.
func openLogs(c *config.Logs, m *metrics, log *slog.Logger) *fourLogs {
	if c.Dir == "" {
		return nil
	}
	file := func(name string) *lumberjack.Logger {
		return &lumberjack.Logger{Filename: filepath.Join(c.Dir, name+".log"), MaxSize: c.MaxMiB, MaxBackups: c.Keep, Compress: true}
	}
	return &fourLogs{
		kinds: []logKind{
			{c.AccessQuery, file("access")},
			{c.SecurityQuery, file("security")},
			{c.ErrorQuery, file("error")},
		},
		alert: file("alert"), metrics: m, log: log,
	}
}

// event writes the event to the files whose query it matches.
func (l *fourLogs) event(e *event.Event) {
	if l == nil {
		return
	}
	written := false
	for i := range l.kinds {
		k := &l.kinds[i]
		if !k.query.Match(e) {
			continue
		}
		if !written {
			l.buf, written = append(e.AppendRecord(l.buf[:0]), '\n'), true
		}
		l.write(k.file)
	}
}

// signal writes the signal.
func (l *fourLogs) signal(s *signal.Signal) {
	if l == nil {
		return
	}
	l.buf = append(s.AppendJSON(l.buf[:0]), '\n')
	l.write(l.alert)
}

// write writes what is in the buffer. These files are copies: a disk without room costs
// lines of them, which are counted, and not detection.
func (l *fourLogs) write(file *lumberjack.Logger) {
	_, err := file.Write(l.buf)
	if err != nil {
		l.metrics.logErrors.Add(1)
		if !l.broken {
			l.log.Error("a line could not be written", "file", file.Filename, "error", err)
		}
	}
	l.broken = err != nil
}

func (l *fourLogs) close() error {
	if l == nil {
		return nil
	}
	errs := make([]error, 0, 1+len(l.kinds))
	errs = append(errs, l.alert.Close())
	for _, k := range l.kinds {
		errs = append(errs, k.file.Close())
	}
	return errors.Join(errs...)
}
