package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// MaxTails is how many files one Files follows; further ones are left out and told.
const MaxTails = 1000

// DefaultRescan is how often folders are searched for new files.
const DefaultRescan = 10 * time.Second

// Files follows the files that a pattern names, also those that come into being later.
type Files struct {
	// Pattern is a path, or one with the wildcards of filepath.Match. Files whose names
	// look rotated are left out of wildcards.
	Pattern string
	// Rescan is how often it is looked for new files; 0 means DefaultRescan.
	Rescan time.Duration
	// Tail returns what follows the file; nil if somebody else does. It is called once
	// for each path.
	Tail func(ctx context.Context, path string, first bool) (*Tail, error)
	// Refused is told of files that are too many.
	Refused func(path string)
	// Ended, unless it is nil, is told of files that are gone for ever.
	Ended func(path string)

	mu    sync.Mutex
	ended []string // since the last look
}

// Run follows until the context is done. The error is the first one of a tail.
func (s *Files) Run(ctx context.Context) error {
	if s.Rescan <= 0 {
		s.Rescan = DefaultRescan
	}
	whole := ctx
	ctx, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	var running sync.WaitGroup
	defer running.Wait()
	seen := map[string]bool{}
	for first := true; ; first = false {
		paths, err := s.Paths()
		if err != nil {
			return err
		}
		for _, path := range s.endings() {
			delete(seen, path)
		}
		for _, path := range paths {
			if seen[path] {
				continue
			}
			seen[path] = true
			if len(seen) > MaxTails {
				s.Refused(path)
				continue
			}
			t, err := s.Tail(ctx, path, first)
			if whole.Err() != nil {
				return nil // stopped in the middle of it
			}
			if err != nil {
				cancel(err)
				return err
			}
			if t != nil {
				running.Go(func() {
					if err := t.Run(ctx); err != nil {
						cancel(err)
					}
					if ctx.Err() == nil {
						s.end(path)
					}
				})
			}
		}
		if !pause(ctx, s.Rescan) {
			if whole.Err() != nil {
				return nil
			}
			return context.Cause(ctx)
		}
	}
}

// end notes that a file is gone for ever.
func (s *Files) end(path string) {
	if s.Ended != nil {
		s.Ended(path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, path)
}

// endings returns the files that are gone since it was called last.
func (s *Files) endings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.ended
	s.ended = nil
	return all
}

// Paths returns the files that the pattern names now, in order; a path without
// wildcards also when nothing is there yet.
func (s *Files) Paths() ([]string, error) {
	if !strings.ContainsAny(s.Pattern, `*?[`) {
		return []string{s.Pattern}, nil
	}
	all, err := filepath.Glob(s.Pattern)
	if err != nil {
		return nil, fmt.Errorf("look for the files %s: %w", s.Pattern, err)
	}
	return slices.DeleteFunc(all, func(path string) bool {
		info, err := os.Stat(path)
		return IsRotated(path) || err != nil || !info.Mode().IsRegular()
	}), nil
}
