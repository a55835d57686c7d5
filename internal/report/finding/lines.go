package finding

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// policyLine is one finding of a policy, as pipelines of people read it: flat, with the
// name of the file as it was given.
type policyLine struct {
	File       string           `json:"file"`
	ID         string           `json:"id"`
	Aliases    []string         `json:"aliases"`
	Severity   scan.Severity    `json:"severity"`
	Line       int              `json:"line"`
	EndLine    int              `json:"end_line,omitempty"`
	Resource   string           `json:"resource,omitempty"`
	Message    string           `json:"message"`
	Why        string           `json:"why,omitempty"`
	Fix        string           `json:"fix,omitempty"`
	State      scan.State       `json:"state"`
	Suppressed *scan.Suppressed `json:"suppressed,omitempty"`
	Key        string           `json:"key"`
}

// WritePolicyLines writes one object a line: the rules that were asked, each finding,
// and each file that could not be read.
func WritePolicyLines(w io.Writer, d Document) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	put := func(v any) error {
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("write the findings as JSON lines: %w", err)
		}
		return nil
	}
	if err := put(map[string]any{"rules": append([]string{}, d.Rules...)}); err != nil {
		return err
	}
	for _, f := range d.List.Findings {
		if f.State == scan.Fixed {
			continue
		}
		err := put(policyLine{
			File: fileOf(f), ID: f.ID, Aliases: append([]string{}, f.Aliases...), Severity: f.Severity, Line: f.Place.Line, EndLine: f.Place.EndLine,
			Resource: f.Place.Resource, Message: f.Title, Why: f.Description, Fix: f.Fix, State: f.State, Suppressed: f.Suppressed, Key: f.Key,
		})
		if err != nil {
			return err
		}
	}
	for _, u := range d.List.Unread {
		if err := put(map[string]string{"file": u.Report, "error": u.Error}); err != nil {
			return err
		}
	}
	return put(map[string]any{"summary": d.List.Counts, "gate": d.List.Gate, "notices": d.List.Notices})
}

// fileOf returns the file that a finding is in, with the image in it when an archive holds
// several.
func fileOf(f *scan.Finding) string {
	file := f.Sources[0].Report
	if strings.HasPrefix(f.Place.Path, file+"#") {
		return f.Place.Path
	}
	return file
}
