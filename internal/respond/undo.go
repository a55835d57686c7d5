package respond

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/database"
)

// Choice says which open responses are undone together. All that it names must hold, and it
// must name something.
type Choice struct {
	// Action is block or the name of an action, Policy the name of a policy.
	Action string `json:"action,omitempty"`
	Policy string `json:"policy,omitempty"`
	// By is who asked for them, Reason why they are there, such as that of a list.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Within is a network that holds them.
	Within string `json:"within,omitempty"`
	// Signal is the id of a signal that they are about.
	Signal string `json:"signal,omitempty"`
	// Why is the reason that they are undone for.
	Why string `json:"why"`
	// Preview only counts them.
	Preview bool `json:"preview,omitempty"`
}

// Undoing is how many responses are undone.
type Undoing struct {
	// Responses is how many there are, also those that Preview only counted.
	Responses int  `json:"responses"`
	Preview   bool `json:"preview"`
}

// UndoAll undoes open responses in the name of the actor: those that are done are ended,
// others taken back, all of them or none.
func (e *Engine) UndoAll(ctx context.Context, q Choice, actor string) (Undoing, error) {
	reason, err := reasonOf(q.Why)
	if err != nil {
		return Undoing{}, err
	}
	where := []string{"open = 1 AND ending = '' AND state NOT IN ('undone', 'refused')"}
	var args []any
	for _, one := range []struct{ condition, value string }{
		{"action = ", q.Action},
		{"policy = ", q.Policy},
		{"made_by = ", q.By},
		{"reason = ", q.Reason},
		{"id IN (SELECT response FROM response_signals WHERE signal = ", q.Signal},
	} {
		if one.value == "" {
			continue
		}
		args = append(args, database.Text(one.value))
		where = append(where, one.condition+"$"+strconv.Itoa(len(args))+strings.Repeat(")", strings.Count(one.condition, "(")))
	}
	within := netip.Prefix{}
	if q.Within != "" {
		if within, err = ParseNetwork(q.Within); err != nil {
			return Undoing{}, wrong("%.60q is no network, want a form such as 203.0.113.0/24", q.Within)
		}
	} else if len(args) == 0 {
		return Undoing{}, wrong("say which responses: by their action, policy, reason, network or signal, or who asked for them")
	}
	p, now, out := e.plan.Load(), e.opts.Now(), Undoing{Preview: q.Preview}
	chosen := func(ctx context.Context, tx database.Tx) ([]row, error) {
		list, err := briefs(ctx, tx, strings.Join(where, " AND ")+" ORDER BY id", args...)
		if q.Within != "" {
			kept := list[:0]
			for i := range list {
				if n, err := ParseNetwork(list[i].target); err == nil && n.Bits() >= within.Bits() && within.Contains(n.Addr()) {
					kept = append(kept, list[i])
				}
			}
			list = kept
		}
		list = slices.DeleteFunc(list, func(r row) bool { return r.state == Active && !lasting(r.action) }) // nothing undoes these
		out.Responses = len(list)
		return list, err
	}
	if q.Preview {
		err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := chosen(ctx, tx)
			return err
		})
		return out, err
	}
	var done map[string]int64
	var ids []int64
	err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list, err := chosen(ctx, tx)
		if err != nil {
			return err
		}
		ids = idsOf(list)
		done, err = change(ctx, database.Prepare(tx), list, now, func(_ int, r *row) (what, by string) {
			r.reason = reason
			return p.undo(r, now), actor
		})
		return err
	})
	if err != nil {
		return Undoing{}, fmt.Errorf("undo responses: %w", err)
	}
	e.counters.undone.Add(done["undo"])
	for _, id := range ids {
		e.wide.endWork(id)
	}
	e.wake()
	return out, nil
}
