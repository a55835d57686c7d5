package compliance

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/sasumata/sasumata/internal/report"
)

// State is how a control stands, as far as the data says.
type State string

// The states.
const (
	// Gaps are open, or something could not be read.
	Gaps State = "gaps"
	// Shown is a control with evidence, in which nothing is open that the server can know.
	Shown State = "shown"
	// Yours is a control that only people can meet, or of which the server knows nothing:
	// nothing is claimed of it.
	Yours State = "organisation"
)

// Report is what a server can show for frameworks.
type Report struct {
	Lang       string            `json:"lang"`
	Facts      *Facts            `json:"facts"`
	Frameworks []FrameworkReport `json:"frameworks"`
	// Gaps are those of all controls, each once.
	Gaps []Gap `json:"gaps"`

	lang report.Lang
}

// FrameworkReport is one of a framework.
type FrameworkReport struct {
	Key      string          `json:"key"`
	Name     string          `json:"name"`
	Controls []ControlReport `json:"controls"`
}

// ControlReport is what there is to say of a control.
type ControlReport struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Part  Part   `json:"part"`
	State State  `json:"state"`
	Does  string `json:"product,omitempty"`
	Yours string `json:"organisation"`
	// Evidence is what the data says, Gaps what is open.
	Evidence []string `json:"evidence,omitempty"`
	Gaps     []Gap    `json:"gaps,omitempty"`
}

// New looks at the facts for each control.
func New(frameworks []Framework, facts *Facts, l report.Lang) *Report {
	r := &Report{Lang: l.String(), Facts: facts, Gaps: []Gap{}, lang: l}
	seen := map[Gap]bool{}
	for _, f := range frameworks {
		one := FrameworkReport{Key: f.Key, Name: f.Name.In(l)}
		for i := range f.Controls {
			c := &f.Controls[i]
			v := view{Facts: facts, lang: l, control: c}
			for _, t := range c.Topics {
				v.look(t)
			}
			got := ControlReport{ID: c.ID, Title: c.Title.In(l), Part: c.Part, State: Shown, Does: c.Does.In(l), Yours: c.Yours.In(l), Evidence: v.lines, Gaps: v.gaps}
			switch {
			case len(v.gaps) > 0:
				got.State = Gaps
			case !v.proof:
				got.State = Yours
			}
			for _, g := range v.gaps {
				if !seen[g] {
					seen[g] = true
					r.Gaps = append(r.Gaps, g)
				}
			}
			one.Controls = append(one.Controls, got)
		}
		r.Frameworks = append(r.Frameworks, one)
	}
	return r
}

// counts returns how many controls are in each state.
func (r *Report) counts() (gaps, shown, yours int) {
	for i := range r.Frameworks {
		for j := range r.Frameworks[i].Controls {
			switch r.Frameworks[i].Controls[j].State {
			case Gaps:
				gaps++
			case Shown:
				shown++
			case Yours:
				yours++
			}
		}
	}
	return gaps, shown, yours
}

// Writer returns what writes a report; kind is text, markdown, html or json.
func Writer(kind string) (func(io.Writer, *Report) error, error) {
	switch kind {
	case "text":
		return WriteText, nil
	case "markdown":
		return WriteMarkdown, nil
	case "html":
		return WriteHTML, nil
	case "json":
		return WriteJSON, nil
	default:
		return nil, fmt.Errorf("output %q, want text, markdown, html or json", kind)
	}
}

// WriteJSON writes the report for programs, with the facts that it was made of.
func WriteJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
