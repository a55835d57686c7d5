package read

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isBandit(s *shape) bool {
	return s.has(".results[].test_id") || s.has(".metrics", ".results", ".generated_at")
}

// readBandit reads what bandit -f json writes.
func readBandit(in *input) error {
	in.out.Ran("bandit")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			switch key {
			case "results":
				return true, each(in, func(r *struct {
					Filename, Code string
					TestID         string              `json:"test_id"`
					TestName       string              `json:"test_name"`
					Text           string              `json:"issue_text"`
					Severity       string              `json:"issue_severity"`
					Confidence     string              `json:"issue_confidence"`
					URL            string              `json:"more_info"`
					Line           int                 `json:"line_number"`
					Col            int                 `json:"col_offset"`
					Lines          []int               `json:"line_range"`
					CWE            struct{ ID number } `json:"issue_cwe"`
				},
				) error {
					raw := &scan.Raw{
						Kind: scan.Code, ID: r.TestID, Title: first(firstSentence(r.Text), r.TestName), Description: r.Text, Severity: r.Severity, URL: r.URL, CWE: []int{int(r.CWE.ID)},
						Path: r.Filename, Line: r.Line, Col: r.Col, Snippet: numberedLine(r.Code, r.Line), Tool: "bandit",
					}
					if n := len(r.Lines); n > 0 {
						raw.EndLine = r.Lines[n-1]
					}
					return in.out.Add(raw)
				})
			case "errors":
				return true, each(in, func(e *struct{ Filename, Reason string }) error {
					in.out.Note("not looked at: " + e.Filename + ": " + e.Reason)
					return nil
				})
			default:
				return false, nil
			}
		})
	})
}

// numberedLine returns the line with the number among lines that begin with theirs:
// "12 code" or "12: code". Without numbers it is the first line.
func numberedLine(code string, line int) string {
	want := strconv.Itoa(line)
	for text := range strings.Lines(code) {
		text = strings.TrimSpace(text)
		if rest, ok := strings.CutPrefix(text, want); ok && rest != "" && strings.ContainsAny(rest[:1], ": \t") {
			return strings.TrimSpace(strings.TrimLeft(rest, ": \t"))
		}
	}
	return firstLine(code)
}

func isGosec(s *shape) bool { return s.has(".Issues") && s.any(".Stats", ".Golang errors") }

// readGosec reads what gosec -fmt json writes.
func readGosec(in *input) error {
	in.out.Ran("gosec")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "Issues" {
				return false, nil
			}
			return true, each(in, func(r *struct {
				Severity, Details, File, Code string
				RuleID                        string `json:"rule_id"`
				Line, Column                  word
				NoSec                         bool
				CWE                           struct {
					ID  word
					URL string
				}
				Suppressions []struct{ Kind, Justification string }
			},
			) error {
				from, to, _ := strings.Cut(string(r.Line), "-")
				raw := &scan.Raw{
					Kind: scan.Code, ID: r.RuleID, Title: r.Details, Severity: r.Severity, CWE: cwes(string(r.CWE.ID)), URL: r.CWE.URL, Path: r.File, Tool: "gosec",
				}
				raw.Line, _ = strconv.Atoi(from)
				raw.EndLine, _ = strconv.Atoi(to)
				raw.Col, _ = strconv.Atoi(string(r.Column))
				raw.Snippet = numberedLine(r.Code, raw.Line)
				if r.NoSec || len(r.Suppressions) > 0 {
					raw.Suppressed = &scan.Suppressed{By: "tool", Name: "nosec"}
					if len(r.Suppressions) > 0 {
						raw.Suppressed.Reason = r.Suppressions[0].Justification
					}
				}
				return in.out.Add(raw)
			})
		})
	})
}

func isSemgrep(s *shape) bool {
	return s.has(".results[].check_id") || s.has(".results", ".errors") && s.any(".paths", ".skipped_rules", ".interfile_languages_used") ||
		s.has(".vulns[].advisory")
}

// readSemgrep reads what semgrep --json writes, and the list of vulnerabilities of
// its API.
func readSemgrep(in *input) error {
	in.out.Ran("semgrep")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			switch key {
			case "results":
				return true, each(in, in.semgrep)
			case "vulns":
				return true, each(in, in.semgrepVulnerability)
			case "errors":
				return true, each(in, func(e *struct {
					Level, Message string
					Path           string
				},
				) error {
					if e.Level == "error" {
						in.out.Note("not looked at: " + strings.TrimSpace(e.Path+" "+firstLine(e.Message)))
					}
					return nil
				})
			default:
				return false, nil
			}
		})
	})
}

type semgrepResult struct {
	CheckID    string `json:"check_id"`
	Path       string
	Start, End struct{ Line, Col int }
	Extra      struct {
		Message, Severity, Lines, Fix, Fingerprint string
		IsIgnored                                  bool `json:"is_ignored"`
		Metadata                                   struct {
			CWE, References     words
			Category, ShortLink word
			Source              word
		}
		SCA struct {
			DependencyMatch struct {
				Found struct{ Package, Version, Ecosystem string } `json:"found_dependency"`
			} `json:"dependency_match_only"`
		} `json:"sca_info"`
	}
}

func (in *input) semgrep(r *semgrepResult) error {
	raw := &scan.Raw{
		Kind: scan.Code, ID: r.CheckID, Title: firstSentence(r.Extra.Message), Description: r.Extra.Message, Severity: r.Extra.Severity, CWE: cwes(r.Extra.Metadata.CWE...),
		Path: r.Path, Line: r.Start.Line, EndLine: r.End.Line, Col: r.Start.Col, URL: first(string(r.Extra.Metadata.Source), string(r.Extra.Metadata.ShortLink)), Tool: "semgrep",
	}
	if r.Extra.Lines != "requires login" {
		raw.Snippet = firstLine(r.Extra.Lines)
	}
	if f := r.Extra.Fingerprint; f != "requires login" {
		raw.Fingerprint = f
	}
	if r.Extra.Fix != "" {
		raw.Fix = "replace by " + r.Extra.Fix
	}
	if r.Extra.IsIgnored {
		raw.Suppressed = &scan.Suppressed{By: "tool", Name: "nosemgrep"}
	}
	if strings.Contains(r.CheckID, "secrets.") {
		raw.Kind, raw.Secret, raw.Snippet = scan.Secret, raw.Snippet, ""
	}
	return in.out.Add(raw)
}

func (in *input) semgrepVulnerability(v *struct {
	Title    string
	Advisory struct {
		RuleID, Title, Description, Ecosystem, Severity, AnnouncedAt string
		References                                                   struct{ CVEIDs, CWEIDs, URLs []string }
	}
	DependencyFileLocation struct{ Path string }
	Matched                struct{ Name, VersionSpecifier string } `json:"matchedDependency"`
	Safe                   struct{ Name, VersionSpecifier string } `json:"closestSafeDependency"`
	RepositoryName         string
	Triage                 struct{ Status, DismissReason string }
},
) error {
	a := &v.Advisory
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: a.RuleID, Title: first(v.Title, a.Title), Description: a.Description, Severity: a.Severity, CWE: cwes(a.References.CWEIDs...),
		Type: a.Ecosystem, Name: v.Matched.Name, Version: v.Matched.VersionSpecifier, Asset: v.RepositoryName, Path: v.DependencyFileLocation.Path, Published: a.AnnouncedAt, Tool: "semgrep",
	}
	if ids := a.References.CVEIDs; len(ids) > 0 {
		raw.ID, raw.Aliases = ids[0], slices.Concat(ids[1:], []string{a.RuleID})
	}
	for _, u := range a.References.URLs {
		raw.URL = first(raw.URL, u)
		if id := advisoryID(u); id != "" {
			raw.Aliases = append(raw.Aliases, id)
		}
	}
	raw.Fixed = []string{v.Safe.VersionSpecifier}
	if v.Triage.Status == "IGNORED" {
		raw.Suppressed = &scan.Suppressed{By: "tool", Name: "ignored", Reason: v.Triage.DismissReason}
	}
	return in.out.Add(raw)
}

// firstSentence returns the first sentence of a text, for a title.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.Index(text, ". "); i > 0 {
		return text[:i]
	}
	return strings.TrimSuffix(text, ".")
}

func isCodeChecker(s *shape) bool {
	return s.has(".reports[].checker_name") || s.has(".reports", ".version")
}

// readCodeChecker reads what CodeChecker parse -e json writes.
func readCodeChecker(in *input) error {
	in.out.Ran("codechecker")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "reports" {
				return false, nil
			}
			return true, each(in, func(r *struct {
				File         struct{ Path string }
				Line, Column int
				Message      string
				Checker      string `json:"checker_name"`
				Severity     string
				Hash         string `json:"report_hash"`
				Analyzer     string `json:"analyzer_name"`
				Status       string `json:"review_status"`
			},
			) error {
				raw := &scan.Raw{
					Kind: scan.Code, ID: r.Checker, Title: r.Message, Severity: r.Severity, Path: r.File.Path, Line: r.Line, Col: r.Column, Fingerprint: r.Hash, Tool: "codechecker",
				}
				if strings.EqualFold(r.Severity, "STYLE") || strings.EqualFold(r.Severity, "UNSPECIFIED") {
					raw.Severity = "info"
				}
				switch r.Status {
				case "false_positive", "suppress", "intentional":
					raw.Suppressed = &scan.Suppressed{By: "tool", Name: r.Status}
				}
				return in.out.Add(raw)
			})
		})
	})
}

func isHadolint(s *shape) bool {
	return s.has(".code", ".level", ".message") && s.has(".line", ".file")
}

// readHadolint reads what hadolint -f json writes.
func readHadolint(in *input) error {
	in.out.Ran("hadolint")
	return every(in, func(r *struct {
		Code, Level, Message, File string
		Line, Column               int
	},
	) error {
		if r.Code == "" {
			return nil
		}
		return in.out.Add(&scan.Raw{
			Kind: scan.Misconfiguration, ID: r.Code, Title: r.Message, Severity: hadolintLevel(r.Level), Path: r.File, Line: r.Line, Col: r.Column,
			URL: "https://github.com/hadolint/hadolint/wiki/" + r.Code, Tool: "hadolint",
		})
	})
}

// hadolintLevel returns the severity of a level: an error of a linter is not what an
// error of a scanner of code is.
func hadolintLevel(level string) string {
	switch level {
	case "error":
		return "medium"
	case "warning":
		return "low"
	case "info", "style":
		return "info"
	default:
		return level
	}
}
