package respond

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/database"
)

// noted writes what came of responses, on them as they are by then.
func (e *Engine) noted(ctx context.Context, list []row, outcomes []outcome, note func(r, was *row, o *outcome) (what, by string)) error {
	var done map[string]int64
	// Also when the context is done: what was done is to be known.
	err := e.opts.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) (err error) {
		done, err = change(ctx, database.Prepare(tx), list, e.opts.Now(), func(i int, r *row) (what, by string) {
			return note(r, &list[i], &outcomes[i])
		})
		return err
	})
	if err != nil {
		return err
	}
	e.counters.applied.Add(done["apply"])
	e.counters.undone.Add(done["undo"])
	e.counters.expired.Add(done["expire"])
	e.counters.refused.Add(done["refuse"])
	if failed := done["fail"]; failed > 0 {
		e.counters.failed.Add(failed)
		for i := range outcomes {
			if o := &outcomes[i]; o.err != nil {
				e.log.WarnContext(ctx, "responses failed", "count", failed, "first", list[i].id, "action", list[i].action, "error", o.err)
				break
			}
		}
	}
	return nil
}

// applied changes a response by what came of doing it; was is the response as it was then.
func (e *Engine) applied(r, was *row, o *outcome) (what, by string) {
	now := e.opts.Now()
	if o.stopped {
		return "", r.changedBy
	}
	if o.refusal != "" && (r.ending == "" || r.state == Active) {
		if r.refusal, r.err = o.refusal, o.err.Error(); r.state == Active {
			r.ending, r.attempts, r.next = Undone, 0, 0
			return "end", ownName
		}
		r.state, r.reason, r.err = Refused, o.err.Error(), ""
		return "refuse", ownName
	}
	r.output = o.output
	if o.err == nil {
		if r.heldUntil = was.expires; !e.plan.Load().action(r.action).extends() {
			r.heldUntil = r.expires
		}
		r.err = short(o.partly)
		by = ownName
		if r.ending != "" { // somebody undid it meanwhile, and will have ended it
			by = r.changedBy
		}
		if r.state == Active {
			return "", by
		}
		r.state, r.applied, r.attempts = Active, now.UnixNano(), 0
		return "apply", by
	}
	r.err = short(o.err.Error())
	if r.ending != "" && r.state != Active { // somebody undid it meanwhile
		return r.over(now)
	}
	if r.state != Applying { // which was counted when it began
		r.attempts++
	}
	r.next = now.Add(backoff(r.attempts)).UnixNano()
	if r.state == Active { // more time could not be had
		return "", ownName
	}
	if r.state = Planned; !o.final && r.attempts < maxAttempts {
		return "", ownName
	}
	r.state = Failed
	return "fail", ownName
}

// over ends a response as it is to end.
func (r *row) over(now time.Time) (what, by string) {
	r.state, r.ending, r.ended = r.ending, "", now.UnixNano()
	if r.state == Expired {
		r.open = false
		return "expire", r.changedBy
	}
	return "undo", r.changedBy
}

// ended changes a response by what came of undoing it.
func (e *Engine) ended(r *row, o *outcome) (what, by string) {
	now := e.opts.Now()
	if r.ending == "" { // somebody wants it again meanwhile
		r.heldUntil = 0
		return "", r.changedBy
	}
	if o.output != "" {
		r.output = o.output
	}
	if o.err == nil || r.state == Planned { // what was never done is over whatever comes of that
		return r.over(now)
	}
	r.err = short("undo it: " + o.err.Error())
	r.attempts++
	r.next = now.Add(backoff(r.attempts)).UnixNano()
	if o.final {
		r.attempts = maxAttempts
	}
	if r.attempts < maxAttempts {
		return "", r.changedBy
	}
	r.state = Failed
	return "fail", ownName
}

// backoff is how long it rests before the next attempt.
func backoff(attempts int64) time.Duration {
	return min(time.Second<<(2*min(attempts, 5)-2), 5*time.Minute)
}

// expire ends what is over.
func (e *Engine) expire(ctx context.Context) error {
	const over = "open = 1 AND ending = '' AND expires <= $1 AND state <> 'applying' ORDER BY expires LIMIT $2"
	p, now := e.plan.Load(), e.opts.Now()
	for {
		var found []row
		err := e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			found, err = briefs(ctx, tx, over, now.UnixNano(), some)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		var done map[string]int64
		err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			done, err = change(ctx, database.Prepare(tx), found, now, func(_ int, r *row) (what, by string) { return p.expired(r, now) })
			return err
		})
		if err != nil {
			return fmt.Errorf("end what is over: %w", err)
		}
		e.counters.expired.Add(done["expire"])
		e.passing("expire: noted")
		e.wake()
		if len(found) < some {
			return nil
		}
	}
}

// expired changes a response whose time is over, unless it got more meanwhile.
func (p *plan) expired(r *row, now time.Time) (what, by string) {
	switch {
	case !r.open || r.ending != "" || r.expires > now.UnixNano() || r.state == Applying:
		return "", r.changedBy
	case r.state == Active || p.running(r):
		r.ending, r.attempts, r.next = Expired, 0, 0
		return "", ownName // what comes of it is told
	case r.state == Waiting || r.state == Planned:
		r.open, r.state, r.ended = false, Expired, now.UnixNano()
		return "expire", ownName
	}
	r.open = false
	return "", r.changedBy
}

// running reports whether the response may just be being done: what may be done twice is
// planned meanwhile. Who wants its end leaves it to its lane.
func (p *plan) running(r *row) bool {
	return r.state == Applying || r.state == Planned && p.action(r.action).repeatable()
}
