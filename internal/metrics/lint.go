package metrics

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// Advice is what is to be said of a rule that works, and perhaps not as it was meant.
type Advice struct {
	// Line is where the rule stands, Rule its name, Text what is to be said.
	Line int
	Rule string
	Text string
}

// String returns line, rule and text.
func (a Advice) String() string { return fmt.Sprintf("%d: %s: %s", a.Line, a.Rule, a.Text) }

// IsRuleFile reports whether the text looks like a rule file of Prometheus, and not like
// another rule: it has groups at its beginning of a line.
func IsRuleFile(data []byte) bool {
	return regexp.MustCompile(`(?m)^groups\s*:`).Match(data) && !regexp.MustCompile(`(?m)^(queries|detection|id)\s*:`).Match(data)
}

// Lint checks a rule file: faults make it unusable, advice is about what rules do that is
// seldom meant.
func Lint(name string, data []byte) (faults []string, advice []Advice) {
	if len(data) > maxRuleFile {
		return []string{fmt.Sprintf("%s has more than %d bytes", name, maxRuleFile)}, nil
	}
	l := loader{parser: parser.NewParser(parser.Options{}), log: slog.New(slog.DiscardHandler)}
	groups, errs := rulefmt.Parse(data, false, model.UTF8Validation, l.parser, l.log)
	for _, err := range errs {
		faults = append(faults, name+": "+err.Error())
	}
	if len(errs) > 0 {
		return faults, nil
	}
	for _, g := range groups.Groups {
		for i := range g.Rules {
			advice = append(advice, l.rule(&g.Rules[i], lineOf(data, &g.Rules[i]))...)
		}
	}
	return nil, advice
}

// lineOf returns where a rule stands, 1 when nobody knows.
func lineOf(data []byte, r *rulefmt.Rule) int {
	name := regexp.QuoteMeta(r.Alert + r.Record)
	at := regexp.MustCompile(`(?m)^[^#\n]*(alert|record)["']?:\s*["']?` + name + `["']?\s*([,}#].*)?$`).FindIndex(data)
	if at == nil {
		return 1
	}
	return 1 + bytes.Count(data[:at[1]], []byte("\n"))
}

// rule looks at one rule.
func (l *loader) rule(r *rulefmt.Rule, line int) (advice []Advice) {
	expr, err := l.parser.ParseExpr(r.Expr)
	if err != nil {
		return nil // it is a fault already
	}
	say := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if !slices.ContainsFunc(advice, func(a Advice) bool { return a.Text == text }) {
			advice = append(advice, Advice{line, r.Alert + r.Record, text})
		}
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.Call:
			lintCall(n, say)
		case *parser.BinaryExpr:
			lintDivision(n, say)
			if r.Alert != "" {
				lintThreshold(n, say)
			}
		}
		return nil
	})
	if r.Alert == "" {
		return advice
	}
	lintGap(expr, say)
	lintTexts(expr, r, say)
	return advice
}

type sayer func(format string, args ...any)

// lintCall finds a gauge whose rate is asked, and block writes that are taken for writes.
func lintCall(c *parser.Call, say sayer) {
	if !slices.Contains([]string{"rate", "irate", "increase"}, c.Func.Name) || len(c.Args) == 0 {
		return
	}
	m, ok := c.Args[0].(*parser.MatrixSelector)
	if !ok {
		return
	}
	s, ok := m.VectorSelector.(*parser.VectorSelector)
	if !ok || s.Name == "" {
		return
	}
	if isGauge(s.Name) {
		say("%s(%s): that is a gauge, and %s is for counters; deriv, delta or changes are for gauges", c.Func.Name, s.Name, c.Func.Name)
	}
	if s.Name == "container_fs_writes_total" && !matchesLabel(s, "container_label_") {
		say("%s counts every write of every container, and a write that is refused never: choose the containers that must not write by a label", s.Name)
	}
}

// isGauge goes by the names that exporters agree on: counters end in _total, parts of
// histograms in _count, _sum and _bucket.
func isGauge(name string) bool {
	for _, end := range []string{"_total", "_count", "_sum", "_bucket", "_created"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	for _, end := range []string{"_last_seen", "_bytes", "_ratio", "_celsius", "_percent", "_timestamp_seconds", "_time_seconds", "_uptime_seconds", "_info", "_state", "_status", "_cores", "_quota", "_period", "_limit"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "up" || strings.HasPrefix(name, "node_load")
}

func matchesLabel(s *parser.VectorSelector, prefix string) bool {
	return slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return strings.HasPrefix(m.Name, prefix) })
}

// lintDivision finds x / y where y may be 0, and one whose sides choose other series.
func lintDivision(b *parser.BinaryExpr, say sayer) {
	if b.Op != parser.DIV || b.LHS.Type() != parser.ValueTypeVector || b.RHS.Type() != parser.ValueTypeVector {
		return
	}
	if !guarded(b.RHS) {
		say("/ %s: that may be 0, which gives +Inf or NaN: (%s > 0) leaves those out", b.RHS, b.RHS)
	}
	left, right := selectors(b.LHS), selectors(b.RHS)
	if aggregated(b.LHS) || aggregated(b.RHS) || len(left) != 1 || len(right) != 1 {
		return
	}
	if left[0].Name == right[0].Name && matchers(left[0]) != matchers(right[0]) {
		say("%s: each series is divided by itself, as labels must be equal: add both sides up, sum by (job) (..) / sum by (job) (..)", b)
	}
}

// guarded reports whether an expression leaves 0 out.
func guarded(e parser.Expr) bool {
	found := false
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if b, ok := n.(*parser.BinaryExpr); ok && !b.ReturnBool && (b.Op == parser.GTR || b.Op == parser.GTE || b.Op == parser.NEQ) {
			found = true
		}
		return nil
	})
	return found || recorded(e)
}

// recorded reports whether all of an expression are results of recording rules, which are
// looked at by themselves.
func recorded(e parser.Expr) bool {
	all := selectors(e)
	return len(all) > 0 && !slices.ContainsFunc(all, func(s *parser.VectorSelector) bool { return !strings.Contains(s.Name, ":") })
}

// lintThreshold finds x > N where x is many series of one thing.
func lintThreshold(b *parser.BinaryExpr, say sayer) {
	if !b.Op.IsComparisonOperator() || b.LHS.Type() != parser.ValueTypeVector || b.RHS.Type() != parser.ValueTypeScalar || b.ReturnBool {
		return
	}
	if aggregated(b.LHS) || recorded(b.LHS) || isZero(b.RHS) && b.Op != parser.GTR {
		return
	}
	rates := 0
	parser.Inspect(b.LHS, func(n parser.Node, _ []parser.Node) error {
		if c, ok := n.(*parser.Call); ok && slices.Contains([]string{"rate", "irate", "increase"}, c.Func.Name) {
			rates++
		}
		return nil
	})
	perContainer := slices.ContainsFunc(selectors(b.LHS), func(s *parser.VectorSelector) bool { return strings.HasPrefix(s.Name, "container_") })
	switch {
	case rates > 0:
		say("%s looks at each series by itself (each processor, interface, client): add up what belongs together, sum by (..) (..)", b)
	case perContainer:
		say("%s looks at each series by itself, those of slices and of the machine, too: max by (instance, name) (..{name!=\"\"})", b)
	}
}

func isZero(e parser.Expr) bool {
	n, ok := e.(*parser.NumberLiteral)
	return ok && n.Val == 0
}

// lintGap finds up == 0 alone: a target that vanished has no series.
func lintGap(e parser.Expr, say sayer) {
	asks, minds := false, false
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.BinaryExpr:
			if s, ok := n.LHS.(*parser.VectorSelector); ok && n.Op == parser.EQLC && isZero(n.RHS) && (s.Name == "up" || strings.HasSuffix(s.Name, "_up")) {
				asks = asks || s.Name == "up"
			}
			minds = minds || n.Op == parser.LUNLESS
		case *parser.Call:
			minds = minds || strings.HasPrefix(n.Func.Name, "absent")
		}
		return nil
	})
	if asks && !minds {
		say("up == 0 says nothing of a target that vanished, which has no series: or (.. max_over_time(up[1h]) unless up), and the exporter's own pg_up, mysql_up ..")
	}
}

// lintTexts finds texts about labels that are not there, and texts that are missing.
func lintTexts(e parser.Expr, r *rulefmt.Rule, say sayer) {
	if r.Annotations["runbook"] == "" && r.Annotations["runbook_url"] == "" {
		say("no runbook: whoever gets the signal is not told what to do (annotations: runbook or runbook_url)")
	}
	if r.Annotations["summary"] == "" && r.Annotations["description"] == "" {
		say("no summary: the signal is called as the alert")
	}
	if r.Labels["severity"] == "" {
		say("no label severity: the signal is of medium severity")
	}
	kept, some := keptLabels(e)
	if !some {
		return
	}
	for _, key := range []string{"summary", "description", "summary_ja", "description_ja", "message"} {
		for _, m := range regexp.MustCompile(`\$labels\.([a-zA-Z_]\w*)|\.Labels\.([a-zA-Z_]\w*)`).FindAllStringSubmatch(r.Annotations[key], -1) {
			name := m[1] + m[2]
			if _, own := r.Labels[name]; !own && !slices.Contains(kept, name) {
				say("the annotation %s names $labels.%s, which the expression aggregates away: it is always empty", key, name)
			}
		}
	}
}

// keptLabels returns the labels that are left, and whether that is known: the expression is
// added up by them.
func keptLabels(e parser.Expr) (kept []string, known bool) {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return keptLabels(e.Expr)
	case *parser.AggregateExpr:
		if e.Without || e.Op == parser.TOPK || e.Op == parser.BOTTOMK || e.Op == parser.LIMITK {
			return nil, false
		}
		return e.Grouping, true
	case *parser.BinaryExpr:
		if e.LHS.Type() != parser.ValueTypeVector {
			return keptLabels(e.RHS)
		}
		if e.Op == parser.LOR || e.VectorMatching != nil && e.VectorMatching.Card != parser.CardOneToOne {
			return nil, false
		}
		return keptLabels(e.LHS)
	default:
		return nil, false
	}
}

// aggregated reports whether an expression is added up over series.
func aggregated(e parser.Expr) bool {
	found := false
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		_, is := n.(*parser.AggregateExpr)
		found = found || is
		return nil
	})
	return found
}

// selectors returns what an expression asks for.
func selectors(e parser.Expr) (all []*parser.VectorSelector) {
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			all = append(all, s)
		}
		return nil
	})
	return all
}

// matchers returns how a selector chooses, but for the name.
func matchers(s *parser.VectorSelector) string {
	var all []string
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			all = append(all, m.String())
		}
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}
