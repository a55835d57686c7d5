package scan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// listFormat marks the file that one run writes and the next compares with.
const listFormat = "sasumata-findings"

// listVersion is the version of the file. A later one is not read.
const listVersion = 1

// MaxListBytes is the size of the largest list that is read again.
const MaxListBytes = 1 << 30

// List is what one run found, and what of earlier runs it still knows.
type List struct {
	// Format and Version say what the file is.
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Generated is when the run was, in RFC 3339.
	Generated string `json:"generated"`
	// Program is the version of the program.
	Program string `json:"program,omitempty"`
	// Asset is what was scanned, as the user names it.
	Asset string `json:"asset,omitempty"`
	// Baseline is when the run was that this one was compared with.
	Baseline string `json:"baseline,omitempty"`
	// Counts says how many findings there are.
	Counts Counts `json:"counts"`
	// Gate says what the run was held to.
	Gate Gate `json:"gate"`
	// Notices are remarks about the run.
	Notices []Notice `json:"notices,omitempty"`
	// Reports are the files that were read, Unread those that could not be.
	Reports []*Report `json:"reports"`
	Unread  []Unread  `json:"unread,omitempty"`
	// Findings are all, the gravest first, with those that are held back or fixed.
	Findings []*Finding `json:"findings"`
}

// Notice is a remark about a run. Outputs have the words for it.
type Notice struct {
	// Code says what it is about.
	Code NoticeCode `json:"code"`
	// At is a file or a place in one, Name what it is about, Day a day, N a number.
	At   string `json:"at,omitempty"`
	Name string `json:"name,omitempty"`
	Day  string `json:"day,omitempty"`
	N    int    `json:"n,omitempty"`
}

// NoticeCode says what a notice is about.
type NoticeCode string

// The codes of notices.
const (
	// NoReport is a file in a folder that is no report; Name says why.
	NoReport NoticeCode = "no_report"
	// EmptyFolder is a folder without files.
	EmptyFolder NoticeCode = "empty_folder"
	// NoBaseline is a baseline that is not there yet.
	NoBaseline NoticeCode = "no_baseline"
	// VEXNotNamed is a document among the reports with N statements, which hold nothing back.
	VEXNotNamed NoticeCode = "vex_not_named"
	// VEXUnused is that no statement is about a finding.
	VEXUnused NoticeCode = "vex_unused"
	// SuppressionEnded is one that ended on Day and would hold back N.
	SuppressionEnded NoticeCode = "suppression_ended"
	// SuppressionUnused is one that means no finding.
	SuppressionUnused NoticeCode = "suppression_unused"
	// Skipped is a scanner that was not started; Name says why.
	Skipped NoticeCode = "scanner_skipped"
)

// Unread is a file that could not be read.
type Unread struct {
	Report string `json:"report"`
	Error  string `json:"error"`
}

// Counts are numbers of findings.
type Counts struct {
	// Severity counts those that somebody has to look at, by severity.
	Severity map[string]int `json:"severity"`
	// Active is their sum. New, Reopened and KEV are of them.
	Active   int `json:"active"`
	New      int `json:"new"`
	Reopened int `json:"reopened"`
	KEV      int `json:"kev"`
	// Fixable are those of them for which a version is known that repairs them.
	Fixable int `json:"fixable"`
	// Suppressed are those that are held back.
	Suppressed int `json:"suppressed"`
	// Fixed are those that this run is the first without.
	Fixed int `json:"fixed"`
	// Read is how many findings the reports have, before they were merged.
	Read int `json:"read"`
}

// Count counts the findings of the list.
func (l *List) Count() {
	c := Counts{Severity: map[string]int{}}
	for _, s := range Severities() {
		c.Severity[s.String()] = 0
	}
	for _, r := range l.Reports {
		c.Read += r.Read
	}
	for _, f := range l.Findings {
		switch {
		case f.State == Fixed:
			if f.FixedAt == l.Generated {
				c.Fixed++
			}
		case f.Suppressed != nil:
			c.Suppressed++
		default:
			c.Active++
			c.Severity[f.Severity.String()]++
			if f.State == New {
				c.New++
			}
			if f.State == Reopened {
				c.Reopened++
			}
			if f.KEV != nil {
				c.KEV++
			}
			if len(f.Fixed) > 0 {
				c.Fixable++
			}
		}
	}
	l.Counts = c
}

// NewList returns an empty list of a run.
func NewList(now time.Time, program, asset string) *List {
	return &List{
		Format: listFormat, Version: listVersion, Generated: now.UTC().Format(time.RFC3339), Program: program, Asset: asset,
		Reports: []*Report{}, Findings: []*Finding{},
	}
}

// ReadList reads the list of an earlier run. The error says where it is none.
func ReadList(r io.Reader) (*List, error) {
	bounded := &io.LimitedReader{R: r, N: MaxListBytes + 1}
	var l List
	d := json.NewDecoder(bounded)
	err := d.Decode(&l)
	switch {
	case bounded.N <= 0:
		return nil, fmt.Errorf("larger than %d MB", MaxListBytes>>20)
	case err != nil:
		return nil, fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
	case l.Format != listFormat:
		return nil, errors.New("no list of findings: want what scan report --report FILE.json wrote")
	case l.Version > listVersion:
		return nil, fmt.Errorf("a list of version %d, this program reads up to %d", l.Version, listVersion)
	case len(l.Findings) > 2*MaxFindings:
		return nil, ErrTooMany
	}
	for i, f := range l.Findings {
		if f == nil || f.Key == "" || len(f.Sources) == 0 {
			return nil, fmt.Errorf("finding %d has no key or nobody who found it", i+1)
		}
	}
	return &l, nil
}
