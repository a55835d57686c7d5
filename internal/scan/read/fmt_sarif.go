package read

import (
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isSARIF(s *shape) bool {
	return s.has(".runs") && (s.has(".version") || strings.Contains(s.text[".$schema"], "sarif")) || s.has(".version") && strings.Contains(s.text[".$schema"], "sarif")
}

type sarifText struct{ Text, Markdown string }

type sarifRule struct {
	ID, Name, HelpURI    string
	ShortDescription     sarifText
	DefaultConfiguration struct{ Level string }
	MessageStrings       map[string]sarifText
	Properties           struct {
		SecuritySeverity number `json:"security-severity"`
		Tags             words
		CWE              words
		Severity         word
		Precision        word
		Problem          struct{ Severity word } `json:"problem"`
	}
	Relationships []struct {
		Target struct {
			ID            string
			ToolComponent struct{ Name string }
		}
	}
}

type sarifResult struct {
	RuleID, Level, Kind string
	RuleIndex           *int
	Rule                struct {
		ID            string
		Index         *int
		ToolComponent struct{ Index *int }
	}
	Message struct {
		Text, Markdown, ID string
		Arguments          []string
	}
	Locations []struct {
		PhysicalLocation struct {
			ArtifactLocation sarifArtifact
			Region           struct {
				StartLine, EndLine, StartColumn int
				Snippet                         sarifText
			}
		}
		LogicalLocations []struct{ Name, FullyQualifiedName, Kind string }
		Message          sarifText
	}
	PartialFingerprints map[string]string
	Fingerprints        map[string]string
	Suppressions        []struct{ Kind, Status, Justification string }
	BaselineState       string
	Taxa                []struct {
		ID            string
		ToolComponent struct{ Name string }
	}
	Properties struct {
		SecuritySeverity number `json:"security-severity"`
		Severity         word
		IssueSeverity    word `json:"issue_severity"`
		PURLs            []string
	}
}

type sarifArtifact struct {
	URI, URIBaseID string
	Index          *int
}

type sarifComponent struct {
	Name  string
	Rules []sarifRule
}

// sarifRun is what the results of a run refer to. It may stand behind them, so that
// results wait: at most maxWaiting of them.
type sarifRun struct {
	driver     sarifComponent
	extensions []sarifComponent
	artifacts  []string
	bases      map[string]sarifBase
	results    []sarifResult
	known      bool // the tool has been read
	rules      map[string]*sarifRule
	failed     string
}

type sarifBase struct{ URI, URIBaseID string }

// maxWaiting is how many results may stand before the tool that they refer to.
const maxWaiting = 50_000

// readSARIF reads SARIF 2.1.0, and what claims to be.
func readSARIF(in *input) error {
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "runs" {
				return false, nil
			}
			return true, in.Array(in.sarifRun)
		})
	})
}

func (in *input) sarifRun() error {
	run := &sarifRun{bases: map[string]sarifBase{}}
	err := in.members(func(key string) (bool, error) {
		switch key {
		case "tool":
			err := in.members(func(key string) (bool, error) {
				switch key {
				case "driver":
					return true, in.sarifComponent(&run.driver)
				case "extensions":
					return true, in.Array(func() error {
						if len(run.extensions) == maxRules {
							return in.Fail("more than 100000 extensions")
						}
						run.extensions = append(run.extensions, sarifComponent{})
						return in.sarifComponent(&run.extensions[len(run.extensions)-1])
					})
				default:
					return false, nil
				}
			})
			run.known = true
			run.index()
			return true, err
		case "originalUriBaseIds":
			return true, in.Into(&run.bases)
		case "artifacts":
			return true, each(in, func(a *struct{ Location sarifArtifact }) error {
				if len(run.artifacts) < scan.MaxFindings {
					run.artifacts = append(run.artifacts, a.Location.URI)
				}
				return nil
			})
		case "invocations":
			return true, each(in, func(i *struct {
				ExecutionSuccessful        *bool
				ToolExecutionNotifications []struct {
					Level   string
					Message sarifText
				}
			},
			) error {
				if i.ExecutionSuccessful != nil && !*i.ExecutionSuccessful {
					run.failed = "executionSuccessful is false"
					for _, n := range i.ToolExecutionNotifications {
						if n.Level == "error" && n.Message.Text != "" {
							run.failed = n.Message.Text
						}
					}
				}
				return nil
			})
		case "results":
			// They wait for artifacts and bases, too.
			return true, each(in, func(r *sarifResult) error {
				if len(run.results) == maxWaiting {
					if !run.known {
						return in.Fail("more than 50000 results before the tool that they are of")
					}
					if err := in.sarifFlush(run); err != nil {
						return err
					}
				}
				run.results = append(run.results, *r)
				return nil
			})
		default:
			return false, nil
		}
	})
	if err != nil {
		return err
	}
	in.out.Ran(run.driver.Name)
	if run.failed != "" {
		in.out.Failed(run.failed)
	}
	return in.sarifFlush(run)
}

// maxRules is how many rules a tool may have. Semgrep has 4,000.
const maxRules = 100_000

// sarifComponent reads a tool or an extension of one, rule by rule: all rules of
// some are longer than a value may be.
func (in *input) sarifComponent(c *sarifComponent) error {
	return in.members(func(key string) (bool, error) {
		switch key {
		case "name":
			return true, in.Into(&c.Name)
		case "rules":
			return true, each(in, func(r *sarifRule) error {
				if len(c.Rules) == maxRules {
					return in.Fail("more than 100000 rules")
				}
				c.Rules = append(c.Rules, *r)
				return nil
			})
		default:
			return false, nil
		}
	})
}

func (run *sarifRun) index() {
	run.rules = map[string]*sarifRule{}
	for _, c := range append([]sarifComponent{run.driver}, run.extensions...) {
		for i := range c.Rules {
			if r := &c.Rules[i]; run.rules[r.ID] == nil {
				run.rules[r.ID] = r
			}
		}
	}
}

// rule returns what the run says of the rule of a result; never nil.
func (run *sarifRun) rule(r *sarifResult) *sarifRule {
	index := r.RuleIndex
	if r.Rule.Index != nil {
		index = r.Rule.Index
	}
	rules := run.driver.Rules
	if c := r.Rule.ToolComponent.Index; c != nil && *c >= 0 && *c < len(run.extensions) {
		rules = run.extensions[*c].Rules
	}
	id := first(r.RuleID, r.Rule.ID)
	if index != nil && *index >= 0 && *index < len(rules) && (id == "" || id == rules[*index].ID || strings.HasPrefix(id, rules[*index].ID+"/")) {
		return &rules[*index]
	}
	for id != "" {
		if rule := run.rules[id]; rule != nil {
			return rule
		}
		cut := strings.LastIndexByte(id, '/') // a rule's id may go on behind that of its rule
		id = id[:max(cut, 0)]
	}
	return &sarifRule{}
}

func (in *input) sarifFlush(run *sarifRun) error {
	for i := range run.results {
		if raw := run.raw(&run.results[i]); raw != nil {
			if err := in.out.Add(raw); err != nil {
				return err
			}
		}
	}
	run.results = run.results[:0]
	return nil
}

// raw makes a finding of a result; nil for one that says that all is well.
func (run *sarifRun) raw(r *sarifResult) *scan.Raw {
	switch r.Kind {
	case "pass", "notApplicable", "informational":
		return nil
	}
	if r.BaselineState == "absent" {
		return nil
	}
	rule := run.rule(r)
	raw := &scan.Raw{
		Kind: scan.Code, ID: first(r.RuleID, r.Rule.ID, rule.ID), Tool: run.driver.Name, URL: rule.HelpURI,
		Title: first(rule.ShortDescription.Text, rule.Name), CVSS: float64(max(r.Properties.SecuritySeverity, rule.Properties.SecuritySeverity)),
	}
	raw.Description = message(r, rule)
	raw.Title = first(raw.Title, firstLine(raw.Description), raw.ID)
	raw.Severity = first(string(r.Properties.IssueSeverity), string(r.Properties.Severity), string(rule.Properties.Severity), string(rule.Properties.Problem.Severity))
	if scan.ParseSeverity(raw.Severity) == scan.Unknown {
		raw.Severity = ""
	}
	if raw.Severity == "" && raw.CVSS == 0 {
		raw.Severity, raw.Coarse = first(r.Level, rule.DefaultConfiguration.Level, "warning"), true
	}
	raw.CWE = cwes(append(append([]string{}, rule.Properties.CWE...), tagsOfCWE(rule.Properties.Tags)...)...)
	for _, rel := range rule.Relationships {
		if strings.EqualFold(rel.Target.ToolComponent.Name, "CWE") {
			raw.CWE = append(raw.CWE, cwes(rel.Target.ID)...)
		}
	}
	for _, t := range r.Taxa {
		if strings.EqualFold(t.ToolComponent.Name, "CWE") {
			raw.CWE = append(raw.CWE, cwes(t.ID)...)
		}
	}
	if len(r.Locations) > 0 { // further ones are the same finding
		l := &r.Locations[0]
		p := l.PhysicalLocation
		raw.Path = run.path(p.ArtifactLocation)
		raw.Line, raw.EndLine, raw.Col, raw.Snippet = p.Region.StartLine, p.Region.EndLine, p.Region.StartColumn, p.Region.Snippet.Text
		for _, logical := range l.LogicalLocations {
			raw.Resource = first(raw.Resource, logical.FullyQualifiedName, logical.Name)
		}
	}
	raw.Fingerprint = fingerprint(r)
	for _, s := range r.Suppressions {
		if s.Status == "" || s.Status == "accepted" {
			raw.Suppressed = &scan.Suppressed{By: "tool", Name: s.Kind, Reason: s.Justification}
		}
	}
	run.classify(raw, r, rule)
	return raw
}

func tagsOfCWE(tags []string) []string {
	var out []string
	for _, t := range tags {
		if strings.Contains(strings.ToUpper(t), "CWE-") {
			out = append(out, t[strings.LastIndexByte(t, '/')+1:])
		}
	}
	return out
}

// message puts the arguments of a message into its text.
func message(r *sarifResult, rule *sarifRule) string {
	text := first(r.Message.Text, rule.MessageStrings[r.Message.ID].Text, r.Message.Markdown)
	if len(text) > 20_000 || len(r.Message.Arguments) > 50 {
		return text
	}
	for i, a := range r.Message.Arguments {
		text = strings.ReplaceAll(text, "{"+string(rune('0'+i%10))+"}", a[:min(len(a), 1000)])
		if i == 9 {
			break
		}
	}
	return text
}

// fingerprint returns the tool's own name of a result, "" without one. What stands
// there beside is no name: gitleaks writes the commit and its author.
func fingerprint(r *sarifResult) string {
	for _, of := range []map[string]string{r.Fingerprints, r.PartialFingerprints} {
		for _, key := range []string{"matchBasedId/v1", "primaryLocationLineHash", "primaryLocationLineHash/v1", "issueHash/v1", "0"} {
			if v := of[key]; v != "" && v != "requires login" {
				return v
			}
		}
	}
	return ""
}

// path returns the path of a place, below its base if that is known.
func (run *sarifRun) path(a sarifArtifact) string {
	uri := a.URI
	if uri == "" && a.Index != nil && *a.Index >= 0 && *a.Index < len(run.artifacts) {
		uri = run.artifacts[*a.Index]
	}
	path := filePath(uri)
	base := run.bases[a.URIBaseID]
	for range 5 {
		if base.URIBaseID == "" {
			break
		}
		up := run.bases[base.URIBaseID]
		if up.URI == "" {
			break
		}
		// The topmost base is the folder of the sources, which differs from machine to
		// machine: only what is below it belongs to the path.
		path = strings.TrimSuffix(filePath(base.URI), "/") + "/" + path
		base = up
	}
	return strings.TrimPrefix(path, "./")
}
