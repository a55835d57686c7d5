package read

import (
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isDockerBench(s *shape) bool { return s.has(".dockerbenchsecurity") }

// readDockerBench reads the JSON of Docker Bench for Security.
func readDockerBench(in *input) error {
	in.out.Ran("docker-bench")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "tests" {
				return false, nil
			}
			return true, each(in, func(t *struct {
				Results []struct {
					ID, Desc, Result, Details, Remediation string
					Items                                  []string
				}
			},
			) error {
				for _, r := range t.Results {
					severity := "medium"
					switch r.Result {
					case "WARN", "FAIL":
					case "INFO":
						severity = "info"
					default:
						continue
					}
					if err := in.out.Add(&scan.Raw{
						Kind: scan.Misconfiguration, ID: r.ID, Title: r.Desc, Description: strings.TrimSpace(r.Details + " " + strings.Join(r.Items, " ")),
						Fix: r.Remediation, Severity: severity, Tool: "docker-bench",
					}); err != nil {
						return err
					}
				}
				return nil
			})
		})
	})
}

func isKubeBench(s *shape) bool {
	return s.any(".Controls", ".tests[].results", ".tests[].section") && s.any(".Totals", ".node_type", ".Controls[].node_type", ".total_fail")
}

type kubeBenchControl struct {
	ID, Text string
	NodeType string `json:"node_type"`
	Tests    []struct {
		Desc    string
		Results []struct {
			Number      string `json:"test_number"`
			Desc        string `json:"test_desc"`
			Remediation string
			Status      string
			Reason      string
			Scored      bool
		}
	}
}

// readKubeBench reads what kube-bench --json writes.
func readKubeBench(in *input) error {
	in.out.Ran("kube-bench")
	return in.documents(func() error {
		var one kubeBenchControl
		list := false
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "Controls":
				list = true
				return true, each(in, in.kubeBench)
			case "id":
				return true, in.Into(&one.ID)
			case "node_type":
				return true, in.Into(&one.NodeType)
			case "tests":
				return true, in.Into(&one.Tests)
			default:
				return false, nil
			}
		})
		if err != nil || list {
			return err
		}
		return in.kubeBench(&one)
	})
}

func (in *input) kubeBench(c *kubeBenchControl) error {
	for _, t := range c.Tests {
		for _, r := range t.Results {
			severity := "medium"
			switch {
			case r.Status == "WARN":
				severity = "low"
			case r.Status != "FAIL":
				continue
			}
			if err := in.out.Add(&scan.Raw{
				Kind: scan.Misconfiguration, ID: r.Number, Title: r.Desc, Description: first(r.Reason, t.Desc), Fix: r.Remediation, Severity: severity,
				Resource: c.NodeType, Tool: "kube-bench",
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

func isKubescape(s *shape) bool {
	return s.any(".summaryDetails", ".results[].controls") && s.any(".results", ".resources", ".clusterName")
}

// readKubescape reads the results of kubescape scan --format json.
func readKubescape(in *input) error {
	in.out.Ran("kubescape")
	return in.documents(func() error {
		severities := map[string]float64{}
		from := len(in.out.Findings)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "summaryDetails":
				return true, in.kubescapeSeverities(severities)
			case "results":
				return true, each(in, func(r *struct {
					ResourceID string
					Controls   []struct {
						ControlID, Name string
						Status          struct{ Status string }
						Rules           []struct {
							Paths []struct{ FailedPath, FixPath struct{ Path string } }
						}
					}
				},
				) error {
					for _, c := range r.Controls {
						if c.Status.Status != "failed" {
							continue
						}
						if err := in.out.Add(&scan.Raw{
							Kind: scan.Misconfiguration, ID: c.ControlID, Title: c.Name, Resource: r.ResourceID, URL: "https://kubescape.io/docs/controls/" + strings.ToLower(c.ControlID), Tool: "kubescape",
						}); err != nil {
							return err
						}
					}
					return nil
				})
			default:
				return false, nil
			}
		})
		for _, f := range in.out.Findings[from:] {
			if len(f.Ratings) == 0 {
				f.Ratings = []scan.Rating{{Tool: "kubescape", Severity: scan.OfScore(severities[f.ID]), Chosen: true}}
			}
		}
		return err
	})
}

// kubescapeSeverities reads how grave controls are. Each names all resources, so that
// all together are longer than a value may be.
func (in *input) kubescapeSeverities(severities map[string]float64) error {
	return in.members(func(key string) (bool, error) {
		if key != "controls" {
			return false, nil
		}
		return true, in.Object(func(id string) error {
			return in.members(func(key string) (bool, error) {
				if key != "scoreFactor" || len(severities) > maxRules {
					return false, nil
				}
				var factor number
				err := in.Into(&factor)
				severities[id] = float64(factor)
				return true, err
			})
		})
	})
}

func isKICS(s *shape) bool {
	return s.has(".queries") && s.any(".queries_total", ".kics_version", ".severity_counters")
}

// readKICS reads the results of KICS.
func readKICS(in *input) error {
	in.out.Ran("kics")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "queries" {
				return false, nil
			}
			return true, each(in, func(q *struct {
				Name        string `json:"query_name"`
				ID          string `json:"query_id"`
				URL         string `json:"query_url"`
				Description string
				Severity    string
				CWE         word
				Files       []struct {
					Name         string `json:"file_name"`
					SimilarityID string `json:"similarity_id"`
					Line         int
					ResourceType string `json:"resource_type"`
					ResourceName string `json:"resource_name"`
					Expected     string `json:"expected_value"`
					Actual       string `json:"actual_value"`
				}
			},
			) error {
				for _, f := range q.Files {
					if err := in.out.Add(&scan.Raw{
						Kind: scan.Misconfiguration, ID: q.ID, Title: q.Name, Description: strings.TrimSpace(q.Description + "\n" + f.Actual), Fix: f.Expected,
						Severity: q.Severity, URL: q.URL, CWE: cwes(string(q.CWE)), Path: f.Name, Line: f.Line, Resource: first(f.ResourceName, f.ResourceType),
						Fingerprint: f.SimilarityID, Tool: "kics",
					}); err != nil {
						return err
					}
				}
				return nil
			})
		})
	})
}

func isCheckov(s *shape) bool {
	return s.any(".check_type", ".results.failed_checks") || s.has(".passed", ".failed", ".checkov_version")
}

// readCheckov reads what checkov -o json writes: one framework or a list of them.
func readCheckov(in *input) error {
	in.out.Ran("checkov")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "results" {
				return false, nil
			}
			return true, in.members(func(key string) (bool, error) {
				switch key {
				case "failed_checks", "skipped_checks":
					return true, each(in, func(c *checkovCheck) error { return in.out.Add(c.raw(key == "skipped_checks")) })
				case "parsing_errors":
					return true, each(in, func(file *string) error {
						in.out.Note("not looked at: " + *file)
						return nil
					})
				default:
					return false, nil
				}
			})
		})
	})
}

type checkovCheck struct {
	ID          string `json:"check_id"`
	Alias       string `json:"bc_check_id"`
	Name        string `json:"check_name"`
	Path        string `json:"file_path"`
	RepoPath    string `json:"repo_file_path"`
	Lines       []int  `json:"file_line_range"`
	Resource    string
	Guideline   string
	Severity    word
	Description word
	Result      struct {
		Suppress string `json:"suppress_comment"`
	} `json:"check_result"`
	Vulnerability struct {
		ID               word
		Severity         word
		PackageName      string `json:"package_name"`
		PackageVersion   string `json:"package_version"`
		LowestFixVersion string `json:"lowest_fixed_version"`
		Description      string
		Link             string
	} `json:"vulnerability_details"`
}

func (c *checkovCheck) raw(skipped bool) *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Misconfiguration, ID: c.ID, Aliases: []string{c.Alias}, Title: c.Name, Description: string(c.Description), Severity: string(c.Severity), URL: c.Guideline,
		Path: strings.TrimPrefix(first(c.RepoPath, c.Path), "/"), Resource: c.Resource, Tool: "checkov",
	}
	if raw.Severity == "" {
		raw.Severity = "medium" // without an account Checkov names none
	}
	if len(c.Lines) == 2 {
		raw.Line, raw.EndLine = c.Lines[0], c.Lines[1]
	}
	if strings.HasPrefix(c.ID, "CKV_SECRET") {
		raw.Kind = scan.Secret
	}
	if v := &c.Vulnerability; v.PackageName != "" {
		raw.Kind, raw.ID, raw.Name, raw.Version, raw.Fixed = scan.Vulnerability, first(string(v.ID), c.ID), v.PackageName, v.PackageVersion, []string{v.LowestFixVersion}
		raw.Severity, raw.Description, raw.URL = first(string(v.Severity), raw.Severity), v.Description, v.Link
	}
	if skipped {
		raw.Suppressed = &scan.Suppressed{By: "tool", Name: "skipped", Reason: c.Result.Suppress}
	}
	return raw
}

func isConftest(s *shape) bool {
	return s.has(".filename") && s.any(".successes", ".failures", ".warnings", ".namespace")
}

// readConftest reads what conftest test -o json writes.
func readConftest(in *input) error {
	in.out.Ran("conftest")
	type result struct {
		Msg      string
		Metadata map[string]any
	}
	return every(in, func(f *struct {
		Filename, Namespace            string
		Failures, Warnings, Exceptions []result
	},
	) error {
		add := func(list []result, severity string) error {
			for _, r := range list {
				raw := &scan.Raw{Kind: scan.Misconfiguration, Title: r.Msg, Severity: severity, Path: f.Filename, Tool: "conftest"}
				text := func(key string) string { s, _ := r.Metadata[key].(string); return s }
				raw.ID = first(text("id"), text("code"), text("query"), f.Namespace)
				raw.Severity = first(text("severity"), severity)
				raw.Resource = text("resource")
				if severity == "info" {
					raw.Suppressed = &scan.Suppressed{By: "tool", Name: "exception"}
				}
				if err := in.out.Add(raw); err != nil {
					return err
				}
			}
			return nil
		}
		if err := add(f.Failures, "high"); err != nil {
			return err
		}
		if err := add(f.Exceptions, "info"); err != nil {
			return err
		}
		return add(f.Warnings, "medium")
	})
}

func isDockle(s *shape) bool {
	return s.has(".details", ".summary") && s.any(".summary.fatal", ".details[].code")
}

// readDockle reads what dockle -f json writes.
func readDockle(in *input) error {
	in.out.Ran("dockle")
	return in.documents(func() error {
		image := ""
		from := len(in.out.Findings)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "image":
				return true, in.Into(&image)
			case "details":
				return true, each(in, func(r *struct {
					Code, Title, Level string
					Alerts             []string
				},
				) error {
					severity := ""
					switch r.Level {
					case "FATAL":
						severity = "critical"
					case "WARN":
						severity = "medium"
					case "INFO":
						severity = "low"
					case "PASS", "SKIP", "IGNORE":
						return nil
					}
					return in.out.Add(&scan.Raw{
						Kind: scan.Misconfiguration, ID: r.Code, Title: r.Title, Description: strings.Join(r.Alerts, "\n"), Severity: severity,
						URL: "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md#" + strings.ToLower(r.Code), Tool: "dockle",
					})
				})
			default:
				return false, nil
			}
		})
		for _, f := range in.out.Findings[from:] {
			f.Sources[0].Target = scan.Clip(image, 500)
		}
		return err
	})
}

func isNuclei(s *shape) bool { return s.any(".template-id", ".templateID") }

// readNuclei reads the lines of nuclei -jsonl, or its list.
func readNuclei(in *input) error {
	in.out.Ran("nuclei")
	return every(in, func(r *struct {
		TemplateID string `json:"template-id"`
		Info       struct {
			Name, Description, Severity, Remediation string
			Reference                                words
			Classification                           struct {
				CVE  words  `json:"cve-id"`
				CWE  words  `json:"cwe-id"`
				CVSS number `json:"cvss-score"`
			}
		}
		Matcher   string `json:"matcher-name"`
		Extractor string `json:"extractor-name"`
		Host, URL string
		MatchedAt string `json:"matched-at"`
		Type      string
		Status    *bool `json:"matcher-status"`
	},
	) error {
		if r.Status != nil && !*r.Status {
			return nil
		}
		raw := &scan.Raw{
			Kind: scan.Other, ID: r.TemplateID, Aliases: r.Info.Classification.CVE, Title: r.Info.Name, Description: r.Info.Description, Severity: r.Info.Severity,
			Fix: r.Info.Remediation, CVSS: float64(r.Info.Classification.CVSS), CWE: cwes(r.Info.Classification.CWE...), Resource: first(r.MatchedAt, r.URL, r.Host), Tool: "nuclei",
		}
		if name := first(r.Matcher, r.Extractor); name != "" {
			raw.ID += ":" + name
			raw.Title += ": " + name
		}
		if len(r.Info.Reference) > 0 {
			raw.URL = r.Info.Reference[0]
		}
		return in.out.Add(raw)
	})
}
