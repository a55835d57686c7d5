package suppress_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule/suppression"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// house is a database with a few signals, and a clock that stands.
type house struct {
	*suppress.Book

	t       *testing.T
	db      *database.DB
	signals *triage.Book
	now     time.Time
}

// three rules, which are chosen by their ids and the tag team.
func choose(q *query.Query) suppress.Chosen {
	c := suppress.Chosen{Of: 3}
	for _, id := range []string{"brute", "spray", "weird rule"} {
		e := event.New()
		e.AddTag("team:web")
		e.Set("ruleId", event.StringValue(id))
		if q.Match(e) {
			c.IDs = append(c.IDs, id)
		}
	}
	return c
}

func newHouse(t *testing.T, cfg database.Config) *house {
	t.Helper()
	h := &house{t: t, db: databasetest.Open(t, cfg), now: time.Date(2026, 1, 16, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	var err error
	if h.signals, err = triage.NewBook(t.Context(), h.db, clock); err != nil {
		t.Fatal(err)
	}
	h.Book = suppress.NewBook(h.db, h.signals, choose, clock)
	return h
}

// bothEngines runs the test on each.
func bothEngines(t *testing.T, f func(*house)) {
	t.Helper()
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) { f(newHouse(t, engine.Config(t))) })
	}
}

// sees writes signals down, the way they are now.
func (h *house) sees(list ...*signal.Signal) {
	h.t.Helper()
	if err := h.signals.Observe(h.t.Context(), list); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) signal(id, rule string, severity signal.Severity, ip string) *signal.Signal {
	return &signal.Signal{
		ID: id, RuleID: rule, Rule: "The " + rule, Title: "Title of " + id, Severity: severity, Time: h.now.UnixNano(), FirstSeen: h.now.UnixNano(), LastSeen: h.now.UnixNano(), Events: 1,
		Group: []signal.GroupValue{{Path: "network.client.ip", Value: ip}}, Entities: []signal.Entity{{Kind: signal.KindIP, Value: ip}, {Kind: signal.KindUser, Value: "root"}}, Tags: []string{"team:web", "env:prod"},
	}
}

// makes makes a suppression that must be right.
func (h *house) makes(c suppress.Change) suppress.Suppression {
	h.t.Helper()
	if c.Reason == nil {
		c.Reason = new("because")
	}
	made, err := h.Make(h.t.Context(), c, "alice")
	if err != nil {
		h.t.Fatal(err)
	}
	return made.Suppression
}

// list returns the suppressions of a state, in short.
func (h *house) list(state string) (short []string) {
	h.t.Helper()
	page, err := h.List(h.t.Context(), suppress.Filter{State: state, Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range page.Suppressions {
		s := &page.Suppressions[i]
		short = append(short, fmt.Sprintf("%d %s %s", s.ID, s.State, s.Name))
	}
	return short
}

func (h *house) work() (ids []int64) {
	h.t.Helper()
	list, broken, err := h.Load(h.t.Context())
	if err != nil || len(broken) > 0 {
		h.t.Fatal(broken, err)
	}
	for _, w := range list {
		ids = append(ids, w.ID)
	}
	return ids
}

func (h *house) same(want, got any) {
	h.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		h.t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTheLifeOfASuppression(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, ctx := h.t, h.t.Context()
		later := h.now.Add(time.Hour)
		one := h.makes(suppress.Change{Rules: new(" ruleId:brute "), Query: new("@network.client.ip:203.0.113.7"), For: "7d"})
		h.same("ruleId:brute|@network.client.ip:203.0.113.7|2026-01-23 12:00:00 +0000 UTC|alice|1", fmt.Sprintf("%s|%s|%s|%s|%d", one.Rules, one.Query, one.Expires, one.MadeBy, one.Version))
		h.makes(suppress.Change{Name: new("later"), Query: new("host:web1"), Starts: &later, For: "2h"})
		h.makes(suppress.Change{Name: new("ever"), Query: new("host:web2"), Forever: true})
		schedule, err := suppression.ParseSchedule("sat,sun 02:00 2h Asia/Tokyo")
		if err != nil {
			t.Fatal(err)
		}
		h.makes(suppress.Change{Name: new("window"), Query: new("host:web3"), Forever: true, Schedule: &schedule})
		select {
		case <-h.Changed():
		default:
			t.Error("nobody is told")
		}
		h.same([]string{"4 active window", "3 active ever", "2 scheduled later", "1 active ruleId:brute | @network.client.ip:203.0.113.7"}, h.list(""))
		h.same([]string{"2 scheduled later"}, h.list(suppress.Scheduled))
		page, err := h.List(ctx, suppress.Filter{Limit: 3})
		h.same(true, err == nil && page.Next == "2" && len(page.Suppressions) == 3)
		if page, err = h.List(ctx, suppress.Filter{Limit: 3, Before: 2}); err != nil || len(page.Suppressions) != 1 || page.Next != "" {
			t.Errorf("%+v %v", page, err)
		}
		d, err := h.Get(ctx, 4)
		if err != nil || d.Schedule.String() != "sun,sat 02:00 2h Asia/Tokyo" || d.Window == nil || d.Window.From.Format(time.RFC3339) != "2026-01-16T17:00:00Z" || d.Expires != nil {
			t.Errorf("%+v %v", d, err)
		}

		// It expires, still holds back what comes late, and then is left out.
		h.now = h.now.Add(7*24*time.Hour + time.Minute)
		h.same([]string{"2 expired later", "1 expired ruleId:brute | @network.client.ip:203.0.113.7"}, h.list(suppress.Expired))
		h.same([]int64{1, 2, 3, 4}, h.work())
		h.now = h.now.Add(suppress.Late)
		h.same([]int64{3, 4}, h.work())

		// It is given more time, and another query.
		made, err := h.Edit(ctx, 1, suppress.Change{For: "1d", Query: new("@network.client.ip:203.0.113.8"), Reason: new("again"), Version: 1}, "bob")
		if err != nil || made.Suppression.State != suppress.Active || made.Suppression.Version != 2 || made.Suppression.ChangedBy != "bob" || made.Suppression.MadeBy != "alice" || made.Preview == nil {
			t.Errorf("%+v %v", made, err)
		}
		if made, err = h.Edit(ctx, 3, suppress.Change{For: "1d"}, "bob"); err != nil || made.Preview != nil {
			t.Errorf("%+v %v", made, err)
		}
		ended, err := h.End(ctx, 1, "it is fixed", "carol")
		if err != nil || ended.State != suppress.Ended || ended.ChangedBy != "carol" {
			t.Errorf("%+v %v", ended, err)
		}
		h.same([]int64{3, 4}, h.work())
		h.same([]string{"1 ended ruleId:brute | @network.client.ip:203.0.113.7"}, h.list(suppress.Ended))
		counts, err := h.Counts(ctx)
		h.same(map[string]int64{"active": 2, "expired": 1, "ended": 1, "scheduled": 0}, counts)
		if err != nil {
			t.Error(err)
		}

		var trail []string
		err = h.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			list, err := audit.List(ctx, tx, audit.Filter{Object: "suppression/1", Limit: 10})
			for _, e := range slices.Backward(list) {
				trail = append(trail, e.Actor+" "+e.Action+" "+e.Detail)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		h.same([]string{
			`alice suppression.add {"expires":"2026-01-23T12:00:00Z","name":"ruleId:brute | @network.client.ip:203.0.113.7","query":"@network.client.ip:203.0.113.7","reason":"because","rules":"ruleId:brute","would_have_hidden":0}`,
			`bob suppression.edit {"after":{"expires":"2026-01-31T12:01:00Z","name":"ruleId:brute | @network.client.ip:203.0.113.7","query":"@network.client.ip:203.0.113.8","reason":"again","rules":"ruleId:brute","would_have_hidden":0},"before":{"expires":"2026-01-23T12:00:00Z","name":"ruleId:brute | @network.client.ip:203.0.113.7","query":"@network.client.ip:203.0.113.7","reason":"because","rules":"ruleId:brute"}}`,
			`carol suppression.end {"findings":0,"name":"ruleId:brute | @network.client.ip:203.0.113.7","reason":"it is fixed","signals":0}`,
		}, trail)
	})
}

func TestWrongSuppressions(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, ctx := h.t, h.t.Context()
		f := func(want string, c suppress.Change) {
			t.Helper()
			_, err := h.Make(ctx, c, "alice")
			if bad, ok := errors.AsType[*suppress.WrongError](err); !ok || !strings.Contains(bad.Error(), want) {
				t.Errorf("%+v: error %v, want %q", c, err, want)
			}
		}
		year := func(n int) *time.Time { at := time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC); return &at }
		because := new("because")
		f("needs a reason", suppress.Change{Query: new("a:b"), For: "1d"})
		f("the reason is empty", suppress.Change{Query: new("a:b"), For: "1d", Reason: new(" \n")})
		f("needs an end", suppress.Change{Query: new("a:b"), Reason: because})
		f("one of expires, for and forever", suppress.Change{Query: new("a:b"), Reason: because, For: "1d", Forever: true})
		f(`"soon" is no length of time`, suppress.Change{Query: new("a:b"), Reason: because, For: "soon"})
		f("is no length of time", suppress.Change{Query: new("a:b"), Reason: because, For: "-1d"})
		f("is no length of time", suppress.Change{Query: new("a:b"), Reason: because, For: "9999999999d"})
		f("ended before now", suppress.Change{Query: new("a:b"), Reason: because, Expires: year(2020)})
		f("ends before it begins", suppress.Change{Query: new("a:b"), Reason: because, Expires: year(2030), Starts: year(2031)})
		f("starts is in the year 1900", suppress.Change{Query: new("a:b"), Reason: because, Forever: true, Starts: year(1900)})
		f("query: column 4: the parenthesis is not closed", suppress.Change{Query: new("@a:(b"), Reason: because, Forever: true})
		f("rules: column", suppress.Change{Rules: new("ruleId:("), Query: new("a:b"), Reason: because, Forever: true})
		f("the query is empty", suppress.Change{Query: new(""), Reason: because, Forever: true})
		f("the query has more than 4096 bytes", suppress.Change{Query: new(strings.Repeat("a", 4097)), Reason: because, Forever: true})
		f("the name has more than 200 bytes", suppress.Change{Name: new(strings.Repeat("a", 201)), Reason: because, Forever: true})
		f("control characters", suppress.Change{Reason: new("a\x1b[2J"), Forever: true})
		f("not UTF-8", suppress.Change{Reason: new("a\xff"), Forever: true})
		f("no rule is chosen by ruleId:bruet", suppress.Change{Rules: new("ruleId:bruet"), Query: new("a:b"), Reason: because, Forever: true})
		// What hides everything is found by what it means, not by how it is written.
		for _, everything := range []string{"*", "-@network.client.ip:192.0.2.1", "status:* OR a:b", "@workflow.rule.id:*", "status:(info OR low OR medium OR high OR critical)", "NOT env:prod"} {
			f("every signal of every rule", suppress.Change{Query: new(everything), Reason: because, Forever: true})
			f("every signal of every rule", suppress.Change{Rules: new("team:web"), Query: new(everything), Reason: because, Forever: true})
		}
		h.makes(suppress.Change{Query: new("*"), For: "1h", All: true})
		h.makes(suppress.Change{Rules: new("-ruleId:brute"), For: "1h"})
		if made, err := h.Make(ctx, suppress.Change{Rules: new("ruleId:brute"), For: "1h", Reason: because}, "a"); err != nil || !slices.Contains(made.Preview.Warnings, "it hides every signal of 1 of 3 rules") {
			t.Errorf("%+v %v", made.Preview, err)
		}
		wrongEdit := func(id int64, want string, c suppress.Change) {
			t.Helper()
			if _, err := h.Edit(ctx, id, c, "bob"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %v, want %q", c, err, want)
			}
		}
		wrongEdit(1, "nothing is to be changed", suppress.Change{})
		wrongEdit(1, "somebody else changed", suppress.Change{For: "1d", Version: 7})
		wrongEdit(99, "there is no such suppression", suppress.Change{For: "1d"})
		wrongEdit(2, "every signal of every rule", suppress.Change{Rules: new("*")})
		wrongEdit(2, "it ends before it begins", suppress.Change{Starts: year(2031)})
		if _, err := h.End(ctx, 99, "", "bob"); !errors.Is(err, suppress.ErrMissing) {
			t.Error(err)
		}
		if _, err := h.End(ctx, 1, "", "bob"); err != nil {
			t.Error(err)
		}
		if _, err := h.End(ctx, 1, "", "bob"); err == nil || !strings.Contains(err.Error(), "bob ended the suppression before") {
			t.Error(err)
		}
		wrongEdit(1, "bob ended the suppression: make another one", suppress.Change{For: "1d"})
		if _, err := h.List(ctx, suppress.Filter{State: "gone"}); err == nil || !strings.Contains(err.Error(), "want one of scheduled, active, expired, ended") {
			t.Error(err)
		}
		if _, err := h.Get(ctx, 99); !errors.Is(err, suppress.ErrMissing) {
			t.Error(err)
		}
	})
}

func TestPreview(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, ctx := h.t, h.t.Context()
		now := h.now
		h.now = now.AddDate(0, 0, -40)
		h.sees(h.signal("old", "brute", signal.Critical, "203.0.113.7"))
		h.now = now.AddDate(0, 0, -3)
		for i := range 20 {
			h.sees(h.signal(fmt.Sprintf("b%d", i), "brute", signal.Low, fmt.Sprintf("203.0.113.%d", i%4)))
		}
		h.now = now
		h.sees(h.signal("worst", "spray", signal.Critical, "203.0.113.1"), h.signal("sure", "spray", signal.High, "203.0.113.9"), h.signal("gone", "a rule that is gone", signal.High, "203.0.113.1"))
		state, reason := triage.Archived, "true_positive"
		if _, err := h.signals.Edit(ctx, "sure", triage.Edit{State: &state, Reason: &reason}, "alice"); err != nil {
			t.Fatal(err)
		}
		f := func(rules, q string, days int, want string, warnings ...string) {
			t.Helper()
			p, err := h.Preview(ctx, suppress.Change{Rules: &rules, Query: &q}, days)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%d of %d, %d true, rules %d of %d:", p.Signals, p.Recorded, p.TruePositives, p.Chosen, p.Of)
			for _, r := range p.Rules {
				got += fmt.Sprintf(" %s %d", r.RuleID, r.Signals)
			}
			if len(p.Samples) > 0 {
				got += " worst " + p.Samples[0].ID
			}
			h.same(want, got)
			h.same(append([]string{}, warnings...), p.Warnings)
			sum := int64(0)
			for _, n := range p.Severities {
				sum += n
			}
			h.same(p.Signals, sum)
			h.same(int(min(p.Signals, 10)), len(p.Samples))
		}
		f("*", "@network.client.ip:203.0.113.1", 0, "6 of 23, 0 true, rules 3 of 3: brute 5 spray 1 worst worst", "it would have hidden critical signals (1)")
		f("ruleId:brute", "@network.client.ip:203.0.113.1", 0, "5 of 23, 0 true, rules 1 of 3: brute 5 worst b17")
		f("ruleId:brute", "@network.client.ip:203.0.113.7", 60, "1 of 24, 0 true, rules 1 of 3: brute 1 worst old", "it would have hidden critical signals (1)")
		f("*", "@workflow.rule.id:spray status:high", 0, "1 of 23, 1 true, rules 3 of 3: spray 1 worst sure", "it would have hidden true positives (1)")
		f("*", "CIDR(@network.client.ip, 203.0.113.0/30)", 0, "21 of 23, 0 true, rules 3 of 3: brute 20 spray 1 worst worst", "it would have hidden 21 of all 23 signals", "it would have hidden critical signals (1)")
		f("*", "@http.useragent:curl* env:prod", 0, "0 of 23, 0 true, rules 3 of 3:", "no signal in the database has @http.useragent: detection looks at logs and may find more than this preview")
		f("ruleId:none", "*", 0, "0 of 23, 0 true, rules 0 of 3:", "no rule is chosen by the search for rules")
		f("*", "*", 1, "2 of 3, 1 true, rules 3 of 3: spray 2 worst worst", "it hides every signal of every rule", "it would have hidden critical signals (1) and true positives (1)")
		schedule, err := suppression.ParseSchedule("tue 11:00 2h")
		if err != nil {
			t.Fatal(err)
		}
		if p, err := h.Preview(ctx, suppress.Change{Query: new("env:prod"), Schedule: &schedule}, 0); err != nil || p.Signals != 20 {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := h.Preview(ctx, suppress.Change{}, 366); err == nil || !strings.Contains(err.Error(), "want 1 to 365") {
			t.Error(err)
		}

		// What hides that much is refused unless somebody confirms it.
		_, err = h.Make(ctx, suppress.Change{Query: new("status:(high OR critical)"), For: "1d", Reason: new("r")}, "alice")
		if confirm, ok := errors.AsType[*suppress.ConfirmError](err); !ok || confirm.Error() != "in the last 30 days it would have hidden critical signals (1) and true positives (1): if that is meant, say confirm (--confirm)" {
			t.Error(err)
		}
		h.makes(suppress.Change{Query: new("status:(high OR critical)"), For: "1d", Confirm: true})
		made := h.makes(suppress.Change{Query: new("status:low"), For: "1d"})
		if _, err := h.Edit(ctx, made.ID, suppress.Change{Query: new("status:critical")}, "alice"); err == nil || !strings.Contains(err.Error(), "say confirm (--confirm)") {
			t.Error(err)
		}
	})
}

func TestMute(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, ctx := h.t, h.t.Context()
		hard := h.signal("hard", "weird rule", signal.Low, `a "b\c`)
		hard.Group = append(hard.Group, signal.GroupValue{Path: "env", Value: "prod (x)"}, signal.GroupValue{Path: "usr.id", Value: "N/A"})
		hard.Tags = []string{"env:prod (x)"}
		many := h.signal("many", "brute", signal.Low, "203.0.113.7")
		many.Entities = append(many.Entities, signal.Entity{Kind: signal.KindUser, Value: "admin"})
		bare := h.signal("bare", "brute", signal.Low, "")
		bare.Group, bare.Entities = nil, nil
		steered := h.signal("steered", "brute", signal.Low, "a\nb")
		h.sees(h.signal("plain", "brute", signal.Low, "203.0.113.7"), hard, many, bare, steered, h.signal("critical", "brute", signal.Critical, "203.0.113.9"))
		f := func(id string, m suppress.Mute, rules, q string) {
			t.Helper()
			made, err := h.Mute(ctx, id, m, "alice")
			if err != nil {
				t.Error(err)
				return
			}
			s := made.Suppression
			h.same([]string{rules, q, id}, []string{s.Rules, s.Query, s.Signal})
			h.same(true, made.Preview.Signals > 0) // at least the one it is made from
			if m.Reason == nil {
				h.same("muted from the signal "+id, s.Reason)
			}
			if m.For == "" && !m.Forever {
				h.same(h.now.Add(7*24*time.Hour), *s.Expires)
			}
		}
		f("plain", suppress.Mute{}, "ruleId:brute", `@network.client.ip:"203.0.113.7"`)
		f("plain", suppress.Mute{AllRules: true, Change: suppress.Change{For: "1h", Reason: new("ours")}}, "*", `@network.client.ip:"203.0.113.7"`)
		f("plain", suppress.Mute{Fields: []string{"@usr.id"}, Change: suppress.Change{Forever: true, Confirm: true}}, "ruleId:brute", `@usr.id:"root"`)
		f("hard", suppress.Mute{}, `ruleId:"weird rule"`, `env:"prod (x)" @network.client.ip:"a \"b\\c"`)
		f("bare", suppress.Mute{Change: suppress.Change{All: true, Confirm: true}}, "ruleId:brute", "*")
		f("critical", suppress.Mute{Change: suppress.Change{Confirm: true}}, "ruleId:brute", `@network.client.ip:"203.0.113.9"`)
		wrong := func(id string, m suppress.Mute, want string) {
			t.Helper()
			if _, err := h.Mute(ctx, id, m, "alice"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		}
		wrong("none", suppress.Mute{}, "there is no such signal")
		wrong("critical", suppress.Mute{}, "critical signals (1)")
		wrong("bare", suppress.Mute{}, "the rule brute groups by nothing")
		wrong("bare", suppress.Mute{Fields: []string{"usr.id"}}, "the signal has no usr.id: it has none at all")
		wrong("plain", suppress.Mute{Fields: []string{"http.url"}}, "the signal has no http.url: it has network.client.ip, usr.id, usr.name")
		wrong("many", suppress.Mute{Fields: []string{"usr.id"}}, "2 values of usr.id (root, admin)")
		wrong("steered", suppress.Mute{}, "control characters")
		wrong("plain", suppress.Mute{Change: suppress.Change{Query: new("*")}}, "rules and query follow from the signal")
		wrong("plain", suppress.Mute{Fields: make([]string, 21)}, "at most 20 fields")
	})
}

func TestCounts(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, ctx := h.t, h.t.Context()
		h.makes(suppress.Change{Query: new("host:web1"), For: "1d"})
		h.makes(suppress.Change{Query: new("host:web2"), For: "1d"})
		count := func(queue string, sequence uint64, hits ...suppress.Hit) {
			t.Helper()
			for range 2 { // the answer to the first one was lost
				if err := h.Count(ctx, suppress.Place{Queue: queue, Sequence: sequence}, hits); err != nil {
					t.Fatal(err)
				}
			}
		}
		last := func(n int64) int64 { return h.now.UnixNano() + n*1e9 }
		count("q", 5, suppress.Hit{Suppression: 1, RuleID: "brute", Signals: 1, Findings: 3, Last: last(3), Sample: h.signal("s", "brute", signal.Low, "203.0.113.7")}, suppress.Hit{Suppression: 2, RuleID: "brute", Signals: 1, Findings: 1, Last: last(1)})
		count("q", 4, suppress.Hit{Suppression: 1, RuleID: "brute", Findings: 100}) // again, after a crash
		count("q", 6, suppress.Hit{Suppression: 1, RuleID: "brute", Findings: 2, Last: last(2)}, suppress.Hit{Suppression: 1, RuleID: "spray\x00", Signals: 4, Findings: 9, Last: last(9)}, suppress.Hit{Suppression: 77, RuleID: "x", Findings: 1})
		count("another", 1, suppress.Hit{Suppression: 2, RuleID: "brute", Findings: 1, Last: last(2)})
		d, err := h.Get(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%d %d %s", d.Signals, d.Findings, d.Last.Format(time.TimeOnly))
		for _, r := range d.ByRule {
			got += fmt.Sprintf("; %q %d %d %s", r.RuleID, r.Signals, r.Findings, r.Last.Format(time.TimeOnly))
		}
		h.same(`5 14 12:00:09; "spray�" 4 9 12:00:09; "brute" 1 5 12:00:03`, got)
		if !strings.Contains(string(d.Sample), `"id":"s"`) {
			t.Errorf("the sample is %s", d.Sample)
		}
		if d, err = h.Get(ctx, 2); err != nil || d.Findings != 2 || d.Sample != nil {
			t.Errorf("%+v %v", d, err)
		}
		for queue, want := range map[string]uint64{"q": 0, "another": 1} {
			if n, err := h.Counted(ctx, queue); err != nil || n != want {
				t.Errorf("%s: %d %v, want %d", queue, n, err, want)
			}
		}
	})
}

// TestThousand fills the list; one that expired counts until it is out of use.
func TestThousand(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, ctx := h.t, h.t.Context()
		err := h.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			for i := range suppress.Max - 1 {
				_, err := tx.ExecContext(ctx, `INSERT INTO suppressions (name, reason, rules, query, starts, expires, schedule, signal, made, made_by, changed, changed_by, ended, version, signals, findings, last)
					VALUES ('n', 'r', '*', $1, 0, $2, '', '', 1, 'a', 1, 'a', 0, 1, 0, 0, 0)`, fmt.Sprintf("host:web%d", i), h.now.Add(time.Hour).UnixNano())
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		h.makes(suppress.Change{Query: new("host:last"), Forever: true})
		more := suppress.Change{Query: new("host:more"), Forever: true, Reason: new("r")}
		if _, err := h.Make(ctx, more, "alice"); err == nil || !strings.Contains(err.Error(), "there are 1000 suppressions at work, no more may be") {
			t.Error(err)
		}
		h.now = h.now.Add(2 * time.Hour)
		if _, err := h.Make(ctx, more, "alice"); err == nil {
			t.Error("those that expired are still at work")
		}
		if n := len(h.work()); n != suppress.Max {
			t.Errorf("%d at work", n)
		}
		if _, err := h.End(ctx, 1, "", "alice"); err != nil {
			t.Error(err)
		}
		h.makes(more)
		if _, err := h.Edit(ctx, 2, suppress.Change{For: "1m", Reason: new("longer")}, "alice"); err != nil { // it takes no other place
			t.Error(err)
		}
		h.now = h.now.Add(suppress.Late + time.Minute)
		if n := len(h.work()); n != 2 {
			t.Errorf("%d at work", n)
		}
		// What nobody can read any more is left out, and told.
		err = h.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE suppressions SET query = '(', schedule = 'x' WHERE id = 1000")
			return err
		})
		list, broken, loadErr := h.Load(ctx)
		if err != nil || loadErr != nil || len(list) != 1 || len(broken) != 1 || !strings.Contains(broken[0].Error(), "suppression 1000: ") {
			t.Errorf("%v %v %v %v", list, broken, err, loadErr)
		}
		if d, err := h.Get(ctx, 1000); err != nil || d.Broken == "" {
			t.Errorf("%+v %v", d, err)
		}
	})
}

// TestLongSearches fills what searches may have together.
func TestLongSearches(t *testing.T) {
	bothEngines(t, func(h *house) {
		t, long := h.t, strings.Repeat("a", suppress.MaxQuery)
		n := 0
		for ; ; n++ {
			_, err := h.Make(t.Context(), suppress.Change{Query: &long, Reason: new("r"), Forever: true}, "alice")
			if err == nil && n <= suppress.Max {
				continue
			}
			if err == nil || !strings.Contains(err.Error(), "may have 262144 characters together") {
				t.Errorf("error %v", err)
			}
			break
		}
		if most := suppress.MaxTogether / (suppress.MaxQuery + 1); n != most {
			t.Errorf("%d long searches, want %d", n, most)
		}
		if _, err := h.Edit(t.Context(), 1, suppress.Change{Query: new("host:web1")}, "alice"); err != nil {
			t.Error(err)
		}
		h.makes(suppress.Change{Query: &long, Forever: true})
	})
}
