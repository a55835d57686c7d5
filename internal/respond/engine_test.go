package respond

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

const blocks = `
mode: active
per_hour: 0
policies: [{name: all, query: "*", action: block}]
`

// TestNothingIsDoneByDefault: a policy only says what it would do.
func TestNothingIsDoneByDefault(t *testing.T) {
	t.Parallel()
	s := newStand(t, `policies: [{name: brute force, severity: [high, critical], action: block}]`)
	s.find("203.0.113.7", signal.Medium)
	s.find("203.0.113.7", signal.High)
	s.find("203.0.113.7", signal.High)
	s.want("dry_run block 203.0.113.7 +1")
	if r := s.only(); r.Policy != "brute force" || r.Reason != "Brute force from 203.0.113.7" || r.Signal != "signal2" || !r.Expires.Equal(start.Add(DefaultBlock)) {
		t.Errorf("%+v", r)
	}
	if _, err := s.Approve(t.Context(), s.only().ID, Verdict{}, "eve"); err == nil || !strings.Contains(err.Error(), "mode is dry-run") {
		t.Errorf("error %v, want that nothing may be done", err)
	}
	r, err := s.Block(t.Context(), Request{Target: "203.0.113.9", Reason: "by hand"}, "eve")
	if err != nil || r.State != DryRun {
		t.Errorf("%+v, error %v", r, err)
	}
	s.clock.pass(DefaultBlock)
	s.until("none is open", func() bool {
		p, err := s.List(t.Context(), Filter{State: OpenState})
		return err == nil && len(p.Responses) == 0
	})
	if _, err := os.Stat(s.wall.path); err == nil {
		t.Error("the firewall was touched")
	}
}

// TestBlocksEndAndAreUndone on both engines of the database.
func TestBlocksEndAndAreUndone(t *testing.T) {
	t.Parallel()
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			s := standOf(t, engine.Config(t), blocks)
			s.find("203.0.113.7", signal.High)
			s.want("active block 203.0.113.7 +0")
			s.blocked("203.0.113.7")
			s.clock.pass(time.Hour)
			s.find("203.0.113.7", signal.High)
			s.want("active block 203.0.113.7 +1")
			s.until("it lasts longer", func() bool {
				return strings.Contains(s.wall.blocks(), start.Add(time.Hour+DefaultBlock).Format(time.RFC3339))
			})
			s.find("2001:db8:1:2:3::4", signal.High)
			s.blocked("203.0.113.7", "2001:db8:1:2::/64")
			s.want("active block 203.0.113.7 +1", "active block 2001:db8:1:2::/64 +0")
			r, err := s.Undo(t.Context(), s.only().ID, Verdict{Reason: "a mistake"}, "eve")
			if err != nil || r.Ending != Undone {
				t.Fatalf("%+v, error %v", r, err)
			}
			s.blocked("203.0.113.7")
			s.want("active block 203.0.113.7 +1", "undone block 2001:db8:1:2::/64 +0")
			s.find("2001:db8:1:2::9", signal.High) // somebody decided
			s.want("active block 203.0.113.7 +1", "undone block 2001:db8:1:2::/64 +1")
			s.clock.pass(DefaultBlock)
			s.want("expired block 203.0.113.7 +1", "undone block 2001:db8:1:2::/64 +1")
			s.blocked()
			s.until("both are closed", func() bool {
				p, err := s.List(t.Context(), Filter{State: OpenState})
				return err == nil && len(p.Responses) == 0
			})
			s.find("203.0.113.7", signal.High)
			s.find("2001:db8:1:2::9", signal.High)
			s.blocked("203.0.113.7", "2001:db8:1:2::/64")
			d, err := s.Get(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			var history []string
			for _, h := range d.History {
				history = append(history, h.Actor+" "+h.Action)
			}
			if got := strings.Join(history, ", "); got != "policy all response.plan, sasumata response.apply, eve response.end, eve response.undo" {
				t.Errorf("history %s", got)
			}
			if strings.Join(d.Signals, " ") != "signal3 signal4" {
				t.Errorf("signals %v", d.Signals)
			}
		})
	}
}

// TestWhatIsNeverBlocked names the rule of each refusal.
func TestWhatIsNeverBlocked(t *testing.T) {
	t.Parallel()
	s := newStand(t, "mode: active\nnever: {allow: [203.0.113.64/26, 2001:db8:5::/48]}", func(o *Options) {
		o.Config.Proxies, o.Config.Own = []netip.Prefix{netip.MustParsePrefix("203.0.113.5/32")}, []netip.Prefix{netip.MustParsePrefix("203.0.112.0/24")}
		o.Logins = func(context.Context, time.Time) (sessions, logins []netip.Addr, err error) {
			return []netip.Addr{netip.MustParseAddr("203.0.113.20"), netip.MustParseAddr("2001:db8:9:9::1")}, []netip.Addr{netip.MustParseAddr("::ffff:203.0.113.21")}, nil
		}
	})
	f := func(target, rule string) {
		t.Helper()
		_, err := s.Block(t.Context(), Request{Target: target, Reason: "try"}, "eve")
		refusedBy(t, err, rule)
		c, err := s.Check(t.Context(), target)
		if err != nil || c.Refusal != rule || c.Reason == "" {
			t.Errorf("%s: %+v, error %v", target, c, err)
		}
	}
	f("127.0.0.1", neverLoopback)
	f("::1", neverLoopback)
	f("::ffff:127.0.0.1", neverLoopback)
	f("10.1.2.3", neverPrivate)
	f("172.31.0.0/24", neverPrivate)
	f("192.168.0.1", neverPrivate)
	f("100.64.0.1", neverPrivate)
	f("fd00::1", neverPrivate)
	f("169.254.169.254", neverLinkLocal)
	f("fe80::1%eth0", neverLinkLocal)
	f("224.0.0.1", neverMulticast)
	f("255.255.255.255", neverMulticast)
	f("ff02::1", neverMulticast)
	f("0.0.0.0", neverReserved)
	f("198.51.100.1", neverGateway)
	f("198.51.100.0/24", neverGateway)
	f("203.0.113.20", neverSession)
	f("2001:db8:9:9:ffff::1", neverSession) // in the same 64 bits
	f("203.0.113.21", neverLogin)
	f("203.0.113.5", neverProxy)
	f("203.0.112.77", neverNetwork)
	f("203.0.113.65", neverAllowed)
	f("203.0.113.0/24", neverSession)
	f("2001:db8:5:1::/64", neverAllowed)
	f("198.0.0.0/8", neverGateway)
	f("203.112.0.0/12", RefusedByTarget)
	f("2a00::/24", RefusedByTarget)
	for _, bad := range []string{"", "example.com", "203.0.113.7/33", "1.2.3", strings.Repeat("1", 1000), "203.0.113.7; drop"} {
		_, err := s.Block(t.Context(), Request{Target: bad, Reason: "try"}, "eve")
		if _, ok := errors.AsType[*WrongError](err); !ok {
			t.Errorf("%.20q: error %v", bad, err)
		}
	}
	if _, err := s.Block(t.Context(), Request{Target: "203.0.113.7"}, "eve"); err == nil || !strings.Contains(err.Error(), "reason") {
		t.Errorf("error %v, want that a reason is missing", err)
	}
	s.want("")
	if _, err := s.Block(t.Context(), Request{Target: "203.0.113.7", Reason: "he knows", For: "2d"}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.blocked("203.0.113.7")
	if r := s.only(); !r.Expires.Equal(start.Add(48*time.Hour)) || r.MadeBy != "eve" || r.Policy != "" {
		t.Errorf("%+v", r)
	}
}

// TestPoliciesCannotCutOffWhoRunsIt: what a log says may be a lie.
func TestPoliciesCannotCutOffWhoRunsIt(t *testing.T) {
	t.Parallel()
	s := newStand(t, blocks)
	for _, ip := range []string{"198.51.100.1", "127.0.0.1", "no address", "10.0.0.1"} {
		s.find(ip, signal.Critical)
	}
	s.find("198.51.100.1", signal.Critical)
	s.find("203.0.113.7", signal.Critical)
	s.blocked("203.0.113.7")
	s.want("refused block 198.51.100.1 +1 gateway", "refused block 127.0.0.1 +0 loopback", "refused block no address +0 target", "refused block 10.0.0.1 +0 private", "active block 203.0.113.7 +0")
}

// TestWhoSignsInIsReleased: the block is older than the login.
func TestWhoSignsInIsReleased(t *testing.T) {
	t.Parallel()
	var from []netip.Addr
	in := make(chan []netip.Addr, 1)
	s := newStand(t, blocks, func(o *Options) {
		o.Logins = func(context.Context, time.Time) (sessions, logins []netip.Addr, err error) {
			select {
			case from = <-in:
			default:
			}
			return from, nil, nil
		}
	})
	s.find("203.0.113.7", signal.High)
	s.blocked("203.0.113.7")
	in <- []netip.Addr{netip.MustParseAddr("203.0.113.7")}
	s.Forget()
	s.blocked()
	s.want("undone block 203.0.113.7 +0 session")
}

// TestNobodyKnowsWhoIsSignedIn: then nothing is blocked, and it is said.
func TestNobodyKnowsWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	broken := make(chan bool, 1)
	broken <- true
	s := newStand(t, blocks, func(o *Options) {
		o.Logins = func(context.Context, time.Time) (sessions, logins []netip.Addr, err error) {
			select {
			case b := <-broken:
				if b {
					broken <- true
					return nil, nil, errors.New("the database does not answer")
				}
			default:
			}
			return nil, nil, nil
		}
	})
	if err := s.book.Observe(t.Context(), []*signal.Signal{signalOf("x", "203.0.113.7", signal.High)}); err != nil {
		t.Fatal(err)
	}
	s.until("it is said", func() bool { err := s.Health(); return err != nil && strings.Contains(err.Error(), "does not answer") })
	if s.list() != "" {
		t.Error("something was done")
	}
	<-broken
	s.blocked("203.0.113.7")
	s.until("it is well", func() bool { return s.Health() == nil })
}

// TestSomebodyIsAsked before it is done.
func TestSomebodyIsAsked(t *testing.T) {
	t.Parallel()
	s := newStand(t, `
mode: active
approve_within: 1h
policies: [{name: ask, query: "*", action: block, approval: true, duration: 2h}]
`)
	s.find("203.0.113.7", signal.High)
	s.find("203.0.113.8", signal.High)
	s.find("203.0.113.9", signal.High)
	s.find("203.0.113.8", signal.High)
	s.want("waiting_approval block 203.0.113.7 +0", "waiting_approval block 203.0.113.8 +1", "waiting_approval block 203.0.113.9 +0")
	if _, err := s.Approve(t.Context(), 1, Verdict{Version: 7}, "eve"); !errors.Is(err, ErrChanged) {
		t.Errorf("error %v", err)
	}
	s.clock.pass(30 * time.Minute)
	if _, err := s.Approve(t.Context(), 1, Verdict{}, "eve"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Refuse(t.Context(), 2, Verdict{Reason: "our scanner"}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.blocked("203.0.113.7")
	s.clock.pass(31 * time.Minute)
	s.want("active block 203.0.113.7 +0", "refused block 203.0.113.8 +1 person", "expired block 203.0.113.9 +0")
	s.find("203.0.113.7", signal.High) // what nobody approved makes nothing longer
	s.find("203.0.113.8", signal.High)
	s.want("active block 203.0.113.7 +1", "refused block 203.0.113.8 +2 person", "expired block 203.0.113.9 +0")
	if d, err := s.Get(t.Context(), 1); err != nil || !d.Expires.Equal(start.Add(30*time.Minute+2*time.Hour)) {
		t.Errorf("%+v, error %v", d, err)
	}
	for id, f := range map[int64]func(context.Context, int64, Verdict, string) (Record, error){1: s.Approve, 2: s.Undo, 3: s.Refuse} {
		if _, err := f(t.Context(), id, Verdict{}, "eve"); err == nil {
			t.Errorf("%d could be decided again", id)
		}
	}
	if _, err := s.Undo(t.Context(), 99, Verdict{}, "eve"); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v", err)
	}
	// A person wins over what was decided before.
	if _, err := s.Block(t.Context(), Request{Target: "203.0.113.8", Reason: "after all"}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.blocked("203.0.113.7", "203.0.113.8")
}

// TestTheLimitWithinAnHour holds back, and says how much.
func TestTheLimitWithinAnHour(t *testing.T) {
	t.Parallel()
	s := newStand(t, "mode: active\nper_hour: 2\nblock: {max: 4}\npolicies: [{name: all, query: '*', action: block}]")
	for _, ip := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"} {
		s.find(ip, signal.High)
	}
	s.want("active block 203.0.113.1 +0", "active block 203.0.113.2 +0", "refused block 203.0.113.3 +0 rate_limit")
	if sum, err := s.Summarize(t.Context()); err != nil || sum.Held != 1 || sum.Begun != 2 || sum.PerHour != 2 || !strings.Contains(s.only().Reason, "per_hour") {
		t.Errorf("%+v, error %v", sum, err)
	}
	s.clock.pass(61 * time.Minute)
	s.find("203.0.113.3", signal.High)
	s.want("active block 203.0.113.1 +0", "active block 203.0.113.2 +0", "active block 203.0.113.3 +1")
	if _, err := s.Block(t.Context(), Request{Target: "203.0.113.4", Reason: "x"}, "eve"); err != nil {
		t.Error(err) // people have no limit within an hour
	}
	_, err := s.Block(t.Context(), Request{Target: "203.0.113.5", Reason: "x"}, "eve")
	refusedBy(t, err, RefusedByRoom)
}

// TestSimulatedSignals never lead to anything.
func TestSimulatedSignals(t *testing.T) {
	t.Parallel()
	s := newStand(t, blocks)
	tried := signalOf("tried", "203.0.113.1", signal.Critical)
	tried.Simulated = true
	s.observe(tried)
	s.find("203.0.113.3", signal.Critical, "simulated:true") // whoever writes logs chooses tags
	s.want("active block 203.0.113.3 +0")
	// The book tells nobody of it; nor would it help if it did.
	c := triage.Change{Number: 1 << 40, What: triage.Opened, Signal: triage.Signal{ID: "tried", Document: tried.AppendJSON(nil)}}
	if list, err := s.wishes(t.Context(), s.plan.Load(), guardOf(nil), &c); err != nil || len(list) != 0 {
		t.Errorf("%v, error %v", list, err)
	}
	if sum, err := s.Summarize(t.Context()); err != nil || sum.Simulated != 1 {
		t.Errorf("%+v, error %v", sum, err)
	}
}

// TestPoliciesChoose by query, severity, rule and tag, and take all that they are told to.
func TestPoliciesChoose(t *testing.T) {
	t.Parallel()
	s := newStand(t, `
policies:
  - {name: q, query: "@entity.user:root -CIDR(@network.client.ip, 203.0.113.0/25)", action: block}
  - {name: r, rules: [other_rule], action: block}
  - {name: t, tags: ["team:web"], severity: low, action: block, every: true}
`)
	s.find("203.0.113.7", signal.High)
	s.find("203.0.113.130", signal.High)
	s.find("203.0.113.8", signal.High, "team:web")
	s.find("203.0.113.9", signal.Low, "team:web")
	s.want("dry_run block 203.0.113.130 +0", "dry_run block 203.0.113.9 +0", "dry_run block 203.0.113.200 +0")
	// What people are done with is over.
	old := signalOf("old", "203.0.113.140", signal.High)
	s.observe(old)
	for state, want := range map[triage.State]int{triage.Open: 1, triage.UnderReview: 1, triage.Archived: 0} {
		c := triage.Change{Number: 1 << 40, What: triage.Reopened, Signal: triage.Signal{ID: "old", State: state, Document: old.AppendJSON(nil)}}
		if list, err := s.wishes(t.Context(), s.plan.Load(), guardOf(nil), &c); err != nil || len(list) != want {
			t.Errorf("%s: %v, error %v, want %d", state, list, err, want)
		}
	}
}

// TestTheStrongerPolicyWins whichever comes first.
func TestTheStrongerPolicyWins(t *testing.T) {
	t.Parallel()
	s := newStand(t, `
policies:
  - {name: tries, query: "*", action: block}
  - {name: asks, query: "*", severity: [high, critical], action: block, approval: true, mode: active}
  - {name: acts, query: "*", severity: critical, action: block, mode: active}
`)
	s.find("203.0.113.7", signal.Low)
	s.want("dry_run block 203.0.113.7 +0")
	s.find("203.0.113.7", signal.High)
	s.want("waiting_approval block 203.0.113.7 +2")
	s.find("203.0.113.7", signal.Critical)
	s.want("active block 203.0.113.7 +5")
	s.find("203.0.113.7", signal.Low)
	s.want("active block 203.0.113.7 +6")
}

// TestWithoutTheCapability blocks fail, visibly.
func TestWithoutTheCapability(t *testing.T) {
	t.Parallel()
	s := newStand(t, blocks, func(o *Options) { o.Wall = func() (Wall, error) { return nil, firewall.ErrPermission } })
	s.find("203.0.113.7", signal.High)
	s.want("failed block 203.0.113.7 +0")
	if r := s.only(); !strings.Contains(r.Error, "CAP_NET_ADMIN") {
		t.Errorf("%+v", r)
	}
	if err := s.Health(); !errors.Is(err, firewall.ErrPermission) {
		t.Errorf("health %v", err)
	}
}

// TestFailuresAreTriedAgain, and a person may, too.
func TestFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := newStand(t, blocks)
	s.until("the firewall is open", func() bool { _, err := os.Stat(s.wall.path); return err == nil })
	s.wall.mu.Lock()
	s.wall.err = errors.New("no buffer space")
	s.wall.mu.Unlock()
	s.find("203.0.113.7", signal.High)
	s.until("it is tried", func() bool { return s.only().Attempts > 0 })
	s.until("it is given up", func() bool { s.clock.pass(5 * time.Minute / 10); return s.only().State == Failed })
	if r := s.only(); !strings.Contains(r.Error, "no buffer space") || r.Attempts != maxAttempts {
		t.Errorf("%+v", r)
	}
	s.wall.mu.Lock()
	s.wall.err = nil
	s.wall.mu.Unlock()
	if _, err := s.Approve(t.Context(), 1, Verdict{}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.blocked("203.0.113.7")
	s.wall.mu.Lock()
	s.wall.lost = true
	s.wall.mu.Unlock()
	s.until("the flush is told", func() bool { sum, err := s.Summarize(t.Context()); return err == nil && sum.Restored == 1 })
}

// TestPrograms get the signal, and nothing of it in their arguments.
func TestPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	s := newStand(t, `
mode: active
actions:
  - {name: log, exec: {command: [/bin/sh, -c, "cat >> `+log+`; echo done $#"], undo: [/bin/sh, -c, "echo >> `+log+`; cat >> `+log+`"]}}
  - {name: broken, exec: {command: [/bin/sh, -c, "echo what went wrong; exit 3"]}}
  - {name: slow, exec: {command: [/bin/sleep, "60"], timeout: 200ms}}
  - {name: loud, exec: {command: [/bin/sh, -c, "yes | head -c 1000000"]}}
policies:
  - {name: a, query: "*", action: log, target: user, duration: 1h}
  - {name: b, query: "*", action: broken}
  - {name: c, query: "*", action: slow, target: ip}
  - {name: d, query: "*", action: loud, target: ip}
`)
	id := s.find("203.0.113.7", signal.High)
	s.want("active log root +0", "failed broken "+id+" +0", "failed slow 203.0.113.7 +0", "active loud 203.0.113.7 +0")
	data, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(data), `"what":"apply"`) || !strings.Contains(string(data), `"title":"Brute force from 203.0.113.7"`) || !strings.Contains(string(data), `"target":"root"`) {
		t.Errorf("the program got %s, error %v", data, err)
	}
	get := func(id int64) Detail {
		d, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := get(1); d.Output != "done 0" {
		t.Errorf("output %q", d.Output)
	}
	if d := get(2); d.Output != "what went wrong" || !strings.Contains(d.Error, "exit status 3") || d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
	if d := get(3); !strings.Contains(d.Error, "longer than 200ms") {
		t.Errorf("%+v", d)
	}
	if d := get(4); len(d.Output) < maxOutput-4 || len(d.Output) > maxOutput {
		t.Errorf("an output of %d bytes", len(d.Output))
	}
	s.clock.pass(time.Hour)
	s.until("it expired", func() bool { return get(1).State == Expired })
	if data, err = os.ReadFile(log); err != nil || !strings.Contains(string(data), `"what":"undo"`) {
		t.Errorf("the program got %s, error %v", data, err)
	}
}

// TestARepeatAtTheEnd: a block that is just ending is wanted again.
func TestARepeatAtTheEnd(t *testing.T) {
	t.Parallel()
	s := newStand(t, blocks)
	s.find("203.0.113.7", signal.High)
	s.blocked("203.0.113.7")
	s.want("active block 203.0.113.7 +0")
	s.wall.removing.Lock() // whoever ends it waits here
	release := sync.OnceFunc(s.wall.removing.Unlock)
	t.Cleanup(release) // a failed test stops the engine, too
	s.clock.pass(DefaultBlock)
	s.until("it is ending", func() bool { return s.only().Ending == Expired })
	s.find("203.0.113.7", signal.High)
	release()
	s.until("it lasts longer", func() bool {
		return strings.Contains(s.wall.blocks(), start.Add(2*DefaultBlock).Format(time.RFC3339))
	})
	s.want("active block 203.0.113.7 +1")
}

// TestTheDatabaseComesBack: what was done meanwhile is noted then.
func TestTheDatabaseComesBack(t *testing.T) {
	t.Parallel()
	s := newStand(t, blocks)
	l := s.lanes[0]
	r, err := s.Block(t.Context(), Request{Target: "203.0.113.7", Reason: "x"}, "eve")
	if err != nil {
		t.Fatal(err)
	}
	s.want("active block 203.0.113.7 +0")
	run := func(statement string) {
		t.Helper()
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TRIGGER broken BEFORE UPDATE ON responses BEGIN SELECT RAISE(ABORT, 'no answer'); END")
	before := s.counters.errors.Load()
	var done sync.WaitGroup
	done.Go(func() {
		l.each(t.Context(), []row{{id: r.ID, action: Block, target: "203.0.113.7"}}, action.apply, func(r, _ *row, _ *outcome) (what, by string) {
			r.output = "noted"
			return "", "x"
		}, "x")
	})
	s.until("it was tried twice", func() bool { return s.counters.errors.Load() >= before+2 })
	run("DROP TRIGGER broken")
	done.Wait()
	if got := s.only().Output; got != "noted" {
		t.Errorf("the output is %q", got)
	}
}
