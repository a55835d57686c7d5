package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// csvHeader names the columns of WriteCSV.
func csvHeader() []string {
	return []string{
		"opened", "severity", "rule_id", "title", "entity_kind", "entity", "first_seen", "last_seen", "events",
		"techniques", "why", "sample", "signal_id",
	}
}

// WriteCSV writes the signals of the document as a table, the gravest first: RFC
// 4180, with a header line, times in RFC 3339. A text that a spreadsheet would
// take for a formula gets an apostrophe before it, and control characters are
// escaped as in every report.
func WriteCSV(w io.Writer, d Document) error {
	t := d.Lang.texts()
	out := csv.NewWriter(w)
	list := ordered(d.Signals)
	rows := append(make([][]string, 0, 1+len(list)), csvHeader())
	for _, s := range list {
		kind, value := "", ""
		if len(s.Entities) > 0 {
			kind, value = s.Entities[0].Kind, s.Entities[0].Value
		}
		known := techniques(s.Tags)
		names := make([]string, 0, len(known))
		for _, m := range known {
			names = append(names, m.String())
		}
		sample := ""
		if len(s.Samples) > 0 {
			sample = s.Samples[0].Text
		}
		rows = append(rows, []string{
			stamp(s.Time), s.Severity.String(), cell(s.RuleID), cell(title(s, d.Lang)), kind, cell(value), stamp(s.FirstSeen), stamp(s.LastSeen),
			strconv.FormatInt(s.Events, 10), cell(strings.Join(names, "; ")), cell(t.why(s)), cell(sample), s.ID,
		})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the report as CSV: %w", err)
	}
	return nil
}

// cell makes a text from a log harmless in a spreadsheet.
func cell(text string) string {
	return harmless(safe(text, maxLine))
}
