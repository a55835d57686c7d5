// Package falco reads rules of Falco and says them in ours: macros, lists, exceptions,
// conditions and outputs, over the events of the sensor.
//
// The language is that of Falco's rule files (https://falco.org/docs/reference/rules/). Of its
// fields those are known that the sensor sees; a rule that needs others is refused, with the
// name of the field, and never converted to something that looks for less or for more.
package falco

import (
	"fmt"

	"github.com/sasumata/sasumata/internal/document"
)

// Limits of what is read: files come from others.
const (
	// MaxItems is how many rules, macros and lists there may be.
	MaxItems = 20_000
	// maxDepth is how deep macros, parentheses and lists may stand within each other.
	maxDepth = 64
	// maxNodes is how large a condition may become when its macros are put in.
	maxNodes = 4096
)

// File is a rule file.
type File struct {
	Name string
	Data []byte
}

// Rule is a rule of Falco in our words.
type Rule struct {
	// ID is made of the name, Name and Description are Falco's.
	ID, Name, Description string
	// Query chooses events of the sensor.
	Query string
	// Severity is that of signals: info, low, medium, high or critical.
	Severity string
	// Message is the output with our names of fields.
	Message string
	Tags    []string
	// Enabled is false when the file switches the rule off.
	Enabled bool
	// Notes say what is not quite the same.
	Notes []string
}

// RefusedError is a rule that cannot be said.
type RefusedError struct {
	Name string
	Pos  document.Pos
	// Why names what there is no word for.
	Why string
}

// Error returns where it stands and why.
func (r RefusedError) Error() string { return fmt.Sprintf("%s: rule %q: %s", r.Pos, r.Name, r.Why) }

// Convert reads files, in their order: later ones change what earlier ones say. Rules come in
// the order in which they were named first. The error is document.Faults, of what is no rule
// file at all.
func Convert(files []File) (rules []Rule, refused []RefusedError, err error) {
	c := newCollection()
	faults := make(document.Faults, 0, len(files))
	for _, f := range files {
		faults = append(faults, c.read(f)...)
	}
	if len(faults) > 0 {
		return nil, nil, faults
	}
	ids := map[string]bool{}
	for _, name := range c.order {
		r, err := c.convert(c.rules[name], ids)
		if err != nil {
			refused = append(refused, RefusedError{name, c.rules[name].pos, err.Error()})
			continue
		}
		ids[r.ID] = true
		rules = append(rules, r)
	}
	return rules, refused, nil
}
