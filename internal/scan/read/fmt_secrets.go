package read

import (
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isGitleaks(s *shape) bool {
	return s.has(".RuleID") && s.any(".Match", ".Secret") || s.has(".offender", ".rule") || s.has(".Match", ".Description", ".StartLine")
}

// readGitleaks reads what gitleaks writes as JSON, of all its versions. Of a secret
// only a hash is kept.
func readGitleaks(in *input) error {
	in.out.Ran("gitleaks")
	return every(in, func(r *struct {
		RuleID, Description, Match, Secret, File, Commit, Fingerprint string
		StartLine, EndLine, StartColumn                               int
		// Before version 8.
		Rule, Offender, Line, Repo string
		LineNumber                 number
		LeakURL                    string
	},
	) error {
		raw := &scan.Raw{
			Kind: scan.Secret, ID: first(r.RuleID, r.Rule), Title: first(r.Description, r.Rule, r.RuleID), Severity: "high", Path: r.File,
			Line: r.StartLine, EndLine: r.EndLine, Col: r.StartColumn, Secret: first(r.Secret, r.Match, r.Offender), URL: r.LeakURL, Tool: "gitleaks",
		}
		if raw.Line == 0 {
			raw.Line = int(r.LineNumber)
		}
		if r.Commit != "" {
			raw.Target = "commit " + r.Commit
		}
		if isRedacted(raw.Secret) {
			raw.Secret = ""
		}
		return in.out.Add(raw)
	})
}

// isRedacted reports whether a secret was made unreadable: all of them look the same
// then, and are not.
func isRedacted(secret string) bool {
	return strings.EqualFold(secret, "redacted") || strings.Trim(secret, "*x.") == ""
}

func isTruffleHog(s *shape) bool {
	return s.any(".SourceMetadata", ".DetectorName") || s.has(".stringsFound") || s.has(".printDiff", ".commitHash")
}

// readTruffleHog reads the lines of trufflehog --json, of versions 2 and 3.
func readTruffleHog(in *input) error {
	in.out.Ran("trufflehog")
	type place struct {
		Commit, File, Repository, Link, Bucket, Timestamp string
		Line                                              int
	}
	return every(in, func(r *struct {
		SourceMetadata    struct{ Data map[string]place }
		DetectorName, Raw string
		Verified          bool
		Redacted          string
		// Version 2.
		Reason, Path, CommitHash string
		StringsFound             []string
	},
	) error {
		raw := &scan.Raw{Kind: scan.Secret, ID: first(r.DetectorName, r.Reason), Severity: "high", Path: r.Path, Secret: r.Raw, Tool: "trufflehog"}
		if r.Verified {
			raw.Severity = "critical" // it was tried, and worked
		}
		if raw.ID == "" {
			return nil // a line of its log
		}
		raw.Title = raw.ID
		commit := r.CommitHash
		for _, p := range r.SourceMetadata.Data {
			raw.Path, raw.Line, raw.URL, commit = p.File, p.Line, p.Link, p.Commit
			raw.Resource = first(p.Bucket, "")
		}
		if len(r.StringsFound) > 0 {
			raw.Secret = strings.Join(r.StringsFound, "\n")
		}
		if commit != "" {
			raw.Target = "commit " + commit
		}
		return in.out.Add(raw)
	})
}
