package scan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxFindings is how many findings one report may have, and all of a run together.
// The largest reports seen, of images with a whole distribution in them, have 20,000.
const MaxFindings = 200_000

// MaxStatements is how many statements about vulnerabilities a VEX document may have.
const MaxStatements = 100_000

// MaxNotes is how many remarks about one report are kept.
const MaxNotes = 20

// ErrTooMany ends the reading of a report that has more than MaxFindings.
var ErrTooMany = errors.New("too many findings")

// Report is what was read from one file.
type Report struct {
	// Name is that of the file, as it was given.
	Name string `json:"report"`
	// Format is how it is written: trivy, sarif. "empty" holds nothing at all.
	Format string `json:"format"`
	// Tools are those that wrote it, if the report says so.
	Tools []string `json:"tools,omitempty"`
	// Read is the number of findings in it.
	Read int `json:"findings"`
	// Notes are remarks: that the scanner failed, that something was left out.
	Notes []string `json:"notes,omitempty"`
	// MoreNotes counts remarks that are not in Notes.
	MoreNotes int `json:"more_notes,omitempty"`
	// Incomplete is set when the report says itself that its tool failed.
	Incomplete bool `json:"incomplete,omitempty"`

	// Findings are what it holds, each as it stands there.
	Findings []*Finding `json:"-"`
	// Statements are what it says about vulnerabilities in products, if it is a VEX.
	Statements []Statement `json:"-"`

	asset string
}

// NewReport returns an empty report of a file. The asset is what was scanned, as the
// user names it; "" when nobody did.
func NewReport(name, asset string) *Report { return &Report{Name: name, asset: asset} }

// Add adds a finding. The error is ErrTooMany.
func (r *Report) Add(raw *Raw) error {
	if len(r.Findings) == MaxFindings {
		return fmt.Errorf("%w: more than %d", ErrTooMany, MaxFindings)
	}
	r.Read++
	f := raw.finding(r, r.asset)
	f.col = raw.Col
	r.Findings = append(r.Findings, f)
	r.ran(f.Sources[0].Tool)
	return nil
}

// Ran notes that a tool wrote the report, also if it found nothing: what it found
// once and does not any more is fixed.
func (r *Report) Ran(tool string) { r.ran(ToolName(tool)) }

func (r *Report) ran(tool string) {
	if tool != "" && len(r.Tools) < maxList && !slices.Contains(r.Tools, tool) {
		r.Tools = append(r.Tools, tool)
	}
}

// State adds what the report says about a vulnerability in a product.
func (r *Report) State(s Statement) error {
	if len(r.Statements) == MaxStatements {
		return fmt.Errorf("%w: more than %d statements", ErrTooMany, MaxStatements)
	}
	s.Document = r.Name
	s.clip()
	r.Statements = append(r.Statements, s)
	return nil
}

// Strip cuts the folder off the paths that lie in it.
func (r *Report) Strip(folder string) {
	if folder = cleanPath(folder); folder == "" || folder == "/" {
		return
	}
	for _, f := range r.Findings {
		if rest, ok := strings.CutPrefix(f.Place.Path, folder+"/"); ok {
			f.Place.Path = rest
		}
	}
}

// Date gives the statements from the number on the time of their document, if they
// have none of their own.
func (r *Report) Date(from int, when string) {
	for i := range r.Statements[from:] {
		if s := &r.Statements[from+i]; s.Time == "" {
			s.Time = when
			s.clip()
		}
	}
}

// Note adds a remark.
func (r *Report) Note(text string) {
	if len(r.Notes) == MaxNotes {
		r.MoreNotes++
		return
	}
	r.Notes = append(r.Notes, Clip(oneLine(text), maxTitle))
}

// Failed notes that the scanner did not do its work, so that no finding means nothing.
func (r *Report) Failed(why string) {
	r.Incomplete = true
	r.Note("the scanner says that it failed: " + why)
}
