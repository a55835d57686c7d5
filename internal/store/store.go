// Package store keeps events on disk and finds them again: a folder of Parquet parts
// (day=2026-03-01/source=nginx/part-00000001.parquet), with a manifest that says which
// of them count. docs/store.md describes the files.
//
// A part never changes once it is written. One process writes at a time, any number
// read meanwhile. Whatever of a part is read was checked against the checksums in the
// manifest: damage is reported, never read.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/sasumata/sasumata/internal/disk"
)

const (
	lockName  = "lock"
	asideName = "set-aside"
)

// Store is an open log store. Its methods may be called by any number of goroutines,
// those of a Writer by one.
type Store struct {
	dir      string
	root     *os.Root
	lock     *os.File // nil where nothing is written
	writes   bool
	problems []Problem

	mu      sync.Mutex // for what follows, and for the manifest on disk
	parts   []Part     // replaced, never changed
	next    uint64
	seen    map[string]uint64 // positions of the queue; replaced, never changed
	retired []retired
	unfit   map[string]bool // parts that cannot be read to their end
	// looked says of parts by which limits of services they were looked into.
	looked map[string]string

	outlines outlines  // of parts that were read
	shapes   shapes    // of their events
	readers  sync.Pool // of *checked
	spare    spare     // parts that are read

	// folders is held for reading while a part is written: a folder that is empty is
	// removed only when nobody does.
	folders sync.RWMutex
}

// Problem is something that is wrong with the files of a store.
type Problem struct {
	// File is its name below the store's folder.
	File string
	// What says what is wrong, and what became of the file.
	What string
}

// String returns the file and what is wrong with it.
func (p Problem) String() string { return p.File + ": " + p.What }

// Create opens the store in the folder to write to it, and makes it if need be. Parts
// that a run which broke off left behind, and parts that are cut or are not there, are
// taken out of the store: see Problems.
func Create(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the store: %w", err)
	}
	return open(dir, true)
}

// Edit is Create for a store that must be there.
func Edit(dir string) (*Store, error) {
	if err := exists(dir); err != nil {
		return nil, err
	}
	return open(dir, true)
}

// Open opens the store in the folder to read it. It changes nothing there.
func Open(dir string) (*Store, error) {
	if err := exists(dir); err != nil {
		return nil, err
	}
	return open(dir, false)
}

// MissingError says that there is no store in a folder.
type MissingError struct{ Dir string }

// Error names the folder and what to do.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s holds no log store: make one with sasumata store import --store %s FILE", e.Dir, e.Dir)
}

func exists(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, manifestName)); errors.Is(err, fs.ErrNotExist) {
		return &MissingError{Dir: dir}
	}
	return nil
}

func open(dir string, writes bool) (*Store, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		if info, other := os.Stat(dir); other == nil && !info.IsDir() {
			err = &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR} // OpenRoot says it with an error of its own
		}
		return nil, fmt.Errorf("open the store: %w", err)
	}
	s := &Store{dir: dir, root: root, writes: writes, next: 1, unfit: map[string]bool{}, spare: make(spare, maxLooks-1)}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", dir, err), s.Close())
	}
	return s, nil
}

func (s *Store) load() error {
	if s.writes {
		lock, err := s.root.OpenFile(lockName, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		s.lock = lock
		if err := disk.Lock(lock); err != nil {
			return err
		}
	}
	if err := s.readManifest(); err != nil {
		return err
	}
	if s.writes {
		if err := s.comeBack(); err != nil {
			return err
		}
	}
	s.checkSizes()
	if !s.writes {
		return nil
	}
	return s.clear()
}

// Close gives the store up.
func (s *Store) Close() error {
	var err error
	if s.lock != nil {
		err = s.lock.Close()
	}
	return errors.Join(err, s.root.Close())
}

// Parts returns the parts of the store as they are now, oldest first. They must not be
// changed.
func (s *Store) Parts() []Part {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parts
}

// Positions returns how far of each queue the store holds. It must not be changed.
func (s *Store) Positions() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// Problems returns what was found wrong when the store was opened.
func (s *Store) Problems() []Problem { return s.problems }

func (s *Store) report(file, format string, args ...any) {
	s.problems = append(s.problems, Problem{File: file, What: fmt.Sprintf(format, args...)})
}

// checkSizes leaves out the parts that are cut or are not there.
func (s *Store) checkSizes() {
	s.parts = slices.DeleteFunc(s.parts, func(p Part) bool {
		info, err := s.stat(p.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			s.report(p.Name, "is not there any more, with %d events", p.Rows)
		case err != nil:
			s.report(p.Name, "cannot be looked at (%v): its %d events are left out", err, p.Rows)
		case info.Size() != p.Bytes:
			s.report(p.Name, "has %d bytes instead of %d: its %d events are left out", info.Size(), p.Bytes, p.Rows)
		default:
			return false
		}
		return true
	})
}

// clear moves everything aside that looks like a part and is none.
func (s *Store) clear() error {
	known := make(map[string]bool, len(s.parts))
	for _, p := range s.parts {
		known[p.Name] = true
	}
	days, err := fs.Glob(s.root.FS(), "day=*/source=*/*")
	if err != nil {
		return err
	}
	damaged := make(map[string]bool, len(s.problems))
	for _, p := range s.problems {
		damaged[p.File] = true
	}
	changed := len(s.problems) > 0
	for _, name := range days {
		if known[name] {
			continue
		}
		if strings.HasSuffix(name, newSuffix) || strings.HasSuffix(name, goneSuffix) { // never was whole, or counts no more
			if err := s.root.Remove(name); err != nil {
				return err
			}
			continue
		}
		if !strings.HasSuffix(name, partSuffix) {
			continue
		}
		if err := s.setAside(name); err != nil {
			return err
		}
		if !damaged[name] {
			s.report(name, "was written by a run that broke off: moved to %s, as if it had not been", asideName)
		}
		s.next = max(s.next, sequence(name)+1)
	}
	if changed {
		return s.rewrite()
	}
	return nil
}

// setAside moves a file out of the store, where nothing reads it. It takes the place of
// none that was moved there before.
func (s *Store) setAside(name string) error {
	if err := s.root.MkdirAll(asideName, 0o700); err != nil {
		return err
	}
	plain := path.Join(asideName, strings.ReplaceAll(name, "/", "_"))
	to := plain
	for n := 2; ; n++ {
		if _, err := s.root.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return err
		}
		to = fmt.Sprintf("%s.%d", plain, n)
	}
	return s.root.Rename(name, to)
}
