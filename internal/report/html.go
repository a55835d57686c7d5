package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the template, the style and the script of the report
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/sasumata/sasumata/internal/reputation"
	"github.com/sasumata/sasumata/internal/signal"
)

//go:embed assets/report.html.tmpl
var reportTemplate string

//go:embed assets/report.css
var reportStyle string

//go:embed assets/report.js
var reportScript string

// defaultMaxSignals is how many signals a report lists when its maker names no
// number.
const defaultMaxSignals = 300

// Document is what an HTML report is made of.
type Document struct {
	// Lang is the language of the page.
	Lang Lang
	// Zone is the time zone of all times; nil is UTC.
	Zone *time.Location
	// Files are the names of the logs, as the user gave them.
	Files []string
	// Summary is what was read. It must not be nil.
	Summary *Summary
	// Signals is what was found; nil is nothing.
	Signals *signal.Book
	// MaxSignals is how many signals the page lists, the gravest first; 300 when it
	// is not positive. Tiles and tables count all of them.
	MaxSignals int
	// Runbook returns the Markdown text of the runbook at the path that a signal
	// names, in the language, or "". It may be nil.
	Runbook func(path string, lang Lang) string
	// Version is the version of the program.
	Version string
	// Rules is the number of rules that were loaded.
	Rules int
	// Options are the options that the user gave, one text each.
	Options []string
	// Threats returns the threat lists that an address is on; nil knows none.
	Threats func(address string) []Listing
	// ThreatFeeds are the threat lists that were used.
	ThreatFeeds []ThreatFeed
	// Reputation is what services that were asked say, by address; nil when nobody was
	// asked.
	Reputation map[string][]reputation.Verdict
	// Comparison is what changed since an earlier report; nil without one.
	Comparison *Comparison
	// Generated is when the report was made, in nanoseconds since 1970 UTC; 0
	// leaves it out, so that the same input gives the same page.
	Generated int64
}

// WriteHTML writes the report as one HTML file that loads nothing: style, script
// and charts stand in it, and a content security policy forbids everything else.
// The page is complete without its script.
func WriteHTML(w io.Writer, d Document) error {
	tmpl, err := template.New("report").Parse(reportTemplate)
	if err != nil {
		return fmt.Errorf("read the report's template: %w", err)
	}
	var page bytes.Buffer
	if err := tmpl.Execute(&page, newPage(d)); err != nil {
		return fmt.Errorf("render the report: %w", err)
	}
	_, err = w.Write(page.Bytes())
	return err
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
