package detect

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/rule"
)

// Unsupported names a rule that the engine does not run, and why.
type Unsupported struct {
	Rule *rule.Rule
	// Reason says what the engine would need, lower case without a full stop.
	Reason string
}

// Refused returns the rules that are enabled and that no engine runs, and why.
func Refused(rules []*rule.Rule, tables rule.Tables) []Unsupported {
	_, refused := supported(rules, tables)
	return refused
}

// supported returns the enabled rules that the engine can run, and the others.
func supported(rules []*rule.Rule, tables rule.Tables) (good []*rule.Rule, refused []Unsupported) {
	ids := map[string]bool{}
	for _, r := range rules {
		if !r.Enabled {
			continue
		}
		if reason := unsupported(r, tables); reason != "" {
			refused = append(refused, Unsupported{Rule: r, Reason: reason})
			continue
		}
		ids[r.ID] = true
		good = append(good, r)
	}
	good = slices.DeleteFunc(good, func(r *rule.Rule) bool {
		for i := range r.Queries {
			q := &r.Queries[i]
			if of := cmp.Or(q.RuleID, q.DefaultRuleID); of != "" && !ids[of] {
				refused = append(refused, Unsupported{Rule: r, Reason: fmt.Sprintf("the query %s counts the signals of the rule %s, which does not run", q.Ref, of)})
				return true
			}
		}
		return false
	})
	return good, refused
}

// unsupported returns why the engine cannot run the rule, "" when it can.
func unsupported(r *rule.Rule, tables rule.Tables) string {
	switch {
	case r.Type == rule.TypeCloudConfiguration || r.Type == rule.TypeInfrastructureSettings:
		return "the type " + r.Type + " is checked by policies, not by events"
	case r.Scheduling != nil:
		return "scheduled rules are read and checked, not run"
	case len(r.ReferenceTables) > 0 && tables == nil:
		return "it uses reference tables, and there are none"
	}
	if reason := unsupportedMethod(r); reason != "" {
		return reason
	}
	for i := range r.Queries {
		if q := &r.Queries[i]; q.Expr == nil && !overSignals(r, q) && r.Options.DetectionMethod != rule.MethodThirdParty {
			return fmt.Sprintf("the query %s has no search", q.Ref)
		}
	}
	for _, expr := range conditions(r) {
		if most := mostNeeded(r, expr); most > maxNeed {
			return fmt.Sprintf("the condition %q compares with more than %d events", expr, maxNeed)
		}
		if expr.Steps() > 1 && r.Options.EvaluationWindow == 0 {
			return "a condition with THEN needs an evaluationWindow"
		}
	}
	return ""
}

// unsupportedMethod is unsupported for what the methods need.
func unsupportedMethod(r *rule.Rule) string {
	o := &r.Options
	want := func(aggregation string) string {
		for i := range r.Queries {
			if a := r.Queries[i].Aggregation; a != aggregation {
				return fmt.Sprintf("the method %s needs queries of the aggregation %s, the query %s has %s", o.DetectionMethod, aggregation, r.Queries[i].Ref, a)
			}
		}
		return ""
	}
	switch o.DetectionMethod {
	case rule.MethodNewValue:
		return want(rule.AggregateNewValue)
	case rule.MethodImpossibleTravel:
		return want(rule.AggregateGeoData)
	case rule.MethodHardcoded:
		if o.HardcodedEvaluatorType != "log4shell" {
			return fmt.Sprintf("nobody knows the hardcoded evaluator %q", o.HardcodedEvaluatorType)
		}
	case rule.MethodThirdParty:
		if len(o.ThirdParty.RootQueries)+len(r.ThirdPartyCases) > maxSearches {
			return fmt.Sprintf("it has more than %d root queries and cases", maxSearches)
		}
	case rule.MethodIsolationForest:
		for i := range r.Queries {
			if q := &r.Queries[i]; q.Aggregation == rule.AggregateNone {
				return fmt.Sprintf("the aggregation none of query %s is not for the method %s, which counts", q.Ref, o.DetectionMethod)
			}
		}
	case rule.MethodSequence:
		if sortSteps(o.Sequence) == nil {
			return "the transitions of the sequence go round in a circle"
		}
	}
	for i := range r.Queries {
		switch a := r.Queries[i].Aggregation; {
		case a == rule.AggregateNewValue && o.DetectionMethod != rule.MethodNewValue,
			a == rule.AggregateGeoData && o.DetectionMethod != rule.MethodImpossibleTravel:
			return fmt.Sprintf("the aggregation %s of query %s is not for the method %s", a, r.Queries[i].Ref, o.DetectionMethod)
		}
	}
	return ""
}

// conditions returns the conditions over the queries of the rule.
func conditions(r *rule.Rule) []*rule.Condition {
	var all []*rule.Condition
	if s := r.Options.Sequence; s != nil && r.Options.DetectionMethod == rule.MethodSequence {
		for i := range s.Steps {
			all = append(all, s.Steps[i].Expr)
		}
		return all
	}
	for i := range r.Cases {
		if expr := r.Cases[i].Expr; expr != nil {
			all = append(all, expr)
		}
	}
	return all
}

// mostNeeded returns how many events or values the condition makes a window keep.
func mostNeeded(r *rule.Rule, expr *rule.Condition) int64 {
	var most int64
	for i := range r.Queries {
		if counts(r.Queries[i].Aggregation) {
			most = max(most, expr.Enough(i))
		}
	}
	return most
}

// counts reports whether the aggregation counts events or values.
func counts(aggregation string) bool {
	switch aggregation {
	case rule.AggregateSum, rule.AggregateMax, rule.AggregateNone:
		return false
	default:
		return true
	}
}
