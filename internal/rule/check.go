package rule

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The limits of one rule; Datadog's are lower.
const (
	maxQueries = 64
	maxCases   = 64
	// maxNewValueMetrics is Datadog's limit.
	maxNewValueMetrics = 5
	// maxCorrelatedBy is Datadog's limit.
	maxCorrelatedBy = 3
)

// check checks everything and parses the queries, conditions and templates.
func (c *checker) check() {
	r := c.rule
	if r.Name == "" && r.given("name") {
		c.fault(r.at("name"), "the name is empty")
	}
	if strings.ContainsFunc(r.ID, func(c rune) bool { return c <= ' ' || c == '/' || c == '\\' || c == 0x7f }) {
		c.fault(r.at("id"), "the id %q has a blank or slash in it", clip(r.ID))
	}
	c.oneOf(&r.Source, "type", r.Type, false, TypeLogs, TypeSignalCorrelation, TypeApplication, TypeAPI,
		TypeWorkload, TypeWorkloadActivity, TypeCloudConfiguration, TypeInfrastructureSettings)
	var err error
	r.Text, err = ParseTemplate(r.Message)
	c.parsed(&r.Source, "message", r.Message, err)
	r.TextJA, err = ParseTemplate(r.MessageJA)
	c.parsed(&r.Source, "messageJa", r.MessageJA, err)

	c.options()
	names := c.queries()
	c.cases(names)
	c.thirdPartyCases()
	c.sequence(names)
	c.isolationForest(names)
	for i := range r.Filters {
		f := &r.Filters[i]
		c.oneOf(&f.Source, "action", f.Action, false, "require", "suppress")
		f.Expr = c.search(&f.Source, "query", f.Query)
	}
	c.referenceTables(names)
	c.groups()
	if s := r.Scheduling; s != nil && strings.TrimSpace(s.RRule) == "" {
		c.fault(s.at("rrule"), "a schedule needs an rrule, such as FREQ=HOURLY;INTERVAL=2")
	}
	if len(r.CalculatedFields) > 0 && r.Scheduling == nil {
		c.fault(r.at("calculatedFields"), "calculatedFields are for scheduled rules: schedulingOptions is missing")
	}
}

// configured reports whether the rule is about configuration: its logic is a
// policy, not queries.
func (r *Rule) configured() bool {
	return r.Type == TypeCloudConfiguration || r.Type == TypeInfrastructureSettings
}

// byQueries reports whether the rule's findings come from its queries.
func (r *Rule) byQueries() bool {
	switch r.Options.DetectionMethod {
	case MethodThirdParty, MethodHardcoded:
		return false
	default:
		return !r.configured()
	}
}

// queries checks the queries and returns the names that conditions use.
func (c *checker) queries() []string {
	r := c.rule
	if len(r.Queries) == 0 && r.byQueries() {
		c.fault(r.at("queries"), "the rule has no queries")
	}
	if len(r.Queries) > maxQueries {
		c.fault(r.at("queries"), "the rule has more than %d queries", maxQueries)
		r.Queries = r.Queries[:maxQueries]
	}
	names := make([]string, len(r.Queries))
	for i := range r.Queries {
		q := &r.Queries[i]
		q.Ref = q.Name
		if q.Ref == "" {
			q.Ref = placeName(i)
		}
		if strings.ContainsFunc(q.Ref, func(r rune) bool { return r < 0x80 && !nameByte(byte(r)) }) {
			c.fault(q.at("name"), "no condition can use the name %q: use letters, digits and _", clip(q.Ref))
		} else if slices.Contains(names[:i], q.Ref) && r.byQueries() {
			c.fault(q.at("name"), "two queries have the name %q", clip(q.Ref))
		}
		names[i] = q.Ref
		c.query(q)
	}
	return names
}

// placeName returns the name of an unnamed query by its place: a .. z, aa ..
func placeName(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return placeName(i/26-1) + string(rune('a'+i%26))
}

func (c *checker) query(q *Query) {
	c.oneOf(&q.Source, "aggregation", q.Aggregation, true, AggregateCount, AggregateCardinality, AggregateSum,
		AggregateMax, AggregateNewValue, AggregateGeoData, AggregateEventCount, AggregateNone)
	if q.Aggregation == "" {
		q.Aggregation = AggregateCount
	}
	switch {
	case q.RuleID != "" || q.DefaultRuleID != "":
		if q.Query != "" {
			q.Expr = c.search(&q.Source, "query", q.Query)
		}
		if len(q.CorrelatedByFields) > maxCorrelatedBy {
			c.fault(q.at("correlatedByFields"), "want at most %d correlatedByFields, found %d", maxCorrelatedBy, len(q.CorrelatedByFields))
		}
	case strings.TrimSpace(q.Query) == "":
		c.fault(q.at("query"), "the query is empty: use * for every event")
	default:
		q.Expr = c.search(&q.Source, "query", q.Query)
		if strings.TrimSpace(q.CustomQueryExtension) != "" && c.search(&q.Source, "customQueryExtension", q.CustomQueryExtension) != nil && q.Expr != nil {
			q.Expr = c.search(&q.Source, "query", "("+q.Query+") ("+q.CustomQueryExtension+")")
		}
	}
	for _, list := range []struct {
		key    string
		fields []string
	}{{"groupByFields", q.GroupByFields}, {"distinctFields", q.DistinctFields}, {"metrics", q.Metrics}} {
		if slices.ContainsFunc(list.fields, emptyField) {
			c.fault(q.at(list.key), "%s has an empty name", list.key)
		}
	}
	c.aggregation(q)
}

func emptyField(f string) bool { return strings.Trim(f, "@# \t") == "" }

func (c *checker) aggregation(q *Query) {
	switch q.Aggregation {
	case AggregateCardinality:
		if len(q.DistinctFields) == 0 {
			c.fault(q.at("distinctFields"), "cardinality needs distinctFields: what to count the distinct values of")
		}
	case AggregateSum, AggregateMax, AggregateNewValue, AggregateGeoData:
		if q.Metric0() == "" {
			c.fault(q.at("metrics"), "%s needs metrics: the attribute to look at", q.Aggregation)
		}
		if len(q.Metrics) > maxNewValueMetrics {
			c.fault(q.at("metrics"), "want at most %d metrics, found %d", maxNewValueMetrics, len(q.Metrics))
		}
	}
}

func (c *checker) cases(names []string) {
	r := c.rule
	if len(r.Cases) > maxCases {
		c.fault(r.at("cases"), "the rule has more than %d cases", maxCases)
		r.Cases = r.Cases[:maxCases]
	}
	if len(r.Cases) == 0 && r.byQueries() {
		c.fault(r.at("cases"), "the rule has no cases")
	}
	switch r.Options.DetectionMethod {
	case MethodSequence:
		names = c.stepNames()
	case MethodIsolationForest:
		names = r.conditionNames()
	}
	for i := range r.Cases {
		k := &r.Cases[i]
		c.severity(&k.Source, "status", k.Status, k.CustomStatus != "")
		c.severity(&k.Source, "customStatus", k.CustomStatus, true)
		for j := range k.Actions {
			c.action(&k.Actions[j])
		}
		c.condition(k, names)
	}
}

func (c *checker) condition(k *Case, names []string) {
	if strings.TrimSpace(k.Condition) == "" {
		if c.needsCondition() {
			c.fault(k.at("condition"), "the case has no condition, such as %q", firstName(names)+" > 0")
		}
		return
	}
	expr, err := ParseCondition(k.Condition, names)
	c.parsed(&k.Source, "condition", k.Condition, err)
	k.Expr = expr
	if expr != nil && expr.Steps() > 1 && len(c.rule.Cases) > 1 {
		c.fault(k.at("condition"), "THEN is for rules with a single case, this one has %d", len(c.rule.Cases))
	}
}

func firstName(names []string) string {
	if len(names) == 0 {
		return "a"
	}
	return names[0]
}

// needsCondition reports whether the method decides by conditions. A rule whose
// queries all match event by event (none) needs none: each event is a match.
func (c *checker) needsCondition() bool {
	switch r := c.rule; r.Options.DetectionMethod {
	case MethodThreshold, MethodSequence, MethodAnomalyThreshold:
		return r.byQueries() && (len(r.Queries) == 0 || slices.ContainsFunc(r.Queries, func(q Query) bool { return q.Aggregation != AggregateNone }))
	default:
		return false
	}
}

func (c *checker) severity(s *Source, key, word string, optional bool) {
	c.oneOf(s, key, word, optional, "info", "low", "medium", "high", "critical")
}

func (c *checker) action(a *Action) {
	c.oneOf(&a.Source, "type", a.Type, false, "block_ip", "block_user", "user_behavior", "flag_ip")
	switch o := a.Options; {
	case o == nil:
	case o.Duration < 0:
		c.fault(o.at("duration"), "the duration %d is negative", int64(o.Duration))
	case a.Type == "flag_ip":
		c.oneOf(&o.Source, "flaggedIPType", o.FlaggedIPType, false, "SUSPICIOUS", "FLAGGED")
	}
}

func (c *checker) thirdPartyCases() {
	for i := range c.rule.ThirdPartyCases {
		k := &c.rule.ThirdPartyCases[i]
		c.severity(&k.Source, "status", k.Status, k.CustomStatus != "")
		c.severity(&k.Source, "customStatus", k.CustomStatus, true)
		k.Expr = c.search(&k.Source, "query", k.Query)
	}
}

func (c *checker) referenceTables(names []string) {
	for i := range c.rule.ReferenceTables {
		t := &c.rule.ReferenceTables[i]
		for _, need := range []struct{ key, value string }{
			{"tableName", t.TableName}, {"columnName", t.ColumnName}, {"logFieldPath", strings.TrimPrefix(t.LogFieldPath, "@")},
		} {
			if need.value == "" {
				c.fault(t.at(need.key), "the reference table needs %s", need.key)
			}
		}
		if t.RuleQueryName != "" && !slices.Contains(names, t.RuleQueryName) {
			c.suggest(t.at("ruleQueryName"), t.RuleQueryName, names, "no query has the name %s; there %s", strconv.Quote(clip(t.RuleQueryName)), listNames(names))
		}
	}
}

// groups checks groupSignalsBy and groupByPrefix against the fields by which the
// queries group.
func (c *checker) groups() {
	r := c.rule
	var fields []string
	for i := range r.Queries {
		fields = append(fields, r.Queries[i].GroupByFields...)
		fields = append(fields, r.Queries[i].CorrelatedByFields...)
	}
	if t := r.Options.ThirdParty; t != nil {
		for i := range t.RootQueries {
			fields = append(fields, t.RootQueries[i].GroupByFields...)
		}
	}
	known := func(field string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return strings.TrimPrefix(f, "@") == strings.TrimPrefix(field, "@") })
	}
	for _, field := range r.GroupSignalsBy {
		if !known(field) {
			c.suggest(r.at("groupSignalsBy"), field, fields, "groupSignalsBy names %q, by which no query groups", clip(field))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(r.GroupByPrefix)) {
		p := r.GroupByPrefix[field]
		if !known(field) {
			c.suggest(r.at("groupByPrefix"), field, fields, "groupByPrefix names %q, by which no query groups", clip(field))
		}
		c.within(&p.Source, "ipv4", p.IPv4, 1, 32)
		c.within(&p.Source, "ipv6", p.IPv6, 1, 128)
	}
}
