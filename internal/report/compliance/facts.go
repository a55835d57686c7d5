package compliance

import (
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Facts is what a server says of itself. Audit and Signals are about the time from
// From to To, all else about the moment Taken.
type Facts struct {
	Server string    `json:"server"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Taken  time.Time `json:"taken"`
	// Unread is why a part could not be read, by topic; Absent are topics that the server
	// has nothing of.
	Unread map[Topic]string `json:"unread,omitempty"`
	Absent map[Topic]bool   `json:"absent,omitempty"`

	Users  []access.User  `json:"users,omitempty"`
	Tokens []access.Token `json:"tokens,omitempty"`
	Audit  AuditFacts     `json:"audit"`
	// Signals has those that opened, by severity; simulated ones are left out.
	Signals map[string]*SignalFacts `json:"signals,omitempty"`
	// SignalsCut says that not all signals were read, and why.
	SignalsCut   string                 `json:"signals_cut,omitempty"`
	Suppressions []suppress.Suppression `json:"suppressions,omitempty"`
	Silences     []Silence              `json:"silences,omitempty"`
	Responses    respond.Summary        `json:"responses,omitzero"`
	Alerting     alert.Status           `json:"alerting,omitzero"`
	Rules        RuleFacts              `json:"rules"`
	Assets       []asset.Asset          `json:"assets,omitempty"`
	// Retention, Sources and Clocks are of the metrics of the server.
	Retention RetentionFacts `json:"retention"`
	Sources   []SourceFacts  `json:"sources,omitempty"`
	// Lacking is how many sources could not begin, Skewed how many senders have clocks that
	// are off.
	Lacking int64 `json:"sources_lacking"`
	Skewed  int64 `json:"clock_skewed_senders"`
}

// AuditFacts is what is in the audit trail.
type AuditFacts struct {
	Entries int64            `json:"entries"`
	Actions map[string]int64 `json:"actions,omitempty"`
	Actors  map[string]int64 `json:"actors,omitempty"`
	// Cut says that there are more entries, older than these.
	Cut bool `json:"cut,omitempty"`
	// Backups counts those that were made; Backup is when the last one was.
	Backups int64     `json:"backups"`
	Backup  time.Time `json:"last_backup,omitzero"`
}

// Add counts an entry; entries come with the newest first.
func (a *AuditFacts) Add(e *audit.Entry) {
	if a.Actions == nil {
		a.Actions, a.Actors = map[string]int64{}, map[string]int64{}
	}
	a.Entries++
	a.Actions[e.Action]++
	a.Actors[e.Actor]++
	if e.Action == "backup.make" && e.Outcome == "done" {
		if a.Backups++; a.Backup.IsZero() {
			a.Backup = e.Time
		}
	}
}

// SignalFacts is what became of signals of one severity.
type SignalFacts struct {
	Opened       int64 `json:"opened"`
	Waiting      int64 `json:"open"`
	Acknowledged int64 `json:"acknowledged"`
	// Late were looked at after their time, Overdue not yet though it is over.
	Late    int64 `json:"late"`
	Overdue int64 `json:"overdue"`
	// Median is after how many seconds half of those that were looked at were.
	Median float64 `json:"median_seconds_to_acknowledge"`

	took []time.Duration
}

// AddSignal counts a signal.
func (f *Facts) AddSignal(severity string, s *triage.Signal) {
	if s.Simulated {
		return
	}
	if f.Signals == nil {
		f.Signals = map[string]*SignalFacts{}
	}
	n := f.Signals[severity]
	if n == nil {
		n = &SignalFacts{}
		f.Signals[severity] = n
	}
	n.Opened++
	if s.State == triage.Open {
		n.Waiting++
	}
	if s.Acknowledged == nil {
		if s.Breached {
			n.Overdue++
		}
		return
	}
	n.Acknowledged++
	if s.Breached {
		n.Late++
	}
	n.took = append(n.took, s.Acknowledged.Sub(s.Recorded))
}

// Settle computes what is known when all signals were added.
func (f *Facts) Settle() {
	for _, n := range f.Signals {
		if len(n.took) > 0 {
			slices.Sort(n.took)
			n.Median = n.took[len(n.took)/2].Seconds()
		}
	}
}

// Silence is one that holds notices back now.
type Silence struct {
	Comment string    `json:"comment"`
	By      string    `json:"by"`
	Ends    time.Time `json:"ends"`
}

// RuleFacts counts rules.
type RuleFacts struct {
	Enabled   int64 `json:"enabled"`
	Simulated int64 `json:"simulated"`
	Disabled  int64 `json:"disabled"`
	// Broken are enabled and cannot be run.
	Broken []string `json:"not_run,omitempty"`
	// Own are those that are not built in, Techniques how many of ATT&CK those at work name.
	Own        int64 `json:"own"`
	Techniques int64 `json:"techniques"`
}

// RetentionFacts is for how long logs are kept.
type RetentionFacts struct {
	// Logs is for how long in general; 0 is no limit, and Limits those of single sources and
	// services.
	Logs   time.Duration `json:"logs_ns"`
	Limits []Limit       `json:"limits,omitempty"`
	// Signals is for how long archived signals are kept; 0 is for ever.
	Signals time.Duration `json:"signals_ns"`
	// Oldest is the time of the oldest event, zero for none; Events is how many there are.
	Oldest time.Time `json:"oldest,omitzero"`
	Events int64     `json:"events"`
	// Early is how many events had to go before their time since the server started.
	Early int64 `json:"removed_early"`
}

// Limit is the limit of a source or a service.
type Limit struct {
	Of   string        `json:"of"`
	Name string        `json:"name"`
	Age  time.Duration `json:"age_ns"`
}

// SourceFacts is what is known of a source since the server started.
type SourceFacts struct {
	Name    string    `json:"name"`
	Records int64     `json:"records"`
	Dropped int64     `json:"dropped"`
	Last    time.Time `json:"last,omitzero"`
	Silent  bool      `json:"silent"`
}
