//go:build unix

package alert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// booked is a manager that follows a book.
type booked struct {
	*started

	book *triage.Book
	db   *database.DB
}

// startBooked runs a manager that follows a book of its own.
func startBooked(t *testing.T, c *Config) *booked {
	t.Helper()
	b := &booked{db: databasetest.Open(t, databasetest.SQLite(t))}
	b.started = startWith(t, c, func(o *Options) {
		var err error
		if b.book, err = triage.NewBook(t.Context(), b.db, o.Now, Follower); err != nil {
			t.Fatal(err)
		}
		o.Book = b.book
	})
	return b
}

// found is a signal as detection has it.
func found(id string, severity signal.Severity, ip string) *signal.Signal {
	at := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC).UnixNano()
	return &signal.Signal{
		ID: id, RuleID: "brute_force", Rule: "Brute force", RuleJA: "総当たり攻撃", Case: "many", Condition: "failures > 5", Title: "Brute force from " + ip, Severity: severity,
		Message: "Somebody tries passwords.", Entities: []signal.Entity{{Kind: signal.KindIP, Value: ip, Events: 6}, {Kind: signal.KindIP, Value: "192.0.2.99"}},
		FirstSeen: at, LastSeen: at, Time: at, Events: 6, Samples: []signal.Sample{{Time: at, Text: "sshd[1]: Failed password from " + ip}}, Runbook: "runbooks/brute_force.md",
	}
}

func (b *booked) observe(t *testing.T, list ...*signal.Signal) {
	t.Helper()
	if err := b.book.Observe(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

func (b *booked) edit(t *testing.T, id string, e triage.Edit) {
	t.Helper()
	if _, err := b.book.Edit(t.Context(), id, e, "mika"); err != nil {
		t.Fatal(err)
	}
}

// archived is the edit that puts a signal away.
func archived() triage.Edit {
	return triage.Edit{State: new(triage.Archived), Reason: new("false_positive")}
}

// told counts the notifications of the console that hold the text.
func (s *started) told(text string) int { return strings.Count(s.console.String(), text) }

// TestWhatPeopleDecideEndsEscalation lets people look at one signal, archive another, and
// only talk of a third: the boss is called for what nobody took up.
func TestWhatPeopleDecideEndsEscalation(t *testing.T) {
	t.Parallel()
	boss := newSink(t)
	b := startBooked(t, configured(t, fmt.Sprintf(`
receivers: [{name: boss, webhook: {url_file: %s}}]
escalation: [{severity: critical, after: 15m, receiver: boss}]
`, secretIn(t, boss.URL))))
	for i := range 4 {
		b.observe(t, found(fmt.Sprint("id-", i), signal.Critical, fmt.Sprintf("192.0.2.%d", i)))
	}
	waitFor(t, "the console", func() bool { return b.told("■") == 4 })
	b.edit(t, "id-0", triage.Edit{State: new(triage.UnderReview)})
	b.edit(t, "id-1", archived())
	b.edit(t, "id-2", triage.Edit{Comment: "hm", Assignee: new("ken")})
	waitFor(t, "what people decided", func() bool {
		zero, one, two := b.noticeOf("id-0"), b.noticeOf("id-1"), b.noticeOf("id-2")
		return (zero == nil || zero.State == "under_review") && (one == nil || one.State == "archived") && two.Assignee == "ken"
	})
	b.clock.forward(15 * time.Minute)
	waitFor(t, "the boss", func() bool { return len(boss.requests()) == 2 })
	waitFor(t, "the end", func() bool { return len(b.Undelivered()) == 0 })
	all := ""
	for _, r := range boss.requests() {
		all += r.body
	}
	if len(boss.requests()) != 2 || strings.Contains(all, "192.0.2.0") || strings.Contains(all, "192.0.2.1") || !strings.Contains(all, `"assignee":"ken"`) {
		t.Errorf("the boss was told %s", all)
	}
	if n := b.told("■"); n != 4 {
		t.Errorf("the console was told %d times", n)
	}
}

// noticeOf returns the open notice that stands for a signal, nil when there is none.
func (s *started) noticeOf(id string) *Notice {
	e, ok := s.outbox.about(id)
	if !ok {
		return nil
	}
	return &e.Notice
}

// TestOpenedAgainIsToldAgain archives a signal, opens it again, and makes it worse.
func TestOpenedAgainIsToldAgain(t *testing.T) {
	t.Parallel()
	b := startBooked(t, configured(t, "{}"))
	s := found("id", signal.High, "192.0.2.7")
	b.observe(t, s)
	waitFor(t, "the first", func() bool { return b.told("[HIGH] Brute force") == 2 }) // its title and its text
	b.edit(t, "id", archived())
	waitFor(t, "the end", func() bool { return b.noticeOf("id") == nil })
	b.edit(t, "id", triage.Edit{Comment: "still thinking"})
	b.edit(t, "id", triage.Edit{State: new(triage.Open)})
	waitFor(t, "the second", func() bool { return b.told("opened again by somebody") == 1 })
	b.edit(t, "id", triage.Edit{State: new(triage.UnderReview)})
	worse := *s
	worse.Severity, worse.Events = signal.Critical, 50
	b.observe(t, &worse)
	waitFor(t, "the third", func() bool { return b.told("[CRITICAL] Brute force") == 2 })
	if n := b.told("■"); n != 3 {
		t.Errorf("told %d times:\n%s", n, b.console)
	}
	if one := b.History()[0]; one.Signal != "id" || one.Outcome() != "told" {
		t.Errorf("%+v", one)
	}
}

// TestLinkPutsASignalUnderReview uses the link of a message: the signal is under review, in
// the name that somebody gave, and the audit trail says so.
func TestLinkPutsASignalUnderReview(t *testing.T) {
	t.Parallel()
	b := startBooked(t, configured(t, "url: https://sasumata.example.com\n"))
	b.observe(t, found("first", signal.High, "192.0.2.7"))
	waitFor(t, "the notice", func() bool { return b.noticeOf("first") != nil })
	b.observe(t, found("second", signal.High, "192.0.2.7")) // the same again
	waitFor(t, "the second", func() bool { return b.noticeOf("second") != nil })
	link := ""
	waitFor(t, "the link", func() bool {
		link = regexp.MustCompile(`/alert/ack\?\S+`).FindString(b.latest())
		return link != ""
	})
	ask := func(method, form string) (int, string) {
		t.Helper()
		r := httptest.NewRequest(method, link, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		b.Links().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, page := ask(http.MethodGet, ""); code != http.StatusOK || !strings.Contains(page, "<p>Open") || !strings.Contains(page, "I take care of it") {
		t.Errorf("%d %s", code, page)
	}
	if code, _ := ask(http.MethodPost, "by="+strings.Repeat("x", 101)); code != http.StatusBadRequest {
		t.Errorf("a long name gives %d", code)
	}
	if code, _ := ask(http.MethodPost, "by=a%0d%0ab"); code != http.StatusBadRequest {
		t.Errorf("a name of two lines gives %d", code)
	}
	if code, page := ask(http.MethodPost, "by="+url.QueryEscape("mika <b>")); code != http.StatusOK || !strings.Contains(page, "Under review: mika &lt;b&gt;") {
		t.Errorf("%d %s", code, page)
	}
	for _, id := range []string{"first", "second"} {
		d, err := b.book.Get(t.Context(), id)
		if err != nil || d.State != triage.UnderReview || d.Assignee != "mika <b>" || d.History[0].Actor != "link: mika <b>" {
			t.Errorf("%+v, %v", d, err)
		}
	}
	waitFor(t, "that the notice knows", func() bool { n := b.noticeOf("second"); return n == nil || n.State == "under_review" })
	if code, page := ask(http.MethodGet, ""); code != http.StatusOK || strings.Contains(page, "I take care of it") {
		t.Errorf("%d %s", code, page)
	}
	b.edit(t, "first", archived())
	if code, _ := ask(http.MethodPost, "by=aya"); code != http.StatusOK {
		t.Errorf("%d", code)
	}
	if code, _ := ask(http.MethodPost, "by=aya&snooze=1"); code != http.StatusOK {
		t.Errorf("%d", code)
	}
	d, err := b.book.Get(t.Context(), "first")
	if err != nil || d.State != triage.Archived || d.History[len(d.History)-1].Text != "notices are silenced for 1 h" {
		t.Errorf("an old link opened it again, or does not say who silenced it: %+v, %v", d, err)
	}
	err = b.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		list, err := audit.List(ctx, tx, audit.Filter{Limit: 10, Actor: "link: mika <b>"})
		if len(list) != 4 {
			t.Errorf("the trail says %+v", list)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTheSameAgainBehindAnAcknowledgement opens another signal of the same kind when
// somebody looks at the first: it is a new one, and its own escalation begins.
func TestTheSameAgainBehindAnAcknowledgement(t *testing.T) {
	t.Parallel()
	boss := newSink(t)
	b := startBooked(t, configured(t, fmt.Sprintf(`
suppress: 1h
receivers: [{name: boss, webhook: {url_file: %s}}]
escalation: [{severity: critical, after: 15m, receiver: boss}]
`, secretIn(t, boss.URL))))
	b.observe(t, found("first", signal.Critical, "192.0.2.7"))
	waitFor(t, "the console", func() bool { return b.told("■") == 1 })
	b.edit(t, "first", triage.Edit{State: new(triage.UnderReview)})
	b.clock.forward(14 * time.Minute)
	b.observe(t, found("second", signal.Critical, "192.0.2.7"))
	waitFor(t, "the second", func() bool { return b.noticeOf("second") != nil })
	b.clock.forward(14 * time.Minute)
	if err := b.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(boss.requests()); n != 0 {
		t.Errorf("the boss was called %d times for what is 14 minutes old", n)
	}
	b.clock.forward(time.Minute)
	waitFor(t, "the boss", func() bool { return len(boss.requests()) == 1 })
}

// TestOpenedAndClosedAtOnce observes a signal for the first time when it is over.
func TestOpenedAndClosedAtOnce(t *testing.T) {
	t.Parallel()
	b := startBooked(t, configured(t, "{}"))
	s := found("id", signal.High, "192.0.2.7")
	s.Closed = s.Time + 1e9
	b.observe(t, s)
	waitFor(t, "the console", func() bool { return b.told("■") == 1 })
	waitFor(t, "the end", func() bool { return len(b.outbox.entries()) == 0 })
}

// TestAChangeTwice hands on the changes of before again, as after a crash, and those of
// another database that have the same numbers.
func TestAChangeTwice(t *testing.T) {
	t.Parallel()
	c := configured(t, "{}")
	s := start(t, c)
	change := func(number int64, id, ip string, severity signal.Severity) triage.Change {
		f := found(id, severity, ip)
		f.Closed = f.Time + 1
		return triage.Change{
			Number: number, What: triage.Opened, Severity: severity, Time: time.Unix(number, 0),
			Signal: triage.Signal{ID: id, Document: f.AppendJSON(nil)},
		}
	}
	take := func(list ...triage.Change) {
		t.Helper()
		if err := s.take(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	one, two, low := change(1, "a", "192.0.2.1", signal.High), change(2, "b", "192.0.2.2", signal.High), change(3, "c", "192.0.2.3", signal.Low)
	take(one, two, low)
	waitFor(t, "the console", func() bool { return s.told("■") == 2 })
	waitFor(t, "the end", func() bool { return len(s.outbox.entries()) == 0 })
	s.stop()
	s = start(t, c)
	take(one, two, low)
	take(two, low)
	if len(s.outbox.entries()) != 0 || s.counters.quiet.Load() != 0 {
		t.Errorf("taken twice: %v", s.outbox.entries())
	}
	take(change(3, "x", "192.0.2.4", signal.High))
	waitFor(t, "that of another database", func() bool { return s.told("192.0.2.4") > 0 })
}

// TestSignalsThatDoNotCome says so to people: those who wait for signals would not know.
func TestSignalsThatDoNotCome(t *testing.T) {
	t.Parallel()
	b := startBooked(t, configured(t, "{}"))
	b.Stuck("write", errors.New("the disk is full"))
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
	b.clock.forward(time.Minute)
	waitFor(t, "the report", func() bool {
		return strings.Contains(b.console.String(), "the disk is full") && b.told("■ [HIGH] Signals wait for the state database") == 2
	})
	b.Stuck("write", nil)
	waitFor(t, "the end", func() bool {
		for _, e := range b.outbox.entries() {
			if e.Notice.Reason == "the disk is full" {
				return false
			}
		}
		return true
	})
}

// TestAnewBehindATakenNotice puts the same signal again while a receiver has still to be
// told of one that somebody took up: its age counts anew. One that nobody took is a repeat.
func TestAnewBehindATakenNotice(t *testing.T) {
	t.Parallel()
	f := func(state string, repeats int64, anew bool) {
		t.Helper()
		o, err := openOutbox(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = o.journal.Close() })
		at := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
		one, two := bruteForce(signal.High), bruteForce(signal.High)
		one.ID, two.ID, one.Began, two.Began = "one", "two", at, at.Add(time.Hour)
		if _, err := o.tell(one, at, nil); err != nil {
			t.Fatal(err)
		}
		one.State = state
		if _, err := o.amend(&one, nil); err != nil {
			t.Fatal(err)
		}
		before, err := o.tell(two, at.Add(time.Hour), nil)
		e, _ := o.entry(two.key())
		if err != nil || (before != nil) != anew || e.Notice.Repeats != repeats || e.Notice.Began.Equal(at) == anew {
			t.Errorf("behind %q: %+v, before %v, %v", state, e.Notice, before, err)
		}
	}
	f("", 1, false)
	f("under_review", 0, true)
}

// TestKeyOfSignalsThatAreTheSame asks for the notice of two signals of which people hear as
// one, while it is open and when nobody has to be told any more.
func TestKeyOfSignalsThatAreTheSame(t *testing.T) {
	t.Parallel()
	b := startBooked(t, configured(t, "{}"))
	b.observe(t, found("first", signal.High, "192.0.2.7"))
	waitFor(t, "the notice", func() bool { return b.noticeOf("first") != nil })
	b.observe(t, found("second", signal.High, "192.0.2.7"))
	waitFor(t, "the second", func() bool { return b.noticeOf("second") != nil })
	b.observe(t, found("other", signal.High, "192.0.2.8"))
	waitFor(t, "the other", func() bool { return b.noticeOf("other") != nil })
	keys := func() (list []string) {
		for _, id := range []string{"first", "second", "other", "none"} {
			key, err := b.KeyOf(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, key)
		}
		return list
	}
	check := func(got []string) {
		t.Helper()
		if got[0] == "" || got[0] != got[1] || got[2] == got[0] || got[2] == "" || got[3] != "" {
			t.Errorf("%q", got)
		}
	}
	check(keys())
	b.clock.forward(time.Hour)
	waitFor(t, "that nobody has to be told", func() bool { return len(b.outbox.entries()) == 0 })
	check(keys())
	if !slices.ContainsFunc(b.History(), func(a Attempt) bool { return a.Key == keys()[1] }) {
		t.Error("the history has another one")
	}
}
