package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// Tail reads a file that somebody writes, and those that take its name, for as long as
// the program runs, and from run to run. How far it has come goes into the queue with
// what it read, as one: so nothing is lost and nothing comes twice, whenever the
// program stops.
type Tail struct {
	// Path is the file. It may come into being later.
	Path string
	// Label is what is said of each line beside its text.
	Label record.Record
	// Position is where an earlier run came to, in the form that Store got; nil when
	// there was none. The file is then read from its end as it is now, or from its
	// beginning with FromStart.
	Position  []byte
	FromStart bool
	// Container, unless it is nil, is whose output the file holds. The file is then done
	// with for ever when its folder is removed.
	Container *Container
	// Join says which lines are one record, and JoinWait how long such a record waits for
	// its next line; 0 means DefaultJoinWait. A record ends with its file.
	Join     Join
	JoinWait time.Duration
	// Poll is how often the file is looked at; 0 means DefaultPoll.
	Poll time.Duration
	// Patience is how long nothing must have come while no file has the name, until the
	// file is done with for ever; 0 is never.
	Patience time.Duration
	// Now is the clock.
	Now func() time.Time
	// Store queues records with the position behind them. When there is no room, it is
	// called again.
	Store func(ctx context.Context, position []byte, records []record.Record) error
	// Counters and Log are told what happens.
	Counters *Counters
	Log      *slog.Logger

	next    *os.File // has taken the name
	told    string   // why the file could not be opened
	existed bool     // it was there when the run began
	stored  *Position
	gone    bool      // for ever
	missing time.Time // since when no file has the name, and nothing came
	pieces  pieces
	joined  *joined // nil for lines that are records
}

// Run reads until the context is done. The error is one of Store, or says that the
// position is none.
func (t *Tail) Run(ctx context.Context) error {
	if t.Poll <= 0 {
		t.Poll = DefaultPoll
	}
	var p *Position
	if t.Position != nil {
		p = &Position{}
		if err := errors.Join(json.Unmarshal(t.Position, p), p.Check()); err != nil {
			return fmt.Errorf("go on in %s: its position cannot be read: %w", t.Path, err)
		}
		p.Path = t.Path // JSON has none that is not UTF-8
		t.stored = p
		t.rewind(p)
	}
	_, err := os.Stat(t.Path)
	t.existed = err == nil
	defer func() {
		if t.next != nil {
			_ = t.next.Close() // it was only read
		}
	}()
	for ctx.Err() == nil && !t.gone {
		f := t.open(ctx)
		if f == nil {
			break
		}
		err := t.file(ctx, f, p)
		_ = f.Close() // it was only read
		switch {
		case err == nil || ctx.Err() != nil:
			p = nil
		case errors.Is(err, errUnread):
			t.refused(err)
			p = t.stored // the next look may find it well again
			t.rewind(p)
			pause(ctx, time.Second)
		default:
			return err
		}
	}
	return t.forgotten(ctx)
}

// open waits for the file and opens it; nil when the context is done.
func (t *Tail) open(ctx context.Context) *os.File {
	if f := t.next; f != nil {
		t.next = nil
		return f
	}
	for ctx.Err() == nil {
		f, err := os.Open(t.Path)
		if err == nil {
			err = tailable(t.Path, f)
		}
		if err == nil {
			t.told, t.missing = "", time.Time{}
			return f
		}
		if f != nil {
			_ = f.Close() // it was only looked at
		}
		if t.removed(err) {
			return nil
		}
		t.refused(err)
		t.existed = t.existed && !errors.Is(err, fs.ErrNotExist)
		pause(ctx, t.Poll)
	}
	return nil
}

// refused tells once why a file is not read.
func (t *Tail) refused(err error) {
	if text := err.Error(); t.told != text {
		t.told = text
		if errors.Is(err, fs.ErrNotExist) {
			t.Log.Info("waiting for a file", "path", t.Path)
			return
		}
		t.Counters.Errors.Add(1)
		t.Log.Warn("a file cannot be read", "path", t.Path, "error", err)
	}
}

// tailable returns why a file cannot be followed.
func tailable(path string, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "follow", Path: path, Err: errors.New("is no regular file")}
	}
	return refusePacked(path, f)
}

// file reads one file to its end: that is where another one took its name, or where it
// began anew.
func (t *Tail) file(ctx context.Context, disk *os.File, known *Position) error {
	w := &tailReader{ctx: ctx, tail: t, file: disk}
	input := &counter{src: w}
	f := newTailFile(t.Path, disk, input)
	var at *Position
	switch {
	case known != nil:
		p, change := f.Find(t.Path, []Position{*known})
		switch change {
		case Replaced, Truncated: // a new file may be shorter, too
			if err := t.rotated(ctx, known, change); err != nil {
				return err
			}
		default:
			at = p
		}
	case t.existed && !t.FromStart && !f.packed():
		var err error
		if at, err = f.end(t.Path); err != nil {
			return fmt.Errorf("%w: %w", errUnread, err)
		}
		if err := t.store(ctx, *at, &Block{}); err != nil {
			return err
		}
	}
	t.existed = false // what comes under the name later is new
	// A line without an end is left for the next run when this one ends; what follows a
	// file ends it by itself.
	return t.lines(ctx, f, at, ReaderOptions{Eager: true, Whole: true})
}

// rotated reads what an earlier run left of a file that has another name by now, and
// all of those that came and went since.
func (t *Tail) rotated(ctx context.Context, known *Position, change Change) error {
	found := false
	for _, name := range rotations(t.Path) {
		f, err := Open(name, nil)
		if err != nil {
			t.refused(err)
			continue
		}
		var at *Position
		if !found {
			at, _ = f.Find(name, []Position{*known})
			found = at != nil
		}
		if found {
			t.Log.InfoContext(ctx, "reading the rest of a rotated file", "path", name)
			err = t.lines(ctx, f, at, ReaderOptions{})
			if errors.Is(err, errUnread) { // such as a packed one that is damaged
				t.refused(err)
				err = nil
			}
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	if !found {
		t.rewind(nil)
	}
	switch {
	case !found && change == Truncated:
		t.Log.WarnContext(ctx, "a file is shorter than before: it is read from its beginning", "path", t.Path)
	case !found:
		t.Counters.Errors.Add(1)
		t.Log.WarnContext(ctx, "the file of before is gone: what was written to it since is lost", "path", t.Path)
	}
	return ctx.Err()
}

// lines queues the lines of the file behind the position.
func (t *Tail) lines(ctx context.Context, f *File, at *Position, opts ReaderOptions) error {
	opts.BlockLines = record.MaxBatch
	if t.Container != nil {
		opts.BlockLines /= piecesPerLine
		t.pieces.from(t.Path, at)
	}
	t.joined = nil
	if t.Container == nil && (t.Join.Joins() || at != nil && at.Back != nil) {
		opts.BlockLines -= 2 * auditWindow // so many may have waited
		t.joined = newJoined(t.Join, t.JoinWait, t.Now, at)
	}
	r := NewReader(f, opts)
	if at != nil {
		var err error
		if r, err = Resume(f, at.from(), opts); err != nil && !errors.Is(err, ErrShort) {
			return fmt.Errorf("%w: %w", errUnread, err)
		}
	}
	j := NewJoiner(r, Join{})
	for {
		b, err := r.Next()
		if b != nil {
			p, positionErr := f.Position(t.Path, r, j)
			if positionErr != nil { // the file ended without a line end, or shrinks
				p = beginning(t.Path)
			}
			t.Counters.Cut.Add(int64(len(b.Truncated)))
			if err := t.block(ctx, b, p, positionErr != nil); err != nil {
				return err
			}
		}
		stored, isStored := errors.AsType[storeError](err)
		switch {
		case err == nil:
		case isStored:
			return stored.error
		case !errors.Is(err, io.EOF):
			return fmt.Errorf("%w: %w", errUnread, err)
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the next run goes on in the middle of a record
		default:
			return t.give(ctx)
		}
	}
}

// block queues the lines of a block, or the records that they complete; all that waits
// when nobody can go on behind them.
func (t *Tail) block(ctx context.Context, b *Block, p Position, all bool) error {
	if t.joined == nil {
		return t.store(ctx, p, b)
	}
	before := t.joined.joiner.divided
	out := t.joined.take(b, p)
	t.Counters.Cut.Add(t.joined.joiner.divided - before)
	if all {
		t.joined.give(out)
	}
	if len(out.Lines) == 0 {
		return nil
	}
	return t.store(ctx, t.joined.position(), out)
}

// give queues the records that wait.
func (t *Tail) give(ctx context.Context) error {
	if t.joined == nil || !t.joined.waits() {
		return nil
	}
	out := &Block{}
	t.joined.give(out)
	return t.store(ctx, t.joined.position(), out)
}

// idle queues the records that have waited for long enough, while nothing new comes.
func (t *Tail) idle(ctx context.Context) error {
	if t.joined == nil || !t.joined.late() {
		return nil
	}
	if err := t.give(ctx); err != nil {
		return storeError{err}
	}
	return nil
}

// errUnread says that a file broke off in the middle.
var errUnread = errors.New("read a file that is followed")

// beginning is the position before the first byte of whatever file has the name.
func beginning(path string) Position {
	nothing := hashOf(nil)
	return Position{Path: path, Head: nothing, Tail: nothing}
}

// store queues lines, or records, and waits while there is no room.
func (t *Tail) store(ctx context.Context, p Position, b *Block) error {
	now := t.Now().UnixNano()
	var records []record.Record
	if t.Container != nil {
		var again bool
		if records, again = t.pieces.take(t.Container, &p, b.Lines); again {
			return ctx.Err()
		}
	} else {
		records = make([]record.Record, len(b.Lines))
		for i, line := range b.Lines {
			records[i] = t.Label
			records[i].Text = line
			records[i].Whole = b.Records != nil && b.Records[i].Whole
		}
	}
	for i := range records {
		records[i].Received = now
	}
	position, err := json.Marshal(p)
	if err != nil {
		return err
	}
	err = untilRoom(ctx, func() error { return t.Store(ctx, position, records) })
	if err == nil {
		t.Counters.received(len(records), now)
		t.stored = &p
	}
	return err
}

// rewind makes what is read next that behind the position, or a beginning.
func (t *Tail) rewind(p *Position) {
	t.pieces = pieces{}
	if p != nil {
		t.pieces.again = p.Again
	}
}

// removed reports whether the file that cannot be found is gone for ever: with its
// container, or for long enough.
func (t *Tail) removed(err error) bool {
	if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if t.Container == nil {
		if t.missing.IsZero() {
			t.missing = t.Now()
		}
		t.gone = t.Patience > 0 && t.Now().Sub(t.missing) >= t.Patience
		return t.gone
	}
	_, err = os.Stat(filepath.Dir(t.Path))
	t.gone = errors.Is(err, fs.ErrNotExist)
	return t.gone
}

// forgotten gives up the position in a file that never comes back.
func (t *Tail) forgotten(ctx context.Context) error {
	if !t.gone || t.stored == nil {
		return nil
	}
	return untilRoom(ctx, func() error { return t.Store(ctx, []byte(NoPosition), nil) })
}
