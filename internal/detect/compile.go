package detect

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// compiled is one rule made ready, with its groups. A rule may have several: one
// for each root query of third_party, and one for the signals of groupSignalsBy.
type compiled struct {
	rule        *rule.Rule
	method      method
	pool        int
	window      int64 // nanoseconds; 0 looks at each event alone
	keepAlive   int64
	maxDuration int64
	limit       int // entries that the series of all events keeps
	queries     []compiledQuery
	keys        []ruleKeys
	cases       []compiledCase
	shown       []string // what the numbers of a signal are called
	groupBy     []groupBy
	alone       bool       // the one query counts: its series is that of all events
	directory   *directory // of its groups
	seat        int        // its number there

	accepts  func(*event.Event) bool // a test that no search can say; nil accepts all
	third    *thirdParty
	roof     *compiled // the signals of several groups; nil when each has its own
	places   []int     // of a roof: which of the group's values it has
	baseline bool      // it learns from past events
	learns   bool      // its method knows what is usual
	title    *rule.Template
	bytes    int64     // what its method holds beside groups, estimated
	feeds    []groupBy // the names that group values have in signals as events
	exclude  []*suppressor

	seatOfRule int // the number of its rule, the same for all parts of it
}

// groupBy is one of the values that a rule groups by.
type groupBy struct {
	path  string // as the rule writes it, without @
	kind  string // as an entity
	field field
	place int // in the group's key
}

// kindOf returns the kind of a group value: where networks are asked for, it can
// be an address that is alone, or no address at all.
func (g *groupBy) kindOf(value string) string {
	if g.kind != signal.KindNetwork {
		return g.kind
	}
	if _, err := netip.ParsePrefix(value); err == nil {
		return signal.KindNetwork
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return signal.KindIP
	}
	return signal.KindValue
}

// compiledQuery is one query of a rule.
type compiledQuery struct {
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
	aggregateNewValue
	aggregatePlace
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
	// maxSearches is how many searches one rule may have: a bit for each.
	maxSearches = 64
	// maxNeed bounds what a condition may make a window keep.
	maxNeed = 1 << 20
)

// compile makes a supported rule ready.
func (en *Engine) compile(r *rule.Rule) *compiled {
	c := &compiled{
		rule:        r,
		window:      r.Options.EvaluationWindow.Nanoseconds(),
		keepAlive:   r.Options.KeepAlive.Nanoseconds(),
		maxDuration: r.Options.MaxSignalDuration.Nanoseconds(),
		limit:       spare,
		seatOfRule:  len(en.rules),
	}
	en.parts = append(en.parts, c)
	for i := range r.Cases {
		c.cases = append(c.cases, compileCase(&r.Cases[i]))
	}
	if r.Options.DetectionMethod == rule.MethodThirdParty {
		c.join(newDirectory()) // that stays empty: its root queries have the groups
		en.compileThirdParty(c)
		return c
	}
	queries := queriesOf(r)
	for i := range queries {
		c.queries = append(c.queries, en.compileQuery(c, &queries[i], i))
		c.shown = append(c.shown, queries[i].Ref)
		c.addGroupBy(r, groupFields(&queries[i]))
	}
	c.settleIn()
	c.chooseMethod()
	if _, plain := c.method.(windows); plain {
		c.alone = len(c.queries) == 1 && c.queries[0].aggregation == aggregateCount
	}
	if len(r.GroupSignalsBy) > 0 {
		c.addRoof(en)
	}
	return c
}

// queriesOf returns the queries of the rule; a hardcoded rule may do without.
func queriesOf(r *rule.Rule) []rule.Query {
	if len(r.Queries) > 0 {
		return r.Queries
	}
	return []rule.Query{{Ref: "a", Query: "*", Aggregation: rule.AggregateNone}}
}

// groupFields returns what a query groups by.
func groupFields(q *rule.Query) []string {
	if len(q.CorrelatedByFields) > 0 {
		return q.CorrelatedByFields
	}
	return q.GroupByFields
}

// addGroupBy notes the fields that a query groups by: the longest list names the
// values, all lists name them for correlations.
func (c *compiled) addGroupBy(r *rule.Rule, texts []string) {
	by := make([]groupBy, 0, len(texts))
	for place, text := range texts {
		f := groupField(r, text)
		by = append(by, groupBy{path: strings.TrimPrefix(text, "@"), kind: f.entityKind(), field: f, place: place})
	}
	c.feeds = append(c.feeds, by...)
	if len(by) > len(c.groupBy) {
		c.groupBy = by
	}
}

// groupField is newField with the rule's groupByPrefix.
func groupField(r *rule.Rule, text string) field {
	f := newField(text)
	for path, p := range r.GroupByPrefix {
		if strings.TrimPrefix(path, "@") == strings.TrimPrefix(text, "@") {
			f.network = network{v4: uint8(p.IPv4), v6: uint8(p.IPv6)}
		}
	}
	return f
}

// chooseMethod makes the method, and what it needs of the rule.
func (c *compiled) chooseMethod() {
	r := c.rule
	switch r.Options.DetectionMethod {
	case rule.MethodNewValue:
		c.method = c.newNewValue()
	case rule.MethodImpossibleTravel:
		c.method = c.newTravel()
	case rule.MethodAnomaly, rule.MethodAnomalyThreshold:
		c.method = c.newAnomaly()
	case rule.MethodLeakyBucket:
		c.method = c.newLeaky()
	case rule.MethodIsolationForest:
		c.method = c.newIsolation()
	case rule.MethodSequence:
		c.method = c.newSequence()
	default:
		switch {
		case len(c.cases) > 0 && c.cases[0].expr != nil && c.cases[0].expr.Steps() > 1:
			c.method = c.newThen()
		case c.window == 0:
			c.method = single{}
		default:
			c.method = windows{}
		}
		if r.Options.DetectionMethod == rule.MethodHardcoded {
			c.accepts = isLog4Shell
			if len(c.cases) == 0 {
				c.cases = []compiledCase{{severity: signal.High}}
			}
		}
	}
}

func (en *Engine) compileQuery(c *compiled, q *rule.Query, i int) compiledQuery {
	out := compiledQuery{limit: maxInstants}
	if m := q.Metric0(); m != "" {
		out.metric = en.shared(newField(m))
	}
	switch q.Aggregation {
	case rule.AggregateCardinality:
		out.aggregation = aggregateCardinality
		out.distinct = en.fields(q.DistinctFields)
	case rule.AggregateSum:
		out.aggregation = aggregateSum
	case rule.AggregateMax:
		out.aggregation = aggregateMax
	case rule.AggregateNone:
		out.aggregation = aggregateNone
	case rule.AggregateNewValue:
		out.aggregation = aggregateNewValue
		metrics := q.Metrics
		if len(metrics) == 0 {
			metrics = []string{q.Metric}
		}
		out.distinct = en.fields(metrics)
	case rule.AggregateGeoData:
		out.aggregation = aggregatePlace
	}
	if b := c.rule.Options.LeakyBucket; b != nil && b.Distinct != "" && out.aggregation == aggregateCount {
		out.distinct = en.fields([]string{b.Distinct})
	}
	if counts(q.Aggregation) {
		need := int64(0)
		for _, expr := range conditions(c.rule) {
			need = max(need, expr.Enough(i))
		}
		out.limit = int(need) + spare
	}
	fields := groupFields(q)
	by := make([]field, len(fields))
	for i, text := range fields {
		by[i] = en.shared(groupField(c.rule, text))
	}
	set := en.keySet(by, q.OptionalGroupBy)
	at := slices.IndexFunc(c.keys, func(k ruleKeys) bool { return k.of == set })
	if at < 0 {
		at = len(c.keys)
		c.keys = append(c.keys, ruleKeys{of: set})
	}
	c.keys[at].queries |= 1 << i
	for _, t := range c.rule.ReferenceTables {
		if t.RuleQueryName == "" || t.RuleQueryName == q.Ref {
			read := en.shared(newField(t.LogFieldPath))
			out.tables = append(out.tables, tableCheck{table: t.TableName, column: t.ColumnName, field: read, present: t.CheckPresence})
		}
	}
	return out
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
