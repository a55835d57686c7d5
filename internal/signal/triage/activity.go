package triage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// Activity is what a rule did of late.
type Activity struct {
	// Days is how many signals opened on each of seven days, the oldest first: 24 hours
	// each, until the time that was asked about.
	Days [7]int64
	// Precision is the share of true positives in those that were archived as a true or a
	// false one, or as benign; nil without any.
	Precision *float64
}

// Activity returns what the rules did in the seven days until now, and how right they were
// since then, by their ids. Simulated signals count like others.
func (b *Book) Activity(ctx context.Context, now, since time.Time) (map[string]Activity, error) {
	if all, ok := b.lines.activity(now.UnixNano(), since.UnixNano()); ok {
		return all, nil
	}
	all := map[string]Activity{}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		clear(all)
		return errors.Join(countDays(ctx, tx, now.UnixNano(), all), judge(ctx, tx, since.UnixNano(), all))
	})
	if err != nil {
		return nil, fmt.Errorf("count the signals of rules: %w", err)
	}
	return all, nil
}

// activity counts what the ledger has. It is not ok while that is not all signals.
func (g *ledger) activity(now, since int64) (all map[string]Activity, ok bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	rulePath, ok := g.path["rule.id"]
	if !g.loaded || g.left() > 0 || !ok {
		return nil, false
	}
	type count struct {
		days          [7]int64
		right, judged int64
	}
	counts := map[uint32]*count{} // by the place of the id of the rule
	from := now - 7*day
	for _, l := range g.lines {
		recent := l.opened >= from && l.opened < now
		judged := l.recorded >= since && judgement(l.reason)
		if !recent && !judged {
			continue
		}
		for _, at := range l.has {
			if g.values[at].path != rulePath {
				continue
			}
			c := counts[at]
			if c == nil {
				c = &count{}
				counts[at] = c
			}
			if recent {
				c.days[(l.opened-from)/day]++
			}
			if judged {
				if c.judged++; l.reason == truePositive {
					c.right++
				}
			}
			break
		}
	}
	all = make(map[string]Activity, len(counts))
	for at, c := range counts {
		a := Activity{Days: c.days}
		if c.judged > 0 {
			share := precision(c.right, c.judged)
			a.Precision = &share
		}
		all[g.values[at].value] = a
	}
	return all, true
}

// truePositive is the reason of signals that were right.
const truePositive = "true_positive"

// judgement reports whether the reason says how right the signal was.
func judgement(reason string) bool {
	return reason == truePositive || reason == "false_positive" || reason == "benign"
}

func precision(right, judged int64) float64 {
	return math.Round(float64(right)/float64(judged)*1000) / 1000
}

const day = int64(24 * time.Hour)

// Both are answered by an index alone.
const (
	daysOfRules = "SELECT rule_id, (opened - $1) / $2 AS day, COUNT(*) FROM signals WHERE opened >= $1 AND opened < $3 GROUP BY rule_id, day"
	judgedRules = "SELECT rule_id, SUM(CASE reason WHEN 'true_positive' THEN 1 ELSE 0 END), COUNT(*) FROM signals WHERE recorded >= $1 AND reason <> '' AND reason IN ('true_positive', 'false_positive', 'benign') GROUP BY rule_id"
)

func countDays(ctx context.Context, tx *sql.Tx, now int64, all map[string]Activity) error {
	from := now - 7*day
	rows, err := tx.QueryContext(ctx, daysOfRules, from, day, now)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var at, n int64
		if err := rows.Scan(&id, &at, &n); err != nil {
			return err
		}
		if a := all[id]; at >= 0 && at < int64(len(a.Days)) {
			a.Days[at] = n
			all[id] = a
		}
	}
	return errorsOf(rows)
}

func judge(ctx context.Context, tx *sql.Tx, since int64, all map[string]Activity) error {
	rows, err := tx.QueryContext(ctx, judgedRules, since)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var right, judged int64
		if err := rows.Scan(&id, &right, &judged); err != nil {
			return err
		}
		a := all[id]
		share := precision(right, judged)
		a.Precision = &share
		all[id] = a
	}
	return errorsOf(rows)
}
