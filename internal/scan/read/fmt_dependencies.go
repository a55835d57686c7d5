package read

import (
	"encoding/json"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isNPM(s *shape) bool {
	return s.any(".auditReportVersion", ".runId", ".actions[].action") && s.any(".vulnerabilities", ".advisories") ||
		s.has(".error.code") || s.has(".error.summary") || s.has(".actions", ".advisories", ".metadata") && !s.under(".advisories")
}

type npmAdvisory struct {
	ID                                                      number
	Title, Overview, Recommendation, Severity, URL, Created string
	ModuleName                                              string `json:"module_name"`
	VulnerableVersions                                      string `json:"vulnerable_versions"`
	PatchedVersions                                         string `json:"patched_versions"`
	GitHubID                                                string `json:"github_advisory_id"`
	CVEs                                                    words
	CWE                                                     words
	CVSS                                                    struct {
		Score  number
		Vector string `json:"vectorString"`
	}
	Findings []struct {
		Version string
		Paths   []string
	}
}

func (a *npmAdvisory) raw(tool, version, path string) *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: first(a.GitHubID, advisoryID(a.URL), "npm-"+number2text(a.ID)), Aliases: a.CVEs, Title: a.Title, Description: a.Overview,
		Fix: a.Recommendation, Severity: a.Severity, URL: a.URL, CWE: cwes(a.CWE...), Type: "npm", Name: a.ModuleName, Version: version,
		CVSS: float64(a.CVSS.Score), Published: a.Created, Target: path, Tool: tool,
	}
	if p := a.PatchedVersions; p != "" && p != "<0.0.0" && p != "No fix available" {
		if least, ok := strings.CutPrefix(p, ">="); ok && !strings.ContainsAny(least, "<>|, ") {
			p = least
		}
		raw.Fixed = []string{p}
	}
	return raw
}

func number2text(n number) string {
	text, _ := json.Marshal(int64(n))
	return string(text)
}

// readNPM reads what npm audit --json writes, of npm 6 and of later ones.
func readNPM(in *input) error {
	in.out.Ran("npm-audit")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			switch key {
			case "advisories":
				return true, in.npmAdvisories("npm-audit")
			case "vulnerabilities":
				return true, in.Object(func(string) error { return in.npmVulnerability() })
			case "error":
				return true, in.failure()
			default:
				return false, nil
			}
		})
	})
}

// failure reads an error that a tool wrote in place of its report.
func (in *input) failure() error {
	var e struct{ Code, Summary, Detail word }
	if err := in.Into(&e); err != nil {
		return err
	}
	in.out.Failed(strings.TrimSpace(string(e.Code + " " + e.Summary + " " + e.Detail)))
	return nil
}

func (in *input) npmAdvisories(tool string) error {
	return in.Object(func(string) error {
		var a npmAdvisory
		if err := in.Into(&a); err != nil {
			return err
		}
		version, path := "", ""
		for _, f := range a.Findings {
			version = first(version, f.Version)
			if len(f.Paths) > 0 {
				path = first(path, f.Paths[0])
			}
		}
		return in.out.Add(a.raw(tool, version, path))
	})
}

// npmVulnerability reads a package of npm 7. What it lists as text is another package
// through which it is vulnerable, and stands in the report itself.
func (in *input) npmVulnerability() error {
	var v struct {
		Name, Severity, Range string
		Via                   []json.RawMessage
		Nodes                 []string
		FixAvailable          json.RawMessage
	}
	if err := in.Into(&v); err != nil {
		return err
	}
	fix := ""
	var offer struct {
		Name, Version string
		IsSemVerMajor bool
	}
	switch {
	case string(v.FixAvailable) == "true":
		fix = "npm audit fix"
	case json.Unmarshal(v.FixAvailable, &offer) == nil && offer.Name != "":
		fix = "install " + offer.Name + "@" + offer.Version
		if offer.IsSemVerMajor {
			fix += " (a major version)"
		}
	}
	node := ""
	if len(v.Nodes) > 0 {
		node = v.Nodes[0]
	}
	for _, data := range v.Via {
		var a struct {
			Source                                        number
			Name, Dependency, Title, URL, Severity, Range string
			CWE                                           words
			CVSS                                          struct {
				Score  number
				Vector string `json:"vectorString"`
			}
		}
		if data[0] != '{' || json.Unmarshal(data, &a) != nil {
			continue
		}
		if err := in.out.Add(&scan.Raw{
			Kind: scan.Vulnerability, ID: first(advisoryID(a.URL), "npm-"+number2text(a.Source)), Title: a.Title, Severity: a.Severity, URL: a.URL,
			CWE: cwes(a.CWE...), CVSS: float64(a.CVSS.Score), Type: "npm", Name: first(a.Name, v.Name), Fix: fix, Target: node, Tool: "npm-audit",
			Description: "versions " + a.Range,
		}); err != nil {
			return err
		}
	}
	return nil
}

func isYarn(s *shape) bool {
	if s.has(".advisories") || s.has(".value", ".children") {
		return true
	}
	if !s.has(".type", ".data") {
		return false
	}
	switch s.text[".type"] {
	case "auditAdvisory", "auditSummary", "auditAction", "warning", "info", "error", "step", "activityStart":
		return true
	default:
		return false
	}
}

// readYarn reads what yarn audit --json writes (one object a line), yarn npm audit
// --json, and pnpm audit --json.
func readYarn(in *input) error {
	in.out.Ran("yarn-audit")
	return in.documents(func() error {
		var kind, value string
		var waiting json.RawMessage
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "advisories":
				return true, in.npmAdvisories("yarn-audit")
			case "type":
				return true, in.Into(&kind)
			case "value":
				return true, in.Into(&value)
			case "data", "children":
				return true, in.Into(&waiting)
			case "error":
				return true, in.failure()
			default:
				return false, nil
			}
		})
		if err != nil {
			return err
		}
		return in.yarn(kind, value, waiting)
	})
}

func (in *input) yarn(kind, value string, data json.RawMessage) error {
	switch {
	case value != "":
		var c struct {
			ID           word
			Issue        string
			URL          string
			Severity     string
			Vulnerable   string   `json:"Vulnerable Versions"`
			TreeVersions []string `json:"Tree Versions"`
			Dependents   []string
		}
		_ = json.Unmarshal(data, &c)
		raw := &scan.Raw{
			Kind: scan.Vulnerability, ID: first(advisoryID(c.URL), string(c.ID)), Title: c.Issue, URL: c.URL, Severity: c.Severity, Type: "npm", Name: value,
			Tool: "yarn-audit",
		}
		if len(c.TreeVersions) > 0 {
			raw.Version = c.TreeVersions[0]
		}
		return in.out.Add(raw)
	case kind == "auditAdvisory":
		var d struct {
			Resolution struct{ Path string }
			Advisory   npmAdvisory
		}
		_ = json.Unmarshal(data, &d)
		version := ""
		if len(d.Advisory.Findings) > 0 {
			version = d.Advisory.Findings[0].Version
		}
		return in.out.Add(d.Advisory.raw("yarn-audit", version, d.Resolution.Path))
	case kind == "error":
		var text word
		_ = text.UnmarshalJSON(data)
		in.out.Failed(string(text))
	}
	return nil
}

func isPipAudit(s *shape) bool {
	return s.has(".dependencies") && s.any(".fixes", ".dependencies[].vulns", ".dependencies[].skip_reason") || s.list && s.has(".name", ".version", ".vulns")
}

type pipPackage struct {
	Name, Version, SkipReason string
	Skip                      string `json:"skip_reason"`
	Vulns                     []struct {
		ID, Description string
		Aliases         words
		FixVersions     []string `json:"fix_versions"`
	}
}

// readPipAudit reads what pip-audit -f json writes.
func readPipAudit(in *input) error {
	in.out.Ran("pip-audit")
	return in.documents(func() error {
		var one pipPackage
		list := false
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "dependencies":
				list = true
				return true, each(in, in.pipPackage)
			case "name":
				return true, in.Into(&one.Name)
			case "version":
				return true, in.Into(&one.Version)
			case "vulns":
				return true, in.Into(&one.Vulns)
			default:
				return false, nil
			}
		})
		if err != nil || list {
			return err
		}
		return in.pipPackage(&one)
	})
}

func (in *input) pipPackage(p *pipPackage) error {
	if p.Skip != "" {
		in.out.Note("not audited: " + p.Name + ": " + p.Skip)
	}
	for _, v := range p.Vulns {
		if err := in.out.Add(&scan.Raw{
			Kind: scan.Vulnerability, ID: v.ID, Aliases: v.Aliases, Description: v.Description, Title: firstLine(v.Description),
			Type: "pypi", Name: p.Name, Version: p.Version, Fixed: v.FixVersions, Tool: "pip-audit",
		}); err != nil {
			return err
		}
	}
	return nil
}

func isSafety(s *shape) bool {
	return s.has(".report_meta") || s.has(".scan_results") || s.has(".vulnerabilities[].vulnerability_id") || s.list && s.has("[]") && !s.has("[][]") && s.text["[]"] != ""
}

type safetyVulnerability struct {
	VulnerabilityID word   `json:"vulnerability_id"`
	PackageName     string `json:"package_name"`
	Version         string `json:"analyzed_version"`
	Advisory        string
	CVE             word
	Ignored         bool
	IgnoredReason   word   `json:"ignored_reason"`
	FixedVersions   words  `json:"fixed_versions"`
	URL             string `json:"more_info_url"`
	Published       string `json:"published_date"`
	Severity        struct {
		Source string
		V2     struct {
			Score number `json:"base_score"`
		} `json:"cvssv2"`
		V3 struct {
			Score    number `json:"base_score"`
			Severity string `json:"base_severity"`
			Vector   string `json:"vector_string"`
		} `json:"cvssv3"`
	}
}

// readSafety reads what safety check --json and safety scan --output json write, and
// the lists of versions before 2.
func readSafety(in *input) error {
	in.out.Ran("safety")
	return in.documents(func() error {
		kind, err := in.Kind()
		if err != nil {
			return err
		}
		if kind == '[' { // package, affected, version, text, id
			row := words(nil) //nolint:prealloc // its length is in the report
			if err := in.Into(&row); err != nil {
				return err
			}
			row = append(row, make(words, 5)...)
			return in.out.Add(&scan.Raw{
				Kind: scan.Vulnerability, ID: "PVE-" + row[4], Title: firstLine(row[3]), Description: row[3], Type: "pypi", Name: row[0], Version: row[2], Tool: "safety",
			})
		}
		return in.members(func(key string) (bool, error) {
			switch key {
			case "vulnerabilities":
				return true, each(in, func(v *safetyVulnerability) error { return in.safety(v, v.Ignored) })
			case "ignored_vulnerabilities":
				return true, each(in, func(v *safetyVulnerability) error { return in.safety(v, true) })
			case "scan_results":
				return true, in.safetyScan()
			default:
				return false, nil
			}
		})
	})
}

func (in *input) safety(v *safetyVulnerability, ignored bool) error {
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: first(string(v.CVE), "PVE-"+string(v.VulnerabilityID)), Aliases: []string{"PVE-" + string(v.VulnerabilityID)}, Title: firstLine(v.Advisory),
		Description: v.Advisory, Type: "pypi", Name: v.PackageName, Version: v.Version, Fixed: v.FixedVersions, URL: v.URL, Published: v.Published, Tool: "safety",
	}
	if v.Severity.V3.Score > 0 {
		raw.Ratings = []scan.Rating{{Source: "safety", Severity: scan.ParseSeverity(v.Severity.V3.Severity), Score: float64(v.Severity.V3.Score), Vector: v.Severity.V3.Vector, Chosen: true}}
	} else {
		raw.CVSS = float64(v.Severity.V2.Score)
	}
	if ignored {
		raw.Suppressed = &scan.Suppressed{By: "tool", Name: "ignored", Reason: string(v.IgnoredReason)}
	}
	return in.out.Add(raw)
}

// safetyScan reads the results of safety scan: projects, files, dependencies.
func (in *input) safetyScan() error {
	type dependency struct {
		Name           string
		Specifications []struct {
			Raw             string
			Vulnerabilities struct {
				Known []struct {
					ID      string
					Ignored struct{ Code, Reason word }
				} `json:"known_vulnerabilities"`
				Remediation struct{ Recommended word }
			}
		}
	}
	return in.members(func(key string) (bool, error) {
		if key != "projects" {
			return false, nil
		}
		return true, each(in, func(p *struct {
			Files []struct {
				Location string
				Results  struct{ Dependencies []dependency }
			}
		},
		) error {
			for _, f := range p.Files {
				for _, d := range f.Results.Dependencies {
					for _, s := range d.Specifications {
						_, version, _ := strings.Cut(s.Raw, "==")
						for _, v := range s.Vulnerabilities.Known {
							raw := &scan.Raw{
								Kind: scan.Vulnerability, ID: "PVE-" + v.ID, Type: "pypi", Name: d.Name, Version: version, Path: f.Location,
								Fixed: []string{string(s.Vulnerabilities.Remediation.Recommended)}, Tool: "safety",
							}
							if v.Ignored.Code != "" {
								raw.Suppressed = &scan.Suppressed{By: "tool", Name: "ignored", Reason: string(v.Ignored.Reason)}
							}
							if err := in.out.Add(raw); err != nil {
								return err
							}
						}
					}
				}
			}
			return nil
		})
	})
}

func isSnyk(s *shape) bool {
	return s.has(".vulnerabilities") && s.any(".packageManager", ".dependencyCount", ".licensesPolicy")
}

type snykVulnerability struct {
	ID, Title, Description, Severity, SeverityWithCritical, PackageName, ModuleName, Name, Version, PackageManager, PublicationTime string
	NVDSeverity                                                                                                                     string
	CVSSv3                                                                                                                          string
	CVSSScore                                                                                                                       number
	Identifiers                                                                                                                     struct{ CVE, CWE, GHSA []string }
	FixedIn                                                                                                                         []string
	UpgradePath                                                                                                                     []any
	From                                                                                                                            []string
	Type                                                                                                                            string
}

// readSnyk reads what snyk test --json writes. The same vulnerability stands there
// once for each way through the dependencies.
func readSnyk(in *input) error {
	in.out.Ran("snyk")
	return in.documents(func() error {
		var target struct{ path, manager string }
		from := len(in.out.Findings)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "vulnerabilities":
				return true, each(in, func(v *snykVulnerability) error {
					raw := &scan.Raw{
						Kind: scan.Vulnerability, ID: v.ID, Aliases: append(v.Identifiers.CVE, v.Identifiers.GHSA...), Title: v.Title, Description: v.Description,
						Severity: first(v.SeverityWithCritical, v.Severity), CVSS: float64(v.CVSSScore), CWE: cwes(v.Identifiers.CWE...),
						Type: v.PackageManager, Name: first(v.PackageName, v.ModuleName, v.Name), Version: v.Version, Fixed: v.FixedIn,
						URL: "https://security.snyk.io/vuln/" + v.ID, Published: v.PublicationTime, Target: strings.Join(v.From, " > "), Tool: "snyk",
					}
					if v.Type == "license" {
						raw.Kind = scan.Other
					}
					return in.out.Add(raw)
				})
			case "displayTargetFile", "path":
				path, err := in.Text()
				target.path = first(path, target.path)
				return true, err
			case "error":
				why, err := in.Text()
				if why != "" {
					in.out.Failed(why)
				}
				return true, err
			default:
				return false, nil
			}
		})
		for _, f := range in.out.Findings[from:] {
			f.SetPath(target.path)
		}
		return err
	})
}

func isClair(s *shape) bool {
	return s.has(".vulnerabilities[].featurename") || s.has(".image", ".unapproved") || s.has(".LayerCount", ".Vulnerabilities")
}

// readClair reads the reports of clair-scanner and of klar.
func readClair(in *input) error {
	type clairVulnerability struct {
		FeatureName, FeatureVersion, Vulnerability, Name, Namespace, NamespaceName, Description, Link, Severity, FixedBy string
	}
	in.out.Ran("clair")
	add := func(v *clairVulnerability) error {
		return in.out.Add(&scan.Raw{
			Kind: scan.Vulnerability, ID: first(v.Vulnerability, v.Name), Description: v.Description, Severity: v.Severity, URL: v.Link,
			Type: first(v.Namespace, v.NamespaceName), Name: v.FeatureName, Version: v.FeatureVersion, Fixed: []string{v.FixedBy}, Tool: "clair",
		})
	}
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			switch key {
			case "vulnerabilities":
				return true, each(in, add)
			case "Vulnerabilities":
				return true, in.Object(func(string) error { return each(in, add) })
			default:
				return false, nil
			}
		})
	})
}
