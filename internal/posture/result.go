package posture

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// maxValue is the length in bytes of a value in a message: a line of a file may have
// any length.
const maxValue = 200

// result is what a rule says.
type result struct {
	Line     int            `json:"line"`
	EndLine  int            `json:"end_line"`
	Resource string         `json:"resource"`
	Kind     string         `json:"kind"`
	Severity string         `json:"severity"`
	Values   map[string]any `json:"values"`
}

// finding makes a finding of what the check's rule says. The error is a fault of the
// rule.
func (c *Check) finding(file string, value any) (Finding, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return Finding{}, fmt.Errorf("%s: %w", c.ID, err)
	}
	var r result
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Finding{}, fmt.Errorf("%s: result: %w", c.ID, err)
	}
	for _, name := range places(c.message.English) {
		if _, ok := r.Values[name]; !ok {
			return Finding{}, fmt.Errorf("%s: result has no value %q, which the message names", c.ID, name)
		}
	}
	severity := c.Severity
	if r.Severity != "" {
		if severity = scan.ParseSeverity(r.Severity); severity == scan.Unknown {
			return Finding{}, fmt.Errorf("%s: result has severity %q", c.ID, r.Severity)
		}
	}
	aliases := c.Aliases
	if r.Kind != "" {
		more, ok := c.Kinds[r.Kind]
		if !ok {
			return Finding{}, fmt.Errorf("%s: result is of kind %q, which METADATA does not have", c.ID, r.Kind)
		}
		aliases = slices.Concat(aliases, more)
	}
	if r.EndLine <= r.Line {
		r.EndLine = 0
	}
	return Finding{
		Check: c, File: file, Line: max(r.Line, 0), EndLine: r.EndLine, Resource: r.Resource, Severity: severity, Aliases: aliases,
		Message: Text{fill(c.message.English, r.Values), fill(c.message.Japanese, r.Values)},
	}, nil
}

// fill puts values into the places of a message.
func fill(message string, values map[string]any) string {
	if !strings.Contains(message, "{") {
		return message
	}
	pairs := make([]string, 0, 2*len(values))
	for name, v := range values {
		text, ok := v.(string)
		if !ok {
			text = fmt.Sprint(v)
		}
		pairs = append(pairs, "{"+name+"}", scan.Clip(text, maxValue))
	}
	return strings.NewReplacer(pairs...).Replace(message)
}

// order sorts findings as they stand in the file.
func order(list []Finding) {
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Check.ID, b.Check.ID), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Message.English, b.Message.English), cmp.Compare(a.EndLine, b.EndLine))
	})
}
