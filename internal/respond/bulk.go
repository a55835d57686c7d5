package respond

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/database"
)

const (
	// MaxImport is how many addresses and networks one list may have.
	MaxImport = 100_000
	// maxTold is how many of what is refused an answer names.
	maxTold = 1000
	// atOnce is how many targets one statement names. SQLite's driver takes as long for a value
	// as there are values.
	atOnce = 100
	// grown is how many new responses at once change how the database looks them up.
	grown = 1000
)

// Entry is one of a list to block.
type Entry struct {
	// Target is an address or a network.
	Target string `json:"target"`
	// Until is when its block ends; without it the time of the list holds.
	Until *time.Time `json:"until,omitempty"`
	// Reason says why, if it is not that of the list.
	Reason string `json:"reason,omitempty"`
}

// List is what somebody wants to be blocked at once.
type List struct {
	// Entries are up to MaxImport.
	Entries []Entry `json:"entries"`
	// Reason says why, of those that do not say it themselves. People find the list again by
	// it.
	Reason string `json:"reason"`
	// For is how long, such as 4h or 2d; empty is the time of the configuration.
	For string `json:"for,omitempty"`
	// DryRun only writes down what would have been done. It is so in any case while the
	// configuration says mode: dry-run.
	DryRun bool `json:"dry_run,omitempty"`
	// Preview only says what would become of it, and writes nothing.
	Preview bool `json:"preview,omitempty"`
}

// Imported is what became of a list, or would.
type Imported struct {
	// DryRun says that nothing was blocked, Preview that nothing was written either.
	DryRun  bool `json:"dry_run"`
	Preview bool `json:"preview"`
	// Entries is how long the list was, Networks how many different networks it had.
	Entries  int `json:"entries"`
	Networks int `json:"networks"`
	// New is how many are blocked now, Extended how many were already and last longer if
	// the list says so.
	New      int `json:"new"`
	Extended int `json:"extended"`
	// Over is how many entries had ended before.
	Over int `json:"over"`
	// Refused counts what must not be blocked, by the rule that says so; the first of them
	// are told.
	Refused map[string]int   `json:"refused"`
	Told    []RefusedNetwork `json:"told"`
}

// RefusedNetwork is one that must not be blocked.
type RefusedNetwork struct {
	Target  string `json:"target"`
	Refusal string `json:"refusal"`
	Reason  string `json:"reason"`
}

// Import blocks a list in the name of the actor: all of it is written, or none. What must
// never be blocked is left out and told. A *WrongError is a list that makes no sense, which
// names all entries at fault; a *RefusedError one that has no room.
func (e *Engine) Import(ctx context.Context, q List, actor string) (Imported, error) {
	p, now := e.plan.Load(), e.opts.Now()
	never, err := e.never.load(ctx, p.Config)
	if err != nil {
		return Imported{}, err
	}
	wishes, out, err := p.list(&q, guardOf(never), actor, now)
	if err != nil {
		return out, err
	}
	if q.Preview {
		err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error { return preview(ctx, database.Prepare(tx), wishes, &out) })
		if err != nil {
			return out, fmt.Errorf("look at responses: %w", err)
		}
		return out, nil
	}
	var m merger
	before := out
	err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m, out = merger{engine: e, plan: p, now: now}, before
		return m.list(ctx, database.Prepare(tx), wishes, &out)
	})
	if err != nil {
		return Imported{}, fmt.Errorf("block a list: %w", err)
	}
	m.count(&e.counters)
	e.passing("list: taken in")
	e.wake()
	return out, nil
}

// list returns what is to be done with each network of a list, in the order of targets, and
// what is left out.
func (p *plan) list(q *List, never *guard, actor string, now time.Time) (wishes []wish, out Imported, err error) {
	out = Imported{DryRun: q.DryRun || p.Mode != active, Preview: q.Preview, Entries: len(q.Entries), Refused: map[string]int{}, Told: []RefusedNetwork{}}
	if len(q.Entries) == 0 || len(q.Entries) > MaxImport {
		return nil, out, wrong("the list has %d entries, want 1 to %d", len(q.Entries), MaxImport)
	}
	reason, err := reasonOf(q.Reason)
	if err != nil {
		return nil, out, err
	}
	lasts := p.Block.Duration
	if q.For != "" {
		if lasts, err = parseDuration(q.For); err != nil {
			return nil, out, err
		}
	}
	state := Planned
	if out.DryRun {
		state = DryRun
	}
	by := make(map[netip.Prefix]int, len(q.Entries)) // where it is
	wishes = make([]wish, 0, len(q.Entries))
	var faults []string
	for i := range q.Entries {
		one := &q.Entries[i]
		w := wish{action: Block, kind: KindNetwork, by: actor, reason: reason, lasts: lasts, state: state}
		network, err := parseTarget(strings.TrimSpace(one.Target))
		if err == nil && one.Reason != "" {
			w.reason, err = reasonOf(one.Reason)
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("entry %d: %s", i+1, err))
			continue
		}
		if one.Until != nil {
			if w.lasts = one.Until.Sub(now); w.lasts <= 0 {
				out.Over++
				continue
			}
			w.lasts = min(w.lasts, LongestBlock)
		}
		at, known := by[network]
		switch {
		case !known:
			w.target = targetText(network)
			w.refusal, w.why = never.refused(network)
			by[network] = len(wishes)
			wishes = append(wishes, w)
		case wishes[at].lasts < w.lasts:
			wishes[at].lasts, wishes[at].reason = w.lasts, w.reason
		}
	}
	if len(faults) > 0 {
		const most = 20
		text := strings.Join(faults[:min(len(faults), most)], "\n")
		if len(faults) > most {
			text += fmt.Sprintf("\nand %d more", len(faults)-most)
		}
		return nil, out, wrong("%s", text)
	}
	out.Networks = len(by)
	wishes = slices.DeleteFunc(wishes, func(w wish) bool {
		if w.refusal == "" {
			return false
		}
		out.Refused[w.refusal]++
		out.Told = append(out.Told, RefusedNetwork{w.target, w.refusal, w.why})
		return true
	})
	slices.SortFunc(out.Told, func(a, b RefusedNetwork) int { return strings.Compare(a.Target, b.Target) })
	out.Told = out.Told[:min(len(out.Told), maxTold)]
	// In the order of the index, which that makes twice as quick to write; what one statement
	// can write is together.
	slices.SortFunc(wishes, func(a, b wish) int {
		return cmp.Or(cmp.Compare(a.lasts, b.lasts), strings.Compare(a.reason, b.reason), strings.Compare(a.target, b.target))
	})
	return wishes, out, nil
}

// runningBlock is the condition for a block that is there, or will be. Only its target is to
// be looked up by an index: in all else tens of thousands are alike, which PostgreSQL does not
// know before it has counted.
const runningBlock = "open = 1 AND CASE WHEN action = 'block' AND ending = '' AND state IN ('planned', 'applying', 'active') THEN 1 ELSE 0 END = 1"

// preview says what would become of a list.
func preview(ctx context.Context, tx *database.Prepared, wishes []wish, out *Imported) error {
	for some := range slices.Chunk(wishes, atOnce) {
		text, args := among("SELECT COUNT(*) FROM responses WHERE "+runningBlock+" AND target IN (", nil, some, "$%d", ")")
		var n int
		if err := tx.QueryRowContext(ctx, text, args...).Scan(&n); err != nil {
			return err
		}
		out.Extended += n
	}
	out.New = len(wishes) - out.Extended
	return nil
}

// among adds the targets of wishes to a statement, each in the form, and to its values.
func among(statement string, args []any, wishes []wish, form, end string) (text string, all []any) {
	var b strings.Builder
	b.WriteString(statement)
	for i := range wishes {
		if i > 0 {
			b.WriteString(", ")
		}
		args = append(args, wishes[i].target)
		fmt.Fprintf(&b, form, len(args))
	}
	return b.String() + end, args
}

// together parts wishes, which are in order, into those that one statement can write.
func together(wishes []wish) iter.Seq[[]wish] {
	return func(yield func([]wish) bool) {
		for len(wishes) > 0 {
			n := 1
			for n < len(wishes) && n < atOnce && wishes[n].lasts == wishes[0].lasts && wishes[n].reason == wishes[0].reason {
				n++
			}
			if !yield(wishes[:n]) {
				return
			}
			wishes = wishes[n:]
		}
	}
}

// list puts the wishes of a list.
func (m *merger) list(ctx context.Context, tx *database.Prepared, wishes []wish, out *Imported) error {
	if err := m.measure(ctx, tx); err != nil {
		return err
	}
	was := m.open
	var plans, longer []row
	for some := range together(wishes) {
		news, rest, err := m.insert(ctx, tx, some)
		if err != nil {
			return err
		}
		plans = append(plans, news...)
		if len(rest) == 0 {
			continue
		}
		more, rest, err := m.extend(ctx, tx, rest)
		if err != nil {
			return err
		}
		longer = append(longer, more...)
		for i := range rest { // it was tried, refused or undone, or is about to end
			r, err := m.ask(ctx, tx, &rest[i])
			if err != nil {
				return err
			}
			if out.New++; r.repeats > 0 {
				out.New--
				out.Extended++
			}
		}
	}
	out.New += len(plans)
	out.Extended += len(longer)
	if len(wishes) == 0 {
		return m.refusals(ctx, tx, out, "")
	}
	first := &wishes[0]
	if first.state == Planned && m.blocks > m.plan.Block.Max {
		return &RefusedError{RefusedByRoom, fmt.Sprintf("there would be %d blocks, no more than %d may be (responses.block.max): nothing of the list was done", m.blocks, m.plan.Block.Max)}
	}
	if m.open > maxOpen && m.open > was {
		return wrong("there would be %d open responses, no more than %d may be: nothing of the list was done", m.open, maxOpen)
	}
	for _, part := range []struct {
		what string
		list []row
	}{{verb(first.state), plans}, {"extend", longer}} {
		if err := m.told(ctx, tx, part.what, part.list, first.by); err != nil {
			return err
		}
	}
	if len(plans) >= grown {
		if err := m.engine.opts.DB.Grown(ctx, tx, "responses"); err != nil {
			return err
		}
	}
	return m.refusals(ctx, tx, out, first.by)
}

// told writes into the trail what was done to responses of a list, by the reason.
func (m *merger) told(ctx context.Context, tx *database.Prepared, what string, list []row, by string) error {
	reasons := map[string][]row{}
	for i := range list {
		reasons[list[i].reason] = append(reasons[list[i].reason], list[i])
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		some := reasons[reason]
		if err := noteMany(ctx, tx, m.now, by, what, map[string]string{"action": Block, "state": some[0].state, "reason": reason}, some, true); err != nil {
			return err
		}
	}
	return nil
}

// refusals writes into the trail what of a list must not be blocked.
func (m *merger) refusals(ctx context.Context, tx *database.Prepared, out *Imported, by string) error {
	rules := map[string][]row{}
	for _, no := range out.Told {
		rules[no.Refusal] = append(rules[no.Refusal], row{target: no.Target})
	}
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		m.refused += int64(out.Refused[rule])
		about := map[string]string{"action": Block, "state": Refused, "refusal": rule, "count": strconv.Itoa(out.Refused[rule])}
		if err := noteMany(ctx, tx, m.now, by, "refuse", about, rules[rule], true); err != nil {
			return err
		}
	}
	return nil
}

// insert makes responses of those wishes for which none is open, and returns the others.
func (m *merger) insert(ctx context.Context, tx *database.Prepared, wishes []wish) (news []row, rest []wish, err error) {
	w := &wishes[0]
	text, args := among(`INSERT INTO responses (open, action, kind, target, state, ending, policy, reason, refusal, signal, rule, made, made_by, changed, changed_by,
			lasts, expires, applied, held_until, ended, repeats, attempts, next, error, output, version) VALUES `,
		[]any{w.state, m.now.UnixNano(), database.Text(w.by), database.Text(w.reason), int64(w.lasts), m.ends(w)}, wishes,
		"(1, 'block', 'network', $%d, $1, '', '', $4, '', '', '', $2, $3, $2, $3, $5, $6, 0, 0, 0, 0, 0, 0, '', '', 1)", " ON CONFLICT DO NOTHING RETURNING id, target")
	news, rest, err = returned(ctx, tx, text, args, wishes)
	m.open += len(news)
	m.made += int64(len(news))
	if w.state == Planned {
		m.blocks += len(news)
	}
	return news, rest, err
}

// extend has those that are blocked already last longer, if their wish does, and returns the
// wishes for others.
func (m *merger) extend(ctx context.Context, tx *database.Prepared, wishes []wish) (longer []row, rest []wish, err error) {
	w := &wishes[0]
	if w.state == DryRun { // it is blocked already: there is nothing to try
		text, args := among("SELECT id, target FROM responses WHERE "+runningBlock+" AND target IN (", nil, wishes, "$%d", ")")
		return returned(ctx, tx, text, args, wishes)
	}
	text, args := among(`UPDATE responses SET repeats = repeats + 1, version = version + 1, changed = $1, changed_by = $2, reason = $3,
			expires = CASE WHEN expires < $4 THEN $4 ELSE expires END WHERE `+runningBlock+" AND target IN (",
		[]any{m.now.UnixNano(), database.Text(w.by), database.Text(w.reason), m.ends(w)}, wishes, "$%d", ") RETURNING id, target")
	longer, rest, err = returned(ctx, tx, text, args, wishes)
	m.repeated += int64(len(longer))
	m.extended += int64(len(longer))
	return longer, rest, err
}

// returned runs a statement that returns ids and targets, and parts the wishes into those
// whose target is among them and others.
func returned(ctx context.Context, tx *database.Prepared, statement string, args []any, wishes []wish) (has []row, rest []wish, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	ids := make(map[string]int64, len(wishes))
	for rows.Next() {
		var id int64
		var target string
		if err := rows.Scan(&id, &target); err != nil {
			return nil, nil, err
		}
		ids[target] = id
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, nil, err
	}
	for i := range wishes {
		w := &wishes[i]
		if id, ok := ids[w.target]; ok {
			has = append(has, row{id: id, target: w.target, state: w.state, reason: w.reason})
		} else {
			rest = append(rest, *w)
		}
	}
	return has, rest, nil
}
