package suppress

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// muteFor is for how long a value is muted unless somebody says otherwise.
const muteFor = "7d"

// noValue is what a rule groups by where a log has no value.
const noValue = "N/A"

// Mute is what somebody does not want to hear of any more, from a signal.
type Mute struct {
	// Fields are the attributes whose values are muted, such as network.client.ip; without
	// any, those that the rule groups by. AllRules mutes them over all rules, and not only
	// over the rule of the signal.
	Fields   []string `json:"fields,omitempty"`
	AllRules bool     `json:"all_rules,omitempty"`
	// Change says the rest: reason (by default, from which signal), expires, for (by
	// default 7d) or forever, name, schedule, all and confirm.
	Change
}

// Mute makes a suppression of the rule and the values of a signal, in the name of the
// actor. The error may be triage.ErrMissing.
func (b *Book) Mute(ctx context.Context, id string, m Mute, actor string) (Made, error) {
	if m.Rules != nil || m.Query != nil {
		return Made{}, wrong("rules and query follow from the signal: want fields and all_rules, or make a suppression without a signal")
	}
	s, err := b.signals.Get(ctx, id)
	if err != nil {
		return Made{}, err
	}
	var doc muted
	if err := json.Unmarshal(s.Document, &doc); err != nil {
		return Made{}, fmt.Errorf("read the signal %s: %w", id, err)
	}
	rules, query := "ruleId:"+quoted(doc.RuleID), ""
	if m.AllRules {
		rules = "*"
	}
	if query, err = doc.query(m.Fields); err != nil {
		return Made{}, err
	}
	if query == "*" && !m.All {
		return Made{}, wrong("the rule %s groups by nothing, so all of its signals would be hidden: want fields (--field), or all (--all) if that is meant", doc.RuleID)
	}
	c := m.Change
	c.Rules, c.Query = &rules, &query
	if c.Reason == nil {
		reason := "muted from the signal " + id
		c.Reason = &reason
	}
	if c.Expires == nil && c.For == "" && !c.Forever {
		c.For = muteFor
	}
	return b.make(ctx, c, id, actor)
}

// muted is what muting wants to know of a signal.
type muted struct {
	RuleID   string `json:"rule_id"`
	Group    map[string]string
	Entities []struct{ Kind, Value string }
}

// query returns the search for the values of the fields; * when there are none.
func (s *muted) query(fields []string) (string, error) {
	if len(fields) > 20 {
		return "", wrong("at most 20 fields")
	}
	if len(fields) == 0 {
		fields = slices.Sorted(maps.Keys(s.Group))
		fields = slices.DeleteFunc(fields, func(path string) bool { return s.Group[path] == noValue || s.Group[path] == "" })
	}
	clauses := make([]string, 0, len(fields))
	for _, field := range fields {
		path := strings.TrimPrefix(field, "@")
		value, err := s.value(path)
		if err != nil {
			return "", err
		}
		if strings.ContainsFunc(value, unicode.IsControl) {
			return "", wrong("the value of %s has control characters: want other fields", path)
		}
		clauses = append(clauses, clause(path, value))
	}
	if len(clauses) == 0 {
		return "*", nil
	}
	return strings.Join(clauses, " "), nil
}

// value returns the one value of the field.
func (s *muted) value(path string) (string, error) {
	if value := s.Group[path]; value != "" && value != noValue {
		return value, nil
	}
	var values []string
	for _, e := range s.Entities {
		if slices.Contains(triage.Standard(e.Kind), path) && !slices.Contains(values, e.Value) {
			values = append(values, e.Value)
		}
	}
	switch len(values) {
	case 0:
		return "", wrong("the signal has no %s: it has %s", path, strings.Join(s.known(), ", "))
	case 1:
		return values[0], nil
	default:
		return "", wrong("the signal has %d values of %s (%s): make a suppression with the right one", len(values), path, strings.Join(values[:min(len(values), 5)], ", "))
	}
}

// known returns the fields that can be muted.
func (s *muted) known() (list []string) {
	list = slices.Collect(maps.Keys(s.Group))
	for _, e := range s.Entities {
		list = append(list, triage.Standard(e.Kind)...)
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		list = []string{"none at all"}
	}
	return list
}

// clause returns the search for a value. A name without dots may be that of a tag: then
// detection has it as one, too.
func clause(path, value string) string {
	if strings.Contains(path, ".") {
		path = "@" + path
	}
	return escaped(path) + ":" + quote(value)
}

// escaped takes the meaning from the characters of a path that have one.
func escaped(path string) string {
	var b strings.Builder
	for i, r := range path {
		plain := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' || r == '-' && i > 0 || r == '@' && i == 0
		if !plain {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// quoted quotes a value that is more than a word.
func quoted(value string) string {
	plain := value != "" && value[0] != '-' && !strings.ContainsFunc(value, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '.'
	})
	if plain {
		return value
	}
	return quote(value)
}

func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
