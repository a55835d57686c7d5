// Package feed keeps downloaded lists of bad addresses in a folder: it fetches them
// when it is told to, and reads them into a threat.Set.
//
// Nothing is fetched unless somebody calls Update, or starts a Refresher that has an
// Updater. A download that fails, that is no list, or that shrank so much that it must
// be broken, leaves the list that was there.
package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// State is what is known of the list of a feed beside the list. It is the file
// ID.json next to ID.list.
type State struct {
	// URL is where it came from.
	URL string `json:"url"`
	// Fetched is when its contents came, Checked when the server last said that they
	// are right.
	Fetched time.Time `json:"fetched"`
	Checked time.Time `json:"checked"`
	// ETag and LastModified are what the server called this version.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	// Entries is how many entries it has, Bytes its size.
	Entries int   `json:"entries"`
	Bytes   int64 `json:"bytes"`
	// Failures is how many updates in a row failed, Error the last one's reason.
	Failures int    `json:"failures,omitempty"`
	Error    string `json:"error,omitempty"`
}

// maxState is how large a state may be, in bytes.
const maxState = 64 << 10

// Folder is where lists lie; "" is none, and only feeds with a file have lists.
type Folder string

func (d Folder) list(f *threat.Feed) string  { return filepath.Join(string(d), f.ID+".list") }
func (d Folder) state(f *threat.Feed) string { return filepath.Join(string(d), f.ID+".json") }

// path returns where the list of a feed lies; "" is nowhere.
func (d Folder) path(f *threat.Feed) string {
	switch {
	case f.File != "":
		return f.File
	case d == "":
		return ""
	default:
		return d.list(f)
	}
}

// State reads what is known of a feed's list; the zero State when it was never
// fetched. A file that cannot be read as a state is as none: the next update writes
// it anew.
func (d Folder) State(f *threat.Feed) (s State) {
	info, err := os.Stat(d.state(f))
	if err != nil || info.Size() > maxState {
		return State{}
	}
	data, err := os.ReadFile(d.state(f))
	if err != nil || json.Unmarshal(data, &s) != nil {
		return State{}
	}
	return s
}

func (d Folder) saveState(f *threat.Feed, s State) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(d.state(f), listMode, append(data, '\n'))
}

// listMode lets every user of the machine read lists and states: they are public.
const listMode = 0o644

// Status is one feed as it lies in the folder.
type Status struct {
	Feed  *threat.Feed
	State State
	// Contents is nil for a feed that is not enabled or has no list.
	Contents *threat.Contents
	// Time is from when the list is, 0 when there is none.
	Time time.Time
	// Err is why the list could not be read; nil when there just is none. Of a
	// Refresher, Contents and Time are then those of the list before, if there was one.
	Err error
	// Failed is why a Refresher could not download the list, nil since it can.
	Failed error

	info fs.FileInfo // of the file that was read
}

// Age returns how old the list is, 0 without one.
func (s *Status) Age(now time.Time) time.Duration {
	if s.Time.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.Time))
}

// Old reports whether the list is older than its feed allows.
func (s *Status) Old(now time.Time) bool { return s.Age(now) > s.Feed.MaxAge }

// Read reads the lists of the feeds that are enabled.
func (d Folder) Read(feeds []*threat.Feed) []Status {
	all := make([]Status, len(feeds))
	for i, f := range feeds {
		all[i] = Status{Feed: f, State: d.State(f)}
		if f.Enabled {
			all[i].read(d)
		}
	}
	return all
}

func (s *Status) read(d Folder) {
	name := d.path(s.Feed)
	if name == "" {
		return
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && s.Feed.File == "" {
		return
	}
	if err != nil {
		s.Err = fmt.Errorf("read the list of %s: %w", s.Feed.ID, err)
		return
	}
	if s.info, err = f.Stat(); err == nil {
		s.date()
		s.Contents, err = threat.Read(f, options(s.Feed))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		s.Contents, s.Err = nil, fmt.Errorf("read the list of %s: %s: %w", s.Feed.ID, name, err)
	}
}

// date sets from when the list is: from when its server last said that it is right, or
// else from when its file is.
func (s *Status) date() {
	s.Time = s.info.ModTime()
	if s.Feed.File == "" && !s.State.Checked.IsZero() {
		s.Time = s.State.Checked
	}
}

func options(f *threat.Feed) threat.ReadOptions {
	return threat.ReadOptions{Format: f.Format, Column: f.Column, MinLevel: f.MinLevel}
}

// Set lays the lists that were read over each other.
func Set(all []Status, exempt threat.Exempt) (*threat.Set, error) {
	var lists []threat.List
	for i := range all {
		if all[i].Contents != nil {
			lists = append(lists, threat.List{Feed: all[i].Feed, Contents: all[i].Contents})
		}
	}
	return threat.New(lists, exempt)
}
