package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Snapshot puts what the store holds at this moment into an empty folder on the same disk:
// its parts as hard links, which take no room and stay whatever becomes of the store, with
// a manifest of their own. Where there are no hard links the parts are copied. The folder
// is a store then.
func (s *Store) Snapshot(dir string) error {
	if err := s.snapshot(dir); err != nil {
		return fmt.Errorf("copy the store %s: %w", s.dir, err)
	}
	return nil
}

func (s *Store) snapshot(dir string) error {
	s.mu.Lock() // no part goes away meanwhile
	defer s.mu.Unlock()
	for i := range s.parts {
		name := filepath.FromSlash(s.parts[i].Name)
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			return err
		}
		from, to := filepath.Join(s.dir, name), filepath.Join(dir, name)
		err := os.Link(from, to)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			err = duplicate(from, to)
		}
		if err != nil {
			return err
		}
	}
	if err := duplicate(filepath.Join(s.dir, auditName), filepath.Join(dir, auditName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := s.text()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestName), text, 0o600)
}

// duplicate copies a file.
func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
