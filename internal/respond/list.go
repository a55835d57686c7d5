package respond

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
)

// Filter says which responses. What is empty is any.
type Filter struct {
	// State is one of States, or open.
	State string
	// Action is block or the name of an action.
	Action string
	// Target is an address, a network or another target.
	Target string
	// Signal is the id of a signal that it is about.
	Signal string
	// Before is the id that all are older than; 0 means none.
	Before int64
	// Limit is how many there are at the most, from 1 to MaxPage.
	Limit int
}

// Page is a part of the list, the newest first.
type Page struct {
	Responses []Record `json:"responses"`
	// Next is the cursor of the page behind this one; "" when there is none.
	Next string `json:"next,omitempty"`
}

// OpenState is the state of a filter for all that are open.
const OpenState = "open"

// List returns responses.
func (e *Engine) List(ctx context.Context, f Filter) (Page, error) {
	if f.State != "" && f.State != OpenState && !slices.Contains(States(), f.State) {
		return Page{}, wrong("state %q, want open or one of %s", f.State, strings.Join(States(), ", "))
	}
	where, args := []string{"id < $1"}, []any{cmp.Or(f.Before, math.MaxInt64)}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	switch f.State {
	case "":
	case OpenState:
		add("open = ?", 1)
	default:
		add("state = ?", f.State)
	}
	if f.Action != "" {
		add("action = ?", f.Action)
	}
	if f.Target != "" {
		target := f.Target
		if p, err := parseTarget(target); err == nil {
			target = targetText(p)
		}
		add("(open = 1 AND target = ? OR open = 0 AND target = ?)", target) // an index each
	}
	if f.Signal != "" {
		add("id IN (SELECT response FROM response_signals WHERE signal = ?)", f.Signal)
	}
	limit := min(max(f.Limit, 1), MaxPage)
	page := Page{}
	err := e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		page = Page{Responses: []Record{}}
		list, err := all(ctx, tx, strings.Join(where, " AND ")+" ORDER BY id DESC LIMIT "+strconv.Itoa(limit+1), args...)
		if err != nil {
			return err
		}
		for i := range list {
			if i == limit {
				page.Next = strconv.FormatInt(list[i-1].id, 10)
				break
			}
			page.Responses = append(page.Responses, list[i].record())
		}
		return fillContained(ctx, tx, page.Responses)
	})
	if err != nil {
		return Page{}, fmt.Errorf("list responses: %w", err)
	}
	return page, nil
}

// Detail is a response with all that is known of it.
type Detail struct {
	Record `json:"response"`

	// History is what was done, the oldest first, and by whom.
	History []audit.Entry `json:"history"`
	// Signals are the ids of those that it is about.
	Signals []string `json:"signals"`
}

// Get returns one; ErrMissing without it.
func (e *Engine) Get(ctx context.Context, id int64) (Detail, error) {
	out := Detail{}
	err := e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, found, err := find(ctx, tx, "id = $1", id)
		if err != nil {
			return err
		}
		if !found {
			return ErrMissing
		}
		one := []Record{r.record()}
		if err := fillContained(ctx, tx, one); err != nil {
			return err
		}
		out = Detail{Record: one[0], Signals: []string{}}
		if out.History, err = r.history(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT signal FROM response_signals WHERE response = $1 ORDER BY signal LIMIT 100", id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var signal string
			if err := rows.Scan(&signal); err != nil {
				return err
			}
			out.Signals = append(out.Signals, signal)
		}
		return rows.Err()
	})
	if err != nil {
		return Detail{}, fmt.Errorf("read the response: %w", err)
	}
	return out, nil
}

// Summary is how it goes.
type Summary struct {
	// Mode is dry-run or active: what becomes of a block that a person asks for.
	Mode string `json:"mode"`
	// Open counts open responses, by state.
	Open map[string]int64 `json:"open"`
	// Held is how many responses the limit within an hour held back in the last hour, and
	// PerHour the limit; 0 is none.
	Held    int64 `json:"held_back"`
	Begun   int   `json:"begun_last_hour"`
	PerHour int   `json:"per_hour"`
	// Simulated, Unrecorded count since the start: signals of rules that are only tried, and
	// responses that nobody wrote down since there were too many.
	Simulated  int64 `json:"simulated"`
	Unrecorded int64 `json:"unrecorded"`
	// Firewall says whether this machine's firewall is to block, Problem why it cannot, and
	// Restored how often it was put right since the start.
	Firewall bool   `json:"firewall"`
	Problem  string `json:"problem,omitempty"`
	Restored int64  `json:"restored"`
	// Dropped counts packets since the start.
	Dropped uint64 `json:"dropped_packets"`
	// Policies are those at work, Actions the names of what they can do.
	Policies []PolicyOf `json:"policies"`
	Actions  []string   `json:"actions"`
	// Never is what is never blocked, by rule; of people only how many addresses.
	Never map[string][]string `json:"never"`
}

// PolicyOf is what people see of a policy.
type PolicyOf struct {
	Name     string   `json:"name"`
	Query    string   `json:"query,omitempty"`
	Severity []string `json:"severity,omitempty"`
	Rules    []string `json:"rules,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Action   string   `json:"action"`
	Target   string   `json:"target"`
	Steps    []string `json:"steps,omitempty"`
	Duration int64    `json:"duration_seconds"`
	Approval bool     `json:"approval"`
	Mode     string   `json:"mode"`
}

// Summarize says how it goes.
func (e *Engine) Summarize(ctx context.Context) (Summary, error) {
	p, now := e.plan.Load(), e.opts.Now()
	s := Summary{
		Mode: p.Mode, PerHour: p.PerHour, Begun: e.limit.count(now), Simulated: e.counters.simulated.Load(), Unrecorded: e.counters.unrecorded.Load(),
		Restored: e.counters.restored.Load(), Dropped: e.blocker.dropped().Packets, Policies: []PolicyOf{}, Actions: []string{Block}, Never: map[string][]string{},
	}
	var err error
	s.Firewall, err = e.blocker.health()
	if err == nil {
		err = e.following()
	}
	if err != nil {
		s.Problem = err.Error()
	}
	if e.held.engine() != nil {
		s.Actions = append(s.Actions, ContainerActions()...)
	}
	for i := range p.Actions {
		s.Actions = append(s.Actions, p.Actions[i].Name)
	}
	for i := range p.Policies {
		one := &p.Policies[i]
		s.Policies = append(s.Policies, PolicyOf{
			one.Name, one.Query, one.Severity, one.Rules, one.Tags, one.Action, one.Target, one.Steps, int64(one.Duration / time.Second), one.Approval, one.Mode,
		})
	}
	never, err := e.never.load(ctx, p.Config)
	if err != nil && s.Problem == "" {
		s.Problem = err.Error()
	}
	people := map[string]int{}
	for _, n := range never {
		if n.Rule == neverSession || n.Rule == neverLogin || n.Rule == neverSSH {
			people[n.Rule]++ // where they are is nobody's business
			continue
		}
		s.Never[n.Rule] = append(s.Never[n.Rule], targetText(n.Network))
	}
	for rule, n := range people {
		s.Never[rule] = []string{strconv.Itoa(n)}
	}
	s.Open, s.Held, err = e.counts(ctx, now)
	return s, err
}

// following returns why signals cannot be taken in; nil when they can.
func (e *Engine) following() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stuck
}

// counts returns how many responses are open, by state, and how many the rate limit refused
// within the last hour.
func (e *Engine) counts(ctx context.Context, now time.Time) (open map[string]int64, held int64, err error) {
	err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		open = map[string]int64{}
		for _, state := range States() {
			open[state] = 0
		}
		if err := tx.QueryRowContext(ctx, heldSince, now.Add(-time.Hour).UnixNano()).Scan(&held); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT state, COUNT(*) FROM responses WHERE open = 1 GROUP BY state")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var state string
			var n int64
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			open[state] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, 0, fmt.Errorf("count responses: %w", err)
	}
	return open, held, nil
}
