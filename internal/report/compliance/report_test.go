package compliance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/report/compliance"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

const day = 24 * time.Hour

// well are facts of a server in which nothing is open.
func well() *compliance.Facts {
	now := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
	told, until := now, now.Add(day)
	f := &compliance.Facts{
		Server: "http://127.0.0.1:8480", From: now.Add(-90 * day), To: now, Taken: now,
		Users: []access.User{
			{Name: "root", Role: "admin", TOTP: true, Created: now, LastLogin: now},
			{Name: "key", Role: "viewer", Passkeys: 1, Created: now},
			{Name: "sso", Role: "viewer", Issuer: "https://login.example.com", Created: now},
			{Name: "gone", Role: "viewer", Disabled: true},
		},
		Tokens:       []access.Token{{Name: "ci", Scopes: []string{"findings:write"}, Expires: until}, {Name: "old", Expires: now.Add(-day)}},
		Suppressions: []suppress.Suppression{{ID: 1, Name: "scanner", Reason: "our own", Expires: &until}},
		Silences:     []compliance.Silence{{Comment: "move", By: "ann", Ends: until}},
		Responses:    respond.Summary{Mode: "dry-run", Policies: []respond.PolicyOf{{Mode: "dry-run"}}},
		Alerting:     alert.Status{Receivers: []alert.ReceiverState{{Routed: true, Integrations: []alert.IntegrationState{{Target: "ops", Kind: "webhook", Health: alert.Health{Told: 3, LastTold: &told}}}}}},
		Rules:        compliance.RuleFacts{Enabled: 150, Techniques: 70},
		Assets:       []asset.Asset{{Name: "shop", Taken: now, Counts: scan.Counts{Severity: map[string]int{"high": 2}, Active: 2}}},
		Retention:    compliance.RetentionFacts{Logs: 400 * day, Signals: 400 * day, Oldest: now.Add(-390 * day), Events: 1234},
		Sources:      []compliance.SourceFacts{{Name: "file a", Records: 5, Last: now.Add(-time.Minute)}},
	}
	f.Audit.Add(&audit.Entry{Time: now, Actor: "root", Action: "backup.make", Outcome: "done"})
	at := now.Add(5 * time.Minute)
	f.AddSignal("high", &triage.Signal{Recorded: now, Acknowledged: &at, State: triage.Archived})
	f.AddSignal("critical", &triage.Signal{Simulated: true, Breached: true})
	f.Settle()
	return f
}

func look(t *testing.T, f *compliance.Facts, l report.Lang) *compliance.Report {
	t.Helper()
	return compliance.New(compliance.Frameworks(), f, l)
}

func TestNothingOpen(t *testing.T) {
	r := look(t, well(), report.English)
	for _, g := range r.Gaps {
		t.Errorf("%+v", g)
	}
	for _, f := range r.Frameworks {
		for _, c := range f.Controls {
			if want := map[bool]compliance.State{true: compliance.Yours, false: compliance.Shown}[c.Part == compliance.Organisation]; c.State != want {
				t.Errorf("%s %s is %s, want %s", f.Key, c.ID, c.State, want)
			}
		}
	}
	has(t, r, "high: 1 opened, 0 wait, 1 were looked at, half of them within 5 minutes; target 60 minutes, 0 late, 0 overdue.")
	has(t, r, "Backups in this time: 1, the last on 2026-01-16 09:00 UTC.")
	has(t, r, "Suppression 1 \"scanner\"")
	has(t, r, "No policy is active")
}

func has(t *testing.T, r *compliance.Report, want string) {
	t.Helper()
	var out bytes.Buffer
	if err := compliance.WriteText(&out, r); err != nil || !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in the report: %v\n%s", want, err, out.String())
	}
}

// TestGaps breaks one thing at a time.
func TestGaps(t *testing.T) {
	f := func(id, text, controls string, spoil func(*compliance.Facts)) {
		t.Helper()
		facts := well()
		spoil(facts)
		for _, l := range []report.Lang{report.English, report.Japanese} {
			r := look(t, facts, l)
			if len(r.Gaps) != 1 || r.Gaps[0].ID != id || l == report.English && !strings.Contains(r.Gaps[0].Text, text) || strings.Contains(r.Gaps[0].Text, "%!") {
				t.Errorf("%s: %+v, want %q", id, r.Gaps, text)
				continue
			}
			var at []string
			for _, of := range r.Frameworks {
				for _, c := range of.Controls {
					if c.State == compliance.Gaps {
						at = append(at, of.Key+" "+c.ID)
					}
				}
			}
			if got := strings.Join(at, ", "); got != controls {
				t.Errorf("%s: open in %q, want %q", id, got, controls)
			}
		}
	}
	const signals = "pci 10.2.1.4, pci 10.4.1.1, pci 10.4.3, pci 11.5.1, pci 12.10.5, soc2 CC6.6, soc2 CC6.8, soc2 CC7.2, soc2 CC7.3, soc2 CC7.4, gdpr Art. 32(1)(b), gdpr Art. 33, appi Art. 23, appi Art. 26"
	const bounded = "soc2 C1.2, gdpr Art. 5(1)(e), gdpr Art. 25, appi Art. 22"
	const tokens = "pci 8.6.3, pci 10.3.1, soc2 CC6.1, soc2 CC6.3, gdpr Art. 5(1)(f), appi Art. 23"
	const sources = "pci 10.2.1, pci 10.3.3, pci 10.7.2, soc2 CC7.2, gdpr Art. 32(1)(b), appi Art. 23"
	const notices = "pci 10.7.2, pci 12.10.5, soc2 CC7.4, gdpr Art. 33, appi Art. 26"
	const rules = "pci 10.2.1.4, pci 10.4.1.1, pci 11.5.1, soc2 CC6.8, soc2 CC7.2, soc2 CC8.1, gdpr Art. 32(1)(b), gdpr Art. 32(1)(d), appi Art. 23"
	const backups = "pci 10.3.3, soc2 CC7.5, soc2 A1.2, gdpr Art. 32(1)(c)"
	const held = "pci 10.4.3, soc2 CC7.3"
	const findings = "pci 6.3.1, soc2 CC7.1, gdpr Art. 32(1)(d)"
	f("second-factor", "1 users have no second factor: root", "pci 8.4.1, soc2 CC6.1, gdpr Art. 5(1)(f), appi Art. 23", func(f *compliance.Facts) { f.Users[0].TOTP = false })
	f("unused-account", "1 users did not sign in for 90 days", "pci 8.2.1, pci 8.2.6, pci 10.3.1, soc2 CC6.1, soc2 CC6.2, soc2 CC6.3, gdpr Art. 5(1)(f), gdpr Art. 25, appi Art. 23, appi Art. 24", func(f *compliance.Facts) { f.Users[0].LastLogin = f.Taken.Add(-91 * day) })
	f("endless-token", "1 tokens never expire: ci (findings:write)", tokens, func(f *compliance.Facts) { f.Tokens[0].Expires = time.Time{} })
	f("retention", "Logs are kept for 364 days, which is less than 365 days", "pci 10.5.1", func(f *compliance.Facts) { f.Retention.Logs = 364 * day })
	f("retention", "Logs of the service shop are kept for 7 days", "pci 10.5.1", func(f *compliance.Facts) {
		f.Retention.Limits = []compliance.Limit{{Of: "service", Name: "shop", Age: 7 * day}}
	})
	f("removed-early", "9 events were removed", "pci 10.5.1", func(f *compliance.Facts) { f.Retention.Early = 9 })
	f("retention-unbounded", "Logs are kept without a limit", bounded, func(f *compliance.Facts) { f.Retention.Logs = 0 })
	f("retention-unbounded", "Archived signals", bounded, func(f *compliance.Facts) { f.Retention.Signals = 0 })
	f("overdue", "1 medium signals are overdue: nobody looked at them within 4 hours", signals, func(f *compliance.Facts) { f.AddSignal("medium", &triage.Signal{Breached: true}) })
	f("no-end", "Suppression 1", held, func(f *compliance.Facts) { f.Suppressions[0].Expires = nil })
	f("no-reason", "Suppression 1", held, func(f *compliance.Facts) { f.Suppressions[0].Reason = " " })
	f("silent-source", "file a is silent", sources, func(f *compliance.Facts) { f.Sources[0].Silent = true })
	f("lost-records", "file a lost 3 records", sources, func(f *compliance.Facts) { f.Sources[0].Dropped = 3 })
	f("lacking-source", "2 sources", sources, func(f *compliance.Facts) { f.Lacking = 2 })
	f("no-source", "No source", sources, func(f *compliance.Facts) { f.Sources = nil })
	f("no-record", "No source had", sources, func(f *compliance.Facts) { f.Sources[0].Records = 0 })
	f("clock", "2 senders", "pci 10.6.1", func(f *compliance.Facts) { f.Skewed = 2 })
	f("no-backup", "No backup", backups, func(f *compliance.Facts) { f.Audit.Backups = 0 })
	f("no-rule", "No rule", rules, func(f *compliance.Facts) { f.Rules.Enabled = 0 })
	f("rule-not-run", "1 enabled rules cannot be run: x", rules, func(f *compliance.Facts) { f.Rules.Broken = []string{"x"} })
	f("nobody-told", "No receiver", notices, func(f *compliance.Facts) { f.Alerting.Receivers[0].Routed = false })
	f("nobody-told", "tells nobody", notices, func(f *compliance.Facts) { f.Absent = map[compliance.Topic]bool{compliance.Notices: true} })
	f("receiver-fails", "ops fails: refused", notices, func(f *compliance.Facts) {
		at := f.Taken.Add(time.Second)
		f.Alerting.Receivers[0].Integrations[0].LastFailed, f.Alerting.Receivers[0].Integrations[0].Error = &at, "refused"
	})
	f("responses-fail", "no nftables", "pci 12.10.5, soc2 CC6.6, soc2 CC7.4", func(f *compliance.Facts) { f.Responses.Problem = "no nftables" })
	f("grave-finding", "shop has 1 critical", findings, func(f *compliance.Facts) { f.Assets[0].Counts.Severity["critical"] = 1 })
	f("not-read", "Not known: tokens (this needs manage)", tokens, func(f *compliance.Facts) {
		f.Unread = map[compliance.Topic]string{compliance.Tokens: "this needs manage"}
	})
	f("no-logs", "keeps no logs", "pci 10.5.1, soc2 CC7.2, "+bounded, func(f *compliance.Facts) { f.Absent = map[compliance.Topic]bool{compliance.Retention: true} })
	f("absent", "does not have: responses", "pci 12.10.5, soc2 CC6.6, soc2 CC7.4", func(f *compliance.Facts) { f.Absent = map[compliance.Topic]bool{compliance.Responses: true} })
}

// TestNothingIsClaimed looks at a server that has no findings of scanners.
func TestNothingIsClaimed(t *testing.T) {
	facts := well()
	facts.Assets = nil
	for _, f := range look(t, facts, report.English).Frameworks {
		for _, c := range f.Controls {
			if (c.ID == "6.3.1" || c.ID == "CC7.1") && c.State != compliance.Yours {
				t.Errorf("%s is %s", c.ID, c.State)
			}
		}
	}
}

// TestHostileTexts has names and reasons that want to be more than text.
func TestHostileTexts(t *testing.T) {
	facts := well()
	const bad = "<script>x</script> [a](http://x) | \x1b[2J\u202e @all"
	facts.Suppressions[0].Reason, facts.Sources[0].Name, facts.Users[0].Name, facts.Server = bad, bad, bad, bad
	facts.Users[0].TOTP, facts.Sources[0].Silent = false, true
	for kind, never := range map[string]string{"text": "\x1b|\u202e", "markdown": "\x1b|<script>|\u202e|\\]\\(http:|@all", "html": "\x1b|<script>x|\u202e", "json": "\x1b"} {
		write, err := compliance.Writer(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []report.Lang{report.English, report.Japanese} {
			var out bytes.Buffer
			if err := write(&out, look(t, facts, l)); err != nil {
				t.Fatal(err)
			}
			if found := regexp.MustCompile(never).FindString(out.String()); found != "" {
				t.Errorf("%s: %q", kind, found)
			}
			if !strings.Contains(out.String(), "10.5.1") || strings.Contains(out.String(), "%!") {
				t.Errorf("%s: %s", kind, out.String())
			}
			if kind == "json" && !json.Valid(out.Bytes()) {
				t.Error("no JSON")
			}
			if kind == "html" && regexp.MustCompile(`(src|href)="?(http|//)`).MatchString(out.String()) {
				t.Error("the page loads something")
			}
		}
	}
	if _, err := compliance.Writer("pdf"); err == nil {
		t.Error("pdf is no error")
	}
}

// TestMapIsWhole looks at the tables themselves.
func TestMapIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range compliance.Frameworks() {
		for _, c := range f.Controls {
			key := fmt.Sprint(f.Key, " ", c.ID)
			if seen[key] {
				t.Errorf("%s stands there twice", key)
			}
			seen[key] = true
			texts := []compliance.Text{c.Title, c.Yours}
			if c.Part == compliance.Organisation {
				if c.Does != (compliance.Text{}) || len(c.Topics) > 0 {
					t.Errorf("%s claims something", key)
				}
			} else {
				texts = append(texts, c.Does)
				if len(c.Topics) == 0 {
					t.Errorf("%s has no evidence", key)
				}
			}
			for _, text := range texts {
				if text.English == "" || text.Japanese == "" || strings.Contains(text.English+text.Japanese, "|") {
					t.Errorf("%s lacks a text, or one breaks its table: %+v", key, text)
				}
			}
		}
	}
	if list, err := compliance.Choose("soc2"); err != nil || len(list) != 1 || list[0].Key != "soc2" {
		t.Errorf("%v, error %v", list, err)
	}
	if _, err := compliance.Choose("hipaa"); err == nil {
		t.Error("hipaa is no error")
	}
}
