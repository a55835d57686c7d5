// Package scan makes one list out of the reports of many scanners: what several tools
// say about one thing is one finding, with everything that was said about it.
package scan

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/scan/purl"
)

// Kind is what a finding is about; it decides what makes two findings one.
type Kind uint8

// The kinds of findings.
const (
	// Vulnerability is a known weakness of a package.
	Vulnerability Kind = iota
	// Code is a weakness in source code.
	Code
	// Misconfiguration is a setting that should be another one.
	Misconfiguration
	// Secret is a password or key where others can read it.
	Secret
	// Other is everything else: what a probe of a running service said.
	Other
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Vulnerability, Code, Misconfiguration, Secret, Other} }

// String returns the kind as output has it.
func (k Kind) String() string {
	switch k {
	case Vulnerability:
		return "vulnerability"
	case Code:
		return "code"
	case Misconfiguration:
		return "misconfiguration"
	case Secret:
		return "secret"
	default:
		return "other"
	}
}

// MarshalText writes the kind as String does.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes; a word that is not known is Other.
func (k *Kind) UnmarshalText(text []byte) error {
	*k = Other
	for _, kind := range Kinds() {
		if kind.String() == string(text) {
			*k = kind
		}
	}
	return nil
}

// Finding is one thing that scanners found.
type Finding struct {
	// Key stays the same from run to run; the history of the finding hangs on it.
	Key string `json:"key"`
	// Kind is what it is about.
	Kind Kind `json:"kind"`
	// Asset is what was scanned, as the user names it.
	Asset string `json:"asset,omitempty"`
	// ID is the vulnerability's id (that of CVE before others) or the rule's.
	ID string `json:"id"`
	// Aliases are other ids of the same vulnerability or rule, sorted.
	Aliases []string `json:"aliases,omitempty"`
	// Related are advisories and ids that are not the same but named with it, sorted.
	Related []string `json:"related,omitempty"`
	// Title says in a few words what it is.
	Title string `json:"title,omitempty"`
	// Description is more about it.
	Description string `json:"description,omitempty"`
	// Severity is what was chosen among Ratings.
	Severity Severity `json:"severity"`
	// SeverityFrom names whose rating was chosen.
	SeverityFrom string `json:"severity_from,omitempty"`
	// Ratings are what everybody says about the severity.
	Ratings []Rating `json:"ratings,omitempty"`
	// CVSS is the highest base score, 0 for none.
	CVSS float64 `json:"cvss,omitempty"`
	// CWE are the numbers of the Common Weakness Enumeration, sorted.
	CWE []int `json:"cwe,omitempty"`
	// EPSS is the probability that somebody exploits it within 30 days; nil for unknown.
	EPSS *EPSS `json:"epss,omitempty"`
	// KEV says that it is known to be exploited; nil when nobody said so.
	KEV *KEV `json:"kev,omitempty"`
	// Package is what is vulnerable.
	Package Package `json:"package,omitzero"`
	// Fixed are the versions that repair it, as the tools have them.
	Fixed []string `json:"fixed,omitempty"`
	// Fix says in words what to do.
	Fix string `json:"fix,omitempty"`
	// Place is where it is.
	Place Place `json:"place,omitzero"`
	// URL leads to more.
	URL string `json:"url,omitempty"`
	// Published is the day on which the vulnerability became known, in RFC 3339.
	Published string `json:"published,omitempty"`
	// State is where in its life the finding is.
	State State `json:"state"`
	// Suppressed says why nobody has to do anything; nil when somebody has.
	Suppressed *Suppressed `json:"suppressed,omitempty"`
	// FirstSeen and LastSeen are the times of runs, FixedAt that of the first run
	// without it, all in RFC 3339; "" for unknown.
	FirstSeen string `json:"first_seen,omitempty"`
	LastSeen  string `json:"last_seen,omitempty"`
	FixedAt   string `json:"fixed_at,omitempty"`
	// Sources are the reports that it stands in.
	Sources []Source `json:"sources"`

	// secret is the fingerprint of a secret, line that of a line of code, partial
	// what a tool calls its own.
	secret, line, partial string
	// col is the column, which tells apart findings on one line; seq numbers those of
	// one rule on one line.
	col, seq int
}

// Package is a piece of software.
type Package struct {
	// Name as its ecosystem writes it: group:artifact, @scope/name.
	Name string `json:"name,omitempty"`
	// Type is that of package URLs: npm, deb, maven; "" for unknown.
	Type string `json:"type,omitempty"`
	// Versions are those installed, sorted.
	Versions []string `json:"versions,omitempty"`
	// PURL is the package URL of one of them.
	PURL string `json:"purl,omitempty"`
}

// Place is where a finding is: in a file, or in a resource.
type Place struct {
	// Path is that of a file, with slashes.
	Path string `json:"path,omitempty"`
	// Line counts from 1; 0 is unknown.
	Line int `json:"line,omitempty"`
	// EndLine is the last line; 0 is the same as Line.
	EndLine int `json:"end_line,omitempty"`
	// Resource is the name of what is configured: a service, an object, a host.
	Resource string `json:"resource,omitempty"`
}

// Source is one mention of a finding.
type Source struct {
	// Tool is who found it, in lower case: trivy.
	Tool string `json:"tool"`
	// Format is how the report was written.
	Format string `json:"format"`
	// Report is the name of the report, as it was given.
	Report string `json:"report"`
	// ID and Severity are as the report has them.
	ID       string `json:"id,omitempty"`
	Severity string `json:"severity,omitempty"`
	// Target is what the tool says it looked at.
	Target string `json:"target,omitempty"`
}

// State is where in its life a finding is.
type State string

// The states. A finding that a run could not have seen, because its tools did not
// run, stays open.
const (
	New      State = "new"
	Open     State = "open"
	Reopened State = "reopened"
	Fixed    State = "fixed"
)

// Suppressed says why a finding needs nobody.
type Suppressed struct {
	// By is vex, file or tool: who said it.
	By string `json:"by"`
	// Name is that of the document or suppression.
	Name string `json:"name,omitempty"`
	// Reason is why.
	Reason string `json:"reason,omitempty"`
	// Until is the last day on which it holds; "" is without an end.
	Until string `json:"until,omitempty"`
}

// Active reports whether somebody has to do something about the finding.
func (f *Finding) Active() bool { return f.State != Fixed && f.Suppressed == nil }

// Tools returns who found it, sorted.
func (f *Finding) Tools() []string {
	var out []string
	for _, s := range f.Sources {
		if !slices.Contains(out, s.Tool) {
			out = append(out, s.Tool)
		}
	}
	slices.Sort(out)
	return out
}

// Component is the package, file or resource that the finding is in, for people.
func (f *Finding) Component() string {
	switch {
	case f.Package.Name != "":
		return f.Package.Name
	case f.Place.Path != "":
		return f.Place.Path
	default:
		return f.Place.Resource
	}
}

// Raw is a finding as one report has it, before it is merged with others.
type Raw struct {
	// Kind is what it is about.
	Kind Kind
	// ID is the vulnerability's or the rule's, Aliases are further ones.
	ID      string
	Aliases []string
	// Title, Description, Fix and URL are texts for people.
	Title, Description, Fix, URL string
	// Severity is the tool's word. Coarse says that the format has no better words
	// than error, warning and note: what the same tool says elsewhere goes before.
	Severity string
	Coarse   bool
	// Ratings are those of others that the report passes on, and the tool's own if it
	// says more than the word.
	Ratings []Rating
	// CVSS is the highest base score, when there is no rating for it.
	CVSS float64
	// CWE are numbers.
	CWE []int
	// Type, Name, Version and PURL are the package's.
	Type, Name, Version, PURL string
	// Fixed are versions that repair it.
	Fixed []string
	// Path, Line, EndLine, Col and Resource are where it is.
	Path               string
	Line, EndLine, Col int
	Resource           string
	// Snippet is the code at Line. Only a hash is kept.
	Snippet string
	// Secret is what was found where it should not be. Only a hash is kept.
	Secret string
	// Fingerprint is the tool's own name for the finding.
	Fingerprint string
	// Published is when the vulnerability became known.
	Published string
	// EPSS and KEV are what the report says of the vulnerability.
	EPSS *EPSS
	KEV  *KEV
	// Suppressed is set when the report itself holds the finding back.
	Suppressed *Suppressed
	// Tool is who found it, if the report names somebody else than its format does.
	Tool string
	// Target is what was looked at.
	Target string
	// Asset is what was scanned, if one report is about several; what the user says
	// goes before.
	Asset string
}

// Limits of the texts of a finding, in bytes. What is longer ends with an ellipsis.
const (
	maxWord        = 500
	maxTitle       = 300
	maxDescription = 2000
	maxList        = 30
)

// finding makes a finding of one report's.
func (r *Raw) finding(report *Report, asset string) *Finding {
	id := Clip(strings.TrimSpace(r.ID), maxWord)
	if asset == "" {
		asset = Clip(r.Asset, maxWord)
	}
	tool := ToolName(r.Tool)
	if tool == "" {
		tool = ToolName(report.Format)
	}
	f := &Finding{
		Kind: r.Kind, Asset: asset, ID: id, Title: Clip(oneLine(r.Title), maxTitle), Description: Clip(strings.TrimSpace(r.Description), maxDescription),
		Fix: Clip(oneLine(r.Fix), maxTitle), URL: Clip(r.URL, maxWord), Published: Clip(r.Published, 40), CVSS: r.CVSS,
		EPSS: r.EPSS, KEV: r.KEV, Suppressed: r.Suppressed,
		Place: Place{Path: Clip(cleanPath(r.Path), 2*maxWord), Line: max(r.Line, 0), EndLine: max(r.EndLine, 0), Resource: Clip(oneLine(r.Resource), maxWord)},
		Sources: []Source{{
			Tool: tool, Format: report.Format, Report: report.Name, ID: id,
			Severity: Clip(r.Severity, maxWord), Target: Clip(oneLine(r.Target), maxWord),
		}},
		partial: Clip(r.Fingerprint, maxWord),
	}
	if f.Suppressed != nil {
		f.Suppressed.Name, f.Suppressed.Reason = Clip(f.Suppressed.Name, maxWord), Clip(f.Suppressed.Reason, maxTitle)
	}
	for _, a := range r.Aliases {
		if a = Clip(strings.TrimSpace(a), maxWord); a != "" && a != id && len(f.Aliases) < maxList && !slices.Contains(f.Aliases, a) {
			f.Aliases = append(f.Aliases, a)
		}
	}
	for _, v := range r.Fixed {
		if v = Clip(strings.TrimSpace(v), maxWord); v != "" && len(f.Fixed) < maxList && !slices.Contains(f.Fixed, v) {
			f.Fixed = append(f.Fixed, v)
		}
	}
	for _, n := range r.CWE {
		if n > 0 && len(f.CWE) < maxList && !slices.Contains(f.CWE, n) {
			f.CWE = append(f.CWE, n)
		}
	}
	slices.Sort(f.CWE)
	f.rate(r, tool)
	f.pack(r)
	if r.Secret != "" {
		f.secret = digest(strings.TrimSpace(r.Secret))
	}
	if s := strings.Join(strings.Fields(r.Snippet), " "); s != "" {
		f.line = digest(s)
	}
	return f
}

// pack says which package it is about.
func (f *Finding) pack(r *Raw) {
	f.Package = Package{Type: purl.Type(r.Type), Name: Clip(r.Name, maxWord)}
	version := strings.TrimSpace(Clip(r.Version, maxWord))
	if p, err := purl.Parse(r.PURL); err == nil {
		f.Package.Type, f.Package.Name = p.Type, Clip(p.FullName(), maxWord)
		f.Package.PURL = Clip(r.PURL, 2*maxWord)
		if version == "" {
			version = p.Version
		}
	}
	f.Package.Name = purl.Name(f.Package.Type, f.Package.Name)
	if version != "" {
		f.Package.Versions = []string{version}
	}
}

// SetPath says in which file the finding is.
func (f *Finding) SetPath(path string) { f.Place.Path = Clip(cleanPath(path), 2*maxWord) }

// SetPackageType says of which ecosystem the package is, in a word that a tool uses,
// unless that is known.
func (f *Finding) SetPackageType(word string) {
	if f.Package.Type == "" && f.Package.Name != "" {
		f.Package.Type = purl.Type(word)
		f.Package.Name = purl.Name(f.Package.Type, f.Package.Name)
	}
}

// Retool gives ratings the name of the tool of the first source, when that was learnt
// after they were read.
func (f *Finding) Retool() {
	for i := range f.Ratings {
		f.Ratings[i].Tool = f.Sources[0].Tool
	}
}
