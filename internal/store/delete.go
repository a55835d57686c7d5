package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// auditName is the file that says what was deleted, when and by whom: a JSON object on
// each line.
const auditName = "audit.jsonl"

// Deletion says what Delete did.
type Deletion struct {
	// Events is the number of events that are gone, Parts of those that held any.
	Events int64
	Parts  int
	// Problems are the parts that could not be read: they may hold such events still.
	Problems []Problem
}

// AuditEntry is a line of audit.jsonl.
type AuditEntry struct {
	Time   time.Time `json:"time"`
	Action string    `json:"action"`
	// Actor is who asked for it.
	Actor string `json:"actor"`
	// Search, Since and Until say which events.
	Search string     `json:"search"`
	Since  *time.Time `json:"since,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
	// Outcome is begun, done or failed; Events and Parts are what is gone.
	Outcome string `json:"outcome"`
	Events  int64  `json:"events"`
	Parts   int    `json:"parts"`
	Error   string `json:"error,omitempty"`
}

// Delete removes the events that the search wants: each part that holds any is written
// anew without them. When it breaks off, what was done so far stays done. The audit
// entry, of which actor and search are given, is written to audit.jsonl before and after. The old
// parts are files until Sweep.
func (s *Store) Delete(ctx context.Context, want Search, entry AuditEntry, now func() time.Time) (Deletion, error) {
	entry.Action, entry.Outcome, entry.Time = "delete", "begun", now().UTC()
	if err := s.audit(entry); err != nil {
		return Deletion{}, err
	}
	var done Deletion
	x := s.scan(want)
	err := x.delete(ctx, &done)
	done.Problems = x.result.Problems
	entry.Outcome, entry.Events, entry.Parts, entry.Time = "done", done.Events, done.Parts, now().UTC()
	if err != nil {
		entry.Outcome, entry.Error = "failed", err.Error()
	}
	return done, errors.Join(err, s.audit(entry))
}

func (x *scan) delete(ctx context.Context, done *Deletion) error {
	for _, p := range x.store.Parts() {
		if x.skips(&p) {
			continue
		}
		before, rows := len(x.result.Problems), int64(0)
		drop := dropped{}
		l := x.look(ctx, &p)
		err := x.take(l, l.read(func(l *look, g *group, v verdicts) (func() error, error) {
			v, err := l.settle(g, v)
			if err != nil || v.none() {
				return nil, err
			}
			gone := make([]bool, g.rows)
			drop[rowGroup{p.Name, l.where}] = gone
			return nil, l.rows(v, g.rows, func(row int) error {
				gone[row] = true
				rows++
				return nil
			})
		}))
		if err != nil {
			return err
		}
		if rows == 0 || len(x.result.Problems) > before {
			continue
		}
		_, err = x.store.replace(ctx, []Part{p}, drop)
		if stays, ok := errors.AsType[*unreadableError](err); ok { // the others must go all the same
			x.result.Problems = append(x.result.Problems, stays.problems...)
			continue
		}
		if err != nil {
			return err
		}
		done.Events, done.Parts = done.Events+rows, done.Parts+1
	}
	return nil
}

// audit adds a line to audit.jsonl.
func (s *Store) audit(entry AuditEntry) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	f, err := s.root.OpenFile(auditName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(append(line, '\n'))
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", auditName, err)
	}
	return nil
}

// maxAudited is how many bytes of audit.jsonl Audited reads at a time.
const maxAudited = 4 << 20

// Audited returns entries of audit.jsonl from that byte on, and where the next ones
// begin: at that byte again when there are no more. A file that is shorter is another
// one, and read from its beginning. A line that cannot be read is an entry that says so.
func (s *Store) Audited(from int64) (entries []AuditEntry, next int64, err error) {
	f, err := s.root.Open(auditName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, from, fmt.Errorf("read the deletions: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Size() < from {
		from = 0
	}
	var data []byte
	if err == nil {
		data, err = io.ReadAll(io.NewSectionReader(f, from, maxAudited))
	}
	if err != nil {
		return nil, from, fmt.Errorf("read %s: %w", auditName, err)
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) == 0 && len(data) == maxAudited {
		whole = data // no line is so long
	}
	for line := range bytes.Lines(whole) {
		var e AuditEntry
		if err := json.Unmarshal(line, &e); err != nil {
			e = AuditEntry{Action: "delete", Outcome: "unknown", Error: fmt.Sprintf("a line of %s cannot be read: %.200q", auditName, line)}
		}
		entries = append(entries, e)
	}
	return entries, from + int64(len(whole)), nil
}
