package read

import (
	"encoding/xml"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isGitLab(s *shape) bool {
	return s.has(".vulnerabilities", ".scan") || s.has(".vulnerabilities", ".version") && s.any(".vulnerabilities[].identifiers", ".remediations", ".dependency_files")
}

type gitLabVulnerability struct {
	ID, Category, Name, Message, Description, CVE, Severity, Solution string
	Location                                                          struct {
		File       string
		StartLine  int `json:"start_line"`
		EndLine    int `json:"end_line"`
		Image      string
		Dependency struct {
			Package struct{ Name string }
			Version string
		}
		OperatingSystem string `json:"operating_system"`
		Hostname, Path  string
	}
	Identifiers []struct{ Type, Name, Value, URL string }
	Links       []struct{ URL string }
	Raw         string `json:"raw_source_code_extract"`
	Flags       []struct{ Type, Description string }
	Scanner     struct{ ID, Name string }
}

// readGitLab reads the security reports of GitLab.
func readGitLab(in *input) error {
	return in.documents(func() error {
		var kind, tool string
		from := len(in.out.Findings)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "scan":
				var s struct {
					Type, Status string
					Scanner      struct{ ID, Name string }
				}
				err := in.Into(&s)
				kind, tool = s.Type, first(s.Scanner.ID, s.Scanner.Name)
				if s.Status == "failure" {
					in.out.Failed("its status is failure")
				}
				return true, err
			case "vulnerabilities":
				return true, each(in, func(v *gitLabVulnerability) error { return in.out.Add(v.raw()) })
			default:
				return false, nil
			}
		})
		in.out.Ran(tool)
		for _, f := range in.out.Findings[from:] {
			if tool != "" {
				f.Sources[0].Tool = scan.ToolName(tool)
			}
			if kind == "secret_detection" {
				f.Kind = scan.Secret
			}
			f.Retool()
		}
		return err
	})
}

func (v *gitLabVulnerability) raw() *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Code, ID: v.ID, Title: first(v.Name, v.Message), Description: v.Description, Severity: v.Severity, Fix: v.Solution,
		Path: v.Location.File, Line: v.Location.StartLine, EndLine: v.Location.EndLine, Target: v.Location.Image, Tool: first(v.Scanner.ID, "gitlab"),
		Name: v.Location.Dependency.Package.Name, Version: v.Location.Dependency.Version, Snippet: v.Raw,
		Resource: strings.TrimSuffix(v.Location.Hostname+v.Location.Path, "/"),
	}
	system, _, _ := strings.Cut(v.Location.OperatingSystem, " ")
	raw.Type = system
	for i, id := range v.Identifiers {
		name := first(id.Value, id.Name)
		switch {
		case strings.EqualFold(id.Type, "cwe"):
			raw.CWE = append(raw.CWE, cwes(first(id.Name, id.Value))...)
		case i == 0:
			raw.ID, raw.URL = name, id.URL
		default:
			raw.Aliases = append(raw.Aliases, name)
		}
	}
	if len(v.Links) > 0 {
		raw.URL = first(raw.URL, v.Links[0].URL)
	}
	if raw.Name != "" {
		raw.Kind = scan.Vulnerability
	}
	if v.Category == "secret_detection" {
		raw.Kind, raw.Secret, raw.Snippet = scan.Secret, v.Raw, ""
	}
	for _, f := range v.Flags {
		if f.Type == "flagged-as-likely-false-positive" {
			raw.Suppressed = &scan.Suppressed{By: "tool", Name: f.Type, Reason: f.Description}
		}
	}
	return raw
}

func isASFF(s *shape) bool {
	return s.has(".Findings[].AwsAccountId") || s.has(".AwsAccountId", ".ProductArn") || s.has(".Findings[].ProductArn")
}

type asffFinding struct {
	ID, GeneratorID, Title, Description, RecordState string
	Severity                                         struct {
		Label      string
		Normalized number
	}
	Remediation   struct{ Recommendation struct{ Text, URL string } }
	ProductFields map[string]string
	Types         []string
	Resources     []struct {
		Type, ID string
		Details  struct {
			Container struct{ ImageName string }
			Other     map[string]word
		}
	}
	Vulnerabilities []struct {
		ID                 string
		VulnerablePackages []struct{ Name, Version, FixedInVersion, PackageManager string }
		CVSS               []struct{ BaseScore number }
	}
	Compliance struct{ Status string }
	Workflow   struct{ Status string }
}

// readASFF reads findings in the form of AWS Security Hub.
func readASFF(in *input) error {
	return in.documents(func() error {
		var one asffFinding
		list := false
		err := in.Object(func(key string) error {
			if key == "Findings" {
				list = true
				return each(in, in.asff)
			}
			return in.asffMember(&one, key)
		})
		if err != nil || list {
			return err
		}
		return in.asff(&one)
	})
}

// asffMember reads one member of a finding that stands alone.
func (in *input) asffMember(f *asffFinding, key string) error {
	switch key {
	case "Id":
		return in.Into(&f.ID)
	case "GeneratorId":
		return in.Into(&f.GeneratorID)
	case "Title":
		return in.Into(&f.Title)
	case "Description":
		return in.Into(&f.Description)
	case "RecordState":
		return in.Into(&f.RecordState)
	case "Severity":
		return in.Into(&f.Severity)
	case "Remediation":
		return in.Into(&f.Remediation)
	case "ProductFields":
		return in.Into(&f.ProductFields)
	case "Types":
		return in.Into(&f.Types)
	case "Resources":
		return in.Into(&f.Resources)
	case "Vulnerabilities":
		return in.Into(&f.Vulnerabilities)
	case "Compliance":
		return in.Into(&f.Compliance)
	case "Workflow":
		return in.Into(&f.Workflow)
	default:
		return in.Skip()
	}
}

func (in *input) asff(f *asffFinding) error {
	if f.RecordState == "ARCHIVED" || f.Compliance.Status == "PASSED" {
		return nil
	}
	raw := &scan.Raw{
		Kind: scan.Misconfiguration, ID: first(f.GeneratorID, f.ID), Title: f.Title, Description: f.Description, Severity: f.Severity.Label,
		URL: f.Remediation.Recommendation.URL, Fix: f.Remediation.Recommendation.Text, Tool: first(f.ProductFields["Product Name"], f.ProductFields["aws/securityhub/ProductName"], "asff"),
	}
	if raw.Severity == "" {
		raw.CVSS = float64(f.Severity.Normalized) / 10
	}
	if f.Workflow.Status == "SUPPRESSED" {
		raw.Suppressed = &scan.Suppressed{By: "tool", Name: "workflow"}
	}
	other := map[string]word{}
	if len(f.Resources) > 0 {
		r := f.Resources[0]
		raw.Resource, raw.Target = r.ID, r.Details.Container.ImageName
		if r.Details.Other != nil {
			other = r.Details.Other
		}
	}
	switch kinds := strings.Join(f.Types, " "); {
	case other["PkgName"] != "": // Trivy's template
		raw.Kind, raw.Name, raw.Version = scan.Vulnerability, string(other["PkgName"]), string(other["Installed Package"])
		raw.ID, raw.Title, raw.Fix, raw.Resource = string(other["CVE ID"]), first(string(other["CVE Title"]), f.Title), "", ""
		raw.Fixed = []string{string(other["Patched Package"])}
	case len(f.Vulnerabilities) > 0:
		v := f.Vulnerabilities[0]
		raw.Kind, raw.ID = scan.Vulnerability, v.ID
		for _, p := range v.VulnerablePackages {
			if raw.Name == "" {
				raw.Name, raw.Version, raw.Type, raw.Fixed = p.Name, p.Version, p.PackageManager, []string{p.FixedInVersion}
			}
		}
	case strings.Contains(kinds, "Sensitive Data"):
		raw.Kind, raw.Path, raw.Resource, raw.Description = scan.Secret, first(string(other["Filename"]), raw.Resource), "", ""
		// "Trivy found a secret in FILE: what"
		if i := strings.LastIndex(f.Title, ": "); i >= 0 {
			raw.Title, raw.ID = f.Title[i+2:], f.Title[i+2:]
		}
	case other["Filename"] != "":
		raw.Path, raw.Resource = string(other["Filename"]), ""
	}
	return in.out.Add(raw)
}

// junitCase is one test. Trivy writes "[SEVERITY] ID" as its name and name-version as
// its class.
type junitCase struct {
	Name     string `xml:"name,attr"`
	Class    string `xml:"classname,attr"`
	File     string `xml:"file,attr"`
	Line     int    `xml:"line,attr"`
	Failures []struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	} `xml:"failure"`
}

// junit reads the tests that failed.
func (d *markup) junit(root xml.StartElement) error {
	var suite func(e xml.StartElement, depth int) error
	suite = func(e xml.StartElement, depth int) error {
		if depth > 20 {
			return d.skip()
		}
		name, kind := "", ""
		for _, a := range e.Attr {
			if a.Name.Local == "name" {
				name = a.Value
			}
		}
		if e.Name.Local == "testsuites" {
			d.out.Ran(name)
		}
		return d.children(func(e xml.StartElement) (bool, error) {
			switch e.Name.Local {
			case "testsuites", "testsuite":
				return true, suite(e, depth+1)
			case "properties":
				var list struct {
					Properties []struct {
						Name  string `xml:"name,attr"`
						Value string `xml:"value,attr"`
					} `xml:"property"`
				}
				err := d.DecodeElement(&list, &e)
				for _, p := range list.Properties {
					if p.Name == "type" {
						kind = p.Value
					}
				}
				return true, err
			case "testcase":
				var c junitCase
				if err := d.DecodeElement(&c, &e); err != nil {
					return true, err
				}
				return true, d.junitCase(&c, name, kind)
			default:
				return false, nil
			}
		})
	}
	return suite(root, 0)
}

func (d *markup) junitCase(c *junitCase, suite, kind string) error {
	tool := "junit"
	if len(d.out.Tools) > 0 {
		tool = d.out.Tools[0]
	}
	for _, f := range c.Failures {
		raw := &scan.Raw{
			Kind: scan.Misconfiguration, ID: c.Name, Title: first(firstLine(f.Message), c.Name), Description: f.Text, Severity: f.Type,
			Path: c.File, Line: c.Line, Resource: first(c.Class, suite), Target: suite, Tool: tool,
		}
		if word, id, ok := strings.Cut(c.Name, "] "); ok && strings.HasPrefix(word, "[") {
			raw.Severity, raw.ID = word[1:], id
		}
		if scan.IsVulnerabilityID(raw.ID) {
			raw.Kind, raw.Resource, raw.Type = scan.Vulnerability, "", kind
			raw.Name, raw.Version = nameAndVersion(c.Class)
		}
		if err := d.out.Add(raw); err != nil {
			return err
		}
	}
	return nil
}

// nameAndVersion cuts name-version where the version begins: at the first dash before
// a digit.
func nameAndVersion(text string) (name, version string) {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '-' && text[i+1] >= '0' && text[i+1] <= '9' {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

type checkedDependency struct {
	FileName    string `xml:"fileName"`
	FilePath    string `xml:"filePath"`
	Identifiers []struct {
		Type string `xml:"type,attr"`
		Name string `xml:"name"`
	} `xml:"identifiers>identifier"`
	Packages []struct {
		ID string `xml:"id"`
	} `xml:"identifiers>package"`
	Vulnerabilities []checkedVulnerability `xml:"vulnerabilities>vulnerability"`
	Suppressed      []checkedVulnerability `xml:"vulnerabilities>suppressedVulnerability"`
}

type checkedVulnerability struct {
	Source      string   `xml:"source,attr"`
	Name        string   `xml:"name"`
	Severity    string   `xml:"severity"`
	V2          string   `xml:"cvssV2>score"`
	V3          string   `xml:"cvssV3>baseScore"`
	Score       string   `xml:"cvssScore"`
	CWE         string   `xml:"cwe"`
	CWEs        []string `xml:"cwes>cwe"`
	Description string   `xml:"description"`
	Notes       string   `xml:"notes"`
	References  []struct {
		URL string `xml:"url"`
	} `xml:"references>reference"`
}

// dependencyCheck reads what OWASP Dependency-Check writes.
func (d *markup) dependencyCheck() error {
	d.out.Ran("dependency-check")
	return d.children(func(e xml.StartElement) (bool, error) {
		if e.Name.Local != "dependencies" {
			return false, nil
		}
		return true, d.children(func(e xml.StartElement) (bool, error) {
			var one checkedDependency
			if err := d.DecodeElement(&one, &e); err != nil {
				return true, err
			}
			for i := range one.Vulnerabilities {
				if err := d.out.Add(one.Vulnerabilities[i].raw(&one)); err != nil {
					return true, err
				}
			}
			for i := range one.Suppressed {
				raw := one.Suppressed[i].raw(&one)
				raw.Suppressed = &scan.Suppressed{By: "tool", Reason: one.Suppressed[i].Notes}
				if err := d.out.Add(raw); err != nil {
					return true, err
				}
			}
			return true, nil
		})
	})
}

func (v *checkedVulnerability) raw(of *checkedDependency) *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: v.Name, Title: firstLine(v.Description), Description: v.Description, Severity: v.Severity,
		CWE: cwes(append(v.CWEs, v.CWE)...), Name: of.FileName, Path: of.FilePath, Tool: "dependency-check",
	}
	for _, p := range of.Packages {
		if strings.HasPrefix(p.ID, "pkg:") && raw.PURL == "" {
			raw.PURL = p.ID
		}
	}
	for _, i := range of.Identifiers {
		if parts := strings.Split(i.Name, ":"); i.Type == "maven" && len(parts) == 3 && raw.PURL == "" {
			raw.PURL = "pkg:maven/" + parts[0] + "/" + parts[1] + "@" + parts[2]
		}
	}
	for _, text := range []string{v.V3, v.V2, v.Score} {
		var score number
		_ = score.UnmarshalJSON([]byte(text))
		raw.CVSS = max(raw.CVSS, float64(score))
		if raw.CVSS > 0 {
			break
		}
	}
	if len(v.References) > 0 {
		raw.URL = v.References[0].URL
	}
	return raw
}
