package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// WriterOptions are the limits of a Writer; zero values take the defaults.
type WriterOptions struct {
	// PartRows is the number of events at which a part is written, PartBytes the size
	// of what it would hold.
	PartRows  int
	PartBytes int64
	// GroupRows is the number of events of a row group.
	GroupRows int
	// Memory is the size of all that waits to be written. No more than as much again is
	// kept for the parts that come next.
	Memory int64
}

const (
	defaultPartRows  = 64 << 10
	defaultPartBytes = 64 << 20
	defaultMemory    = 96 << 20
	// maxOpen is the number of parts that are filled at a time. For further days and
	// sources, the one that was filled least recently is written, as long as there are
	// rowsPerPart events for each part; then events go into parts of several days and
	// sources: these are what the writer of a log says, and a million of them must not
	// make a million files.
	maxOpen     = 24
	rowsPerPart = 1000
	// mixedName stands for a day that is not known and for several sources. Readers of
	// partitioned folders take it for null.
	mixedName = "__HIVE_DEFAULT_PARTITION__"
)

// Writer adds events to a store. They are in it when Commit returns, all or none.
type Writer struct {
	store   *Store
	opts    WriterOptions
	buffers map[partition]*buffer
	near    nearBuffer
	spare   []*buffer // that are empty, the last one was filled most recently
	maker   *maker
	bytes   int64
	rows    int64  // that were ever added
	written int64  // parts
	done    []Part // written, but not in the manifest
	failed  bool   // nothing is written until Commit
}

// day is the length of one.
const day = int64(24 * time.Hour)

type partition struct{ day, source string }

// nearBuffer is the one that the last event with a time went to: the next one mostly goes
// there, too.
type nearBuffer struct {
	at     partition
	number int64 // of the day
	buffer *buffer
}

// Writer returns a writer. A store has one at a time.
func (s *Store) Writer(opts WriterOptions) *Writer {
	if opts.PartRows <= 0 {
		opts.PartRows = defaultPartRows
	}
	if opts.GroupRows <= 0 {
		opts.GroupRows = defaultPartRows
	}
	if opts.PartBytes <= 0 {
		opts.PartBytes = defaultPartBytes
	}
	if opts.Memory <= 0 {
		opts.Memory = defaultMemory
	}
	return &Writer{store: s, opts: opts, buffers: map[partition]*buffer{}, maker: newMaker()}
}

// Append adds the event. It keeps nothing of it. An error says that a part could not be
// written: the event is there all the same, and nothing more is written, so more and
// more memory is taken, until Commit tries again.
func (w *Writer) Append(e *event.Event) error {
	err := w.append(e)
	w.failed = w.failed || err != nil
	return err
}

func (w *Writer) append(e *event.Event) error {
	if near := &w.near; near.buffer != nil && e.Time > 0 && near.number == e.Time/day && near.at.source == e.Source {
		return w.put(near.at, near.buffer, e)
	}
	at := partition{day: mixedName, source: sourceName(e.Source)}
	if e.Time != 0 {
		at.day = time.Unix(0, e.Time).UTC().Format(time.DateOnly)
	}
	b := w.buffers[at]
	if b == nil && len(w.buffers) >= maxOpen && !w.failed {
		if w.written < maxOpen+w.rows/rowsPerPart {
			if err := w.write(w.idle()); err != nil {
				return errors.Join(err, w.add(at, e))
			}
		} else {
			at = partition{mixedName, mixedName}
		}
	}
	return w.add(at, e)
}

func (w *Writer) add(at partition, e *event.Event) error {
	b := w.buffers[at]
	if b == nil {
		at.source = strings.Clone(at.source) // the event's belongs to a block of lines
		b = w.buffer(at)
		w.buffers[at] = b
		w.bytes += b.size()
	}
	if e.Time > 0 && b.day != mixedName && b.source == e.Source {
		w.near = nearBuffer{partition{b.day, b.source}, e.Time / day, b}
	}
	return w.put(at, b, e)
}

// buffer returns an empty one.
func (w *Writer) buffer(at partition) *buffer {
	for i, b := range w.spare {
		if b.source == at.source {
			w.spare = slices.Delete(w.spare, i, i+1)
			b.day = at.day
			return b
		}
	}
	return newBuffer(at.day, at.source, at.source == mixedName)
}

// keep keeps a buffer that was written for the next part of its source, and gives up those
// for which there is no room beside it.
func (w *Writer) keep(b *buffer) {
	if len(b.columns) > 2*maxColumns {
		return
	}
	b.reset()
	w.spare = append(w.spare, b)
	room := w.opts.Memory
	for i, b := range slices.Backward(w.spare) {
		if room -= b.held; room < 0 {
			w.spare = slices.Delete(w.spare, 0, i+1)
			return
		}
	}
}

// put adds the event to the buffer of the partition.
func (w *Writer) put(at partition, b *buffer, e *event.Event) error {
	before := b.size()
	b.append(e)
	w.rows++
	b.touched = w.rows
	w.bytes += b.size() - before
	switch {
	case w.failed:
		return nil
	case b.rows >= w.opts.PartRows || b.bytes >= w.opts.PartBytes:
		return w.write(at)
	case w.bytes >= w.opts.Memory:
		return w.relieve()
	default:
		return nil
	}
}

// sourceName returns the source as the name of a folder; several where it is none.
func sourceName(source string) string {
	if source == "" || len(source) > 64 || source[0] == '.' {
		return mixedName
	}
	for i := range len(source) {
		c := source[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return mixedName
		}
	}
	return source
}

// relieve writes what takes the most memory, until half of it is free.
func (w *Writer) relieve() error {
	for w.bytes > w.opts.Memory/2 {
		var largest partition
		most := int64(-1)
		for at, b := range w.buffers {
			if size := b.size(); size > most || size == most && (at.day < largest.day || at.day == largest.day && at.source < largest.source) {
				largest, most = at, b.size()
			}
		}
		if err := w.write(largest); err != nil {
			return err
		}
	}
	return nil
}

// idle returns the part that was filled least recently.
func (w *Writer) idle() (least partition) {
	since := int64(math.MaxInt64)
	for at, b := range w.buffers {
		if b.touched < since {
			least, since = at, b.touched
		}
	}
	return least
}

// write writes a part.
func (w *Writer) write(at partition) error {
	b := w.buffers[at]
	p, err := w.store.writePart(w.maker, b, w.opts.GroupRows)
	if err != nil {
		return err
	}
	delete(w.buffers, at)
	w.near = nearBuffer{}
	w.bytes -= b.size()
	w.keep(b)
	w.done = append(w.done, p)
	w.written++
	return nil
}

// writePart writes the events of a buffer to a file that belongs to no store yet.
func (s *Store) writePart(m *maker, b *buffer, groupRows int) (Part, error) {
	defer m.trim()
	data, err := b.file(m, groupRows)
	if err != nil {
		return Part{}, fmt.Errorf("make a part of %d events: %w", b.rows, err)
	}
	s.mu.Lock()
	number := s.next
	s.next++
	s.mu.Unlock()
	p := Part{
		Name: path.Join("day="+b.day, "source="+b.source, fmt.Sprintf("part-%08d%s", number, partSuffix)),
		Rows: int64(b.rows), Bytes: int64(len(data)), Sums: sums(data),
		Source: b.source, Mixed: b.mixed, First: b.first, Last: b.last, Untimed: b.untimed, Large: b.bytes >= wholeMemory,
	}
	if b.mixed {
		p.Source = ""
	}
	if b.untimed == int64(b.rows) {
		p.First, p.Last = 0, 0
	}
	s.folders.RLock()
	defer s.folders.RUnlock()
	if err := s.root.MkdirAll(path.Dir(p.Name), 0o700); err != nil {
		return Part{}, fmt.Errorf("make the folder of a part: %w", err)
	}
	if err := s.writeFile(p.Name, data); err != nil {
		return Part{}, fmt.Errorf("write the part %s: %w", p.Name, err)
	}
	s.syncFolder(path.Dir(path.Dir(p.Name)))
	return p, nil
}

// Commit writes what waits, and makes all that was added since the last one part of
// the store, together with the positions of the queue up to which it goes (nil
// without a queue). After an error, nothing of it is in the store: Commit again, or
// Discard.
func (w *Writer) Commit(positions map[string]uint64) error {
	w.failed = false
	for len(w.buffers) > 0 {
		var oldest partition
		for at := range w.buffers {
			if oldest.day == "" || at.day < oldest.day || at.day == oldest.day && at.source < oldest.source {
				oldest = at
			}
		}
		if err := w.write(oldest); err != nil {
			return err
		}
	}
	if len(w.done) == 0 && len(positions) == 0 && w.store.hasManifest() {
		return nil
	}
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	if err := w.store.record(&change{Add: w.done, Positions: positions}); err != nil {
		return err
	}
	w.done = nil
	return nil
}

// Discard takes back what was added since the last Commit.
func (w *Writer) Discard() error {
	errs := make([]error, 0, len(w.done))
	for _, p := range w.done {
		errs = append(errs, w.store.removeFile(p.Name))
	}
	w.done, w.bytes, w.failed = nil, 0, false
	w.near = nearBuffer{}
	clear(w.buffers)
	return errors.Join(errs...)
}

func (s *Store) hasManifest() bool {
	_, err := s.root.Stat(manifestName)
	return err == nil
}

// removeFile removes the file of a part, and the folders that it leaves empty.
func (s *Store) removeFile(name string) error {
	s.folders.Lock()
	defer s.folders.Unlock()
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the part %s: %w", name, err)
	}
	empty := true
	for dir := path.Dir(name); dir != "." && empty; dir = path.Dir(dir) {
		empty = s.root.Remove(dir) == nil
	}
	return nil
}
