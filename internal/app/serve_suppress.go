package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/queue"
	"github.com/sasumata/sasumata/internal/signal/suppress"
)

const (
	// countEvery is how long what suppressions held back waits at the most to be counted in
	// the state database.
	countEvery = time.Second
	// userKey is what the keys of suppressions begin with that people made.
	userKey = "user:"
)

// suppressing is what the consumer knows of the suppressions that people made.
type suppressing struct {
	book    *suppress.Book
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	counts  *heldCounts

	next []suppress.Work // what is to be at work next, under the lock of the consumer
	has  bool            // there is such

	work    []suppress.Work // what is at work
	counted uint64          // up to this batch all is counted, also what comes again
	hits    map[heldOf]*suppress.Hit
	place   suppress.Place // up to where hits are those of all batches
	sent    *sentHits      // hits on their way; nil when there are none
	due     time.Time
	broken  bool // told already
}

// heldOf is a suppression and a rule.
type heldOf struct {
	suppression int64
	rule        string
}

// sentHits are hits that are being counted. They are tried again as they are: the answer to
// the first try may only have been lost.
type sentHits struct {
	place suppress.Place
	hits  []suppress.Hit
}

// workings returns the suppressions as the engine wants them.
func workings(list []suppress.Work) []detect.Suppression {
	all := make([]detect.Suppression, len(list))
	for i := range list {
		w := &list[i]
		all[i] = detect.Suppression{RuleQuery: w.Rules, SuppressionQuery: w.Query, Start: w.Starts, Expiration: w.Expires, Key: userKey + strconv.FormatInt(w.ID, 10)}
		if !w.Schedule.IsZero() {
			all[i].When = w.Schedule.Holds
		}
	}
	return all
}

// take takes over what the engine held back, in the batches up to the place.
func (h *suppressing) take(engine *detect.Engine, to queue.Place) {
	engine.TakeHeld(func(one detect.Held) {
		if to.Sequence <= h.counted {
			return // it was before a crash
		}
		h.counts.add(&one)
		text, isUser := strings.CutPrefix(one.Key, userKey)
		id, err := strconv.ParseInt(text, 10, 64)
		if !isUser || err != nil {
			return
		}
		if h.hits == nil {
			h.hits = map[heldOf]*suppress.Hit{}
		}
		of := heldOf{id, one.RuleID}
		hit := h.hits[of]
		if hit == nil {
			hit = &suppress.Hit{Suppression: id, RuleID: one.RuleID}
			h.hits[of] = hit
		}
		hit.Signals, hit.Findings, hit.Last = hit.Signals+one.Signals, hit.Findings+one.Findings, max(hit.Last, one.Last)
		if one.Sample != nil {
			hit.Sample = one.Sample
		}
	})
	h.place = suppress.Place(to)
}

// waits reports whether hits wait to be counted.
func (h *suppressing) waits() bool { return h.sent != nil || len(h.hits) > 0 }

// flush counts what waits. Like the desk it goes on when the context is done.
func (h *suppressing) flush(ctx context.Context) error {
	for h.waits() {
		if h.sent == nil {
			h.sent = &sentHits{place: h.place}
			for _, hit := range h.hits {
				h.sent.hits = append(h.sent.hits, *hit)
			}
			clear(h.hits)
		}
		if err := h.book.Count(context.WithoutCancel(ctx), h.sent.place, h.sent.hits); err != nil {
			h.metrics.countErrors.Add(1)
			h.due = h.now().Add(rest)
			if !h.broken {
				h.log.ErrorContext(ctx, "what suppressions held back could not be counted in the state database: it waits", "error", err)
			}
			h.broken = true
			return err
		}
		h.sent, h.broken, h.due = nil, false, h.now().Add(countEvery)
	}
	return nil
}

// suppress hands the engine the suppressions that are to be at work.
func (c *consumer) suppress(list []suppress.Work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suppressing.next, c.suppressing.has = list, true
	if c.wake != nil {
		c.wake() // it may wait for logs
	}
}

// suppressBehind does behind each batch what suppressions want: it counts what they held back,
// and puts others to work.
func (c *consumer) suppressBehind(ctx context.Context) {
	h := &c.suppressing
	waited := h.waits()
	h.take(c.engine, c.queue.Place(c.last))
	switch {
	case h.waits() && !waited:
		time.AfterFunc(countEvery, c.stir) // also when no more logs come
	case h.waits() && !h.now().Before(h.due):
		_ = h.flush(ctx) // it is told, and tried again
	}
	c.mu.Lock()
	list, has := h.next, h.has
	h.next, h.has = nil, false
	c.mu.Unlock()
	if !has {
		return
	}
	// What was found up to here belongs to the suppressions of before. A state that covers
	// it is on the disk first: after a crash it is not judged again by those of now.
	if err := errors.Join(c.saved(true), c.checkpoint(ctx), c.saved(true)); err != nil {
		c.log.ErrorContext(ctx, unsaved, "error", err)
	}
	h.work = list
	c.engine.Suppress(workings(list))
	h.metrics.suppressions.Store(int64(len(list)))
	c.log.InfoContext(ctx, "suppressions that people made are at work", "count", len(list), "behind_batch", c.last)
}

// watchSuppressions puts suppressions to work that people change, until the context is
// done. While the state database does not answer, the last known ones stay.
func (s *Server) watchSuppressions(ctx context.Context) {
	work, wait := s.consumer.suppressing.work, time.Minute // those that expired long ago are left out some time
	remind := &reminders{get: s.suppressions.Get, now: s.opts.Now}
	if s.alert != nil {
		remind.put = s.alert.Put
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.suppressions.Changed():
		case <-time.After(wait):
		}
		list, err := s.loadSuppressions(ctx)
		if ctx.Err() != nil {
			return
		}
		if wait = time.Minute; err != nil {
			s.metrics.suppressErrors.Add(1)
			s.log.WarnContext(ctx, "suppressions could not be read from the state database: the last known ones stay at work", "error", err)
			wait = rest
			continue
		}
		if err := remind.look(ctx, list); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "people could not be told of suppressions that end soon: it is tried again", "error", err)
		}
		same := func(a, b suppress.Work) bool { return a.ID == b.ID && a.Version == b.Version }
		if slices.EqualFunc(work, list, same) {
			continue
		}
		work = list
		s.consumer.suppress(list)
		select { // each change costs a checkpoint: those that come together are one
		case <-ctx.Done():
		case <-time.After(changesEvery):
		}
	}
}

// changesEvery is how long changes of suppressions gather behind one that is at work.
const changesEvery = time.Second

// loadSuppressions reads those that are to be at work, and tells of those that cannot be.
func (s *Server) loadSuppressions(ctx context.Context) ([]suppress.Work, error) {
	list, broken, err := s.suppressions.Load(ctx)
	for _, one := range broken {
		s.log.WarnContext(ctx, "a suppression in the state database makes no sense to this program: it does nothing", "error", one)
	}
	s.metrics.suppressBroken.Store(int64(len(broken)))
	return list, err
}
