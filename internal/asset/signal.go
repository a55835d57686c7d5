package asset

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// rule is the id of the signals, runbook says what to do about them.
	rule    = "posture_findings"
	runbook = "posture/findings.md"
	// maxSamples is how many findings a signal shows.
	maxSamples = 10
)

// about returns the signal of a run: what it brought that is grave, nil when that is nothing.
// The signal of one run is always the same.
func about(ctx context.Context, tx *sql.Tx, asset string, at time.Time) (*signal.Signal, error) {
	rows, err := tx.QueryContext(ctx, `SELECT body FROM asset_findings WHERE asset = $1 AND since = $2 AND state NOT IN ('held', 'fixed') AND (severity >= $3 OR exploited = 1)
ORDER BY severity DESC, key`, asset, at.UnixNano(), int(scan.High))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var critical, high, exploited, other int
	var samples []signal.Sample
	kinds := map[scan.Kind]bool{}
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		var f scan.Finding
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return nil, fmt.Errorf("a finding of %q: %w", asset, err)
		}
		switch f.Severity {
		case scan.Critical:
			critical++
		case scan.High:
			high++
		default:
			other++
		}
		if f.KEV != nil {
			exploited++
		}
		kinds[f.Kind] = true
		if len(samples) < maxSamples {
			samples = append(samples, signal.Sample{Time: at.UnixNano(), Text: scan.Clip(describe(&f), 500)})
		}
	}
	if err := rows.Err(); err != nil || len(samples) == 0 {
		return nil, err
	}
	n := critical + high + other
	s := &signal.Signal{
		RuleID: rule, Rule: "Grave findings", RuleJA: "重大な検出項目", Title: "Grave findings: " + asset, Category: "posture",
		Severity: signal.High, Group: []signal.GroupValue{{Path: "asset", Value: asset}}, Entities: []signal.Entity{{Kind: signal.KindValue, Value: asset, Events: int64(n)}},
		Tags: []string{"source:sasumata", "category:posture"}, FirstSeen: at.UnixNano(), LastSeen: at.UnixNano(), Time: at.UnixNano(), Closed: at.UnixNano(),
		Events: int64(n), Samples: samples, Runbook: runbook,
		Message: fmt.Sprintf("A run on %s brought %d critical and %d high findings that were not there before; %d are known to be exploited. The page Posture lists them with their repairs.", asset, critical, high, exploited),
		MessageJA: fmt.Sprintf("%s の検査で、以前はなかった重大な検出項目が見つかりました（CRITICAL %d 件、HIGH %d 件。うち悪用が確認されているもの %d 件）。修正方法は「態勢」ページにあります。",
			asset, critical, high, exploited),
	}
	if critical > 0 || exploited > 0 {
		s.Severity = signal.Critical
	}
	for _, k := range scan.Kinds() {
		if kinds[k] {
			s.Tags = append(s.Tags, "finding:"+k.String())
		}
	}
	s.ID = signal.NewID(rule, s.Group, at.UnixNano(), 0, "")
	return s, nil
}

// describe returns a finding in one line.
func describe(f *scan.Finding) string {
	parts := []string{strings.ToUpper(f.Severity.String()), f.ID}
	if c := f.Component(); c != "" {
		parts = append(parts, c)
	}
	parts = append(parts, f.Title)
	if f.KEV != nil {
		parts = append(parts, "(known to be exploited)")
	}
	if len(f.Fixed) > 0 {
		parts = append(parts, "fixed in "+strings.Join(f.Fixed, ", "))
	}
	return strings.Join(parts, " ")
}
