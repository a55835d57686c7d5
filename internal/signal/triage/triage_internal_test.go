package triage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var noon = time.Date(2026, 1, 16, 12, 0, 0, 0, time.UTC)

// clock can be set.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.ns.Load()) }
func (c *clock) forward(d time.Duration) { c.ns.Add(int64(d)) }

// book is one of a test.
type book struct {
	*Book
	*clock
	db *database.DB
	t  *testing.T
}

// each runs the test on both engines.
func each(t *testing.T, test func(b *book), followers ...string) {
	t.Helper()
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			b := &book{clock: &clock{}, db: databasetest.Open(t, engine.Config(t)), t: t}
			b.ns.Store(noon.UnixNano())
			var err error
			if b.Book, err = NewBook(t.Context(), b.db, b.clock.now, followers...); err != nil {
				t.Fatal(err)
			}
			test(b)
		})
	}
}

// sample returns a signal about an address.
func sample(i int, severity signal.Severity, ip string) *signal.Signal {
	at := noon.Add(-time.Hour).UnixNano() + int64(i)*1e9
	return &signal.Signal{
		ID: fmt.Sprintf("%020x", i), RuleID: "brute_force", Rule: "Brute force", Title: "Brute force of " + ip, Severity: severity, Category: "bruteforce",
		Message: "many failures", Group: []signal.GroupValue{{Path: event.ClientIP, Value: ip}}, Entities: []signal.Entity{{Kind: signal.KindIP, Value: ip, Events: 5}},
		Tags: []string{"category:authentication", "technique:T1110-brute-force"}, FirstSeen: at - 60e9, LastSeen: at, Time: at, Events: 5, Window: 300e9,
	}
}

func (b *book) observe(list ...*signal.Signal) {
	b.t.Helper()
	if err := b.Observe(b.t.Context(), list); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) get(id string) Detail {
	b.t.Helper()
	d, err := b.Get(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *book) edit(id string, e Edit) Signal {
	b.t.Helper()
	s, err := b.Edit(b.t.Context(), id, e, "alice")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// find returns the ids of what a search finds, over all pages.
func (b *book) find(text, sort string, limit int) (ids []string) {
	b.t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.search(Search{Query: q, Sort: sort, Limit: limit})
}

func (b *book) search(want Search) (ids []string) {
	b.t.Helper()
	for {
		page, err := b.List(b.t.Context(), want)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, s := range page.Signals {
			ids = append(ids, strings.TrimLeft(s.ID, "0"))
		}
		if want.Cursor = page.Next; want.Cursor == "" {
			return ids
		}
	}
}

// changes returns what a follower is told.
func (b *book) changes(name string) (list []string) {
	b.t.Helper()
	for {
		n, err := b.deliver(b.t.Context(), name, func(_ context.Context, changes []Change) error {
			for _, c := range changes {
				list = append(list, c.What+" "+strings.TrimLeft(c.Signal.ID, "0")+" "+c.Severity.String())
			}
			return nil
		})
		if err != nil {
			b.t.Fatal(err)
		}
		if n == 0 {
			return list
		}
	}
}

func (b *book) want(what string, want, got any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func with(s *signal.Signal, change func(*signal.Signal)) *signal.Signal {
	c := *s
	change(&c)
	return &c
}

// TestReplayChangesNothing goes through the life of a signal, and then through it again
// from each of its moments, as detection does after a crash.
func TestReplayChangesNothing(t *testing.T) {
	each(t, func(b *book) {
		opened := sample(1, signal.Low, "192.0.2.1")
		life := []*signal.Signal{opened}
		life = append(life, with(opened, func(s *signal.Signal) { s.Events, s.LastSeen = 10, s.LastSeen+10e9 }))
		life = append(life, with(life[1], func(s *signal.Signal) {
			s.Events, s.LastSeen, s.Severity = 12, s.LastSeen+1e9, signal.High
			s.Entities = append(slices.Clone(s.Entities), signal.Entity{Kind: signal.KindUser, Value: "root", Events: 2})
		}))
		life = append(life, with(life[2], func(s *signal.Signal) { s.Closed = s.LastSeen + 300e9 }))
		for i, s := range life {
			b.observe(s)
			b.want("changes", []string{[]string{"opened 1 low", "updated 1 low", "escalated 1 high", "closed 1 high"}[i]}, b.changes("alert"))
		}
		before, suspects := b.get(opened.ID), b.suspects()
		for i := range life {
			for _, s := range life[i:] {
				b.observe(s)
			}
		}
		b.observe(life...) // in one transaction
		b.want("the signal", before, b.get(opened.ID))
		b.want("the entities", suspects, b.suspects())
		b.want("changes", []string(nil), b.changes("alert"))
		b.want("signals", []string{"1"}, b.find("*", "", 10))
		b.want("with the user that came later", []string{"1"}, b.find("@usr.name:root", "", 10))
		if !strings.Contains(string(before.Document), `"severity":"high"`) || !strings.Contains(string(before.Document), `"events":12`) {
			t.Errorf("document %s", before.Document)
		}
	}, "alert")
}

func (b *book) suspects() []Suspect {
	b.t.Helper()
	list, err := b.Suspects(b.t.Context(), 10)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// TestTriage goes through what people do, with its history and the audit trail.
func TestTriage(t *testing.T) {
	each(t, func(b *book) {
		s := sample(1, signal.High, "192.0.2.1")
		b.observe(s)
		b.forward(10 * time.Minute)
		one := b.edit(s.ID, Edit{State: new(UnderReview), Assignee: new("bob"), Comment: "looks real"})
		if one.State != UnderReview || one.Assignee != "bob" || one.Acknowledged == nil || one.Breached || one.Version != 2 {
			t.Errorf("%+v", one)
		}
		b.forward(2 * time.Hour)
		b.edit(s.ID, Edit{AddTags: []string{"case:42", "category:authentication"}, RemoveTags: []string{"no"}})
		b.want("by a tag of people", []string{"1"}, b.find("tag:case\\:42 case:42 assignee:bob", "", 10))
		one = b.edit(s.ID, Edit{State: new(Archived), Reason: new("false_positive"), RemoveTags: []string{"case:42", "category:authentication"}})
		if one.State != Archived || one.Reason != "false_positive" || one.Breached {
			t.Errorf("%+v", one)
		}
		b.want("a tag that is gone", []string(nil), b.find("case:42", "", 10))
		b.want("a tag of the rule stays", []string{"1"}, b.find(`tag:"category:authentication" reason:false_positive state:archived`, "", 10))
		d := b.get(s.ID)
		var history []string
		for _, e := range d.History {
			history = append(history, e.Actor+" "+e.Action+" "+e.Text)
		}
		b.want("history", []string{"alice state under_review", "alice assign bob", "alice comment looks real", "alice tag +case:42 +category:authentication", "alice state archived: false_positive", "alice tag -case:42 -category:authentication"}, history)
		b.want("related", Related{`@network.client.ip:"192.0.2.1"`, time.Unix(0, s.FirstSeen).UTC().Add(-around), time.Unix(0, s.LastSeen).UTC().Add(around)}, d.Related)
		b.want("ATT&CK", []string{"technique:T1110-brute-force"}, d.Mitre)
		var trail []string
		err := b.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			entries, err := audit.List(ctx, tx, audit.Filter{Limit: 100, Object: s.ID})
			for _, e := range entries {
				trail = append(trail, e.Actor+" "+e.Action+" "+e.Detail)
			}
			return err
		})
		if err != nil || len(trail) != len(history) || trail[len(trail)-1] != "alice signal.state under_review" {
			t.Errorf("trail %q, error %v", trail, err)
		}
		// It gets worse than whoever archived it knew.
		b.observe(with(s, func(s *signal.Signal) { s.Severity, s.Events = signal.Critical, 50 }))
		if d = b.get(s.ID); d.State != Open || d.Reason != "" || d.Acknowledged != nil || d.Due == nil || !d.Due.Equal(b.clock.now().Add(5*time.Minute)) {
			t.Errorf("%+v", d.Signal)
		}
		b.edit(s.ID, Edit{State: new(UnderReview)})
		b.edit(s.ID, Edit{State: new(Open)})
		b.want("changes", []string{"opened 1 high", "triaged 1 high", "triaged 1 high", "triaged 1 high", "escalated 1 critical", "triaged 1 critical", "reopened 1 critical"}, b.changes("alert"))
	}, "alert")
}

func TestWrongEdits(t *testing.T) {
	each(t, func(b *book) {
		s := sample(1, signal.High, "192.0.2.1")
		b.observe(s)
		f := func(e Edit, want string) {
			t.Helper()
			_, err := b.Edit(t.Context(), s.ID, e, "alice")
			if _, ok := errors.AsType[*WrongError](err); !ok || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %v, want %q", e, err, want)
			}
		}
		f(Edit{}, "nothing is to be changed")
		f(Edit{State: new(Archived)}, "archived for a reason")
		f(Edit{Reason: new("benign")}, "want state archived with it")
		f(Edit{State: new(Open), Reason: new("benign")}, "want state archived with it")
		f(Edit{State: new(Archived), Reason: new("boring")}, `reason "boring", want one of true_positive`)
		f(Edit{Comment: strings.Repeat("x", MaxComment+1)}, "at most 8192 bytes")
		f(Edit{Assignee: new(strings.Repeat("x", MaxName+1))}, "at most 200 bytes")
		f(Edit{AddTags: []string{"a\nb"}}, "without control characters")
		f(Edit{AddTags: []string{""}}, "1 to 200 bytes")
		many := make([]string, MaxLabels)
		for i := range many {
			many[i] = fmt.Sprint("t", i)
		}
		b.edit(s.ID, Edit{AddTags: many})
		f(Edit{AddTags: []string{"one more"}}, "at most 50 tags")
		if _, err := b.Edit(t.Context(), s.ID, Edit{Comment: "x", Version: 1}, "bob"); !errors.Is(err, ErrChanged) {
			t.Errorf("error %v, want that somebody changed it", err)
		}
		if _, err := b.Edit(t.Context(), "no\x00such", Edit{Comment: "x"}, "bob"); !errors.Is(err, ErrMissing) {
			t.Errorf("error %v, want none there", err)
		}
		if _, err := b.Get(t.Context(), "no such"); !errors.Is(err, ErrMissing) {
			t.Errorf("error %v, want none there", err)
		}
		if d := b.get(s.ID); d.Version != 2 || len(d.History) != 1 {
			t.Errorf("what was refused left something: %+v", d)
		}
		for _, cursor := range []string{"x", "bnVsbA", "e30", "e30x"} {
			if _, err := b.List(t.Context(), Search{Cursor: cursor}); err == nil || !strings.Contains(err.Error(), "cursor") {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
		if _, err := b.List(t.Context(), Search{Sort: "nothing"}); err == nil {
			t.Error("a sort that is none")
		}
	})
}

// TestRiskDecays adds up signals of an address, lets time pass, and takes one back.
func TestRiskDecays(t *testing.T) {
	each(t, func(b *book) {
		risk := func(want float64) {
			t.Helper()
			got := b.suspects()
			if len(got) == 0 || got[0].Value != "192.0.2.1" || math.Abs(got[0].Risk-want) > 0.11 {
				t.Errorf("%+v, want %g", got, want)
			}
		}
		at := func(i int, severity signal.Severity, ip string) *signal.Signal {
			return with(sample(i, severity, ip), func(s *signal.Signal) { s.Time = noon.UnixNano() })
		}
		b.observe(at(1, signal.High, "192.0.2.1"), at(2, signal.Low, "192.0.2.2"))
		risk(50)
		b.observe(at(3, signal.High, "192.0.2.1"))
		risk(100)
		b.observe(with(at(3, signal.High, "192.0.2.1"), func(s *signal.Signal) { s.Severity, s.Events = signal.Critical, 9 }))
		risk(150)
		b.forward(HalfLife)
		risk(75)
		b.edit(sample(3, 0, "").ID, Edit{State: new(Archived), Reason: new("testing")})
		risk(25)
		b.edit(sample(3, 0, "").ID, Edit{State: new(Open)})
		risk(75)
		// A log from the future has no more weight than one of this moment.
		b.observe(with(sample(4, signal.Critical, "192.0.2.2"), func(s *signal.Signal) { s.Time = math.MaxInt64 - 1 }))
		if all := b.suspects(); len(all) != 2 || all[0].Value != "192.0.2.2" || all[0].Risk > 103 || all[0].Signals != 2 {
			t.Errorf("%+v", all)
		}
	})
}

func TestStatistics(t *testing.T) {
	each(t, func(b *book) {
		b.observe(sample(1, signal.High, "192.0.2.1"), sample(2, signal.High, "192.0.2.2"), sample(3, signal.Critical, "192.0.2.3"), sample(4, signal.Info, "192.0.2.4"))
		b.forward(10 * time.Minute)
		b.edit(sample(1, 0, "").ID, Edit{State: new(Archived), Reason: new("true_positive")})
		b.forward(20 * time.Minute)
		b.edit(sample(3, 0, "").ID, Edit{State: new(Archived), Reason: new("false_positive")})
		b.forward(20 * time.Hour)
		got, err := b.Statistics(t.Context(), noon.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		b.want("statistics", Statistics{
			Severities:   map[string]Counts{"info": {Open: 1}, "low": {}, "medium": {}, "high": {Open: 1, Archived: 1, Breached: 1}, "critical": {Archived: 1, Breached: 1}},
			Rules:        []RuleCounts{{ID: "brute_force", Name: "Brute force", Signals: 4, TruePositive: 1, FalsePositive: 1, Precision: new(0.5)}},
			Acknowledged: 2, Mean: 1200, Median: 1800,
		}, got)
		b.want("breached", []string{"3", "2"}, b.find("breached:true", "", 10))
		later, err := b.Statistics(t.Context(), noon.Add(time.Hour))
		if err != nil || later.Severities["high"].Open != 0 || len(later.Rules) != 0 {
			t.Errorf("%+v, error %v", later, err)
		}
	})
}

// TestFollowersMissNothing fails, breaks off and begins anew.
func TestFollowersMissNothing(t *testing.T) {
	each(t, func(b *book) {
		b.observe(sample(1, signal.High, "192.0.2.1"))
		fails := true
		var got []string
		use := func(_ context.Context, changes []Change) error {
			if fails {
				return errors.New("no")
			}
			for _, c := range changes {
				got = append(got, strings.TrimLeft(c.Signal.ID, "0"))
			}
			return nil
		}
		b.observe(sample(2, signal.High, "192.0.2.1"), sample(3, signal.Low, "192.0.2.1"))
		if n, err := b.deliver(t.Context(), "alert", use); n != 0 || err == nil {
			t.Errorf("%d, %v", n, err)
		}
		fails = false
		again, err := NewBook(t.Context(), b.db, b.clock.now, "alert", "respond") // a restart, with a follower that is new
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		var told []error
		go func() {
			first := true
			done <- again.Follow(ctx, "alert", func(ctx context.Context, changes []Change) error {
				if first {
					first = false
					return errors.New("not yet")
				}
				err := use(ctx, changes)
				if len(got) == 4 {
					cancel()
				}
				return err
			}, func(err error) { told = append(told, err) })
		}()
		if err := again.Observe(t.Context(), []*signal.Signal{sample(4, signal.Low, "192.0.2.1")}); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("it never ends")
		}
		b.want("what came", []string{"1", "2", "3", "4"}, got)
		if len(told) < 1 || told[0] == nil || told[0].Error() != "not yet" {
			t.Errorf("told of failures: %v", told)
		}
		b.Book = again
		b.want("the new one sees what came behind its beginning", []string{"opened 4 low"}, b.changes("respond"))
		b.want("nothing twice", []string(nil), b.changes("alert"))
		var left int
		err = b.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM signal_outbox").Scan(&left)
		})
		if err != nil || left != 0 {
			t.Errorf("%d changes are left, error %v", left, err)
		}
	}, "alert")
}

// TestSearchesAgreeWithTheMatcher asks many queries, and compares with the matcher of
// queries alone.
func TestSearchesAgreeWithTheMatcher(t *testing.T) {
	words := []string{
		"status:high", "status:(critical OR low)", "-status:info", "severity:HIGH", "@severity:HIGH", "status:nonsense", "-status:nonsense", "state:open", "-state:archived", "@state:archived", "NOT state:(open OR under_review)",
		`tag:"category:authentication"`, "category:authentication", "@category:bruteforce", "category:BRUTEFORCE", "@network.client.ip:192.0.2.1", "network.client.ip:192.0.2.2", "-@network.client.ip:192.0.2.1", "CIDR(@network.client.ip, 192.0.2.0/30)",
		"@network.client.ip:192.0.2.*", "brute", `"many failures"`, "@usr.name:Root", "usr.name:root", "@usr.name:root", "host:WEB1", "service:shop", "source:sshd", "assignee:bob", "reason:benign", "@reason:*", "tags:env\\:prod", "env:prod", "env:*",
		fmt.Sprintf("timestamp:>=%d", noon.Add(-time.Hour).UnixMilli()+7000), fmt.Sprintf("timestamp:[%d TO %d]", noon.Add(-time.Hour).UnixMilli()+3000, noon.Add(-time.Hour).UnixMilli()+9000), fmt.Sprintf("timestamp:<%d", noon.Add(-time.Hour).UnixMilli()+5000),
		"@events:>5", "@rule.id:brute_force", "rule.id:other", "breached:true", "@entity.user:root", "@code:7", "@code:007", "id:00000000000000000003", "*:root",
	}
	each(t, func(b *book) {
		random := rand.New(rand.NewPCG(1, 2))
		var list []*signal.Signal
		for i := range 40 {
			s := sample(i+1, signal.Severity(random.IntN(5)), fmt.Sprintf("192.0.2.%d", random.IntN(6)))
			if random.IntN(2) == 0 {
				s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindUser, Value: []string{"root", "Root", "a\x00\xffb"}[random.IntN(3)]}, signal.Entity{Kind: signal.KindHost, Value: "web1"}, signal.Entity{Kind: signal.KindService, Value: "shop"})
				s.Tags = append(s.Tags, "env:prod", "source:sshd", "state:archived") // a log may say anything
				s.Group = append(s.Group, signal.GroupValue{Path: "code", Value: "7"})
			}
			if random.IntN(3) == 0 {
				s.RuleID, s.Tags, s.Events = "other", nil, 6
			}
			list = append(list, s)
		}
		b.observe(list...)
		for i := range 10 {
			b.edit(list[i].ID, []Edit{
				{State: new(Archived), Reason: new("benign")}, {State: new(UnderReview), Assignee: new("bob")}, {AddTags: []string{"env:prod", "nice"}},
			}[i%3])
		}
		b.forward(2 * time.Hour)
		if err := b.load(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows := slices.SortedFunc(slices.Values(b.lines.lines), func(a, b *line) int { return int(b.opened - a.opened) })
		some := 0
		ask := func(text string) {
			t.Helper()
			q, err := query.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			var want []string
			for _, r := range rows {
				e := event.New()
				b.lines.asEvent(r, e, b.clock.now().UnixNano())
				if q.Match(e) {
					want = append(want, strings.TrimLeft(r.id, "0"))
				}
			}
			if len(want) > 0 && len(want) < len(rows) {
				some++
			}
			b.want(text, want, b.find(text, "", 7))
		}
		for _, text := range words {
			ask(text)
		}
		if some < 25 {
			t.Errorf("only %d queries find some and not all", some)
		}
		for range 150 {
			text := ""
			for range 1 + random.IntN(3) {
				text += []string{" ", " OR ", " -", " NOT "}[random.IntN(4)] + "(" + words[random.IntN(len(words))] + ")"
			}
			ask(strings.TrimPrefix(strings.TrimSpace(text), "OR "))
		}
		for _, sort := range Sorts() {
			got := b.find("*", sort, 3)
			if len(got) != 40 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 40 {
				t.Errorf("sorted by %s: %q", sort, got)
			}
			up := b.search(Search{Sort: sort, Ascending: true, Limit: 7})
			if slices.Reverse(up); !slices.Equal(up, got) {
				t.Errorf("sorted by %s the other way: %q, want %q", sort, up, got)
			}
		}
	})
}

// asEvent makes an event of a signal, of which the matcher itself can be asked.
func (g *ledger) asEvent(l *line, e *event.Event, now int64) {
	e.Reset()
	paths := map[string][]string{}
	for _, at := range l.has {
		v := &g.values[at]
		v.add(e)
		paths[v.attribute.path] = append(paths[v.attribute.path], v.value)
	}
	for path, values := range paths {
		if path == textPath {
			continue
		}
		array := e.NewArray()
		for _, v := range values {
			e.Append(array, event.StringValue(v))
		}
		e.Set(path, array)
	}
	l.own(e, now)
}

// TestSimulated: nobody is told of signals of rules that are only tried, whatever becomes of
// them; they have no due time, and say nothing of their entities.
func TestSimulated(t *testing.T) {
	each(t, func(b *book) {
		told, tried := sample(1, signal.High, "203.0.113.1"), sample(2, signal.High, "203.0.113.2")
		tried.Simulated = true
		b.observe(told, tried)
		worse := *tried
		worse.Severity, worse.Events = signal.Critical, 9
		b.observe(&worse)
		b.edit(tried.ID, Edit{State: new(Archived), Reason: new("benign")})
		b.edit(tried.ID, Edit{State: new(Open)})
		if d := b.get(tried.ID); !d.Simulated || d.Due != nil || !strings.Contains(string(d.Document), `"simulated":true`) {
			t.Errorf("%+v", d.Signal)
		}
		if d := b.get(told.ID); d.Simulated || d.Due == nil {
			t.Errorf("%+v", d.Signal)
		}
		var n int
		err := b.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM signal_outbox WHERE signal = $1", tried.ID).Scan(&n)
		})
		if err != nil || n != 0 {
			t.Errorf("%d changes would be told, error %v", n, err)
		}
		if found := b.find("simulated:true", "", 500); len(found) != 1 {
			t.Errorf("the search finds %d", len(found))
		}
		if waiting, err := b.Waiting(t.Context()); err != nil || waiting.Open[signal.High] != 1 || waiting.Open[signal.Critical] != 0 {
			t.Errorf("%+v, error %v", waiting, err)
		}
		suspects, err := b.Suspects(t.Context(), 10)
		if err != nil || len(suspects) != 1 || suspects[0].Value != "203.0.113.1" {
			t.Errorf("%+v, error %v", suspects, err)
		}
	}, "alert")
}
