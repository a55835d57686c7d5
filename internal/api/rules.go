package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
	"github.com/sasumata/sasumata/internal/signal"
)

// Workshop is what is served about rules. Who serves it says what is wrong by Refuse.
type Workshop interface {
	// Rules returns all rules, also those that are switched off.
	Rules(ctx context.Context) ([]Rule, error)
	// Rule returns all that is known of one.
	Rule(ctx context.Context, id string) (RuleDetail, error)
	// Edition returns what somebody once wrote.
	Edition(ctx context.Context, id string, version int64) (shelf.Edition, error)
	// Check says what is wrong with a text.
	Check(ctx context.Context, want RuleText) (RuleCheck, error)
	// Preview runs a text over stored logs.
	Preview(ctx context.Context, want PreviewWish) (RulePreview, error)
	// Write puts a text to work, Remove takes it away, in the name of somebody.
	Write(ctx context.Context, id string, want RuleWish, actor string) (RuleDetail, error)
	Remove(ctx context.Context, id, note, actor string) (RuleDetail, error)
	// Switch says how a rule is to run.
	Switch(ctx context.Context, id string, want ModeWish, actor string) (RuleDetail, error)
}

// The origins of a rule.
const (
	// Shipped rules are built in.
	Shipped = "shipped"
	// OfFile rules stand in a file of the configuration.
	OfFile = "file"
	// Yours were written on the server.
	Yours = "yours"
)

// maxRuleBody is the size in bytes of the largest body with the text of a rule.
const maxRuleBody = 3 * shelf.MaxText

// Rule is what a list of rules says of one.
type Rule struct {
	ID      string `json:"id"`
	Version int64  `json:"version,omitempty"`
	Name    string `json:"name"`
	NameJA  string `json:"name_ja,omitempty"`
	Enabled bool   `json:"enabled"`
	// Mode is enabled, simulate or disabled; Switched says who wanted that, if it was a
	// person and not the text.
	Mode     string      `json:"mode"`
	Switched *shelf.Mode `json:"switched,omitempty"`
	// Origin is shipped, file or yours; Overrides says that there is another one beneath,
	// which comes back when this one is removed.
	Origin    string `json:"origin"`
	Overrides bool   `json:"overrides,omitempty"`
	// NotRun is why detection cannot run it, "" when it can.
	NotRun string `json:"not_run,omitempty"`
	// Type and Method are Datadog's, such as log_detection and threshold.
	Type   string `json:"type"`
	Method string `json:"method"`
	// Severities are those that its cases can give, the worst first.
	Severities []string `json:"severities"`
	Category   string   `json:"category,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	// Runbook is the name that GET /api/v1/runbook takes.
	Runbook string `json:"runbook,omitempty"`
	// WindowSeconds is how far back it looks at a time.
	WindowSeconds int64 `json:"window_seconds,omitempty"`
	// Days is how many signals opened on each of the last seven days, the oldest first,
	// each 24 hours until now.
	Days []int64 `json:"signals_per_day"`
	// Precision is the share of true positives in its signals of the last 90 days that
	// were archived as a true or a false one or as benign; nil without any.
	Precision *float64 `json:"precision"`
	// Cost is how often, per thousand events, one of its queries had to be asked itself,
	// since detection began with these rules; nil while too few events came.
	Cost *float64 `json:"cost"`
}

// RuleDetail is a rule with its text.
type RuleDetail struct {
	Rule

	// Format is datadog or sigma.
	Format string `json:"format"`
	// Text is the file that it stands in, as it was written; File and Line say where.
	Text string `json:"text"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Beneath is the text of the rule that this one overrides.
	Beneath string `json:"beneath,omitempty"`
	// Message and MessageJA are what its signals say, before they are filled in.
	Message   string      `json:"message,omitempty"`
	MessageJA string      `json:"message_ja,omitempty"`
	Queries   []RuleQuery `json:"queries"`
	Cases     []RuleCase  `json:"cases"`
	// Edition is the version of the newest edition that somebody wrote, 0 when nobody did;
	// Editions are what is kept of them, the newest first, without their texts.
	Edition  int64           `json:"edition"`
	Editions []shelf.Edition `json:"editions"`
}

// RuleQuery is a query of a rule.
type RuleQuery struct {
	Name        string   `json:"name"`
	Query       string   `json:"query"`
	Aggregation string   `json:"aggregation"`
	GroupBy     []string `json:"group_by"`
}

// RuleCase is a case of a rule.
type RuleCase struct {
	Name      string `json:"name,omitempty"`
	Severity  string `json:"severity"`
	Condition string `json:"condition,omitempty"`
}

// RuleText is a text that somebody writes.
type RuleText struct {
	// Text is one file, in any form of rules.
	Text string `json:"text"`
}

// RuleCheck says what there is to say about a text.
type RuleCheck struct {
	// Format is datadog or sigma; IDs are those of its rules, as far as they can be read.
	Format string   `json:"format"`
	IDs    []string `json:"ids"`
	// Faults make it unusable, Advice is about a rule that works.
	Faults []RuleFault `json:"faults"`
	Advice []RuleFault `json:"advice"`
}

// RuleFault is something about one place in a text.
type RuleFault struct {
	// Line and Col count from 1, Col in characters; 0 is unknown.
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Message string `json:"message"`
	// Suggestion is the word that was probably meant.
	Suggestion string `json:"suggestion,omitempty"`
}

// PreviewWish is a text and over how much of the past it is to run.
type PreviewWish struct {
	Text string `json:"text"`
	// Hours is how far back, 24 when it is 0.
	Hours int `json:"hours,omitempty"`
}

// RulePreview is what a rule would have done with stored logs.
type RulePreview struct {
	// From and To are the time that was looked at; Cut says why it ends before the present,
	// "" when it does not.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Cut  string    `json:"cut,omitempty"`
	// Events is how many there are in that time, Matched how many counted for the rule.
	Events  int64 `json:"events"`
	Matched int64 `json:"matched"`
	// Signals is how many would have opened, Severities by what they became in the end,
	// PerDay how many that is for a day.
	Signals    int64            `json:"signals"`
	Severities map[string]int64 `json:"severities"`
	PerDay     float64          `json:"per_day"`
	// Suppressed is how often a suppression would have held one of them back.
	Suppressed int64 `json:"suppressed"`
	// LearntFrom is since when it was shown older logs to learn from, if it learns.
	LearntFrom *time.Time `json:"learnt_from,omitempty"`
	// Evicted is how many groups were given up to stay within memory.
	Evicted int64 `json:"evicted,omitempty"`
	// MilliSeconds is how long it took.
	MilliSeconds int64 `json:"took_ms"`
	// Samples are the first signals, in the order in which they would have opened.
	Samples []PreviewSignal `json:"samples"`
}

// PreviewSignal is a signal that would have opened.
type PreviewSignal struct {
	Title    string            `json:"title"`
	Severity string            `json:"severity"`
	Case     string            `json:"case,omitempty"`
	Group    map[string]string `json:"group"`
	Events   int64             `json:"events"`
	First    time.Time         `json:"first_seen"`
	Last     time.Time         `json:"last_seen"`
	// Line is one of its logs.
	Line string `json:"line,omitempty"`
}

// RuleWish is a rule that somebody wants to put to work.
type RuleWish struct {
	Text string `json:"text"`
	// Note is what to remember about the change.
	Note string `json:"note,omitempty"`
	// Edition, unless it is nil, is the one that was looked at: when somebody wrote
	// another one since, the wish is refused.
	Edition *int64 `json:"edition,omitempty"`
}

// ModeWish is how somebody wants a rule to run, and why.
type ModeWish struct {
	Mode   string `json:"mode"`
	Reason string `json:"reason,omitempty"`
}

// The statuses of Refuse.
const (
	StatusWrong       = http.StatusBadRequest
	StatusUnknown     = http.StatusNotFound
	StatusConflict    = http.StatusConflict
	StatusTooLarge    = http.StatusRequestEntityTooLarge
	StatusTooMany     = http.StatusTooManyRequests
	StatusUnavailable = http.StatusServiceUnavailable
)

// Refuse is a request that cannot be, with the status and the text to answer.
func Refuse(status int, text string) error { return &problem{status, text} }

// ruleRoutes are the routes of rules.
func (o *Options) ruleRoutes() []route {
	if o.Rules == nil {
		return nil
	}
	return []route{
		{"GET", "/api/v1/rules", may(access.ReadSignals), o.ruleAnswers(o.rules)},
		{"POST", "/api/v1/rules/check", may(access.ReadSignals), o.ruleAnswers(o.checkRule)},
		{"POST", "/api/v1/rules/preview", may(access.ReadLogs), o.ruleAnswers(o.previewRule)},
		{"GET", "/api/v1/rules/{id}", may(access.ReadSignals), o.ruleAnswers(o.rule)},
		{"PUT", "/api/v1/rules/{id}", may(access.WriteRules), o.ruleAnswers(o.writeRule)},
		{"DELETE", "/api/v1/rules/{id}", may(access.WriteRules), o.ruleAnswers(o.removeRule)},
		{"PUT", "/api/v1/rules/{id}/mode", may(access.WriteRules), o.ruleAnswers(o.switchRule)},
		{"GET", "/api/v1/rules/{id}/editions/{version}", may(access.ReadSignals), o.ruleAnswers(o.ruleEdition)},
	}
}

// ruleAnswers serves what is answered in JSON.
func (o *Options) ruleAnswers(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o.Logs.answers(func(r *http.Request) (any, error) {
			out, err := answer(r)
			for _, known := range []error{database.ErrUnavailable, database.ErrFull} {
				if errors.Is(err, known) {
					w.Header().Set("Retry-After", "5")
					return nil, Refuse(http.StatusServiceUnavailable, known.Error())
				}
			}
			return out, err
		})(w, r)
	}
}

// rules lists the rules that are at work, and those that are switched off, by their ids.
func (o *Options) rules(r *http.Request) (any, error) {
	list, err := o.Rules.Rules(r.Context())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	part, next, err := page(r, list, func(r *Rule) string { return r.ID })
	return struct {
		Rules []Rule `json:"rules"`
		Count int    `json:"count"`
		Next  string `json:"next,omitempty"`
	}{part, len(list), next}, err
}

func (o *Options) rule(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return o.Rules.Rule(r.Context(), r.PathValue("id"))
}

func (o *Options) ruleEdition(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	version, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil {
		return nil, Refuse(http.StatusNotFound, "there is no such edition")
	}
	return o.Rules.Edition(r.Context(), r.PathValue("id"), version)
}

// wish reads the body of a request without parameters.
func wish[T any](r *http.Request) (want T, err error) {
	if _, err = known(r); err == nil {
		err = readBody(r, maxRuleBody, &want)
	}
	return want, err
}

func (o *Options) checkRule(r *http.Request) (any, error) {
	want, err := wish[RuleText](r)
	if err != nil {
		return nil, err
	}
	return o.Rules.Check(r.Context(), want)
}

func (o *Options) previewRule(r *http.Request) (any, error) {
	want, err := wish[PreviewWish](r)
	if err != nil {
		return nil, err
	}
	return o.Rules.Preview(r.Context(), want)
}

func (o *Options) writeRule(r *http.Request) (any, error) {
	want, err := wish[RuleWish](r)
	if err != nil {
		return nil, err
	}
	return o.Rules.Write(r.Context(), r.PathValue("id"), want, whoOf(r).Name)
}

func (o *Options) removeRule(r *http.Request) (any, error) {
	p, err := known(r, "note")
	if err != nil {
		return nil, err
	}
	return o.Rules.Remove(r.Context(), r.PathValue("id"), p.Get("note"), whoOf(r).Name)
}

func (o *Options) switchRule(r *http.Request) (any, error) {
	want, err := wish[ModeWish](r)
	if err != nil {
		return nil, err
	}
	return o.Rules.Switch(r.Context(), r.PathValue("id"), want, whoOf(r).Name)
}

// DescribeRule returns what the text of a rule says of it.
func DescribeRule(one *rule.Rule) Rule {
	r := Rule{
		ID: one.ID, Version: one.Version, Name: one.Name, NameJA: one.NameJA, Enabled: one.Enabled, Category: one.Category, Tags: one.Tags, Runbook: one.Runbook,
		Type: cmp.Or(one.Type, "log_detection"), Method: cmp.Or(one.Options.DetectionMethod, rule.MethodThreshold), WindowSeconds: int64(one.Options.EvaluationWindow),
		Mode: shelf.Of(one), Severities: []string{}, Days: make([]int64, 7),
	}
	var all []signal.Severity
	add := func(word string) {
		if s, err := signal.ParseSeverity(word); err == nil { // the rule was checked
			all = append(all, s)
		}
	}
	for i := range one.Cases {
		add(one.Cases[i].Severity())
	}
	for i := range one.ThirdPartyCases {
		add(cmp.Or(one.ThirdPartyCases[i].CustomStatus, one.ThirdPartyCases[i].Status))
	}
	slices.SortFunc(all, func(a, b signal.Severity) int { return int(b) - int(a) })
	for _, s := range slices.Compact(all) {
		r.Severities = append(r.Severities, s.String())
	}
	return r
}
