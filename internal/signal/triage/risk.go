package triage

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal"
)

// HalfLife is after which time a signal adds half as much to the risk of its entities.
const HalfLife = 24 * time.Hour

// Weight returns what a signal of the severity adds to the risk of its entities at the
// time that it opens.
func Weight(s signal.Severity) float64 {
	return [...]float64{1, 5, 20, 50, 100}[min(s, signal.Critical)]
}

// cold is the heat of who has no risk at all.
const cold = -1e6

// warmth is an entity on its way to the database. Heat is the logarithm of its risk, as
// of 1970, so that all of them decay without anybody touching them, and stay in order:
// the risk at a time t is 2^(heat - t/HalfLife).
type warmth struct {
	heat        float64
	first, last int64
	signals     int64
}

func heatOf(risk float64, at int64) float64 {
	if risk <= 0 {
		return cold
	}
	return math.Log2(risk) + float64(at)/float64(HalfLife)
}

// riskOf returns the risk at the time.
func riskOf(heat float64, now int64) float64 { return math.Exp2(heat - float64(now)/float64(HalfLife)) }

// hotter adds two heats.
func hotter(a, b float64) float64 {
	high, low := max(a, b), min(a, b)
	return high + math.Log2(1+math.Exp2(low-high))
}

// entityName returns the name of an entity in the database; "" when it is too long.
func entityName(e signal.Entity) string {
	name := database.Text(e.Kind + "=" + e.Value)
	if len(name) > maxTerm || e.Value == "" {
		return ""
	}
	return name
}

// warm adds what the signal means for its entities; what it meant before, at a milder
// severity, is in them already.
func (o *observer) warm(s *signal.Signal, from signal.Severity, isNew bool) {
	if s.Simulated {
		return // the rule is only tried
	}
	risk := Weight(s.Severity)
	if !isNew {
		risk -= Weight(from)
	}
	at := min(s.Time, o.now) // a log may claim to be from the future
	for _, e := range s.Entities {
		name := entityName(e)
		if name == "" || !isNew && risk == 0 {
			continue
		}
		w := o.heat[name]
		if w == nil {
			w = &warmth{heat: cold, first: at, last: at}
			o.heat[name] = w
		}
		w.heat = hotter(w.heat, heatOf(risk, at))
		w.first, w.last = min(w.first, at), max(w.last, at)
		if isNew {
			w.signals++
		}
	}
}

// saveHeat adds the warmth to the entities of the database.
func saveHeat(ctx context.Context, tx *sql.Tx, all map[string]*warmth) error {
	names := make([]any, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		names = append(names, name)
	}
	for len(names) > 0 {
		n := min(narrow/5, len(names)) // five parameters each
		if err := saveSome(ctx, tx, names[:n], all); err != nil {
			return err
		}
		names = names[n:]
	}
	return nil
}

func saveSome(ctx context.Context, tx *sql.Tx, names []any, all map[string]*warmth) error {
	if err := addKnown(ctx, tx, names, all); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("INSERT INTO entities (name, heat, first, last, signals) VALUES ")
	args := make([]any, 0, 5*len(names))
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		w := all[name.(string)]
		b.WriteString("(" + places(len(args)+1, 5) + ")")
		args = append(args, name, w.heat, w.first, w.last, w.signals)
	}
	b.WriteString(" ON CONFLICT (name) DO UPDATE SET heat = excluded.heat, first = excluded.first, last = excluded.last, signals = excluded.signals")
	_, err := tx.ExecContext(ctx, b.String(), args...)
	return err
}

// addKnown adds what the database has of them.
func addKnown(ctx context.Context, tx *sql.Tx, names []any, all map[string]*warmth) error {
	rows, err := tx.QueryContext(ctx, "SELECT name, heat, first, last, signals FROM entities WHERE name IN ("+places(1, len(names))+")", names...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var known warmth
		if err := rows.Scan(&name, &known.heat, &known.first, &known.last, &known.signals); err != nil {
			return err
		}
		w := all[name]
		w.heat, w.first, w.last = hotter(w.heat, known.heat), min(w.first, known.first), max(w.last, known.last)
		w.signals += known.signals
	}
	return rows.Err()
}

// cool works out anew how much risk an entity has, from its signals: one of them turned
// out to be harmless, or not to be.
func cool(ctx context.Context, tx *sql.Tx, e signal.Entity, now int64) error {
	name, t := entityName(e), term("entity."+e.Kind, e.Value)
	if name == "" || t == "" {
		return nil
	}
	const most = 5000 // what is older has no weight any more
	rows, err := tx.QueryContext(ctx, `SELECT s.severity, s.opened, s.state, s.reason FROM signal_terms t JOIN signals s ON s.seq = t.signal WHERE t.term = $1 AND s.simulated = 0 ORDER BY s.opened DESC LIMIT $2`, t, most)
	if err != nil {
		return err
	}
	defer rows.Close()
	heat := float64(cold)
	for rows.Next() {
		var severity signal.Severity
		var state State
		var opened int64
		var reason string
		if err := rows.Scan(&severity, &opened, &state, &reason); err != nil {
			return err
		}
		if state != Archived || !harmless(reason) {
			heat = hotter(heat, heatOf(Weight(severity), min(opened, now)))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE entities SET heat = $2 WHERE name = $1", name, heat)
	return err
}

// Suspect is an entity and its risk.
type Suspect struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	// Risk is what its signals add up to, each half as much for every day that passed:
	// 100 is a critical signal of this moment.
	Risk float64 `json:"risk"`
	// Signals is how many named it, from First to Last, by the times of their events.
	Signals int64     `json:"signals"`
	First   time.Time `json:"first_seen"`
	Last    time.Time `json:"last_seen"`
}

// Suspects returns the entities with the most risk, the worst first.
func (b *Book) Suspects(ctx context.Context, limit int) ([]Suspect, error) {
	list := []Suspect{}
	now := b.now().UnixNano()
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT name, heat, first, last, signals FROM entities ORDER BY heat DESC LIMIT $1", limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var w warmth
			if err := rows.Scan(&name, &w.heat, &w.first, &w.last, &w.signals); err != nil {
				return err
			}
			one := Suspect{Risk: math.Round(riskOf(w.heat, now)*10) / 10, Signals: w.signals, First: time.Unix(0, w.first).UTC(), Last: time.Unix(0, w.last).UTC()}
			one.Kind, one.Value, _ = strings.Cut(name, "=")
			list = append(list, one)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read entities: %w", err)
	}
	return list, nil
}
