package detect

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
)

// searchOf is a search of a rule, over events or over signals. Its place in the
// list is its bit.
type searchOf struct {
	query   *query.Query
	signals bool
}

// searchesOf returns the searches of a rule with its filters.
func searchesOf(r *rule.Rule) ([]searchOf, error) {
	if r.Options.DetectionMethod == rule.MethodThirdParty {
		return findingSearches(r)
	}
	var out []searchOf
	for _, q := range queriesOf(r) {
		text := "*"
		if q.Expr != nil {
			text = q.Expr.String()
		}
		signals := overSignals(r, &q)
		if id := cmp.Or(q.RuleID, q.DefaultRuleID); id != "" {
			text = "(" + text + ") @" + signalRuleID + ":" + quoted(id)
		}
		s, err := filtered(r, q.Ref, text)
		if err != nil {
			return nil, err
		}
		out = append(out, searchOf{query: s, signals: signals})
	}
	return out, nil
}

// overSignals reports whether the query is over the signals of rules.
func overSignals(r *rule.Rule, q *rule.Query) bool {
	return q.DataSource == "signals" || q.RuleID != "" || q.DefaultRuleID != "" || r.Type == rule.TypeSignalCorrelation
}

// filtered returns a search with the filters of the rule.
func filtered(r *rule.Rule, name, text string) (*query.Query, error) {
	if len(r.Filters) > 0 {
		text = "(" + text + ")"
	}
	parts := append(make([]string, 0, 1+len(r.Filters)), text)
	for _, f := range r.Filters {
		not := ""
		if f.Action == "suppress" {
			not = "-"
		}
		parts = append(parts, not+"("+f.Expr.String()+")")
	}
	q, err := query.Parse(strings.Join(parts, " "))
	if err != nil {
		return nil, fmt.Errorf("the query %s with the filters is too large: %w", name, err)
	}
	return q, nil
}

// quoted writes text as a value of a search.
func quoted(text string) string {
	out := []byte{'"'}
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, text[i])
	}
	return string(append(out, '"'))
}

// Search returns a search that every event matches which can count for one of the rules, so
// that others need not be read to replay the past; nil when any event can.
func Search(rules []*rule.Rule) *query.Query {
	var parts []string
	for _, r := range rules {
		if r.Options.DetectionMethod == rule.MethodThirdParty || r.Options.DetectionMethod == rule.MethodHardcoded {
			return nil
		}
		searches, err := searchesOf(r)
		if err != nil {
			return nil
		}
		for _, s := range searches {
			if !s.signals {
				parts = append(parts, "("+s.query.String()+")")
			}
		}
	}
	q, err := query.Parse(strings.Join(parts, " OR "))
	if err != nil || len(parts) == 0 {
		return nil
	}
	return q
}
