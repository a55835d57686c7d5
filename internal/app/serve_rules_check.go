package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
	"github.com/sasumata/sasumata/internal/rule/sigma"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// written is a text of rules that somebody wrote.
type written struct {
	format string
	ids    []string
	rules  []*rule.Rule      // without faults
	sigma  *sigma.Collection // nil for other forms
	faults document.Faults
	advice []document.Fault
}

// Check implements api.Workshop.
func (w *workshop) Check(_ context.Context, want api.RuleText) (api.RuleCheck, error) {
	one, err := w.parse("rule.yaml", want.Text)
	if err != nil {
		return api.RuleCheck{}, err
	}
	out := api.RuleCheck{Format: one.format, IDs: append([]string{}, one.ids...), Faults: []api.RuleFault{}, Advice: []api.RuleFault{}}
	for _, f := range one.faults {
		out.Faults = append(out.Faults, ruleFault(f))
	}
	for _, f := range one.advice {
		out.Advice = append(out.Advice, ruleFault(f))
	}
	return out, nil
}

func ruleFault(f document.Fault) api.RuleFault {
	return api.RuleFault{Line: f.Line, Col: f.Col, Message: f.Message, Suggestion: f.Suggestion}
}

// parse reads a text as content reads it, and says all that is wrong with it. The error is of
// a text that is none.
func (w *workshop) parse(file, text string) (*written, error) {
	switch {
	case len(text) > shelf.MaxText:
		return nil, api.Refuse(api.StatusTooLarge, fmt.Sprintf("the text of a rule has at most %d bytes", shelf.MaxText))
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return nil, api.Refuse(api.StatusWrong, "the text is no UTF-8")
	}
	data := []byte(text)
	one := &written{format: formatOf(data)}
	switch {
	case suppression.Is(file, data):
		one.faults = document.Faults{document.Pos{File: file, Line: 1, Col: 1}.Fault("this is a suppression, and no rule")}
		return one, nil
	case isSigma(data):
		return one, parseWrittenSigma(one, file, data)
	}
	r, err := rule.Decode(file, data)
	if faults, ok := errors.AsType[document.Faults](err); ok {
		one.faults = faults
		return one, nil
	} else if err != nil {
		return nil, err
	}
	if _, given := r.Keys["id"]; !given {
		one.faults = document.Faults{document.Pos{File: file, Line: 1, Col: 1}.Fault("id is missing: it identifies the rule for ever")}
		return one, nil
	}
	one.ids, one.rules = []string{r.ID}, []*rule.Rule{r}
	if err := shelf.CheckID(r.ID); err != nil {
		one.faults = append(one.faults, r.Keys["id"].Fault("%s", err.Error()))
	}
	if strings.HasPrefix(r.ID, sigmaID) {
		one.faults = append(one.faults, r.Keys["id"].Fault("ids that begin with %s are those of Sigma rules", sigmaID))
	}
	c := w.knows.Load()
	for _, u := range detect.Refused(w.with(one.rules), c.Tables) {
		if u.Rule == r {
			one.faults = append(one.faults, r.Fault("the rule would not run: %s", u.Reason))
		}
	}
	one.advice = append(one.advice, r.Hints()...)
	for _, i := range r.Unreachable() {
		one.advice = append(one.advice, r.Cases[i].Fault("the case %q can never win: those above it hold whenever it does", r.Cases[i].Name))
	}
	return one, nil
}

// parseWrittenSigma reads a file of Sigma rules.
func parseWrittenSigma(one *written, file string, data []byte) error {
	opts, err := sigmaOptions()
	if err != nil {
		return err
	}
	one.sigma = &sigma.Collection{}
	one.faults = one.sigma.Add(file, data, opts)
	one.faults = append(one.faults, one.sigma.Check()...)
	for _, f := range one.sigma.Files {
		for _, d := range f.Documents {
			one.advice = append(one.advice, d.Warnings...)
		}
	}
	rules, err := (&Sigma{collection: one.sigma}).detectionRules()
	if err != nil {
		return err
	}
	for _, r := range rules { // not those that only a correlation counts
		one.ids = append(one.ids, r.ID)
	}
	if len(one.ids) == 0 && len(one.faults) == 0 {
		one.faults = document.Faults{document.Pos{File: file, Line: 1, Col: 1}.Fault("the file has no rule that could open a signal")}
	}
	return nil
}

// with returns the rules, and those at work whose signals they count, and so on.
func (w *workshop) with(rules []*rule.Rule) []*rule.Rule {
	known := w.knows.Load().Rules
	all := slices.Clone(rules)
	for i := 0; i < len(all); i++ { // the list grows
		for j := range all[i].Queries {
			q := &all[i].Queries[j]
			for _, id := range []string{q.RuleID, q.DefaultRuleID} {
				same := func(r *rule.Rule) bool { return r.ID == id }
				if at := slices.IndexFunc(known, same); id != "" && at >= 0 && !slices.ContainsFunc(all, same) {
					all = append(all, known[at])
				}
			}
		}
	}
	return all
}
