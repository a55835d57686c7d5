package report

import "github.com/sasumata/sasumata/internal/signal"

func english() *texts {
	return &texts{
		Severity: [signal.Severities]string{"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"},
		Respond:  [signal.Severities]string{"no response needed", "within 24 h", "within 4 h", "within 1 h", "at once"},

		EventOne: "%s event", EventMany: "%s events",
		SignalOne: "%s signal", SignalMany: "%s signals", AddressOne: "%s address", AddressMany: "%s addresses",
		SignalsFrom:  "%[1]s from %[2]s",
		WithinWindow: "%[1]s in %[2]s",
		WithCase:     "case “%s”",
		Runbook:      "runbook %s",
		More:         "+%s more",
		OthersOfKind: "%[1]s: others in %[2]s",
		NoTime:       "no time",

		DateSpan: "%[1]s – %[2]s",

		Days: "%sd", Hours: "%sh", Minutes: "%sm", Seconds: "%ss",

		LabelWhy: "why", LabelWho: "who", LabelSeen: "seen", LabelMITRE: "ATT&CK", LabelRespond: "respond", LabelSays: "says",
		Escalated: "escalated from %[1]s to %[2]s",

		Updated:      "now %s",
		Closed:       "closed after %s",
		SummaryTitle: "Summary",
		NoSignals:    "No signals: no rule found anything.",
		NoAttacks:    "No attacks found.", AttacksFound: "%s attack requests, %s of them answered with 2xx", Attackers: "Addresses that attack",
		ReportAt: "Report: %s",

		Suppressed: "Suppressed", SuppressedNote: "What suppressions held back: no signal above tells of it.",
		HeldBack: "held back by", HeldUntil: "until", HeldNoEnd: "no end", HeldReason: "reason",
		ColHeldSignals: "Signals held back", ColHeldEvents: "Events kept out", ColHeldRules: "Rules",

		Signals: "signals", Lines: "lines", Parsed: "parsed", Unparsed: "not understood", Truncated: "cut (too long)",
		Bytes: "bytes", Elapsed: "time", LinesPerSecond: "lines/s", Events: "events", Period: "period",

		ReportTitle: "Security report", SkipLink: "Skip to the signals", Contents: "Contents",
		ThemeSwitch: "Light / dark", Filter: "Filter signals", FilterHint: "address, user, rule, text", Generated: "Generated",
		Files: "Logs", FilesMore: "%[1]s and %[2]s more",
		VerdictNone:     "No signals. No rule found anything in these logs.",
		VerdictInfo:     "Nothing that needs a response. The signals below are for the record.",
		VerdictCritical: "Act at once. Critical or high: %s.",
		VerdictHigh:     "Respond within 1 hour. High: %s.",
		VerdictMedium:   "Respond within 4 hours. Medium: %s.",
		VerdictLow:      "Look at it within 24 hours. Low: %s.",

		TileSignals: "Signals", TileAddresses: "Addresses in signals", TileEvents: "Events",
		TileLogins: "Failed logins", TileParsed: "Log lines understood", TileAttacks: "Attack requests",
		TileAddressesNote: "low severity and above", TileAttacksNote: "events that are an attack by themselves",
		TileEventsNote: "from %s",
		TileLoginsNote: "%[1]s of %[2]s logins failed",
		TileRulesNote:  "of %s loaded",
		TileParsedNote: "%s lines were not understood",

		Timeline: "Timeline", TimelineBar: "Each bar is %s. Above: events. Below: signals by severity, when they fired.",
		TimelineTable: "The same as a table", TimelineTop: "The %[1]s busiest of %[2]s bars.",
		TimelineOutside: "%s events lie far outside this period and are not drawn.",
		TimelineEmpty:   "No event had a time.",
		SeriesFailed:    "failed logins", SeriesAttack: "attacks",
		ColFrom: "From",

		SignalsCut:  "The %[1]s gravest of %[2]s signals are shown. The JSON lines output holds all.",
		ColSeverity: "Severity", ColSignal: "Signal", ColEntity: "Who",
		ColRule: "Rule", ColSignals: "Signals", ColEvents: "Events", ColFailed: "Failed", ColAttacks: "Attacks",
		ColShare: "Share", ColCount: "Count", ColLine: "Line", ColText: "Text",
		Why: "Why it fired", Evidence: "Evidence", Entities: "Entities", Technique: "MITRE ATT&CK, CAPEC", Response: "Respond",
		RuleID: "Rule id", Message: "Message", Window: "Window",
		ColTime: "Fired", ColEntities: "Entities", Condition: "Condition", Unusual: "Unusual", Seen: "Seen", RunbookWord: "Runbook",
		Case: "Case", SignalID: "Signal id", RulesFired: "Rules that fired", Runbooks: "Runbooks",
		EvidenceNone: "No log lines were kept.",

		Breakdown: "Who and what", Suspects: "Addresses with failed logins or attacks", Addresses: "Busiest addresses",
		Users: "Users", Paths: "Paths", UserAgents: "User agents", Categories: "Kinds of attack", Sources: "Log sources",
		Statuses: "HTTP status", Logins: "Logins", LoginOK: "success", LoginFailed: "failure", Levels: "Log status",
		Approximate: "≥ marks counts that are lower bounds: there were too many different values to keep them all.",

		SuspectsTitle: "Addresses in detail", SuspectLoggedIn: "logged in",
		SuspectAnsweredOne: "%s attack answered with 2xx", SuspectAnswered: "%s attacks answered with 2xx",
		CompareTitle: "Since the earlier report", CompareSame: "Nothing changed.",
		CompareNote: "The earlier report covers %s.",
		Before:      "Before", Now: "Now", Change: "Change", Totals: "Totals",
		NewAddresses: "New addresses that attack or fail to log in:", BackAddresses: "Here again:", GoneAddresses: "No longer seen:",
		Visitors: "Visitors", AttacksAnswered: "Attacks answered with 2xx", AttackAnswers: "Answers to attacks",
		Countries: "Countries", Networks: "Networks",

		EventsListed: "of listed addresses", KnownTitle: "What others say", ListedTitle: "Threat lists", ListedOne: "on %s threat list", Listed: "on %s threat lists",
		ListsEntries: "Entries", ListsOldest: "the oldest %s old", ListsOld: "too old: %s", ListsFailed: "failed: %s", ListsMissing: "not fetched yet: %s",
		Intentions: [4]string{"malicious", "suspicious", "intention unknown", "harmless"},
		ThreatKinds: [13]string{
			"attacks", "brute force", "scanner", "malware", "cryptomining", "spam", "Tor", "open proxy", "VPN", "corporate VPN", "proxy at a hosting provider", "residential proxy", "list of your own",
		},
		ReputationTitle: "Reputation", VerdictUnknown: "not known there",
		VerdictEngines: "%s of %s engines say malicious, %s suspicious", VerdictReports: "abuse is %s %% sure, %s reports by %s users",
		VerdictStale: "as of %s, could not be asked again",

		UnparsedTitle: "Lines that were not understood",
		UnparsedNote:  "The first ones, as they stand in the log. They were counted, and no rule could look inside them.",
		UnparsedNone:  "Every line was understood.",
		Method:        "What was done", Version: "Version", Rules: "Rules loaded", Options: "Options", LogBytes: "Size of the logs",
		Undated: "Events without a time", ResponseBytes: "Bytes sent to clients",
		MethodNote: "Counts of addresses, users, paths and user agents come from a bounded counter; totals are exact.",
		EndNote:    "Text from logs is shown as data. Characters that could deceive a reader are escaped like this:",
		ZoneNote:   "Times are in %s.",

		EntityIP: "address", EntityUser: "user", EntityHost: "host", EntityContainer: "container", EntityService: "service", EntityNetwork: "network", EntityValue: "value",
	}
}
