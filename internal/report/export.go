package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// Export is the report for programs. The first four members are those of the
// analyzer in the container production guide; Sasumata holds what is more. Texts
// are as the log had them, cut where they are long.
type Export struct {
	AnalysisTimestamp string           `json:"analysis_timestamp"`
	Summary           ExportSummary    `json:"summary"`
	Events            []ExportEvent    `json:"events"`
	Statistics        ExportStatistics `json:"statistics"`
	Sasumata          ExportDetails    `json:"sasumata"`
}

// ExportSummary has the three figures at the top.
type ExportSummary struct {
	// TotalSecurityEvents is how many events failed to log in or attacked.
	TotalSecurityEvents int64 `json:"total_security_events"`
	// UniqueAttackingIPs is how many addresses they came from: exact up to 65,536,
	// then an estimate with a standard error of 0.8 %.
	UniqueAttackingIPs int64 `json:"unique_attacking_ips"`
	// MostCommonAttack is a kind and its number, null without any.
	MostCommonAttack *Pair `json:"most_common_attack"`
}

// ExportEvent is one of the first 100 security events.
type ExportEvent struct {
	Timestamp string    `json:"timestamp"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
	Request   string    `json:"request"`
	Status    int64     `json:"status"`
	Threats   []string  `json:"threats"` // the first 16
	Line      int64     `json:"line_number"`
	User      string    `json:"user,omitempty"`
	Geo       *Location `json:"geo,omitempty"`
}

// Location is where an address is.
type Location struct {
	Country   string   `json:"country"`
	City      string   `json:"city"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
}

// ExportStatistics are the most frequent values of the security events.
type ExportStatistics struct {
	TopAttackingIPs []Pair `json:"top_attacking_ips"`
	TopUserAgents   []Pair `json:"top_user_agents"`
	AttackTypes     []Pair `json:"attack_types"`
	TotalEvents     int64  `json:"total_events"`
}

// Pair is a value and its number, in JSON an array of both.
type Pair struct {
	Value  string
	Number int64
}

// MarshalJSON writes [value, number].
func (p Pair) MarshalJSON() ([]byte, error) { return json.Marshal([2]any{p.Value, p.Number}) }

// UnmarshalJSON reads [value, number].
func (p *Pair) UnmarshalJSON(data []byte) error {
	both := [2]any{&p.Value, &p.Number}
	return json.Unmarshal(data, &both)
}

// ExportDetails is everything else.
type ExportDetails struct {
	Version    string            `json:"version,omitempty"`
	Files      []string          `json:"files"`
	Options    []string          `json:"options,omitempty"`
	First      string            `json:"first,omitempty"`
	Last       string            `json:"last,omitempty"`
	Lines      int64             `json:"lines"`
	Parsed     int64             `json:"parsed"`
	Unparsed   int64             `json:"unparsed"`
	Truncated  int64             `json:"truncated"`
	Bytes      int64             `json:"bytes"`
	Events     int64             `json:"events"`
	Listed     int64             `json:"events_of_listed_addresses"`
	Visitors   int64             `json:"visitors"`
	BytesSent  int64             `json:"bytes_sent"`
	Logins     LoginCounts       `json:"logins"`
	Attacks    AttackCounts      `json:"attacks"`
	Statuses   map[string]int64  `json:"status_codes"`
	Severities map[string]int64  `json:"signals_by_severity"`
	Rules      []RuleCount       `json:"rules"`
	Top        map[string][]Rank `json:"top"`
	Addresses  []Suspect         `json:"addresses"`
	Signals    []json.RawMessage `json:"signals"`
	// ThreatFeeds are the threat lists that were used.
	ThreatFeeds []ThreatFeed `json:"threat_feeds,omitempty"`
	Comparison  *Comparison  `json:"comparison,omitempty"`
}

// LoginCounts counts logins by outcome.
type LoginCounts struct {
	Success int64 `json:"success"`
	Failure int64 `json:"failure"`
}

// AttackCounts counts events that look like an attack, and how the server answered.
type AttackCounts struct {
	Events int64 `json:"events"`
	// Answered2xx are those that may have worked.
	Answered2xx int64 `json:"answered_2xx"`
	Answered3xx int64 `json:"answered_3xx"`
	Answered4xx int64 `json:"answered_4xx"`
	Answered5xx int64 `json:"answered_5xx"`
}

// RuleCount is what one rule found.
type RuleCount struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Severity string `json:"severity"`
	Signals  int64  `json:"signals"`
	Events   int64  `json:"events"`
}

// Rank is one of the most frequent values; the numbers are lower bounds when
// Approximate.
type Rank struct {
	Value       string `json:"value"`
	Events      int64  `json:"events"`
	Failed      int64  `json:"failed"`
	Attacks     int64  `json:"attacks"`
	Approximate bool   `json:"approximate,omitempty"`
}

// exportTop is how many values of a dimension an export has, exportAddresses how
// many suspects.
const (
	exportTop       = 50
	exportAddresses = 100
)

// NewExport returns the report of the document for programs.
func NewExport(d Document) *Export {
	s := d.Summary
	unique, _ := s.suspects.count()
	total := s.incidentsSeen
	out := &Export{
		AnalysisTimestamp: stamp(d.Generated),
		Summary:           ExportSummary{TotalSecurityEvents: total, UniqueAttackingIPs: unique},
		Events:            make([]ExportEvent, 0, len(s.incidents)),
		Statistics: ExportStatistics{
			TopAttackingIPs: pairs(s.Top(Suspects, 10)), TopUserAgents: pairs(s.Top(Attackers, 10)),
			AttackTypes: s.kinds(), TotalEvents: total,
		},
		Sasumata: details(d),
	}
	if types := out.Statistics.AttackTypes; len(types) > 0 {
		out.Summary.MostCommonAttack = &types[0]
	}
	for i := range s.incidents {
		out.Events = append(out.Events, s.incidents[i].export())
	}
	return out
}

// WriteJSON writes the report for programs, indented.
func WriteJSON(w io.Writer, d Document) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(NewExport(d)); err != nil {
		return fmt.Errorf("write the report as JSON: %w", err)
	}
	return nil
}

func details(d Document) ExportDetails {
	s := d.Summary
	visitors, _ := s.visitors.count()
	out := ExportDetails{
		Version: d.Version, Files: d.Files, Options: d.Options, First: stamp(s.first), Last: stamp(s.last),
		Lines: s.Lines, Parsed: s.Parsed, Unparsed: s.Unparsed, Truncated: s.Truncated, Bytes: s.Bytes,
		Events: s.events, Listed: s.Listed, Visitors: visitors, BytesSent: s.bytesSent,
		Logins: LoginCounts{Success: s.loginOK, Failure: s.loginFail},
		Attacks: AttackCounts{
			Events: s.attackEvents, Answered2xx: s.answers[2], Answered3xx: s.answers[3], Answered4xx: s.answers[4], Answered5xx: s.answers[5],
		},
		Statuses: map[string]int64{}, Severities: map[string]int64{}, Top: map[string][]Rank{},
		Rules: []RuleCount{}, Addresses: d.suspects(exportAddresses), Signals: []json.RawMessage{}, Comparison: d.Comparison, ThreatFeeds: d.ThreatFeeds,
	}
	for code, n := range s.codes {
		if n > 0 {
			out.Statuses[strconv.Itoa(code)] = n
		}
	}
	for dim := range dimensions {
		top := s.Top(dim, exportTop)
		ranks := make([]Rank, 0, len(top))
		for _, c := range top {
			ranks = append(ranks, Rank{c.Value, c.Events, c.Failed, c.Attacks, c.Approx})
		}
		out.Top[dim.name()] = ranks
	}
	list := ordered(d.Signals)
	for _, r := range ruleRows(list, d.Lang) {
		out.Rules = append(out.Rules, RuleCount{r.id, r.name, r.worst.String(), r.signals, r.events})
	}
	for _, one := range list {
		out.Signals = append(out.Signals, one.AppendJSON(nil))
	}
	var counts signal.Counts
	if d.Signals != nil {
		counts = d.Signals.Counts()
	}
	for i, n := range counts.BySeverity {
		out.Severities[signal.Severity(i).String()] = n
	}
	return out
}

func (in *incident) export() ExportEvent {
	e := ExportEvent{
		Timestamp: stamp(in.time), IP: in.ip, UserAgent: in.agent, Request: in.request, Status: in.status,
		Threats: in.threats, Line: in.line, User: in.user,
	}
	if in.hasPlacement {
		e.Geo = &Location{Country: in.country, City: in.city}
		if in.located {
			e.Geo.Latitude, e.Geo.Longitude = &in.latitude, &in.longitude
		}
	}
	return e
}

// kinds returns the kinds of attack, failed logins among them, the most frequent
// first.
func (s *Summary) kinds() []Pair {
	all := pairs(s.Top(Categories, heavyLimit))
	if s.loginFail > 0 {
		all = append(all, Pair{failedLogin, s.loginFail})
	}
	slices.SortStableFunc(all, func(a, b Pair) int { return cmp.Compare(b.Number, a.Number) })
	return all
}

func pairs(counts []Count) []Pair {
	out := make([]Pair, 0, len(counts))
	for _, c := range counts {
		out = append(out, Pair{c.Value, c.Events})
	}
	return out
}

// stamp writes a time in nanoseconds since 1970 as RFC 3339, "" for none.
func stamp(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
