package triage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// maxRules is how many rules statistics list, those with the most signals.
const maxRules = 200

// Statistics says how much there is to do, and how it is done.
type Statistics struct {
	// Severities has, by severity, how many signals there are in each state, and how many
	// of those that nobody looked at yet, or too late, are Breached. Those of simulated
	// rules do not count here.
	Severities map[string]Counts `json:"severities"`
	Rules      []RuleCounts      `json:"rules"`
	// Acknowledged is how many were looked at, Mean and Median after how many seconds.
	Acknowledged int64   `json:"acknowledged"`
	Mean         float64 `json:"mean_seconds_to_acknowledge"`
	Median       float64 `json:"median_seconds_to_acknowledge"`
}

// Counts are numbers of signals.
type Counts struct {
	Open        int64 `json:"open"`
	UnderReview int64 `json:"under_review"`
	Archived    int64 `json:"archived"`
	Breached    int64 `json:"breached"`
}

// RuleCounts is what became of the signals of a rule.
type RuleCounts struct {
	ID            string `json:"rule_id"`
	Name          string `json:"rule"`
	Signals       int64  `json:"signals"`
	TruePositive  int64  `json:"true_positive"`
	FalsePositive int64  `json:"false_positive"`
	Benign        int64  `json:"benign"`
	Testing       int64  `json:"testing"`
	// Precision is the share of true positives in those that were archived as a true or a
	// false one, or as benign; nil without any.
	Precision *float64 `json:"precision"`
}

// Statistics counts the signals that were recorded since then.
func (b *Book) Statistics(ctx context.Context, since time.Time) (Statistics, error) {
	out := Statistics{Severities: map[string]Counts{}, Rules: []RuleCounts{}}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(out.states(ctx, tx, since.UnixNano(), b.now().UnixNano()), out.rules(ctx, tx, since.UnixNano()), out.answers(ctx, tx, since.UnixNano()))
	})
	if err != nil {
		return Statistics{}, fmt.Errorf("count signals: %w", err)
	}
	return out, nil
}

func (s *Statistics) states(ctx context.Context, tx *sql.Tx, since, now int64) error {
	for v := signal.Info; v <= signal.Critical; v++ {
		s.Severities[v.String()] = Counts{}
	}
	rows, err := tx.QueryContext(ctx, `SELECT severity, state, COUNT(*), SUM(CASE WHEN due > 0 AND ((acknowledged = 0 AND due < $2) OR acknowledged > due) THEN 1 ELSE 0 END)
		FROM signals WHERE recorded >= $1 AND simulated = 0 GROUP BY severity, state`, since, now)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var severity signal.Severity
		var state State
		var n, late int64
		if err := rows.Scan(&severity, &state, &n, &late); err != nil {
			return err
		}
		c := s.Severities[severity.String()]
		switch state {
		case Open:
			c.Open = n
		case UnderReview:
			c.UnderReview = n
		case Archived:
			c.Archived = n
		}
		c.Breached += late
		s.Severities[severity.String()] = c
	}
	return errorsOf(rows)
}

func (s *Statistics) rules(ctx context.Context, tx *sql.Tx, since int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT rule_id, MAX(rule), COUNT(*) AS n,
			SUM(CASE reason WHEN 'true_positive' THEN 1 ELSE 0 END), SUM(CASE reason WHEN 'false_positive' THEN 1 ELSE 0 END),
			SUM(CASE reason WHEN 'benign' THEN 1 ELSE 0 END), SUM(CASE reason WHEN 'testing' THEN 1 ELSE 0 END)
		FROM signals WHERE recorded >= $1 GROUP BY rule_id ORDER BY n DESC, rule_id LIMIT $2`, since, maxRules)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r RuleCounts
		if err := rows.Scan(&r.ID, &r.Name, &r.Signals, &r.TruePositive, &r.FalsePositive, &r.Benign, &r.Testing); err != nil {
			return err
		}
		if judged := r.TruePositive + r.FalsePositive + r.Benign; judged > 0 {
			share := math.Round(float64(r.TruePositive)/float64(judged)*1000) / 1000
			r.Precision = &share
		}
		s.Rules = append(s.Rules, r)
	}
	return errorsOf(rows)
}

func (s *Statistics) answers(ctx context.Context, tx *sql.Tx, since int64) error {
	const which = " FROM signals WHERE recorded >= $1 AND acknowledged > 0"
	var mean sql.NullFloat64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*), AVG(acknowledged - recorded)"+which, since).Scan(&s.Acknowledged, &mean); err != nil || s.Acknowledged == 0 {
		return err
	}
	var median int64
	err := tx.QueryRowContext(ctx, "SELECT acknowledged - recorded AS took"+which+" ORDER BY took LIMIT 1 OFFSET $2", since, s.Acknowledged/2).Scan(&median)
	s.Mean, s.Median = mean.Float64/float64(time.Second), float64(median)/float64(time.Second)
	return err
}

// Backlog is what nobody has looked at yet.
type Backlog struct {
	// Open is by severity, Overdue how many of them are late.
	Open    [signal.Severities]int64
	Overdue int64
}

// Waiting counts the signals that are open; those of simulated rules wait for nobody.
func (b *Book) Waiting(ctx context.Context) (out Backlog, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT severity, COUNT(*), SUM(CASE WHEN due > 0 AND due < $1 THEN 1 ELSE 0 END) FROM signals WHERE state = 0 AND simulated = 0 GROUP BY severity", b.now().UnixNano())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var severity signal.Severity
			var n, late int64
			if err := rows.Scan(&severity, &n, &late); err != nil {
				return err
			}
			out.Open[min(severity, signal.Critical)] = n
			out.Overdue += late
		}
		return rows.Err()
	})
	if err != nil {
		return Backlog{}, fmt.Errorf("count open signals: %w", err)
	}
	return out, nil
}
