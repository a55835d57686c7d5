package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// goneSuffix is what the file of a part is called when the part was replaced or
// removed: whoever began to read before may still want it, and other programs that
// read all *.parquet do not see its events twice.
const goneSuffix = ".gone"

// retired is the file of a part that counts no more.
type retired struct {
	name string
	seen time.Time // by Sweep, for the first time
}

// Remove takes the parts out of the store. Their files stay until Sweep removes them.
func (s *Store) Remove(parts []Part) error {
	return s.retire(parts, nil)
}

// retire takes parts out of the store and puts others in their place, at one stroke:
// after a crash there are either the old ones or the new ones.
func (s *Store) retire(old, fresh []Part) error {
	if len(old)+len(fresh) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.has(old) {
		return errors.New("take parts out of the store: they are not in it any more")
	}
	names := make([]string, len(old))
	for i, p := range old {
		names[i] = p.Name
		if err := s.root.Rename(p.Name, p.Name+goneSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("take the part %s out of the store: %w", p.Name, err), s.bringBack(names[:i]))
		}
	}
	if err := s.record(&change{Add: fresh, Remove: names}); err != nil {
		return errors.Join(err, s.bringBack(names))
	}
	s.outlines.drop(names)
	for _, name := range names {
		s.retired = append(s.retired, retired{name: name + goneSuffix})
	}
	return nil
}

// has reports whether all of the parts count: somebody else may have replaced them, and
// their events must not come twice. The store is locked.
func (s *Store) has(parts []Part) bool {
	known := make(map[string]bool, len(s.parts))
	for i := range s.parts {
		known[s.parts[i].Name] = true
	}
	return !slices.ContainsFunc(parts, func(p Part) bool { return !known[p.Name] })
}

// bringBack makes files of parts again of those that were to go.
func (s *Store) bringBack(names []string) error {
	var errs []error
	for _, name := range names {
		if err := s.root.Rename(name+goneSuffix, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("bring the part %s back: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// comeBack undoes what a run began that broke off before the manifest said so.
func (s *Store) comeBack() error {
	var names []string
	for _, p := range s.parts {
		if _, err := s.root.Stat(p.Name); errors.Is(err, fs.ErrNotExist) {
			names = append(names, p.Name)
		}
	}
	return s.bringBack(names)
}

// Sweep removes the files of parts that it finds out of the store for at least so long;
// with an age of 0, of all. Searches that began before report what they had not read
// yet.
func (s *Store) Sweep(now time.Time, age time.Duration) error {
	var due []retired
	s.mu.Lock()
	for i := range s.retired {
		r := &s.retired[i]
		if r.seen.IsZero() {
			r.seen = now
		}
		if age == 0 || now.Sub(r.seen) >= age {
			due = append(due, *r)
		}
	}
	s.mu.Unlock()
	var errs []error
	for _, r := range due {
		if err := s.removeFile(r.name); err != nil {
			errs = append(errs, err)
			continue
		}
		s.mu.Lock()
		s.retired = slices.DeleteFunc(s.retired, func(x retired) bool { return x == r })
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

// stat looks at the file of a part, under the name that it has now.
func (s *Store) stat(name string) (fs.FileInfo, error) {
	info, err := s.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return s.root.Stat(name + goneSuffix)
	}
	return info, err
}

// open opens the file of a part, under the name that it has now.
func (s *Store) open(name string) (*os.File, error) {
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return s.root.Open(name + goneSuffix)
	}
	return f, err
}
