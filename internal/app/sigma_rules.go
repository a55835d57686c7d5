package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// detectionRules returns a detection rule for each Sigma rule that reports on its
// own, and for each correlation.
func (s *Sigma) detectionRules() ([]*rule.Rule, error) {
	quiet := map[string]bool{}
	for _, c := range s.collection.Correlations {
		for _, name := range c.Rules {
			quiet[name] = quiet[name] || !c.Generate
		}
	}
	var all []*rule.Rule
	var faults []error
	add := func(m *sigma.Meta, attribute string) {
		r, err := detectionRule(m, attribute)
		if err != nil {
			faults = append(faults, err)
			return
		}
		all = append(all, r)
	}
	for _, r := range s.collection.Rules {
		if !quiet[r.ID] && !quiet[r.Name] {
			add(&r.Meta, sigmaRules)
		}
	}
	for _, c := range s.collection.Correlations {
		if !quiet[c.ID] && !quiet[c.Name] {
			add(&c.Meta, sigmaCorrelations)
		}
	}
	return all, errors.Join(faults...)
}

// sigmaID is what the ids of detection rules for Sigma rules begin with.
const sigmaID = "sigma:"

// sigmaFile is what the name of a file of Sigma rules gets for the detection rules that are
// made of them.
const sigmaFile = ".json"

// detectionRule is the rule that opens a signal for events with the mark.
func detectionRule(m *sigma.Meta, attribute string) (*rule.Rule, error) {
	e := event.New()
	set := func(path, text string) { e.Set(path, event.StringValue(text)) }
	set("id", sigmaID+m.Key())
	set("name", m.Title)
	set("category", "sigma")
	set("message", sigmaMessage(m))
	list := func(texts ...string) event.Value {
		v := e.NewArray()
		for _, text := range texts {
			e.Append(v, event.StringValue(text))
		}
		return v
	}
	e.Set("tags", list(sigmaTags(m)...))
	q := e.NewObject()
	e.SetKey(q, "name", event.StringValue("matches"))
	e.SetKey(q, "query", event.StringValue("@"+attribute+":"+quoted(m.Key())))
	e.SetKey(q, "groupByFields", list("@network.client.ip", "@usr.id", "@syslog.hostname"))
	e.SetKey(q, "hasOptionalGroupByFields", event.BoolValue(true))
	queries := e.NewArray()
	e.Append(queries, q)
	e.Set("queries", queries)
	c := e.NewObject()
	e.SetKey(c, "status", event.StringValue(sigmaSeverity(m.Level)))
	e.SetKey(c, "condition", event.StringValue("matches > 0"))
	cases := e.NewArray()
	e.Append(cases, c)
	e.Set("cases", cases)
	set("options.detectionMethod", "threshold")
	e.Set("options.evaluationWindow", event.IntValue(0))
	e.Set("options.keepAlive", event.IntValue(3600))
	e.Set("options.maxSignalDuration", event.IntValue(86400))
	r, err := rule.Decode(m.Pos.File+sigmaFile, e.AppendJSON(nil, e.Root()))
	if err != nil {
		return nil, fmt.Errorf("sigma rule %s: %w", m.Key(), err)
	}
	return r, nil
}

// sigmaMessage says what the rule is and whose: the licence of shared rules asks
// for the author.
func sigmaMessage(m *sigma.Meta) string {
	parts := []string{m.Description}
	if m.Author != "" {
		parts = append(parts, "Sigma rule by "+m.Author+".")
	}
	parts = append(parts, m.References...)
	return strings.ReplaceAll(strings.Join(parts, "\n\n"), "{{", "{ {") // no template
}

// sigmaTags returns the rule's tags, and those of ATT&CK techniques in our form.
func sigmaTags(m *sigma.Meta) []string {
	tags := []string{"source:sigma", "security:attack"}
	for _, tag := range m.Tags {
		tags = append(tags, tag)
		if id, ok := strings.CutPrefix(strings.ToLower(tag), "attack.t"); ok && id != "" && id[0] >= '0' && id[0] <= '9' {
			tags = append(tags, "technique:T"+id)
		}
	}
	return tags
}

func sigmaSeverity(level string) string {
	switch level {
	case "informational":
		return "info"
	case "low", "medium", "high", "critical":
		return level
	default:
		return "medium"
	}
}

// quoted writes a value of the search syntax.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
