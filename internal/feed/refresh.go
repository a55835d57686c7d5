package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// The steps of a Refresher.
const (
	// lookEvery is how often it looks whether files changed.
	lookEvery = 2 * time.Second
	// updateEvery is how often it looks whether feeds are due.
	updateEvery = time.Minute
	// readAgain is how long a file that could not be read is left alone, unless it
	// changes.
	readAgain = time.Minute
	// restless is how many looks in a row find another file until it is read all the
	// same: there are jobs that write a list every second.
	restless = 30
	// firstRetry is how long a feed that could not be downloaded is left alone at first:
	// twice as long after each further failure, and a quarter of its refresh at most.
	firstRetry  = time.Minute
	retryShifts = 16
)

// Refresher keeps lists fresh in the background while others look addresses up in
// them. A list that changed on the disk is read once two looks in a row found its file
// the same, or many found others, and only taken if its file did not change meanwhile:
// so that none is half of what somebody writes. All lists then change
// places with those before at once. One that cannot be read, or is gone, leaves the
// list that was there.
//
// Its fields are set before Start. The other methods may be called by any number of
// goroutines, and never wait for what goes on, but for Stop. It holds the entries of
// the lists beside their Set, and two Sets while it makes a new one.
type Refresher struct {
	// Folder is where the lists lie.
	Folder Folder
	// Exempt are addresses that are on no list.
	Exempt threat.Exempt
	// Updater downloads the feeds that are due; nil downloads nothing.
	Updater *Updater
	// Now returns the time.
	Now func() time.Time
	// Every is how often files are looked at; 0 means every two seconds.
	Every time.Duration
	// Failed hears why a list could not be read or downloaded, once for each reason in
	// a row, from goroutines of the Refresher; it may be nil.
	Failed func(error)

	current atomic.Pointer[Snapshot]
	running sync.WaitGroup
	stop    context.CancelFunc
	files   []watched // the goroutine that looks at files has them

	mu     sync.Mutex         // of what follows
	failed map[string]failure // downloads, by feed
}

// Snapshot is a number of lists as they were at one time. It does not change.
type Snapshot struct {
	Lists []Status
	Set   *threat.Set
}

// watched is what is known of a file between looks.
type watched struct {
	seen     fs.FileInfo // by the last look; nil when there was none
	looked   bool        // there was a last look
	restless int         // looks in a row that found another file than the one before
	tried    fs.FileInfo // could not be read
	retry    time.Time   // when it is tried again
	said     string      // the complaint since it was last read
}

// failure is why and when a download failed, how many did so in a row, and until when
// the feed is left alone.
type failure struct {
	err       error
	at, until time.Time
	times     int
}

// Start goes on with lists that were read from the Folder, and the Set of them, until
// Stop is called or the context is done.
func (r *Refresher) Start(ctx context.Context, from Snapshot) {
	r.current.Store(&from)
	r.failed = map[string]failure{}
	r.files = make([]watched, len(from.Lists))
	for i := range from.Lists {
		if err := from.Lists[i].Err; err != nil {
			r.files[i].said = err.Error()
		}
	}
	ctx, r.stop = context.WithCancel(ctx)
	every := r.Every
	if every <= 0 {
		every = lookEvery
	}
	r.repeat(ctx, every, r.look)
	if r.Updater != nil {
		feeds := make([]*threat.Feed, len(from.Lists))
		for i := range from.Lists {
			feeds[i] = from.Lists[i].Feed
		}
		r.repeat(ctx, updateEvery, func() { r.update(ctx, feeds) })
	}
}

// repeat calls do in a goroutine, at once and then again and again.
func (r *Refresher) repeat(ctx context.Context, every time.Duration, do func()) {
	r.running.Go(func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			do()
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
		}
	})
}

// Stop ends the looks and downloads, and waits until they have ended.
func (r *Refresher) Stop() {
	r.stop()
	r.running.Wait()
}

// Current returns the lists as they are now, and must not be called before Start.
func (r *Refresher) Current() *Snapshot { return r.current.Load() }

// look looks at all files, and makes a new Set if a list changed.
func (r *Refresher) look() {
	before := r.current.Load()
	now := Snapshot{Lists: slices.Clone(before.Lists), Set: before.Set}
	changed := false
	for i := range now.Lists {
		if now.Lists[i].Feed.Enabled && r.lookAt(&now.Lists[i], &r.files[i]) {
			changed = true
		}
	}
	if changed {
		set, err := Set(now.Lists, r.Exempt)
		if err != nil {
			r.tell(fmt.Errorf("refresh the threat lists: %w", err))
			return
		}
		now.Set = set
	}
	r.current.Store(&now)
}

// lookAt looks at the file of a list; it reports whether there is a new list in s.
func (r *Refresher) lookAt(s *Status, w *watched) (changed bool) {
	if s.Feed.File == "" {
		s.State = r.Folder.State(s.Feed)
		s.Failed = r.downloadFailed(s)
	}
	name := r.Folder.path(s.Feed)
	if name == "" {
		return false
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) && s.Feed.File == "" && s.Contents == nil {
		s.Err, w.said = nil, "" // it was never downloaded
		return false
	}
	if err == nil && s.Contents != nil && same(info, s.info) {
		s.Err, w.said = nil, ""
		s.date()
		return false
	}
	if w.looked && same(info, w.seen) {
		w.restless = 0
	} else {
		w.restless++
	}
	w.seen, w.looked = info, true
	if w.restless > 0 && w.restless < restless || same(info, w.tried) && r.Now().Before(w.retry) {
		return false
	}
	next := Status{Feed: s.Feed, State: s.State, Failed: s.Failed}
	next.read(r.Folder)
	if after, _ := os.Stat(name); !same(after, info) {
		return false // it was written meanwhile
	}
	if next.Contents == nil {
		if next.Err == nil {
			next.Err = fmt.Errorf("read the list of %s: %s: %w", s.Feed.ID, name, fs.ErrNotExist)
		}
		w.tried, w.retry = info, r.Now().Add(readAgain)
		r.unreadable(s, w, next.Err)
		return false
	}
	*s, w.said = next, ""
	return true
}

// unreadable notes why there is no new list.
func (r *Refresher) unreadable(s *Status, w *watched, err error) {
	s.Err = err
	if text := err.Error(); text != w.said {
		w.said = text
		r.tell(err)
	}
}

// same reports whether two looks found the same file with the same contents. Two
// looks that found none are the same.
func same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// update downloads the lists of the feeds that are due.
func (r *Refresher) update(ctx context.Context, feeds []*threat.Feed) {
	for _, f := range feeds {
		r.mu.Lock()
		before := r.failed[f.ID]
		r.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		if r.Now().Before(before.until) {
			continue
		}
		result := r.Updater.Update(ctx, f)
		if result.Outcome != Failed {
			r.mu.Lock()
			delete(r.failed, f.ID)
			r.mu.Unlock()
			continue
		}
		if ctx.Err() != nil {
			return
		}
		now := failure{err: result.Err, at: r.Now(), times: before.times + 1}
		wait := firstRetry << min(now.times-1, retryShifts)
		now.until = now.at.Add(min(wait, max(f.Refresh/4, firstRetry)))
		r.mu.Lock()
		r.failed[f.ID] = now
		r.mu.Unlock()
		if before.err == nil || before.err.Error() != result.Err.Error() {
			r.tell(result.Err)
		}
	}
}

// downloadFailed returns why the list could not be downloaded, nil when somebody could
// since.
func (r *Refresher) downloadFailed(s *Status) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.failed[s.Feed.ID]; !s.State.Checked.After(f.at) {
		return f.err
	}
	return nil
}

func (r *Refresher) tell(err error) {
	if r.Failed != nil {
		r.Failed(err)
	}
}
