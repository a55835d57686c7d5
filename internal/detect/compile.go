package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// Unsupported names a rule that the engine does not run, and why.
type Unsupported struct {
	Rule *rule.Rule
	// Reason says what the engine would need, lower case without a full stop.
	Reason string
}

// String returns the rule's id and the reason.
func (u Unsupported) String() string { return fmt.Sprintf("rule %s: %s", u.Rule.ID, u.Reason) }

// compiled is one rule made ready, with its groups.
type compiled struct {
	rule        *rule.Rule
	window      int64 // nanoseconds; 0 looks at each event alone
	keepAlive   int64
	maxDuration int64
	queries     []compiledQuery
	keys        []ruleKeys
	cases       []compiledCase
	paths       []string // of the group values, as the rule writes them, without @
	kinds       []string // of the group values as entities
	alone       bool     // the one query counts: its series is that of all events
	groups      map[string]*group
}

// compiledQuery is one query of a rule.
type compiledQuery struct {
	name        string
	aggregation aggregation
	distinct    []field
	metric      field
	tables      []tableCheck
	limit       int // entries or values that a window keeps
}

type aggregation uint8

const (
	aggregateCount aggregation = iota
	aggregateCardinality
	aggregateSum
	aggregateMax
	aggregateNone
)

// ruleKeys is what one or several queries of a rule group by.
type ruleKeys struct {
	of      *keySet
	queries uint64 // a bit for each of these queries
}

type tableCheck struct {
	table, column string
	field         field
	present       bool
}

// compiledCase is one case; expr is nil when every event of any query matches.
type compiledCase struct {
	name     string
	severity signal.Severity
	text     string
	expr     *rule.Condition
	notify   []string
	actions  []signal.Action
}

const (
	// spare is how many entries a window keeps beyond what conditions compare
	// with, so that the numbers shown are exact in most cases.
	spare = 256
	// maxInstants is how many instants a sum or maximum keeps.
	maxInstants = 4096
	// maxNeed bounds what a condition may make a window keep.
	maxNeed = 1 << 20
)

// unsupported returns why the engine cannot run the rule, "" when it can.
func unsupported(r *rule.Rule, tables rule.Tables) string {
	switch {
	case r.Options.DetectionMethod != rule.MethodThreshold:
		return "the detection method " + r.Options.DetectionMethod + " is not supported yet"
	case r.Type == rule.TypeSignalCorrelation:
		return "the type signal_correlation is not supported yet"
	case r.Type == rule.TypeCloudConfiguration || r.Type == rule.TypeInfrastructureSettings:
		return "the type " + r.Type + " is checked by policies, not by events"
	case r.Scheduling != nil:
		return "scheduled rules are not supported yet"
	case len(r.GroupSignalsBy) > 0:
		return "groupSignalsBy is not supported yet"
	case len(r.ReferenceTables) > 0 && tables == nil:
		return "it uses reference tables, and there are none"
	}
	for i := range r.Queries {
		switch q := &r.Queries[i]; {
		case q.Expr == nil:
			return fmt.Sprintf("the query %s has no search", q.Ref)
		case q.DataSource == "signals":
			return fmt.Sprintf("the query %s searches signals, which is not supported yet", q.Ref)
		case !slices.Contains([]string{
			"", rule.AggregateCount, rule.AggregateCardinality,
			rule.AggregateSum, rule.AggregateMax, rule.AggregateNone,
		}, q.Aggregation):
			return fmt.Sprintf("the aggregation %s of query %s is not supported yet", q.Aggregation, q.Ref)
		}
	}
	for i := range r.Cases {
		switch c := &r.Cases[i]; {
		case c.Expr != nil && c.Expr.Steps() > 1:
			return "conditions with THEN are not supported yet"
		case c.Expr != nil && mostNeeded(r, c.Expr) > maxNeed:
			return fmt.Sprintf("the condition %q compares with more than %d events", c.Condition, maxNeed)
		}
	}
	return ""
}

// mostNeeded returns how many events or values the condition makes a window keep.
func mostNeeded(r *rule.Rule, expr *rule.Condition) int64 {
	var most int64
	for i := range r.Queries {
		if a := r.Queries[i].Aggregation; a == "" || a == rule.AggregateCount || a == rule.AggregateCardinality {
			most = max(most, expr.Enough(i))
		}
	}
	return most
}

// compile makes a supported rule ready.
func (en *Engine) compile(r *rule.Rule) *compiled {
	c := &compiled{
		rule:        r,
		window:      r.Options.EvaluationWindow.Nanoseconds(),
		keepAlive:   r.Options.KeepAlive.Nanoseconds(),
		maxDuration: r.Options.MaxSignalDuration.Nanoseconds(),
		groups:      make(map[string]*group),
	}
	for i := range r.Queries {
		c.queries = append(c.queries, en.compileQuery(c, &r.Queries[i], i))
	}
	for i := range r.Cases {
		c.cases = append(c.cases, compileCase(&r.Cases[i]))
	}
	for i := range r.Queries {
		if fields := r.Queries[i].GroupByFields; len(fields) > len(c.paths) {
			c.paths, c.kinds = nil, nil
			for _, text := range fields {
				f := newField(text)
				c.paths = append(c.paths, strings.TrimPrefix(text, "@"))
				c.kinds = append(c.kinds, f.entityKind())
			}
		}
	}
	c.alone = len(c.queries) == 1 && c.queries[0].aggregation == aggregateCount
	return c
}

func (en *Engine) compileQuery(c *compiled, q *rule.Query, i int) compiledQuery {
	out := compiledQuery{name: q.Ref, distinct: newFields(q.DistinctFields), limit: maxInstants}
	if m := q.Metric0(); m != "" {
		out.metric = newField(m)
	}
	switch q.Aggregation {
	case rule.AggregateCardinality:
		out.aggregation = aggregateCardinality
	case rule.AggregateSum:
		out.aggregation = aggregateSum
	case rule.AggregateMax:
		out.aggregation = aggregateMax
	case rule.AggregateNone:
		out.aggregation = aggregateNone
	}
	if out.aggregation == aggregateCount || out.aggregation == aggregateCardinality {
		need := int64(0)
		for j := range c.rule.Cases {
			if expr := c.rule.Cases[j].Expr; expr != nil {
				need = max(need, expr.Enough(i))
			}
		}
		out.limit = int(need) + spare
	}
	set := en.keySet(newFields(q.GroupByFields), q.OptionalGroupBy)
	at := slices.IndexFunc(c.keys, func(k ruleKeys) bool { return k.of == set })
	if at < 0 {
		at = len(c.keys)
		c.keys = append(c.keys, ruleKeys{of: set})
	}
	c.keys[at].queries |= 1 << i
	for _, t := range c.rule.ReferenceTables {
		if t.RuleQueryName == "" || t.RuleQueryName == q.Ref {
			out.tables = append(out.tables, tableCheck{
				table: t.TableName, column: t.ColumnName, field: newField(t.LogFieldPath), present: t.CheckPresence,
			})
		}
	}
	return out
}

// filtered returns the searches of a rule's queries with its filters.
func filtered(r *rule.Rule) ([]*query.Query, error) {
	searches := make([]*query.Query, len(r.Queries))
	for i := range r.Queries {
		searches[i] = r.Queries[i].Expr
		if len(r.Filters) == 0 {
			continue
		}
		text := "(" + searches[i].String() + ")"
		for _, f := range r.Filters {
			not := ""
			if f.Action == "suppress" {
				not = "-"
			}
			text += " " + not + "(" + f.Expr.String() + ")"
		}
		q, err := query.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the query %s with the filters is too large: %w", r.Queries[i].Ref, err)
		}
		searches[i] = q
	}
	return searches, nil
}

func compileCase(k *rule.Case) compiledCase {
	severity, _ := signal.ParseSeverity(k.Severity()) // checked by the rule
	c := compiledCase{name: k.Name, severity: severity, expr: k.Expr, notify: k.Notifications}
	if k.Expr != nil {
		c.text = k.Expr.String()
	}
	for _, a := range k.Actions {
		out := signal.Action{Type: a.Type}
		if o := a.Options; o != nil {
			out.Duration = int64(o.Duration) * int64(time.Second)
			out.Name = o.UserBehaviorName + o.FlaggedIPType
		}
		c.actions = append(c.actions, out)
	}
	return c
}
