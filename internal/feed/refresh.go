package feed

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// Refresher keeps a Set fresh in the background. Whoever asks it for the Set gets
// the newest whole one; lookups never wait. Its fields are set before Start.
type Refresher struct {
	Updater *Updater
	Feeds   []*threat.Feed
	Exempt  threat.Exempt
	// Every is how often it looks whether a feed is due; 0 means a minute. How often a
	// feed is due is the feed's own matter.
	Every time.Duration
	// Told hears what became of each feed that was due, from the goroutine of the
	// Refresher; it may be nil.
	Told func(Result)
	// Changed hears of each new Set; it may be nil.
	Changed func(*threat.Set)

	set     atomic.Pointer[threat.Set]
	mu      sync.Mutex
	lists   []Status
	next    map[string]time.Time // when a feed that failed is tried again
	running sync.WaitGroup
	stop    context.CancelFunc
}

// How long a feed that failed is left alone: at first a minute, twice as long after
// each further failure, and a quarter of its refresh at most.
const (
	firstRetry  = time.Minute
	retryShifts = 16
)

// Set returns the newest Set; nil before Start. It may be called by any number of
// goroutines.
func (r *Refresher) Set() *threat.Set { return r.set.Load() }

// Start reads what is in the folder, so that Set answers from then on, and begins
// to update in a goroutine, which Stop ends.
func (r *Refresher) Start(ctx context.Context) error {
	r.next = map[string]time.Time{}
	r.lists = r.Updater.Folder.Read(r.Feeds)
	if err := r.swap(); err != nil {
		return err
	}
	every := r.Every
	if every <= 0 {
		every = time.Minute
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.running.Go(func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			r.Refresh(ctx)
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
		}
	})
	return nil
}

// Stop ends the updates and waits for the one under way.
func (r *Refresher) Stop() {
	if r.stop != nil {
		r.stop()
		r.running.Wait()
	}
}

// Refresh updates the feeds that are due, reads files that changed, and makes a new
// Set if a list changed.
func (r *Refresher) Refresh(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := false
	for i, f := range r.Feeds {
		now := r.Updater.Now()
		if ctx.Err() != nil || now.Before(r.next[f.ID]) {
			continue
		}
		result := r.Updater.Update(ctx, f)
		switch result.Outcome {
		case Changed:
			r.lists[i].Contents, r.lists[i].Err, changed = result.Contents, nil, true
		case Failed:
			failures := r.Updater.Folder.State(f).Failures
			wait := firstRetry << min(max(failures-1, 0), retryShifts)
			r.next[f.ID] = now.Add(min(wait, max(f.Refresh/4, firstRetry)))
		case Same:
		case Disabled:
			changed = r.reread(i) || changed
			continue
		default:
			continue
		}
		r.lists[i].State = r.Updater.Folder.State(f)
		r.lists[i].Time = r.lists[i].State.Checked
		if r.Told != nil {
			r.Told(result)
		}
	}
	if !changed {
		return
	}
	if err := r.swap(); err != nil && r.Told != nil {
		r.Told(Result{Outcome: Failed, Err: fmt.Errorf("refresh threat feeds: %w", err)})
	}
}

// reread reads the list of a feed that is a file, if the file changed. A file that
// cannot be read leaves the list that was there.
func (r *Refresher) reread(i int) (changed bool) {
	f := r.Feeds[i]
	if !f.Enabled || f.File == "" {
		return false
	}
	info, err := os.Stat(f.File)
	if err != nil || info.ModTime().Equal(r.lists[i].Time) {
		return false // a file that is being replaced is there at the next look
	}
	now := r.Updater.Folder.Read(r.Feeds[i : i+1])[0]
	result := Result{Feed: f, Outcome: Changed, Contents: now.Contents}
	if r.lists[i].Contents != nil {
		result.Before = r.lists[i].Contents.Report.Entries
	}
	result.After = result.Before
	if now.Err != nil {
		r.lists[i].Err, r.lists[i].Time = now.Err, now.Time
		result.Outcome, result.Err = Failed, now.Err
	} else {
		r.lists[i], changed = now, true
		result.After = now.Contents.Report.Entries
	}
	if r.Told != nil {
		r.Told(result)
	}
	return changed
}

// swap makes a Set of the lists and puts it into the place of the one before.
func (r *Refresher) swap() error {
	set, err := Set(r.lists, r.Exempt)
	if err != nil {
		return err
	}
	r.set.Store(set)
	if r.Changed != nil {
		r.Changed(set)
	}
	return nil
}

// Status returns the feeds as they are now.
func (r *Refresher) Status() []Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Status(nil), r.lists...)
}
