package app

import (
	"context"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
)

const (
	// remindBefore is how long before its end people are told of a suppression that was made
	// for at least remindFrom, as they are of silences.
	remindBefore = time.Hour
	remindFrom   = 8 * time.Hour
)

// reminders tells of suppressions that end soon. It belongs to who watches them.
type reminders struct {
	get  func(ctx context.Context, id int64) (suppress.Detail, error)
	put  func(ctx context.Context, notices ...alert.Notice) error
	now  func() time.Time
	told map[int64]int64 // the version of those that were told of
}

// look tells of those that end soon, once for each version.
func (r *reminders) look(ctx context.Context, list []suppress.Work) error {
	if r.put == nil {
		return nil // nobody is told anything
	}
	now, there := r.now(), make(map[int64]int64, len(list))
	for i := range list {
		w := &list[i]
		if version, ok := r.told[w.ID]; ok && version == w.Version {
			there[w.ID] = version
			continue
		}
		ends := time.Unix(0, w.Expires)
		if left := ends.Sub(now); w.Expires == 0 || left <= 0 || left > remindBefore {
			continue
		}
		d, err := r.get(ctx, w.ID)
		if err != nil {
			return err
		}
		if ends.Sub(d.Made) >= remindFrom {
			if err := r.put(ctx, endsSoon(&d.Suppression, ends)); err != nil {
				return err
			}
		}
		there[w.ID] = w.Version
	}
	r.told = there // others are gone
	return nil
}

// endsSoon is what people are told.
func endsSoon(s *suppress.Suppression, ends time.Time) alert.Notice {
	return alert.Notice{
		Kind: alert.KindHealth, Rule: "Suppression ends soon", Severity: signal.Low, Labels: []alert.Label{{Name: "suppression", Value: strconv.FormatInt(s.ID, 10)}},
		Title: "A suppression of " + s.MadeBy + " ends soon: " + s.Name, TitleJA: s.MadeBy + " の抑制がまもなく終了します: " + s.Name,
		Reason: "it ends at " + ends.UTC().Format(time.RFC3339), Message: s.Reason, Began: ends.Add(-remindBefore),
	}
}
