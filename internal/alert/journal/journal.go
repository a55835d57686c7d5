// Package journal keeps what happened in files that survive the end of the process, and
// behind a sync that of the machine.
package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sasumata/sasumata/internal/atomicfile"
)

// Names of the files of a journal: NAME.N.log is a log, NAME.N.snap is what was known
// before it.
const logSuffix, snapSuffix = ".log", ".snap"

// Journal keeps what happened as frames in a log, each with its length and checksum. A
// crash leaves at most one frame that breaks off, which is cut at the next start. From
// time to time a snapshot takes the place of the logs before it. Its methods may be
// called by several goroutines.
type Journal struct {
	// Notes say what was cut off at the start.
	Notes []string
	// Passing, if it is there, is called before and behind each frame that is written, with
	// what is done. It is set before the first one.
	Passing func(step string)

	dir, name string

	mu    sync.Mutex
	file  *os.File
	size  int64
	at    int  // the number of the log that is written
	dirty bool // something is not synced yet
}

// Open opens the journal, and gives each frame that it holds to replay, the oldest
// first. A frame may come that a snapshot holds already.
func Open(dir, name string, replay func(frame []byte) error) (*Journal, error) {
	j := &Journal{dir: dir, name: name}
	if err := j.open(replay); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal of %s: %w", name, err), j.Close())
	}
	return j, nil
}

func (j *Journal) open(replay func(frame []byte) error) error {
	snaps, err := j.numbers(snapSuffix)
	if err != nil {
		return err
	}
	logs, err := j.numbers(logSuffix)
	if err != nil {
		return err
	}
	first := 0
	if len(snaps) > 0 {
		first = snaps[len(snaps)-1]
		if err := j.read(first, snapSuffix, replay); err != nil {
			return err
		}
	}
	logs = slices.DeleteFunc(logs, func(n int) bool { return n < first })
	for _, n := range logs {
		if err := j.read(n, logSuffix, replay); err != nil {
			return err
		}
	}
	j.at = first
	if len(logs) > 0 {
		j.at = logs[len(logs)-1]
	}
	j.forget(first)
	return j.begin(j.at)
}

// read gives the frames of one file to replay. What follows the last whole one is cut off,
// so that what is appended can be read, and noted: a crash explains less than a frame.
func (j *Journal) read(n int, suffix string, replay func([]byte) error) error {
	path := j.path(n, suffix)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	whole, err := scanFrames(data, replay)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if whole == len(data) {
		return nil
	}
	j.Notes = append(j.Notes, fmt.Sprintf("%s: %d bytes behind byte %d broke off", path, len(data)-whole, whole))
	return os.Truncate(path, int64(whole))
}

// numbers returns the numbers of the files of one kind, in their order.
func (j *Journal) numbers(suffix string) ([]int, error) {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, err
	}
	var found []int
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), j.name+".")
		if rest, ok = cutSuffix(rest, suffix, ok); !ok {
			continue
		}
		if n, err := strconv.Atoi(rest); err == nil && n >= 0 {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, cmp.Compare)
	return found, nil
}

func cutSuffix(s, suffix string, ok bool) (string, bool) {
	rest, found := strings.CutSuffix(s, suffix)
	return rest, ok && found
}

func (j *Journal) path(n int, suffix string) string {
	return filepath.Join(j.dir, j.name+"."+strconv.Itoa(n)+suffix)
}

// begin opens the log of that number for what comes.
func (j *Journal) begin(n int) error {
	if j.file != nil {
		if err := j.file.Sync(); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(j.path(n, logSuffix), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	old := j.file
	j.file, j.at, j.size = f, n, info.Size()
	if old != nil {
		return old.Close()
	}
	return nil
}

// Append adds a frame. It survives the end of the process, and after sync that of the
// machine too.
func (j *Journal) Append(frame []byte) error {
	if j.Passing != nil {
		j.Passing(j.name + ": before it is written")
		defer j.Passing(j.name + ": written")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return fs.ErrClosed
	}
	if len(frame) > maxFrame {
		return fmt.Errorf("write the journal of %s: %d bytes are more than a frame takes", j.name, len(frame))
	}
	head := appendFrame(make([]byte, 0, frameHead+len(frame)), frame)
	if _, err := j.file.Write(head); err != nil {
		_ = j.file.Truncate(j.size) // half a frame would hide those behind it
		return fmt.Errorf("write the journal of %s: %w", j.name, err)
	}
	j.size += int64(len(head))
	j.dirty = true
	return nil
}

// Sync puts on the disk what was appended.
func (j *Journal) Sync() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.dirty || j.file == nil {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write the journal of %s: %w", j.name, err)
	}
	j.dirty = false
	return nil
}

// Compact puts a snapshot in the place of the logs so far. What is appended while the
// snapshot is taken is in the next log, and may be in the snapshot too.
func (j *Journal) Compact(snapshot func() ([][]byte, error)) error {
	j.mu.Lock()
	if j.file == nil {
		j.mu.Unlock()
		return fs.ErrClosed
	}
	next := j.at + 1
	err := j.begin(next)
	j.mu.Unlock()
	if err != nil {
		return fmt.Errorf("begin a log of %s: %w", j.name, err)
	}
	frames, err := snapshot()
	if err != nil {
		return fmt.Errorf("take a snapshot of %s: %w", j.name, err)
	}
	var buf bytes.Buffer
	for _, frame := range frames {
		buf.Write(appendFrame(nil, frame))
	}
	if err := atomicfile.Write(j.path(next, snapSuffix), 0o600, buf.Bytes()); err != nil {
		return fmt.Errorf("write a snapshot of %s: %w", j.name, err)
	}
	j.forget(next)
	return nil
}

// forget removes what the snapshot of that number replaces.
func (j *Journal) forget(before int) {
	for _, suffix := range []string{logSuffix, snapSuffix} {
		numbers, err := j.numbers(suffix)
		if err != nil {
			continue // the next snapshot does it
		}
		for _, n := range numbers {
			if n < before {
				_ = os.Remove(j.path(n, suffix))
			}
		}
	}
}

// Length returns the size in bytes of the log that is written.
func (j *Journal) Length() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// Close puts what was appended on the disk, and ends the journal.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.file.Sync(), j.file.Close())
	j.file = nil
	return err
}
