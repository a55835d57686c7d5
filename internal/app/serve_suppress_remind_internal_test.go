package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/signal/suppress"
)

// TestPeopleAreToldOfTheEndOfASuppression looks at suppressions as time goes by.
func TestPeopleAreToldOfTheEndOfASuppression(t *testing.T) {
	made := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	now := made
	list := []suppress.Work{
		{ID: 1, Version: 1, Expires: made.Add(24 * time.Hour).UnixNano()},
		{ID: 2, Version: 1, Expires: made.Add(2 * time.Hour).UnixNano()}, // shorter than anybody forgets it
		{ID: 3, Version: 1},
	}
	var told []string
	var fails error
	r := &reminders{
		now: func() time.Time { return now },
		get: func(_ context.Context, id int64) (suppress.Detail, error) {
			return suppress.Detail{Suppression: suppress.Suppression{ID: id, Name: "scanner", MadeBy: "mika", Reason: "why", Made: made}}, fails
		},
		put: func(_ context.Context, notices ...alert.Notice) error {
			for i := range notices {
				told = append(told, notices[i].Labels[0].Value+" "+notices[i].Title+" "+notices[i].Reason)
			}
			return nil
		},
	}
	look := func(at time.Time, want ...string) {
		t.Helper()
		now, told = at, nil
		if err := r.look(t.Context(), list); !errors.Is(err, fails) {
			t.Error(err)
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	}
	const first = "1 A suppression of mika ends soon: scanner it ends at 2026-11-21T09:00:00Z"
	look(made)
	look(made.Add(90 * time.Minute))
	look(made.Add(22 * time.Hour))
	fails = errors.New("no database")
	look(made.Add(23*time.Hour + time.Minute))
	fails = nil
	look(made.Add(23*time.Hour+2*time.Minute), first)
	look(made.Add(23*time.Hour + 3*time.Minute))
	list[0].Version, list[0].Expires = 2, made.Add(48*time.Hour).UnixNano() // somebody made it longer
	look(made.Add(23*time.Hour + 4*time.Minute))
	look(made.Add(47*time.Hour+time.Minute), strings.Replace(first, "21T", "22T", 1))
	look(made.Add(49 * time.Hour))
	list = slices.Delete(list, 0, 1)
	look(made.Add(50 * time.Hour))
	if len(r.told) > 1 {
		t.Errorf("those that are gone are known: %v", r.told)
	}
}
