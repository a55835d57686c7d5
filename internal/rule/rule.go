// Package rule reads Datadog detection rules (the JSON of the API, or the same
// keys as YAML) into values that cannot be wrong: what Decode returns was checked
// as a whole, its queries and conditions are parsed, and it is written back as it
// was read, with the keys that nobody here knows.
//
// The keys are Datadog's, in camel case, as the API reference of security
// monitoring rules describes them. Rules of our own content add six keys: id,
// version, nameJa, messageJa, runbook and category.
//
// What a rule means is decided in package detect; this package has no state and
// reads no clock.
package rule

import (
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
)

// Source is what a value keeps about the document that it came from. Values made
// by a program leave it empty.
type Source struct {
	document.Pos
	// Keys has the position of the value of each key that the document gave.
	Keys map[string]document.Pos `doc:",positions"`
	// Extra holds the keys that no field knows; they are written back.
	Extra map[string]any `doc:",extra"`
}

// at returns the position of the key's value, or of the mapping if the document
// does not give the key.
func (s *Source) at(key string) document.Pos {
	if pos, ok := s.Keys[key]; ok {
		return pos
	}
	return s.Pos
}

// given reports whether the document has the key.
func (s *Source) given(key string) bool {
	_, ok := s.Keys[key]
	return ok
}

// Rule is one detection rule.
type Rule struct {
	Source
	// ID identifies the rule for ever: signals and their ids are made from it. When
	// the document has none, it is the name of the file without its ending.
	ID string `doc:"id"`
	// Version counts the editions of the rule.
	Version int64 `doc:"version"`
	// Name is what people call the rule, NameJA the same in Japanese.
	Name   string `doc:"name,required"`
	NameJA string `doc:"nameJa"`
	// Type is log_detection (the default), signal_correlation,
	// application_security, api_security, workload_security, workload_activity,
	// cloud_configuration or infrastructure_configuration.
	Type string `doc:"type"`
	// Enabled says whether the rule is used; the default is true.
	Enabled bool `doc:"isEnabled"`
	// Message is the text of the signal, a template (see ParseTemplate); MessageJA
	// is the same in Japanese.
	Message   string `doc:"message"`
	MessageJA string `doc:"messageJa"`
	// Runbook is the path of a Markdown file below content/runbooks, without the
	// language and the ending: ssh/brute_force.
	Runbook string `doc:"runbook"`
	// Category is the kind of attack, in our own words (bruteforce, scan_web ..).
	Category string `doc:"category"`
	// Tags go to every signal; tactic:TA0006-.. and technique:T1110-.. name MITRE
	// ATT&CK.
	Tags []string `doc:"tags"`
	// ExtendedTitle adds the group values to the title of the signal.
	ExtendedTitle bool `doc:"hasExtendedTitle"`
	// Queries choose events and say what is added up.
	Queries []Query `doc:"queries"`
	// Cases are tried in order: the first whose condition holds wins.
	Cases []Case `doc:"cases"`
	// ThirdPartyCases give the severity in a rule of the method third_party.
	ThirdPartyCases []ThirdPartyCase `doc:"thirdPartyCases"`
	// Options are the method and the windows.
	Options Options `doc:"options,required"`
	// Filters keep events in or out of all queries (deprecated by Datadog, but in
	// use).
	Filters []Filter `doc:"filters"`
	// GroupSignalsBy opens one signal for several groups that share these values;
	// they are some of the fields that the queries group by.
	GroupSignalsBy []string `doc:"groupSignalsBy"`
	// GroupByPrefix groups addresses by the network that they are in: the keys are
	// fields of groupByFields.
	GroupByPrefix map[string]Prefix `doc:"groupByPrefix"`
	// ReferenceTables restrict queries by lists, such as block lists.
	ReferenceTables []ReferenceTable `doc:"referenceTables"`
	// Scheduling makes the rule run at times instead of on every event.
	Scheduling *Scheduling `doc:"schedulingOptions"`
	// CalculatedFields are computed attributes; scheduled rules only.
	CalculatedFields []CalculatedField `doc:"calculatedFields"`

	// Text and TextJA are the parsed Message and MessageJA.
	Text, TextJA *Template
	// Simulated rules open signals as others do, which nobody is told of and to which
	// nothing responds. No document says so: it is decided where rules are run.
	Simulated bool

	derivedID string
}

// Query chooses events and says what is added up over the evaluation window.
type Query struct {
	Source
	// Name is how conditions refer to the query. Unnamed queries are a, b, c .. by
	// their place; see Ref.
	Name string `doc:"name"`
	// Query is a search in the log search syntax.
	Query string `doc:"query"`
	// Aggregation is count (the default), cardinality, sum, max, new_value,
	// geo_data, event_count or none.
	Aggregation string `doc:"aggregation"`
	// GroupByFields are the attributes (@usr.id), reserved attributes (host) or
	// tags (env) whose values divide the events into groups.
	GroupByFields []string `doc:"groupByFields"`
	// DistinctFields are what cardinality counts the distinct values of.
	DistinctFields []string `doc:"distinctFields"`
	// Metric is what sum and max add up, and what new_value watches (deprecated:
	// Metrics).
	Metric string `doc:"metric"`
	// Metrics are the attributes that new_value watches as a tuple, at most 5.
	Metrics []string `doc:"metrics"`
	// DataSource is logs (the default), audit, signals, spans, events ..
	DataSource string `doc:"dataSource"`
	// OptionalGroupBy counts events without a group value under "N/A".
	OptionalGroupBy bool `doc:"hasOptionalGroupByFields"`
	// Index and Indexes name Datadog's log indexes; they are kept, not used.
	Index   string   `doc:"index"`
	Indexes []string `doc:"indexes"`
	// CustomQueryExtension is added to the query with AND.
	CustomQueryExtension string `doc:"customQueryExtension"`
	// RuleID or DefaultRuleID is the rule whose signals a signal_correlation query
	// counts.
	RuleID        string `doc:"ruleId"`
	DefaultRuleID string `doc:"defaultRuleId"`
	// CorrelatedByFields are the values that its signals share, at most 3.
	CorrelatedByFields []string `doc:"correlatedByFields"`
	// CorrelatedQueryIndex is which query of that rule has the values.
	CorrelatedQueryIndex *int64 `doc:"correlatedQueryIndex"`

	// Ref is the name that conditions use: Name, or a, b, c .. by the place.
	Ref string
	// Expr is the parsed search, with the extension; nil when the query has none.
	Expr *query.Query
}

// Metric0 returns the attribute that sum and max add up, "" when there is none.
func (q *Query) Metric0() string {
	if len(q.Metrics) > 0 {
		return q.Metrics[0]
	}
	return q.Metric
}

// Case gives a severity to a condition over the queries.
type Case struct {
	Source
	// Name is added to the title of the signal.
	Name string `doc:"name"`
	// Status is the severity: info, low, medium, high or critical.
	Status string `doc:"status"`
	// CustomStatus replaces Status when it is given.
	CustomStatus string `doc:"customStatus"`
	// Condition is a comparison of queries with numbers; see ParseCondition.
	Condition string `doc:"condition"`
	// Notifications name receivers.
	Notifications []string `doc:"notifications"`
	// Actions are responses.
	Actions []Action `doc:"actions"`

	// Expr is the parsed condition; nil when the method needs none.
	Expr *Condition
}

// Severity returns the word for the severity of the case: CustomStatus, or else
// Status.
func (c *Case) Severity() string {
	if c.CustomStatus != "" {
		return c.CustomStatus
	}
	return c.Status
}

// Action is a response that a case asks for.
type Action struct {
	Source
	// Type is block_ip, block_user, user_behavior or flag_ip.
	Type string `doc:"type"`
	// Options has what the type needs.
	Options *ActionOptions `doc:"options"`
}

// ActionOptions is what the responses need.
type ActionOptions struct {
	Source
	// Duration is how long a block lasts in seconds.
	Duration Seconds `doc:"duration"`
	// UserBehaviorName is the name that user_behavior gives.
	UserBehaviorName string `doc:"userBehaviorName"`
	// FlaggedIPType is SUSPICIOUS or FLAGGED.
	FlaggedIPType string `doc:"flaggedIPType"`
}

// ThirdPartyCase gives a severity to the findings of another product.
type ThirdPartyCase struct {
	Source
	// Name is added to the title of the signal.
	Name string `doc:"name"`
	// Status is the severity; CustomStatus replaces it.
	Status       string `doc:"status"`
	CustomStatus string `doc:"customStatus"`
	// Query chooses the findings that this case is for.
	Query string `doc:"query"`
	// Notifications name receivers.
	Notifications []string `doc:"notifications"`

	// Expr is the parsed search.
	Expr *query.Query
}

// Filter keeps events in or out of all queries of a rule.
type Filter struct {
	Source
	// Action is require or suppress.
	Action string `doc:"action"`
	// Query chooses the events.
	Query string `doc:"query"`

	// Expr is the parsed search.
	Expr *query.Query
}

// ReferenceTable restricts a query to events whose value is, or is not, in a
// column of a table.
type ReferenceTable struct {
	Source
	// TableName and ColumnName name the list; see Tables.
	TableName  string `doc:"tableName"`
	ColumnName string `doc:"columnName"`
	// LogFieldPath is the attribute whose value is looked up.
	LogFieldPath string `doc:"logFieldPath"`
	// CheckPresence keeps the events whose value is in the table; false those whose
	// value is not.
	CheckPresence bool `doc:"checkPresence"`
	// RuleQueryName is the query; empty means all queries of the rule.
	RuleQueryName string `doc:"ruleQueryName"`
}

// Scheduling says when a scheduled rule runs.
type Scheduling struct {
	Source
	// RRule is a recurrence rule of RFC 5545.
	RRule string `doc:"rrule"`
	// Start is when the recurrence begins, in the timezone.
	Start string `doc:"start"`
	// Timezone is a name of the IANA time zone data base.
	Timezone string `doc:"timezone"`
}

// CalculatedField is a computed attribute, #name in a query.
type CalculatedField struct {
	Source
	Name       string `doc:"name"`
	Expression string `doc:"expression"`
}
