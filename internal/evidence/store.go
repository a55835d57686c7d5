package evidence

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/disk"
)

// Options is what a Store is made of. What is 0 is the default.
type Options struct {
	// Folder is where evidence is kept; it is made when it is needed.
	Folder string
	// Now is the clock.
	Now func() time.Time
	// Proc is the folder with processes; "" is /proc.
	Proc string
	// Version is that of the program.
	Version string
}

// Limits says how much may be captured and kept. What is 0 is the default.
type Limits struct {
	MaxBytes, MaxLogs, MaxTotal, MinFree int64
	Keep                                 time.Duration
}

// fill puts defaults where there is nothing.
func (l *Limits) fill() {
	l.MaxBytes = cmp.Or(l.MaxBytes, DefaultMaxBytes)
	l.MaxLogs = cmp.Or(l.MaxLogs, DefaultMaxLogs)
	l.MaxTotal = cmp.Or(l.MaxTotal, DefaultMaxTotal)
	l.MinFree = cmp.Or(l.MinFree, DefaultMinFree)
	l.Keep = cmp.Or(l.Keep, DefaultKeep)
}

// Store keeps evidence in a folder, each capture in one of its own. Any number of goroutines
// may use it; one process at a time has the folder.
type Store struct {
	opts Options

	mu      sync.RWMutex // held for reading while evidence is read, for writing while some goes
	removed int64
}

// building is how names begin of folders that are not whole yet.
const building = ".new-"

// Open returns a store, and removes what a process left there that was killed while it
// captured.
func Open(opts Options) (*Store, error) {
	opts.Proc = cmp.Or(opts.Proc, "/proc")
	s := &Store{opts: opts}
	entries, err := os.ReadDir(opts.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open the evidence: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), building) {
			if err := os.RemoveAll(filepath.Join(opts.Folder, e.Name())); err != nil {
				return nil, fmt.Errorf("remove evidence that is not whole: %w", err)
			}
		}
	}
	return s, nil
}

// IsID reports whether the text can be the name of evidence.
func IsID(id string) bool {
	wrong := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-'
	}
	return id != "" && len(id) <= 100 && id[0] != '-' && !strings.ContainsFunc(id, wrong)
}

// Capture captures evidence of a container, and returns its manifest and the hash of that.
// It runs nothing in the container. What cannot be had is told in the manifest; an error is
// one of the disk, or of the context. Evidence of that name that is there already is
// returned as it is.
func (s *Store) Capture(ctx context.Context, c Case, of *Subject, limits Limits) (*Manifest, string, error) {
	if !IsID(c.ID) {
		return nil, "", fmt.Errorf("capture evidence: %.100q cannot be its name", c.ID)
	}
	if m, sum, err := s.Get(c.ID); err == nil {
		return m, sum, nil
	}
	limits.fill()
	if err := os.MkdirAll(s.opts.Folder, 0o700); err != nil {
		return nil, "", fmt.Errorf("capture evidence: %w", err)
	}
	free, err := disk.Free(s.opts.Folder)
	if err != nil {
		return nil, "", fmt.Errorf("capture evidence: %w", err)
	}
	room := int64(min(free, 1<<62)) - limits.MinFree
	if room < 1<<20 {
		return nil, "", fmt.Errorf("%w: %d bytes are free, and %d are to stay so", ErrRoom, free, limits.MinFree)
	}
	work, err := os.MkdirTemp(s.opts.Folder, building) // 0700
	if err != nil {
		return nil, "", fmt.Errorf("capture evidence: %w", err)
	}
	m, sum, err := s.capture(ctx, work, c, of, limits, min(room, limits.MaxBytes))
	if err == nil {
		err = s.finish(work, c.ID)
	}
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("capture evidence: %w", err), os.RemoveAll(work))
	}
	return m, sum, nil
}

// finish gives the folder its name.
func (s *Store) finish(work, id string) error {
	if err := syncFolder(work); err != nil {
		return err
	}
	if err := os.Rename(work, filepath.Join(s.opts.Folder, id)); err != nil {
		return err
	}
	return syncFolder(s.opts.Folder)
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get returns the manifest of evidence, and the hash of that; ErrMissing without it.
func (s *Store) Get(id string) (*Manifest, string, error) {
	if !IsID(id) {
		return nil, "", ErrMissing
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	root, err := s.root(id)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	return readManifest(root)
}

// root opens the folder of evidence.
func (s *Store) root(id string) (*os.Root, error) {
	if !IsID(id) {
		return nil, ErrMissing
	}
	root, err := os.OpenRoot(filepath.Join(s.opts.Folder, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	return root, err
}

func readManifest(root *os.Root) (*Manifest, string, error) {
	f, err := root.Open(manifestName)
	if err != nil {
		return nil, "", fmt.Errorf("read the manifest: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, "", fmt.Errorf("read the manifest: %w", err)
	}
	return parseManifest(data)
}

// parseManifest reads a manifest, which may be of anybody.
func parseManifest(data []byte) (*Manifest, string, error) {
	if len(data) > maxManifest {
		return nil, "", fmt.Errorf("the manifest has more than %d bytes", maxManifest)
	}
	m := &Manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, "", fmt.Errorf("read the manifest: %w", err)
	}
	if m.Format != Format {
		return nil, "", fmt.Errorf("the manifest has the form %d, want %d: another version of Sasumata wrote it", m.Format, Format)
	}
	for i := range m.Files {
		if !filepath.IsLocal(m.Files[i].Path) || m.Files[i].Size < 0 {
			return nil, "", fmt.Errorf("the manifest names a file %.100q", m.Files[i].Path)
		}
	}
	return m, hashOf(data), nil
}

// List returns the manifests of all evidence, the newest first, without their files. One that
// cannot be read is left out, and the second result says how many were.
func (s *Store) List() (list []Manifest, unreadable int, err error) {
	entries, err := os.ReadDir(s.opts.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("list evidence: %w", err)
	}
	list = []Manifest{}
	for _, e := range entries {
		if !e.IsDir() || !IsID(e.Name()) {
			continue
		}
		m, _, err := s.Get(e.Name())
		if errors.Is(err, ErrMissing) {
			continue // it went meanwhile
		}
		if err != nil {
			unreadable++
			continue
		}
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b Manifest) int {
		return cmp.Or(b.Began.Compare(a.Began), strings.Compare(b.ID, a.ID))
	})
	return list, unreadable, nil
}

// Prune removes evidence that is too old, and the oldest while there is too much, and returns
// the names of what went.
func (s *Store) Prune(limits Limits) (gone []string, err error) {
	limits.fill()
	list, _, err := s.List()
	if err != nil {
		return nil, err
	}
	before := s.opts.Now().Add(-limits.Keep)
	var total int64
	for i := range list { // the newest first
		total += list[i].Bytes
		if total <= limits.MaxTotal && list[i].Ended.After(before) || i == 0 && list[i].Ended.After(before) {
			continue // the newest is kept, however large it is
		}
		if err := s.remove(list[i].ID); err != nil {
			if errors.Is(err, errBusy) {
				continue // it is looked at: next time
			}
			return gone, err
		}
		total -= list[i].Bytes
		gone = append(gone, list[i].ID)
	}
	return gone, nil
}

// errBusy is evidence that somebody reads.
var errBusy = errors.New("somebody reads evidence")

// remove removes evidence: first its name, so that there is never a half of it.
func (s *Store) remove(id string) error {
	if !s.mu.TryLock() {
		return errBusy
	}
	defer s.mu.Unlock()
	trash := filepath.Join(s.opts.Folder, building+id)
	if err := os.Rename(filepath.Join(s.opts.Folder, id), trash); err != nil {
		return fmt.Errorf("remove evidence: %w", err)
	}
	if err := os.RemoveAll(trash); err != nil {
		return fmt.Errorf("remove evidence: %w", err)
	}
	s.removed++
	return nil
}

// Removed returns how much evidence was removed since the start; a store that is nil removes
// nothing.
func (s *Store) Removed() int64 {
	if s == nil {
		return 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.removed
}
