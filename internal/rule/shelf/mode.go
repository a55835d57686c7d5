package shelf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule"
)

// How a rule runs.
const (
	// Enabled rules open signals, and people are told.
	Enabled = "enabled"
	// Simulated rules open signals that say so; nobody is told, and nothing responds.
	Simulated = "simulate"
	// Disabled rules do not run.
	Disabled = "disabled"
)

// Names returns the modes.
func Names() []string { return []string{Enabled, Simulated, Disabled} }

// CheckMode says what is wrong with the name of a mode.
func CheckMode(name string) error {
	if slices.Contains(Names(), name) {
		return nil
	}
	text := fmt.Sprintf("mode %.40q, want %s", name, strings.Join(Names(), ", "))
	if near := document.Suggest(name, Names()); near != "" {
		text += fmt.Sprintf(": did you mean %q?", near)
	}
	return errors.New(text)
}

// Mode is how somebody wants a rule to run, whatever its text says.
type Mode struct {
	// Mode is enabled, simulate or disabled.
	Mode string `json:"mode"`
	// Reason says why, By who said so, and At when.
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Modes has the rules that somebody switched, by their ids.
type Modes map[string]Mode

// ReadModes reads the modes of the shelf in the folder; none when there is no such folder.
func ReadModes(dir string) (Modes, error) {
	path := filepath.Join(dir, "modes.json")
	data, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Modes{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the modes of rules: %w", err)
	}
	all := Modes{}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read the modes of rules %s: %w", path, err)
	}
	for id, m := range all {
		if err := CheckMode(m.Mode); err != nil {
			return nil, fmt.Errorf("read the modes of rules %s: %s: %w", path, id, err)
		}
	}
	return all, nil
}

// Apply makes the rule run as its mode says, if it has one.
func (m Modes) Apply(r *rule.Rule) {
	switch m[r.ID].Mode {
	case Enabled:
		r.Enabled, r.Simulated = true, false
	case Simulated:
		r.Enabled, r.Simulated = true, true
	case Disabled:
		r.Enabled, r.Simulated = false, false
	}
}

// Of returns how a rule runs.
func Of(r *rule.Rule) string {
	switch {
	case !r.Enabled:
		return Disabled
	case r.Simulated:
		return Simulated
	default:
		return Enabled
	}
}

// Switch gives the rule the mode. Undo makes all as it was.
func (s *Shelf) Switch(id string, m Mode) (undo func() error, err error) {
	if err := CheckMode(m.Mode); err != nil {
		return nil, err
	}
	return s.change(func(all Modes) { all[id] = m })
}

// Forget takes the mode of a rule away that is gone: another one of its id begins anew.
func (s *Shelf) Forget(id string) (undo func() error, err error) {
	return s.change(func(all Modes) { delete(all, id) })
}

// change changes the modes.
func (s *Shelf) change(do func(Modes)) (undo func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := ReadModes(s.dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.dir, "modes.json")
	back, err := keep(path)
	if err != nil {
		return nil, err
	}
	do(all)
	data, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Write(path, 0o600, data); err != nil {
		return nil, fmt.Errorf("write the modes of rules: %w", err)
	}
	return func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		return back()
	}, nil
}
