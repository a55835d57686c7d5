package app

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sasumata/sasumata/internal/signal"
)

// maxReplayed is how many bytes of signals behind the state are read at the start; a
// state is written every few seconds.
const maxReplayed = 256 << 20

// signalFile appends signals to a file, as JSON lines: one when a signal opens, when it
// becomes more severe, and when it closes. After a crash batches are detected in again
// that the state does not cover yet; what they find stands in the file already, behind
// the place that the state names, and is not written twice.
type signalFile struct {
	path  string
	file  *os.File
	size  int64
	known map[[sha256.Size]byte][]int64 // where lines begin that were not found again yet
	buf   []byte
}

// openSignals opens the file; the state covers so many bytes of it.
func openSignals(path string, covered int64) (*signalFile, error) {
	s := &signalFile{path: path, known: map[[sha256.Size]byte][]int64{}}
	err := s.open()
	if err == nil && s.size > covered {
		err = s.replayed(covered)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the signals %s: %w", path, err), s.close())
	}
	return s, nil
}

func (s *signalFile) open() (err error) {
	if s.file, err = os.OpenFile(s.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err == nil {
		s.size = info.Size()
	}
	return err
}

// replayed reads the lines behind the place, and takes away one that breaks off.
func (s *signalFile) replayed(from int64) error {
	if s.size-from > maxReplayed {
		return fmt.Errorf("%d bytes stand behind what the state covers, at most %d: move the file away", s.size-from, maxReplayed)
	}
	data, err := io.ReadAll(io.NewSectionReader(s.file, from, s.size-from))
	if err != nil {
		return err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	at := from
	for line := range bytes.Lines(whole) {
		sum := sha256.Sum256(line)
		s.known[sum] = append(s.known[sum], at)
		at += int64(len(line))
	}
	if len(whole) == len(data) {
		return nil
	}
	s.size = from + int64(len(whole))
	return s.file.Truncate(s.size)
}

// write appends the finding if people have to hear of it; it reports whether it did.
func (s *signalFile) write(f signal.Finding) (bool, error) {
	if f.Change == signal.Updated {
		return false, nil
	}
	s.buf = append(f.Signal.AppendJSON(s.buf[:0]), '\n')
	if len(s.known) > 0 {
		sum := sha256.Sum256(s.buf)
		if places := s.known[sum]; len(places) > 1 {
			s.known[sum] = places[1:]
			return false, nil
		} else if len(places) == 1 {
			delete(s.known, sum)
			return false, nil
		}
	}
	if _, err := s.file.Write(s.buf); err != nil {
		_ = s.file.Truncate(s.size) // half a line would spoil the next one
		return false, fmt.Errorf("write a signal: %w", err)
	}
	s.size += int64(len(s.buf))
	return true, nil
}

// covered returns how much of the file a state of this moment covers: not the lines of
// batches that are still to come again.
func (s *signalFile) covered() int64 {
	first := s.size
	for _, places := range s.known {
		first = min(first, places[0])
	}
	return first
}

// caughtUp says that all batches came again that the file may hold lines of. Lines that
// were not found again are of other content.
func (s *signalFile) caughtUp() { clear(s.known) }

// sync puts the signals on the disk, and then renews the file.
func (s *signalFile) sync() error {
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("write the signals: %w", err)
	}
	return s.renew()
}

// renew begins a file anew that was renamed or removed.
func (s *signalFile) renew() error {
	mine, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("write the signals: %w", err)
	}
	if now, err := os.Stat(s.path); err == nil && os.SameFile(mine, now) {
		s.size = now.Size() // it may have been cut
		return nil
	}
	next := signalFile{path: s.path}
	if err := next.open(); err != nil {
		// The old file takes what comes until it can be.
		return fmt.Errorf("begin the signals anew: %w", errors.Join(err, next.close()))
	}
	_ = s.close() // it was synced
	s.caughtUp()
	s.file, s.size = next.file, next.size
	return nil
}

func (s *signalFile) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
