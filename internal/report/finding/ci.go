package finding

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

// maxAnnotations is how many annotations are written. GitHub shows ten of each level.
const maxAnnotations = 1000

// WriteGitHub writes the findings that somebody has to look at as workflow commands:
// annotations at the lines of a pull request.
func WriteGitHub(w io.Writer, d Document) error {
	active, _, _ := split(d.List)
	var out strings.Builder
	for _, u := range d.List.Unread {
		fmt.Fprintf(&out, "::error file=%s::%s\n", property(u.Report), command(u.Error))
	}
	for i, f := range active {
		if i == maxAnnotations {
			fmt.Fprintf(&out, "::warning::%s\n", command(fmt.Sprintf(catalogue(d.Lang).FindingsCut, number(i), number(len(active)))))
			break
		}
		level := "notice"
		switch f.Severity {
		case scan.Critical, scan.High:
			level = "error"
		case scan.Medium, scan.Unknown:
			level = "warning"
		default:
		}
		place := "file=" + property(artifact(f))
		if f.Place.Line > 0 {
			place += fmt.Sprintf(",line=%d", f.Place.Line)
			if f.Place.EndLine > f.Place.Line {
				place += fmt.Sprintf(",endLine=%d", f.Place.EndLine)
			}
		}
		text := title(f)
		if x := fix(f); x != "" {
			text += "\n" + x
		}
		fmt.Fprintf(&out, "::%s %s,title=%s::%s\n", level, place, property(f.ID), command(text))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the findings as annotations: %w", err)
	}
	return nil
}

// command escapes the text of a workflow command: no line of it can be another.
func command(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes the value of a property of one.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(command(text))
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitMessage `xml:"failure"`
	Error   *junitMessage `xml:"error"`
	Skipped *junitMessage `xml:"skipped"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes a test suite for each component with findings: a case that failed
// for each finding, one that was skipped for each that is held back. Reports without
// findings are suites with one case that passed, files that could not be read have one
// with an error.
func WriteJUnit(w io.Writer, d Document) error {
	at := map[string]int{}
	out := junitSuites{Name: "sasumata"}
	add := func(name string, c junitCase) {
		i, ok := at[name]
		if !ok {
			i = len(out.Suites)
			at[name] = i
			out.Suites = append(out.Suites, junitSuite{Name: name})
		}
		c.Class = name
		s := &out.Suites[i]
		s.Cases = append(s.Cases, c)
		s.Tests++
		out.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
			out.Failures++
		case c.Error != nil:
			s.Errors++
			out.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	for _, f := range d.List.Findings {
		if f.State == scan.Fixed {
			continue
		}
		c := junitCase{Name: report.Cut(label(f), 300), File: f.Place.Path, Line: f.Place.Line}
		if s := f.Suppressed; s != nil {
			c.Skipped = &junitMessage{Message: report.Cut(strings.TrimSpace(s.Name+": "+s.Reason), 300)}
		} else {
			c.Failure = &junitMessage{Message: report.Cut(title(f), 300), Type: f.Severity.String(), Text: report.Safe(message(f))}
		}
		add(report.Cut(f.Component(), 300), c)
	}
	for _, r := range d.List.Reports {
		if !slices.ContainsFunc(d.List.Findings, func(f *scan.Finding) bool { return f.State != scan.Fixed && f.Sources[0].Report == r.Name }) {
			add(report.Cut(r.Name, 300), junitCase{Name: catalogue(d.Lang).Nothing})
		}
	}
	for _, u := range d.List.Unread {
		add(report.Cut(u.Report, 300), junitCase{Name: catalogue(d.Lang).Unread, Error: &junitMessage{Message: report.Cut(u.Error, 500)}})
	}
	text, err := xml.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("write the findings as JUnit: %w", err)
	}
	return nil
}
