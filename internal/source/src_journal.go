package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// maxCursor is the length in bytes of the longest cursor; they have about 130.
	maxCursor = 1 << 10
	// journalBatch is how many bytes of entries are queued at a time, at the most, but for
	// the last entry.
	journalBatch = 2 << 20
	// journalFirst and journalLongest are how long it takes until a journalctl that ended
	// is started again.
	journalFirst, journalLongest = time.Second, time.Minute
	// maxComplaint is how many bytes are told of what journalctl complains of.
	maxComplaint = 4 << 10
)

// Journal follows the journal of systemd, by what journalctl writes in the export format.
// How far it has come goes into the queue with the entries, as with a Tail: so nothing is
// lost and nothing comes twice, also when journalctl ends and is started again.
//
// The record of an entry is a JSON object as journalctl writes it with --output=json, with
// the fields that pipelines know and those that the program added; a field that comes
// several times has its first value.
type Journal struct {
	// Command is the program and what it is told beside how to write, such as the units.
	// Env is its environment.
	Command, Env []string
	// Unit is that of this program, "" if it runs in none, and PID its number: their
	// entries are left out, since what is told of an entry would make another one.
	Unit string
	PID  int
	// Label is what is said of each entry beside its text.
	Label record.Record
	// Position is where an earlier run came to, in the form that Store got; nil when there
	// was none. The journal is then read from its end, or from its beginning with
	// FromStart.
	Position  []byte
	FromStart bool
	// Restart is how long it takes until a journalctl that ended is started again, longer
	// each time; 0 means a second.
	Restart time.Duration
	// Now is the clock.
	Now func() time.Time
	// Store queues records with the position behind them. When there is no room, it is
	// called again.
	Store func(ctx context.Context, position []byte, records []record.Record) error
	// Counters and Log are told what happens.
	Counters *Counters
	Log      *slog.Logger

	at    journalPosition
	begun bool // there is a position
	buf   []byte
}

// journalPosition is the position in a journal.
type journalPosition struct {
	// Cursor is that of the last entry; "" is before the first one.
	Cursor string `json:"cursor"`
}

// storeError is one of Store: it ends the source.
type storeError struct{ error }

// Unwrap returns the error of Store.
func (e storeError) Unwrap() error { return e.error }

// Run follows until the context is done. The error is one of Store, or says that the
// position is none.
func (j *Journal) Run(ctx context.Context) error {
	if j.Restart <= 0 {
		j.Restart = journalFirst
	}
	if j.Position != nil {
		if err := json.Unmarshal(j.Position, &j.at); err != nil || !goodCursor(j.at.Cursor) {
			return fmt.Errorf("go on in the journal: its position cannot be read: %w", errors.Join(err, errJournal))
		}
		j.begun = true
	}
	wait := j.Restart
	for ctx.Err() == nil {
		before := j.at
		err := j.once(ctx)
		if stored, ok := errors.AsType[storeError](err); ok && ctx.Err() == nil {
			return fmt.Errorf("follow the journal: %w", stored.error)
		}
		if j.at != before {
			wait = j.Restart
		}
		if err != nil && ctx.Err() == nil {
			j.Counters.Errors.Add(1)
			j.Log.WarnContext(ctx, "journalctl ended: it is started again", "in", wait.String(), "error", err)
			pause(ctx, wait)
			wait = min(2*wait, journalLongest)
		}
	}
	return nil
}

// once runs journalctl until it ends. Without a position it looks for the end first.
func (j *Journal) once(ctx context.Context) error {
	how := []string{"--quiet", "--no-pager", "--all", "--output=export"}
	if !j.begun && !j.FromStart {
		return j.begin(ctx, how)
	}
	how = append(how, "--follow", "--no-tail")
	if j.at.Cursor != "" {
		how = append(how, "--after-cursor="+j.at.Cursor)
	}
	if err := j.run(ctx, how, j.entries); err != nil {
		return err
	}
	return errEnded
}

// errEnded says that journalctl does not follow any more.
var errEnded = errors.New("it ended by itself")

// begin looks for the end of the journal, and notes it as the position.
func (j *Journal) begin(ctx context.Context, how []string) error {
	if err := j.run(ctx, append(how, "--lines=1"), j.last); err != nil {
		return err
	}
	if err := j.store(ctx, j.at, nil); err != nil {
		return err
	}
	j.begun = true
	return nil
}

// run runs journalctl and lets read read what it writes, to its end.
func (j *Journal) run(ctx context.Context, how []string, read func(context.Context, io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args := append(append([]string{}, j.Command[1:]...), how...)
	cmd := exec.CommandContext(ctx, j.Command[0], args...) //nolint:gosec // what the operator configured, without a shell
	complaint := &firstBytes{most: maxComplaint}
	cmd.Env, cmd.Stderr, cmd.WaitDelay = j.Env, complaint, 5*time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run journalctl: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run journalctl: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = out.Close() }) // a child of it may hold the other end
	defer stop()
	readErr := read(ctx, out)
	stopped := ctx.Err()
	if readErr != nil {
		cancel() // it would wait to write for ever
	}
	err = cmd.Wait()
	switch {
	case stopped != nil:
		return stopped
	case readErr != nil:
		return readErr
	case err != nil:
		return fmt.Errorf("run journalctl: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return nil
}

// firstBytes keeps the beginning of what is written.
type firstBytes struct {
	bytes.Buffer

	most int
}

// Write takes everything, and keeps what there is room for.
func (b *firstBytes) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(0, b.most-b.Len()))])
	return len(p), nil
}

// last reads the last entry, if there is one.
func (j *Journal) last(_ context.Context, out io.Reader) error {
	r := journalReader{bufio.NewReaderSize(out, 64<<10)}
	e, err := r.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	case e.cursor == "" || !goodCursor(e.cursor):
		return errNoCursor
	}
	j.at.Cursor = e.cursor
	_, err = io.Copy(io.Discard, r.in)
	return err
}

var errNoCursor = fmt.Errorf("%w: an entry has no cursor", errJournal)

func goodCursor(s string) bool {
	return len(s) <= maxCursor && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// store queues records and waits while there is no room.
func (j *Journal) store(ctx context.Context, at journalPosition, records []record.Record) error {
	position, err := json.Marshal(at)
	if err == nil {
		err = untilRoom(ctx, func() error { return j.Store(ctx, position, records) })
	}
	if err != nil {
		return storeError{err}
	}
	j.Counters.received(len(records), j.Now().UnixNano())
	j.at = at
	return nil
}

// entries queues entries until journalctl ends.
func (j *Journal) entries(ctx context.Context, out io.Reader) error {
	b := &journalOutput{journal: j, ctx: ctx, out: out}
	r := journalReader{bufio.NewReaderSize(b, 64<<10)}
	for {
		e, err := r.next()
		if err == nil && (e.cursor == "" || !goodCursor(e.cursor)) {
			err = errNoCursor
		}
		if err == nil {
			err = b.add(e)
		}
		if err == nil {
			continue
		}
		if errors.Is(err, errJournal) && e.cursor != "" && goodCursor(e.cursor) {
			b.at.Cursor, b.news = e.cursor, true // else it would come again and again
		}
		if _, stored := errors.AsType[storeError](err); !stored {
			err = errors.Join(ignoring(err, io.EOF), b.flush())
		}
		return err
	}
}

// ignoring returns the error unless it is that one.
func ignoring(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

// journalOutput is what one journalctl writes. What was read is queued before more is
// waited for.
type journalOutput struct {
	journal *Journal
	ctx     context.Context //nolint:containedctx // of Read, which takes none
	out     io.Reader
	at      journalPosition
	news    bool // at is not stored yet
	pending []record.Record
	size    int
}

// Read reads what journalctl writes.
func (b *journalOutput) Read(p []byte) (int, error) {
	if err := b.flush(); err != nil {
		return 0, err
	}
	return b.out.Read(p)
}

func (b *journalOutput) flush() error {
	if !b.news {
		return nil
	}
	if err := b.journal.store(b.ctx, b.at, b.pending); err != nil {
		return err
	}
	b.pending, b.size, b.news = nil, 0, false
	return nil
}

// add takes an entry.
func (b *journalOutput) add(e *journalEntry) error {
	b.at.Cursor, b.news = e.cursor, true
	j := b.journal
	if j.own(e) {
		return nil
	}
	r := j.Label
	var cut bool
	j.buf, cut = appendEntry(j.buf[:0], e)
	r.Text, r.Received = string(j.buf), j.Now().UnixNano()
	if r.Clip() || cut || e.cut {
		j.Counters.Cut.Add(1)
	}
	b.pending = append(b.pending, r)
	b.size += r.Size()
	if len(b.pending) == record.MaxBatch || b.size > journalBatch {
		return b.flush()
	}
	return nil
}

// own reports whether this program wrote the entry. Only the journal itself sets the
// fields that say so.
func (j *Journal) own(e *journalEntry) bool {
	return j.Unit != "" && string(e.get("_SYSTEMD_UNIT")) == j.Unit || string(e.get("_PID")) == strconv.Itoa(j.PID)
}

// journalKept returns how long a field of the journal itself may be in a record, and 0 for
// one that is none.
func journalKept(name string) int {
	switch name {
	case "MESSAGE":
		return maxJournalField
	case "_EXE", "_CMDLINE":
		return 4 << 10
	case "SYSLOG_IDENTIFIER", "_HOSTNAME", "_SYSTEMD_UNIT", "_COMM", "CONTAINER_NAME":
		return 1 << 10
	case "__REALTIME_TIMESTAMP", "PRIORITY", "_PID", "SYSLOG_PID", "_UID", "_TRANSPORT":
		return 32
	default:
		return 0
	}
}

// appendEntry appends the entry as a JSON object, no longer than a record may be, and
// reports whether something had to be left out for that.
func appendEntry(dst []byte, e *journalEntry) (out []byte, cut bool) {
	const widest = 6 // bytes that one of a text can take
	write := func(message int, others bool) []byte {
		out := dst
		out = append(out, '{')
		cut = false
		for _, f := range e.fields {
			most := journalKept(f.name)
			if f.name == "MESSAGE" {
				most = message
			}
			if most == 0 {
				if strings.HasPrefix(f.name, "_") || strings.HasPrefix(f.name, "SYSLOG_") || f.name == "MESSAGE_ID" {
					continue // pipelines do not keep them either
				}
				if most = maxJournalField; !others {
					cut = true
					continue
				}
			}
			if len(f.value) > most {
				f.value, cut = f.value[:most], true
			}
			if len(out) > len(dst)+1 {
				out = append(out, ',')
			}
			out = event.AppendJSONString(out, f.name)
			out = event.AppendJSONString(append(out, ':'), string(f.value))
		}
		return append(out, '}')
	}
	for _, try := range []struct {
		message int
		others  bool
	}{{maxJournalField, true}, {maxJournalField, false}, {(record.MaxText - 64<<10*2) / widest, false}} {
		if out = write(try.message, try.others); len(out)-len(dst) <= record.MaxText {
			break
		}
	}
	return out, cut
}
