package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// maxOpen is how many alerts may be open: a rule over a label that somebody else writes
	// could make any number. Further ones are dropped and counted.
	maxOpen = 10_000
	// keepEvery is how often alerts are looked at that nobody speaks of any more, saveEvery
	// how often those that only went on are written down.
	keepEvery = time.Second
	saveEvery = time.Minute
	// retold is for how long an alert that ended is kept, to be told again after a crash.
	retold = 10 * time.Minute
)

// alert is one alert of a rule at one evaluation.
type alert struct {
	name                string
	labels, annotations map[string]string
	value               float64
	expr                string
	active              time.Time // since when the expression holds
	seen                time.Time // of the evaluation
	resolved            time.Time // zero while it fires
	until               time.Time // when to give it up if nobody speaks of it
	matched             bool      // the expression holds now: it is not only kept firing
}

// ruleAbout is what is known of all rules of one name.
type ruleAbout struct{ interval, keep time.Duration }

// plain is a signal whose fields are written one by one: its own JSON is for readers.
type plain signal.Signal

// open is an alert that fires, and its signal.
type open struct {
	Signal plain     `json:"signal"`
	Until  time.Time `json:"until"`
	// Keep is until when the rule wants it to fire although its expression holds no more.
	Keep time.Time `json:"keep,omitzero"`
	Told int64     `json:"told"` // of how many evaluations the signal was told
}

// keeper makes signals of alerts. A signal stays the same when the program starts anew
// while its alert fires.
type keeper struct {
	path string
	tell func([]signal.Finding)
	now  func() time.Time
	log  *slog.Logger

	mu    sync.Mutex
	all   map[string]*open // by the name and labels of the alert
	about map[string]ruleAbout
	next  time.Time // when it is saved next
	dirty bool
}

func openKeeper(path string, tell func([]signal.Finding), now func() time.Time, log *slog.Logger) (*keeper, error) {
	k := &keeper{path: path, tell: tell, now: now, log: log, all: map[string]*open{}, about: map[string]ruleAbout{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &k.all)
	}
	if err != nil {
		return nil, fmt.Errorf("read the open alerts %s (without the file they open anew): %w", path, err)
	}
	for key, one := range k.all {
		if one == nil {
			delete(k.all, key)
		}
	}
	return k, nil
}

// settle tells again what was open when the program ended, and gives rules until then to
// say whether it still is.
func (k *keeper) settle(until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	news := make([]signal.Finding, 0, len(k.all))
	for _, key := range slices.Sorted(maps.Keys(k.all)) {
		one := k.all[key]
		one.Until = latest(one.Until, one.Keep, until)
		change := signal.Updated
		if one.Signal.Closed != 0 {
			change = signal.Closed
		}
		news = append(news, one.finding(change))
	}
	k.send(news)
}

// know takes what is known of rules, by their names.
func (k *keeper) know(about map[string]ruleAbout) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.about = about
}

// take takes the alerts of one evaluation. It returns how many were dropped.
func (k *keeper) take(alerts []alert) (dropped int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var news []signal.Finding
	began := false
	for i := range alerts {
		a := &alerts[i]
		key := a.key()
		one := k.all[key]
		if one != nil && one.Signal.Closed != 0 {
			if !a.resolved.IsZero() {
				continue
			}
			one = nil // another time
		}
		switch {
		case !a.resolved.IsZero():
			if one != nil {
				news = append(news, one.close(a.resolved))
				k.dirty = true
			}
		case one == nil && len(k.all) >= maxOpen:
			dropped++
		case one == nil:
			one = &open{Signal: plain(a.signal()), Until: a.until, Told: 1}
			k.all[key] = one
			news = append(news, one.finding(signal.Opened))
			began, k.dirty = true, true
		default:
			if one.goesOn(a) {
				news = append(news, one.finding(signal.Updated))
			}
			k.dirty = true
		}
		if one != nil && a.matched && a.resolved.IsZero() && k.about[a.name].keep > 0 {
			one.Keep = a.seen.Add(k.about[a.name].keep)
		}
	}
	if dropped > 0 {
		k.log.Warn("alerts are dropped: there are too many", "open", len(k.all), "dropped", dropped)
	}
	if began {
		_ = k.write() // it is told; it goes on under the same name after a crash
	}
	k.send(news)
	return dropped
}

func (k *keeper) send(news []signal.Finding) {
	if len(news) > 0 {
		k.tell(news)
	}
}

// run ends what nobody speaks of, and writes down what goes on, until the context is done.
func (k *keeper) run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.look()
		}
	}
}

// look ends what nobody speaks of: its rule is gone, or does not hold after a start.
func (k *keeper) look() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	var news []signal.Finding
	for _, key := range slices.Sorted(maps.Keys(k.all)) {
		switch one := k.all[key]; {
		case one.Signal.Closed == 0 && now.After(one.Until):
			news = append(news, one.close(now))
			k.dirty = true
		case one.Signal.Closed != 0 && now.Sub(time.Unix(0, one.Signal.Closed)) > retold:
			delete(k.all, key)
			k.dirty = true
		}
	}
	k.send(news)
	if k.dirty && (len(news) > 0 || !now.Before(k.next)) {
		_ = k.write() // it is told
	}
}

// save writes down what is open.
func (k *keeper) save() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.write()
}

func (k *keeper) write() error {
	k.next = k.now().Add(saveEvery)
	data, err := json.Marshal(k.all)
	if err == nil {
		err = atomicfile.Write(k.path, 0o600, data)
	}
	if err != nil {
		k.log.Error("open alerts could not be written: after a start they open anew", "error", err)
		return err
	}
	k.dirty = false
	return nil
}

// count returns how many alerts are open.
func (k *keeper) count() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.all {
		if one.Signal.Closed == 0 {
			n++
		}
	}
	return n
}

// key tells alerts apart.
func (a *alert) key() string {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(a.labels)) {
		b = strconv.AppendQuote(append(strconv.AppendQuote(b, name), '='), a.labels[name])
	}
	return string(b)
}

func (o *open) finding(change signal.Change) signal.Finding {
	s := signal.Signal(o.Signal) // what was told does not change any more
	return signal.Finding{Change: change, Signal: &s}
}

func (o *open) close(at time.Time) signal.Finding {
	o.Signal.Closed = max(at.UnixNano(), o.Signal.LastSeen)
	return o.finding(signal.Closed)
}

// goesOn takes another evaluation, and reports whether it is worth telling.
func (o *open) goesOn(a *alert) bool {
	s := &o.Signal
	s.Events++
	s.LastSeen = max(s.LastSeen, a.seen.UnixNano())
	o.Until = latest(o.Until, a.until)
	now := a.signal()
	s.Title, s.Message, s.MessageJA, s.Queries, s.Runbook = now.Title, now.Message, now.MessageJA, now.Queries, now.Runbook
	entities := slices.Clone(s.Entities)
	for i := range entities {
		entities[i].Events = s.Events
	}
	s.Entities = entities
	if s.Events < 2*o.Told {
		return false
	}
	o.Told = s.Events
	return true
}

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
