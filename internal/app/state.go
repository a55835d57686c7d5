package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/disk"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// maxPositions is how many files a state remembers; the ones that were not read for
// the most runs are forgotten.
const maxPositions = 1000

// State is what a batch run leaves for the next one over the same logs: how far
// each file was read, the signals that are open, the windows and what was learnt.
// It is for one run: open it, analyse, write out what was found, save it. A run that
// dies before it saves leaves the state as it was, so the next one finds the same
// again; none is lost.
type State struct {
	path   string
	lock   *os.File
	saved  *savedState // what the file held; nil when there was none
	header stateHeader // of the run under way

	engine  *detect.Engine
	sigma   *correlator
	carried map[string]bool // signals that were open when the run began
	ready   bool            // the run came to its end
}

// OpenState reads the state file, or begins a state when there is none. No other
// run can use the file until Close. The error says what is wrong with a file that
// is damaged or something else.
func OpenState(path string) (*State, error) {
	lock, err := disk.LockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("lock the state %s: %w", path, err)
	}
	st := &State{path: path, lock: lock}
	data, err := readStateFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err == nil {
		st.saved, err = decodeState(data)
	}
	if err != nil {
		st.Close()
		return nil, stateError(path, err)
	}
	st.header.Positions = st.saved.header.Positions
	return st, nil
}

// StateError is a state file that cannot be used.
type StateError struct {
	// Path is the file, Err what is wrong with it.
	Path string
	Err  error
}

// Error returns the path, the reason and what to do.
func (e *StateError) Error() string {
	return fmt.Sprintf("the state %s cannot be used: %v (move it away to begin anew)", e.Path, e.Err)
}

// Unwrap returns the reason.
func (e *StateError) Unwrap() error { return e.Err }

func stateError(path string, err error) error { return &StateError{Path: path, Err: err} }

// Fresh reports whether there was no state yet.
func (st *State) Fresh() bool { return st.saved == nil }

// restore gives a new engine and correlator what the last run knew. Signals that end
// because their rules changed go to closed, sentences about it to tell.
func (st *State) restore(engine *detect.Engine, sigma *correlator, closed func(signal.Finding), tell func(string)) error {
	st.engine, st.sigma, st.carried = engine, sigma, map[string]bool{}
	if st.saved == nil {
		return nil
	}
	restored, err := engine.Restore(st.saved.engine)
	if err != nil {
		return stateError(st.path, err)
	}
	if restored.Dropped > 0 {
		tell(fmt.Sprintf("%d groups of the last run are dropped, %d open signals with them: these rules changed or are gone: %s",
			restored.Dropped, len(restored.Closed), some(restored.Rules, 10)))
	}
	for _, f := range restored.Closed {
		closed(f)
	}
	switch {
	case sigma == nil && len(st.saved.correlations) > 0:
		tell("the Sigma correlations of the last run are gone: what they had counted is dropped")
	case sigma != nil && len(st.saved.correlations) > 0:
		dropped, err := sigma.engine.Load(st.saved.correlated())
		if err != nil {
			return stateError(st.path, err)
		}
		if len(dropped) > 0 {
			tell("these Sigma correlations changed or are gone, what they had counted is dropped: " + some(dropped, 10))
		}
	}
	engine.Open(func(s *signal.Signal) { st.carried[s.ID] = true })
	st.saved.engine, st.saved.correlations = nil, nil // the file may be large
	return nil
}

// some joins the first of many names.
func some(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// news reports whether a finding of this run is one that people have to hear of, and
// turns the first one of a signal that was open before into its opening: for this
// run it is.
func (st *State) news(f *signal.Finding) bool {
	if st == nil || !st.carried[f.Signal.ID] {
		return true
	}
	delete(st.carried, f.Signal.ID)
	if f.Change == signal.Closed {
		return false
	}
	f.Change = signal.Opened
	return true
}

// open calls emit for the signals that are open, of which people have not heard as
// they are now, and notes that they have.
func (st *State) open(emit func(*signal.Signal) error) (count int64, err error) {
	told := map[string]string{}
	var known map[string]string
	if st.saved != nil {
		known = st.saved.header.Told
	}
	st.engine.Open(func(s *signal.Signal) {
		count++
		sum := shortSum(s.AppendJSON(nil))
		told[s.ID] = sum
		if known[s.ID] != sum && err == nil {
			err = emit(s)
		}
	})
	st.header.Told = told
	return count, err
}

// find returns where the last run left the file, nil to read all of it, and whether
// more is to be expected behind what it holds now: not if nothing was written since,
// or it was renamed.
func (st *State) find(name string, file *source.File, tell func(string, ...any)) (p *source.Position, grows bool, err error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, false, err
	}
	p, change := file.Find(path, st.header.Positions)
	switch change {
	case source.Truncated:
		tell("%s is shorter than before: it is read from its beginning", name)
	case source.Replaced:
		tell("%s is another file than before (rotated): it is read from its beginning; what was written to the old one behind the last run is read when that is named, too", name)
	default:
	}
	if p == nil {
		return nil, true, nil
	}
	_, size := file.Progress()
	at := *p
	return &at, size != p.Size && p.Path == path, nil
}

// left notes how far a file was read. The positions of its path, and of what it was
// before a renaming, make way.
func (st *State) left(name string, file *source.File, r *source.Reader, j *source.Joiner) error {
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	p, err := file.Position(path, r, j)
	if err != nil {
		return err
	}
	old, _ := file.Find(path, st.header.Positions)
	kept := []source.Position{p}
	for i := range st.header.Positions {
		q := &st.header.Positions[i]
		if q == old || q.Path == path && q.HeadBytes == 0 || len(kept) >= maxPositions {
			continue
		}
		kept = append(kept, *q)
	}
	st.header.Positions = kept
	return nil
}

// Save writes the state for the next run, if this one came to its end. Whoever saves
// has written out what was found before.
func (st *State) Save() error {
	if !st.ready {
		return nil
	}
	commit, err := st.begin()
	if err != nil {
		return err
	}
	return commit()
}

// begin writes the state as it is now. What it returns puts it on the disk, while the run
// goes on.
func (st *State) begin() (func() error, error) {
	failed := func(err error) error {
		if err != nil {
			err = fmt.Errorf("write the state %s: %w", st.path, err)
		}
		return err
	}
	commit, err := atomicfile.Begin(st.path, 0o600, st.write) // it holds lines of the logs
	if err != nil {
		return nil, failed(err)
	}
	return func() error { return failed(commit()) }, nil
}

// Close lets other runs use the state.
func (st *State) Close() {
	if st.lock != nil {
		_ = st.lock.Close() // nothing was written to it
		st.lock = nil
	}
}

// subtractCorrelations returns the counters of this run: a plan that was loaded counts
// on.
func subtractCorrelations(now, before correlate.Stats) correlate.Stats {
	now.Events -= before.Events
	now.Fired -= before.Fired
	now.Late -= before.Late
	now.Dropped -= before.Dropped
	now.Evicted -= before.Evicted
	return now
}
