package finding

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// The parts of SARIF 2.1.0 that are written.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	EndTimeUTC          string              `json:"endTimeUtc,omitempty"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID               string         `json:"id"`
	ShortDescription sarifText      `json:"shortDescription"`
	HelpURI          string         `json:"helpUri,omitempty"`
	Properties       map[string]any `json:"properties,omitempty"`
}

type sarifResult struct {
	RuleID              string             `json:"ruleId"`
	RuleIndex           int                `json:"ruleIndex"`
	Level               string             `json:"level"`
	Message             sarifText          `json:"message"`
	Locations           []sarifLocation    `json:"locations"`
	PartialFingerprints map[string]string  `json:"partialFingerprints"`
	BaselineState       string             `json:"baselineState,omitempty"`
	Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	Properties          map[string]any     `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region *sarifRegion `json:"region,omitempty"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
	EndLine   int `json:"endLine,omitempty"`
}

type sarifLogical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind,omitempty"`
}

// WriteSARIF writes the list as SARIF 2.1.0, one result a finding, with what is held
// back as suppressed results.
func WriteSARIF(w io.Writer, d Document) error {
	var run sarifRun
	run.Tool.Driver = sarifDriver{Name: "Sasumata", Version: d.List.Program, InformationURI: "https://github.com/sasumata/sasumata", Rules: []sarifRule{}}
	run.Results = []sarifResult{}
	invocation := sarifInvocation{ExecutionSuccessful: len(d.List.Unread) == 0, EndTimeUTC: d.List.Generated}
	for _, u := range d.List.Unread {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{"error", sarifText{u.Error}})
	}
	for _, n := range d.List.Notices {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{"warning", sarifText{english().notice(n)}})
	}
	run.Invocations = []sarifInvocation{invocation}
	rules := map[string]int{}
	for _, f := range d.List.Findings {
		if f.State == scan.Fixed {
			continue
		}
		id := f.ID
		if id == "" {
			id = f.Kind.String()
		}
		at, known := rules[id]
		if !known {
			at = len(run.Tool.Driver.Rules)
			rules[id] = at
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule(id, f))
		}
		run.Results = append(run.Results, result(id, at, f, d.List.Baseline != ""))
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	if err := e.Encode(log); err != nil {
		return fmt.Errorf("write the findings as SARIF: %w", err)
	}
	return nil
}

func rule(id string, f *scan.Finding) sarifRule {
	r := sarifRule{ID: id, ShortDescription: sarifText{title(f)}, Properties: map[string]any{"tags": append([]string{"security", f.Kind.String()}, weaknesses(f)...)}}
	if u, err := url.Parse(f.URL); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		r.HelpURI = u.String()
	}
	r.Properties["security-severity"] = score(f)
	return r
}

func weaknesses(f *scan.Finding) []string {
	out := make([]string, 0, len(f.CWE))
	for _, n := range f.CWE {
		out = append(out, "external/cwe/cwe-"+strconv.Itoa(n))
	}
	return out
}

func title(f *scan.Finding) string {
	if f.Title != "" {
		return f.Title
	}
	return f.ID
}

// score returns the number by which GitHub names the severity: it is not the CVSS
// score where somebody who knows better said something else.
func score(f *scan.Finding) string {
	if f.CVSS > 0 && scan.OfScore(f.CVSS) == f.Severity {
		return strconv.FormatFloat(f.CVSS, 'f', 1, 64)
	}
	switch f.Severity {
	case scan.Critical:
		return "9.5"
	case scan.High:
		return "8.0"
	case scan.Medium:
		return "5.5"
	case scan.Low:
		return "2.0"
	default:
		return "0.0"
	}
}

func result(id string, index int, f *scan.Finding, compared bool) sarifResult {
	r := sarifResult{
		RuleID: id, RuleIndex: index, Message: sarifText{message(f)}, PartialFingerprints: map[string]string{"sasumata/v1": f.Key},
		Properties: map[string]any{"severity": f.Severity.String(), "tools": f.Tools(), "kind": f.Kind.String()},
	}
	switch f.Severity {
	case scan.Critical, scan.High:
		r.Level = "error"
	case scan.Medium, scan.Unknown:
		r.Level = "warning"
	default:
		r.Level = "note"
	}
	if compared {
		r.BaselineState = "new"
		if f.State == scan.Open {
			r.BaselineState = "unchanged"
		}
	}
	var l sarifLocation
	l.Physical.Artifact.URI = (&url.URL{Path: strings.TrimLeft(artifact(f), "/")}).String()
	if f.Place.Line > 0 {
		l.Physical.Region = &sarifRegion{StartLine: f.Place.Line}
		if f.Place.EndLine >= f.Place.Line {
			l.Physical.Region.EndLine = f.Place.EndLine
		}
	}
	switch {
	case f.Package.PURL != "":
		l.Logical = []sarifLogical{{f.Package.PURL, "package"}}
	case f.Package.Name != "":
		l.Logical = []sarifLogical{{f.Package.Name, "package"}}
	case f.Place.Resource != "":
		l.Logical = []sarifLogical{{FullyQualifiedName: f.Place.Resource, Kind: "resource"}}
	}
	r.Locations = []sarifLocation{l}
	if s := f.Suppressed; s != nil {
		r.Suppressions = []sarifSuppression{{"external", "accepted", strings.TrimSpace(s.Name + ": " + s.Reason)}}
	}
	if f.KEV != nil {
		r.Properties["kev"] = true
	}
	if f.EPSS != nil {
		r.Properties["epss"] = f.EPSS.Score
	}
	return r
}

// artifact returns what the finding is in; GitHub wants the path of a file.
func artifact(f *scan.Finding) string {
	for _, name := range []string{f.Place.Path, f.Asset, f.Sources[0].Target, f.Component()} {
		if name != "" {
			return name
		}
	}
	return "unknown"
}

func message(f *scan.Finding) string {
	text := title(f)
	if w := where(f); w != "" {
		text += "\n" + w
	}
	if x := fix(f); x != "" {
		text += "\n" + x
	}
	return text
}
