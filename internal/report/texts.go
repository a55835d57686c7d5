package report

import "github.com/sasumata/sasumata/internal/signal"

// texts is the catalogue of one language: every word of ours that a person reads.
// A field of the form "%[1]s ..%[2]s" names in its comment what the arguments are.
// Both languages fill every field with as many arguments; a test holds it.
type texts struct {
	// By severity, from info to critical.
	Severity, Respond [signal.Severities]string

	// Sentences shared by the console and the HTML report.
	EventOne, EventMany     string // number
	SignalOne, SignalMany   string // number
	AddressOne, AddressMany string // number
	SignalsFrom             string // signals, addresses
	WithinWindow            string // values, window
	WithCase                string // case
	Runbook                 string // name
	More                    string // number
	OthersOfKind            string // kind, events
	NoTime                  string
	DateSpan                string // first, last

	// Durations: number.
	Days, Hours, Minutes, Seconds string

	// Console.
	LabelWhy, LabelWho, LabelSeen, LabelMITRE, LabelRespond, LabelSays string
	Escalated                                                          string // severity before, severity
	Updated                                                            string // events
	Closed                                                             string // events
	SummaryTitle                                                       string
	NoSignals, NoAttacks                                               string
	AttacksFound                                                       string // attacks, of them answered with 2xx
	Attackers                                                          string
	ReportAt                                                           string // path

	// Suppressions.
	Suppressed, SuppressedNote                  string
	HeldBack, HeldUntil, HeldNoEnd, HeldReason  string
	ColHeldSignals, ColHeldEvents, ColHeldRules string

	// Totals.
	Signals, Lines, Parsed, Unparsed, Truncated, Bytes, Elapsed, LinesPerSecond, Events, Period string

	// HTML: frame.
	ReportTitle, SkipLink, Contents, ThemeSwitch, Filter, FilterHint, Generated string
	Files, FilesMore                                                            string // FilesMore: first name, number of others
	VerdictNone, VerdictInfo                                                    string
	VerdictCritical, VerdictHigh, VerdictMedium, VerdictLow                     string // signals

	// HTML: tiles.
	TileSignals, TileAddresses, TileEvents, TileLogins, TileParsed, TileAttacks string
	TileAddressesNote, TileAttacksNote                                          string
	TileEventsNote                                                              string // log sources
	TileLoginsNote                                                              string // failed, all
	TileParsedNote                                                              string // unparsed
	TileRulesNote                                                               string // rules loaded

	// HTML: timeline.
	Timeline, TimelineBar      string // TimelineBar: duration
	TimelineTable, TimelineTop string // TimelineTop: number of rows shown, of all
	TimelineOutside            string // number
	TimelineEmpty              string
	SeriesFailed, SeriesAttack string
	ColFrom                    string

	// HTML: signals.
	SignalsCut                                                    string // shown, all
	ColSeverity, ColSignal, ColEntity, ColTime, ColEntities       string
	ColRule, ColSignals, ColEvents, ColFailed, ColAttacks         string
	ColShare, ColCount, ColLine, ColText                          string
	Why, Evidence, Entities, Technique, Response, RuleID, Message string
	Window, Case, Condition, Unusual, Seen, SignalID, RunbookWord string
	RulesFired, Runbooks                                          string
	EvidenceNone                                                  string

	// HTML: who and what.
	Breakdown, Suspects, Addresses, Users, Paths, UserAgents, Categories, Sources string
	Statuses, Logins, LoginOK, LoginFailed, Levels                                string
	Approximate                                                                   string

	// HTML: the addresses in detail, and what changed.
	SuspectsTitle, SuspectLoggedIn             string
	SuspectAnsweredOne, SuspectAnswered        string // number
	CompareTitle, CompareSame                  string
	CompareNote                                string // period
	Before, Now, Change, Totals                string
	NewAddresses, BackAddresses, GoneAddresses string
	Visitors, AttacksAnswered, AttackAnswers   string
	Countries, Networks                        string

	// What others say about addresses.
	KnownTitle, ListedTitle, ReputationTitle, VerdictUnknown string
	ListedOne, Listed                                        string     // number
	VerdictEngines                                           string     // malicious, engines, suspicious
	VerdictReports                                           string     // score, reports, reporters
	Intentions                                               [4]string  // as threat.Intentions has them
	ThreatKinds                                              [13]string // as threat.Categories has them
	EventsListed                                             string
	ListsEntries                                             string
	ListsOldest                                              string // age
	ListsOld, ListsFailed, ListsMissing                      string // feeds
	VerdictStale                                             string // date

	// HTML: unparsed lines and what was done.
	UnparsedTitle, UnparsedNote, UnparsedNone   string
	Method, Version, Rules, Options, LogBytes   string
	Undated, ResponseBytes, MethodNote, EndNote string
	ZoneNote                                    string // zone

	// The kinds of entity.
	EntityIP, EntityUser, EntityHost, EntityContainer, EntityService, EntityNetwork, EntityValue string
}

// texts returns the catalogue of the language.
func (l Lang) texts() *texts {
	if l == Japanese {
		return japanese()
	}
	return english()
}
