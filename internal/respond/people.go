package respond

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/document"
)

// Request is a block that somebody asks for, or something to be done to a container.
type Request struct {
	// Action is block, which is also what empty means, or one of those on containers.
	Action string `json:"action,omitempty"`
	// Target is an address or a network, or a container by its name or id.
	Target string `json:"target"`
	// Process is the number on the host of the one process of the container to kill; 0 is all
	// of it.
	Process int `json:"process,omitempty"`
	// Reason says why.
	Reason string `json:"reason"`
	// For is how long, such as 4h or 2d; empty is the time of the configuration.
	For string `json:"for,omitempty"`
	// DryRun only writes down what would have been done. It is so in any case while the
	// configuration says mode: dry-run.
	DryRun bool `json:"dry_run,omitempty"`
	// Signal is the id of the signal that it is about.
	Signal string `json:"signal,omitempty"`
}

// Verdict is what somebody decides about a response.
type Verdict struct {
	// Reason says why.
	Reason string `json:"reason,omitempty"`
	// Version, unless it is 0, is that of the response which somebody looked at.
	Version int64 `json:"version,omitempty"`
}

// Checked is what would become of a block.
type Checked struct {
	// Target is what would be blocked, Refusal the rule that refuses it and Reason why; both
	// are empty when none does.
	Target  string `json:"target"`
	Refusal string `json:"refusal,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// Open is the response that is open for the target.
	Open *Record `json:"open,omitempty"`
	// DryRun says that the configuration lets nothing be done.
	DryRun bool `json:"dry_run"`
}

// Check says what would become of a block.
func (e *Engine) Check(ctx context.Context, target string) (Checked, error) {
	p := e.plan.Load()
	network, err := parseTarget(strings.TrimSpace(target))
	if err != nil {
		return Checked{}, err
	}
	never, err := e.never.load(ctx, p.Config)
	if err != nil {
		return Checked{}, err
	}
	out := Checked{Target: targetText(network), DryRun: p.Mode != active}
	out.Refusal, out.Reason = guardOf(never).refused(network)
	err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out.Open = nil
		r, found, err := find(ctx, tx, openFor, out.Target, Block)
		if found {
			record := r.record()
			out.Open = &record
		}
		return err
	})
	if err != nil {
		return Checked{}, fmt.Errorf("look at responses: %w", err)
	}
	return out, nil
}

// Block blocks an address or a network in the name of the actor, at once if the
// configuration lets it. What must never be blocked is a *RefusedError, what makes no sense
// a *WrongError. One that is blocked already is blocked for longer.
func (e *Engine) Block(ctx context.Context, q Request, actor string) (Record, error) {
	p, now := e.plan.Load(), e.opts.Now()
	w, err := p.wishOf(q, actor)
	if err != nil {
		return Record{}, err
	}
	never, err := e.never.load(ctx, p.Config)
	if err != nil {
		return Record{}, err
	}
	w.action = Block
	if w.aim(strings.TrimSpace(q.Target), guardOf(never)); w.refusal == RefusedByTarget && w.kind == "" {
		return Record{}, wrong("%s", w.why)
	}
	if w.refusal == "" {
		w.refusal, w.why, err = e.room(ctx, p, &w, now)
		if err != nil {
			return Record{}, err
		}
	}
	return e.put(ctx, p, &w, now)
}

// wishOf reads what every request has: why, how long, about which signal, and whether it is
// only tried.
func (p *plan) wishOf(q Request, actor string) (wish, error) {
	reason, err := reasonOf(q.Reason)
	if err != nil {
		return wish{}, err
	}
	w := wish{by: actor, reason: reason, signal: q.Signal, lasts: p.Block.Duration, state: Planned}
	if q.For != "" {
		if w.lasts, err = parseDuration(q.For); err != nil {
			return wish{}, err
		}
	}
	if len(q.Signal) > maxTarget {
		return wish{}, wrong("the id of the signal is too long")
	}
	if q.DryRun || p.Mode != active {
		w.state = DryRun
	}
	return w, nil
}

// put writes down what a person wants, unless it is refused, and has it done.
func (e *Engine) put(ctx context.Context, p *plan, w *wish, now time.Time) (Record, error) {
	if w.refusal != "" {
		return Record{}, e.refuses(ctx, w, now)
	}
	var r row
	var m merger
	err := e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		m = merger{engine: e, plan: p, now: now}
		if err := m.measure(ctx, tx); err != nil {
			return err
		}
		r, err = m.ask(ctx, tx, w)
		return err
	})
	if err != nil {
		return Record{}, fmt.Errorf("%s %s: %w", w.action, w.target, err)
	}
	m.count(&e.counters)
	e.wake()
	return r.record(), nil
}

// ask is put for what a person wants: it wins over what was decided before.
func (m *merger) ask(ctx context.Context, tx database.Tx, w *wish) (row, error) {
	r, found, err := find(ctx, tx, openFor, w.target, w.action)
	if err != nil {
		return r, err
	}
	running := r.ending == "" && (r.state == Active || r.state == Applying || r.state == Planned)
	if found && !running && r.ending == "" {
		if r.open = false; r.state == Waiting {
			r.state = Expired
		}
		if err := r.update(ctx, tx, m.now, w.by); err != nil {
			return r, err
		}
		found = false
	}
	switch {
	case found && r.ending != "":
		return r, wrong("%s is just being undone: try again", w.target)
	case found && w.state == DryRun:
		return r, wrong("%s is blocked already, until %s", w.target, at(r.expires).Format(time.RFC3339))
	case found:
		r.repeats++
		m.repeated++
		r.expires = max(r.expires, m.ends(w))
		m.extended++
		if err := r.link(ctx, tx, w.signal); err != nil {
			return r, err
		}
		r.reason = w.reason
		return r, r.change(ctx, tx, m.now, w.by, "extend")
	}
	r, err = m.add(ctx, tx, w)
	if err == nil && r.id == 0 {
		err = wrong("there are %d open responses, no more may be", m.open)
	}
	return r, err
}

// room refuses a block for which there is none.
func (e *Engine) room(ctx context.Context, p *plan, w *wish, now time.Time) (rule, why string, err error) {
	m := merger{engine: e, plan: p, now: now}
	err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error { return m.measure(ctx, tx) })
	one := *w
	m.limits(&one)
	return one.refusal, one.why, err
}

// refuses writes down what somebody wanted and must not be, and returns why.
func (e *Engine) refuses(ctx context.Context, w *wish, now time.Time) error {
	e.counters.refused.Add(1)
	text, err := json.Marshal(map[string]string{"target": w.target, "refusal": w.refusal, "reason": w.reason})
	if err == nil {
		err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			return audit.Add(ctx, tx, audit.Entry{Time: now, Actor: w.by, Action: "response.refuse", Object: w.action + " " + w.target, Outcome: "refused", Detail: string(text)})
		})
	}
	if err != nil {
		return fmt.Errorf("refuse a block: %w", err)
	}
	return &RefusedError{w.refusal, w.why}
}

// Undo ends a response that is active, and takes one back that was not done yet. For as long
// as it would have lasted, no policy does it again.
func (e *Engine) Undo(ctx context.Context, id int64, d Verdict, actor string) (Record, error) {
	p := e.plan.Load()
	record, err := e.decide(ctx, id, d, actor, func(r *row, now time.Time) (string, error) {
		if !r.open || r.state == Undone || r.state == Refused {
			return "", wrong("there is nothing to undo: it is %s", word(r.state))
		}
		if r.state == Active && !lasting(r.action) {
			return "", wrong("nothing undoes what %s did", r.action)
		}
		what := p.undo(r, now)
		if what == "undo" {
			e.counters.undone.Add(1)
		}
		return what, nil
	})
	if err == nil {
		e.wide.endWork(id)
	}
	return record, err
}

// undo takes back an open response, or has it ended, and returns which.
func (p *plan) undo(r *row, now time.Time) (what string) {
	if r.state == Active || p.running(r) || r.state == Failed && r.applied != 0 {
		r.ending, r.attempts, r.next = Undone, 0, 0
		if r.state == Failed {
			r.state = Active
		}
		return "end"
	}
	r.state, r.ended = Undone, now.UnixNano()
	return "undo"
}

// Approve lets a response be done that waits for it, that was a dry run or that failed.
func (e *Engine) Approve(ctx context.Context, id int64, d Verdict, actor string) (Record, error) {
	p := e.plan.Load()
	return e.decide(ctx, id, d, actor, func(r *row, now time.Time) (string, error) {
		switch {
		case !r.open || r.state != Waiting && r.state != DryRun && r.state != Failed:
			return "", wrong("there is nothing to approve: it is %s", word(r.state))
		case r.state == DryRun && p.Mode != active && !p.acts(r.policy):
			return "", wrong("the configuration lets nothing be done: responses.mode is dry-run")
		case r.expires <= now.UnixNano():
			return "", wrong("the time to approve it is over")
		}
		never, err := e.never.load(ctx, p.Config)
		if err != nil {
			return "", err
		}
		if rule, why := r.refused(guardOf(never)); rule != "" {
			return "", &RefusedError{rule, why}
		}
		r.state, r.ending, r.attempts, r.next, r.err = Planned, "", 0, 0, ""
		r.expires = now.UnixNano() + r.lasts
		return "approve", nil
	})
}

// acts reports whether the policy does more than try.
func (p *plan) acts(policy string) bool {
	for i := range p.Policies {
		if p.Policies[i].Name == policy {
			return p.Policies[i].Mode == active
		}
	}
	return false
}

// Refuse answers no to a response that waits. For as long as it would have waited nobody is
// asked again.
func (e *Engine) Refuse(ctx context.Context, id int64, d Verdict, actor string) (Record, error) {
	return e.decide(ctx, id, d, actor, func(r *row, now time.Time) (string, error) {
		if !r.open || r.state != Waiting {
			return "", wrong("there is nothing to refuse: it is %s", word(r.state))
		}
		r.state, r.refusal, r.ended = Refused, RefusedByPerson, now.UnixNano()
		r.expires = max(r.expires, now.UnixNano()+r.lasts)
		e.counters.refused.Add(1)
		return "refuse", nil
	})
}

// word says a state as people say it.
func word(state string) string { return strings.ReplaceAll(state, "_", " ") }

// decide changes a response as somebody decided.
func (e *Engine) decide(ctx context.Context, id int64, d Verdict, actor string, how func(*row, time.Time) (string, error)) (Record, error) {
	reason := ""
	if d.Reason != "" {
		var err error
		if reason, err = reasonOf(d.Reason); err != nil {
			return Record{}, err
		}
	}
	var r row
	err := e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		var found bool
		if r, found, err = find(ctx, tx, "id = $1", id); err != nil {
			return err
		}
		if !found {
			return ErrMissing
		}
		if d.Version != 0 && d.Version != r.version {
			return ErrChanged
		}
		what, err := how(&r, e.opts.Now())
		if err != nil {
			return err
		}
		r.reason = cmp.Or(reason, r.reason)
		return r.change(ctx, tx, e.opts.Now(), actor, what)
	})
	if err != nil {
		return Record{}, err
	}
	e.wake()
	return r.record(), nil
}

// reasonOf reads the reason of a person.
func reasonOf(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", wrong("want a reason")
	case len(text) > MaxReason:
		return "", wrong("the reason has more than %d bytes", MaxReason)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "", wrong("the reason has control characters, or is not UTF-8")
	}
	return text, nil
}

// parseDuration reads how long a block is to last.
func parseDuration(text string) (time.Duration, error) {
	d, ok := document.ParseDuration(text)
	if !ok || d < time.Second || d > LongestBlock {
		return 0, wrong("%.40q is no time for a block, want a form such as 30m, 4h or 7d, up to %s", text, "30d")
	}
	return d, nil
}
