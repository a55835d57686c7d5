package app

import (
	"errors"
	"fmt"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// LintSuppressions says what is wrong with the data of a file of suppressions, and
// what is worth a look: those that have expired at now (in nanoseconds since 1970
// UTC; 0 asks for none), that are not enabled, that no rule of rules is chosen by,
// and that hold everything back for ever.
func LintSuppressions(file string, data []byte, rules []*rule.Rule, now int64) RuleLint {
	lint := RuleLint{File: file}
	all, err := suppression.Decode(file, data)
	if wrong, ok := errors.AsType[document.Faults](err); ok {
		lint.Faults = append(lint.Faults, wrong.Excerpt(data))
	} else if err != nil {
		lint.Faults = append(lint.Faults, err.Error())
	}
	if faults := suppression.Together(all); len(faults) > 0 {
		lint.Faults = append(lint.Faults, faults.Excerpt(data))
	}
	for _, s := range all {
		advise := func(format string, args ...any) {
			lint.Advice = append(lint.Advice, fmt.Sprintf("%v: the suppression %q ", s.Pos, s.Name)+fmt.Sprintf(format, args...))
		}
		if !s.Enabled {
			advise("is not enabled")
		}
		if now != 0 && s.Expired(now) {
			advise("has expired on %s: it holds nothing back any more", s.Expiration)
		}
		if !forAny(s, rules) {
			advise("is for no rule: nothing matches its rule_query %s", s.RuleQuery)
		}
		if s.RuleQuery.String() == "*" && s.SuppressionQuery.String() == "*" {
			advise("holds back every signal of every rule")
		}
		if s.Expiration == 0 && s.SuppressionQuery.String() == "*" {
			advise("never ends and hides its rules entirely: an expiration_date makes somebody look again, isEnabled: false in the rule says it openly")
		}
		if s.Reason == "" {
			advise("gives no reason (the key description): nobody will dare to remove it")
		}
	}
	return lint
}
