package triage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestPruneRemovesWhatIsArchivedOnly lets time pass over signals in each state.
func TestPruneRemovesWhatIsArchivedOnly(t *testing.T) {
	each(t, func(b *book) {
		const n = 2*prunes + 5
		var list []*signal.Signal
		for i := range n + 3 {
			list = append(list, sample(i, signal.High, fmt.Sprintf("192.0.2.%d", i%3)))
		}
		b.observe(list...)
		old := b.clock.now()
		for i := range n {
			b.edit(list[i].ID, Edit{State: new(Archived), Reason: new("benign"), Comment: "x"})
		}
		b.edit(list[n].ID, Edit{State: new(UnderReview)})
		b.forward(100 * 24 * time.Hour)
		b.edit(list[0].ID, Edit{Comment: "not yet"}) // it changed lately
		later := with(sample(n+50, signal.Low, "192.0.2.9"), func(s *signal.Signal) { s.Time = b.clock.now().UnixNano() })
		b.observe(later)
		if removed, err := b.Prune(t.Context(), old.Add(-time.Hour)); err != nil || removed != 0 {
			t.Errorf("%d are removed, error %v", removed, err)
		}
		removed, err := b.Prune(t.Context(), b.clock.now().Add(-30*24*time.Hour))
		if err != nil || removed != n-1 || b.Removed() != n-1 {
			t.Errorf("%d are removed, want %d, error %v", removed, n-1, err)
		}
		b.want("what stays", 5, len(b.find("*", "", 500)))
		if s := b.suspects(); len(s) != 1 || s[0].Value != "192.0.2.9" {
			t.Errorf("entities %+v", s)
		}
		if _, err := b.Get(t.Context(), list[1].ID); !errors.Is(err, ErrMissing) {
			t.Errorf("it is there: %v", err)
		}
		other, err := NewBook(t.Context(), b.db, b.clock.now)
		if err != nil {
			t.Fatal(err)
		}
		here := b.find("*", "", 500)
		b.Book = other
		b.want("after a restart", here, b.find("*", "", 500))
		left := map[string]int{}
		var trail []audit.Entry
		err = b.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
			for _, table := range []string{"signals", "signal_history", "signal_terms"} {
				var n int
				if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
					return err
				}
				left[table] = n
			}
			trail, err = audit.List(ctx, tx, audit.Filter{Actor: "retention", Limit: 10})
			return err
		})
		if err != nil || left["signals"] != 5 || left["signal_history"] != 4 || left["signal_terms"] != 5 {
			t.Errorf("left are %v, error %v", left, err)
		}
		if len(trail) != 3 || trail[0].Action != "signal.remove" || !strings.HasPrefix(trail[0].Detail, "4 archived signals") {
			t.Errorf("the trail has %+v", trail)
		}
	})
}
