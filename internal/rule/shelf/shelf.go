// Package shelf keeps the rules that people write on a running server, with their
// editions, and says how each rule runs: files below one folder.
//
//	current/ID.yaml      the text that is at work, as rules of files are read
//	editions/ID.json     what was written so far, the newest last
//	modes.json           which rules are switched off or only tried
//
// One process writes, any number may read. Each file is written as a whole.
package shelf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
)

// The limits of a shelf.
const (
	// MaxText is the length in bytes of the longest text of a rule.
	MaxText = 256 << 10
	// MaxRules is how many rules there are at the most.
	MaxRules = 2000
	// MaxEditions is how many editions of each are kept.
	MaxEditions = 50
	// MaxID is the length in bytes of the longest id.
	MaxID = 120
	// MaxNote is the length in bytes of the longest text about a change.
	MaxNote = 2000

	// maxFile is the size in bytes at which a file is refused that nobody here wrote.
	maxFile = 32 << 20
)

// ErrFull is a rule too many.
var ErrFull = fmt.Errorf("there are %d rules of yours, which is as many as there may be", MaxRules)

// Edition is a rule as somebody wrote it.
type Edition struct {
	// Version counts the editions from 1.
	Version int64 `json:"version"`
	// At is when it was written, By is who did, and Note what they said about it.
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Note string    `json:"note,omitempty"`
	// Text is the text; Removed says that there is none from then on.
	Text    string `json:"text,omitempty"`
	Removed bool   `json:"removed,omitempty"`
}

// Shelf is an open one. Any number of goroutines may use it.
type Shelf struct {
	dir string
	mu  sync.Mutex
}

// Open opens the shelf in the folder, which it makes if need be, to write to it.
func Open(dir string) (*Shelf, error) {
	for _, name := range []string{Current(dir), filepath.Join(dir, "editions")} {
		if err := os.MkdirAll(name, 0o700); err != nil {
			return nil, fmt.Errorf("open the rules of people: %w", err)
		}
		atomicfile.Sweep(name)
	}
	atomicfile.Sweep(dir)
	return &Shelf{dir: dir}, nil
}

// Current returns the folder below a shelf's that has the rules at work.
func Current(dir string) string { return filepath.Join(dir, "current") }

// CheckID says what is wrong with an id for a rule that somebody writes; others have
// whatever ids they have.
func CheckID(id string) error {
	allowed := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.:-", r)
	}
	if id == "" || len(id) > MaxID || strings.ContainsFunc(id, func(r rune) bool { return !allowed(r) }) {
		return fmt.Errorf("the id %.60q of a rule, want 1 to %d letters, digits and _ . : -", id, MaxID)
	}
	return nil
}

// fileName returns a name for the id that every disk has, that keeps apart what differs by
// case only, and that is not one of tests.
func fileName(id string) string {
	var b strings.Builder
	for i := range len(id) {
		c := id[i]
		plain := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' && i > 0
		if plain && (i < len(id)-1 || !strings.HasSuffix(id, "_test")) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// Path returns where the text of the rule is, or would be.
func (s *Shelf) Path(id string) string {
	return filepath.Join(Current(s.dir), fileName(id)+".yaml")
}

func (s *Shelf) editions(id string) string {
	return filepath.Join(s.dir, "editions", fileName(id)+".json")
}

// Text returns the text of the rule that is at work; ok is false when nobody wrote it.
func (s *Shelf) Text(id string) (text string, ok bool, err error) {
	data, err := read(s.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(data), err == nil, err
}

// Editions returns what was written of the rule, the newest last; none when nobody did.
func (s *Shelf) Editions(id string) (list []Edition, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(id)
}

func (s *Shelf) load(id string) (list []Edition, err error) {
	data, err := read(s.editions(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("read the editions of the rule %s: %w", id, err)
	}
	return list, nil
}

// Put makes the edition the newest of the rule, and its text the one at work, or takes the
// rule away if the edition says so. Its version is given to it. Undo makes all as it was.
func (s *Shelf) Put(id string, e *Edition) (undo func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.load(id)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.Path(id)); errors.Is(err, fs.ErrNotExist) && !e.Removed {
		if n, err := os.ReadDir(Current(s.dir)); err == nil && len(n) >= MaxRules {
			return nil, ErrFull
		}
	}
	e.Version = 1
	if n := len(list); n > 0 {
		e.Version = list[n-1].Version + 1
	}
	list = append(list, *e)
	data, err := json.Marshal(list[max(0, len(list)-MaxEditions):])
	if err != nil {
		return nil, err
	}
	history, err := keep(s.editions(id))
	if err != nil {
		return nil, err
	}
	text, err := keep(s.Path(id))
	if err != nil {
		return nil, err
	}
	undo = func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		return errors.Join(text(), history())
	}
	// The editions first: a text that is at work has always its edition.
	if err = atomicfile.Write(s.editions(id), 0o600, data); err == nil {
		if e.Removed {
			err = os.Remove(s.Path(id))
		} else {
			err = atomicfile.Write(s.Path(id), 0o600, []byte(e.Text))
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write the rule %s: %w", id, err), text(), history())
	}
	return undo, nil
}

// keep remembers a file, and returns what makes it as it was.
func keep(path string) (back func() error, err error) {
	data, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return func() error {
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		}, nil
	}
	return func() error { return atomicfile.Write(path, 0o600, data) }, err
}

// read reads a file that is not larger than any that is written here.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	return data, err
}
