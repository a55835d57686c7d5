package app

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// bruteForce returns in short the signals of that rule for an address, by what is recorded.
func bruteForce(t *testing.T, s *Server, address string) (list []triage.Signal) {
	t.Helper()
	q, err := query.Parse(`@network.client.ip:"` + address + `" rule.id:brute_force_by_ip`)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.book.List(t.Context(), triage.Search{Query: q, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return page.Signals
}

// atWork waits until detection has so many suppressions.
func atWork(t *testing.T, s *Server, n int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d suppressions at work", n), func() bool { return s.metrics.suppressions.Load() == n })
}

// TestServeMutes goes the way of a user: a signal, muted, held back and counted, over a
// restart, ended, and there again.
func TestServeMutes(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			dir := t.TempDir()
			cfg := engine.Config(t)
			start := func() (*Server, func()) {
				opts := serveOptions(dir)
				opts.Config.State.URL = cfg.DSN
				return serving(t, opts)
			}
			s, stop := start()
			appendLog(t, dir, failures(2, 3))
			eventually(t, "a signal", func() bool { return len(bruteForce(t, s, "203.0.113.2")) == 1 })
			made, err := s.suppressions.Mute(t.Context(), bruteForce(t, s, "203.0.113.2")[0].ID, suppress.Mute{}, "alice")
			if err != nil || made.Suppression.Rules != "ruleId:brute_force_by_ip" || made.Suppression.Query != `@network.client.ip:"203.0.113.2"` || made.Preview.Signals != 1 {
				t.Fatalf("%+v %v", made, err)
			}
			atWork(t, s, 1)
			appendLog(t, dir, failures(252, 253)+failures(3, 4)) // hours later, and somebody else
			eventually(t, "the other signal", func() bool { return len(bruteForce(t, s, "203.0.113.3")) == 1 })
			held := func(signals, least int64) func() bool {
				return func() bool {
					d, err := s.suppressions.Get(t.Context(), made.Suppression.ID)
					if err != nil {
						t.Fatal(err)
					}
					return d.Signals == signals && d.Findings >= least
				}
			}
			eventually(t, "it is counted", held(1, 2))
			_, metrics := get(t, s, "/metrics")
			for _, want := range []string{`sasumata_suppressed_signals_total{suppression="user:1",rule="brute_force_by_ip"} 1`, "sasumata_suppressions_at_work 1\n", `sasumata_suppressions{state="active"} 1`} {
				if !strings.Contains(metrics, want) {
					t.Errorf("%q is missing in\n%s", want, metrics)
				}
			}
			d, err := s.suppressions.Get(t.Context(), 1)
			if err != nil || len(d.ByRule) != 1 || d.ByRule[0].RuleID != "brute_force_by_ip" || !strings.Contains(string(d.Sample), "203.0.113.2") || d.Last.Format(time.DateTime) != "2026-01-16 04:12:05" {
				t.Errorf("%+v %s %v", d, d.Sample, err)
			}
			stop()

			s, stop = start()
			appendLog(t, dir, failures(502, 503)+failures(4, 5))
			eventually(t, "another signal", func() bool { return len(bruteForce(t, s, "203.0.113.4")) == 1 })
			eventually(t, "it is counted", held(2, 4))
			if n := len(bruteForce(t, s, "203.0.113.2")); n != 1 {
				t.Errorf("%d signals of who is muted", n)
			}
			if _, err := s.suppressions.End(t.Context(), 1, "", "bob"); err != nil {
				t.Fatal(err)
			}
			atWork(t, s, 0)
			appendLog(t, dir, strings.ReplaceAll(failures(502, 503), "08:22:0", "08:23:0")) // it goes on
			eventually(t, "it comes again", func() bool { return len(bruteForce(t, s, "203.0.113.2")) == 2 })
			stop()
		})
	}
}

// suppressDir names the folder of a server in the environment of a child.
const suppressDir = "SASUMATA_TEST_SUPPRESS"

// heldIn returns what the suppressions of a server held back.
func heldIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	db, err := database.Open(t.Context(), serveOptions(dir).Config.Database())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT suppression, rule_id, signals, findings, last FROM suppression_rules ORDER BY suppression, rule_id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, signals, findings, last int64
			var rule string
			if err := rows.Scan(&id, &rule, &signals, &findings, &last); err != nil {
				return err
			}
			list = append(list, fmt.Sprint(id, " ", rule, " ", signals, " ", findings, " ", last))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// suppressFirst makes suppressions in a folder in which no server ran yet.
func suppressFirst(t *testing.T, dir string, queries ...string) {
	t.Helper()
	opts := serveOptions(dir)
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		reason := "why not"
		if _, err := s.suppressions.Make(t.Context(), suppress.Change{Query: &q, Reason: &reason, Forever: true}, "alice"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestServeKilledCountsOnce kills a server again and again: what suppressions held back is
// what one counts that was left in peace.
func TestServeKilledCountsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	if dir := os.Getenv(suppressDir); dir != "" {
		serveChild(t, dir)
		return
	}
	const kills, each = 4, 6
	queries := []string{"CIDR(@network.client.ip, 203.0.113.0/28)", "@network.client.ip:(203.0.113.17 OR 203.0.113.20) status:medium"}
	peaceful, dir := t.TempDir(), t.TempDir()
	suppressFirst(t, dir, queries...)
	for round := range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeKilledCountsOnce$")
		cmd.Env = append(os.Environ(), suppressDir+"="+dir)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// One batch after the other, each with somebody of whom people hear; the state covers
		// the first ones only.
		for i := round * each; i < (round+1)*each; i++ {
			before := len(signalsOf(t, dir))
			appendLog(t, dir, failures(i, i+1)+failures(100+i, 101+i))
			eventually(t, "a signal", func() bool { return len(signalsOf(t, dir)) > before })
		}
		if round%2 == 0 { // else what it held back last is not counted yet
			eventually(t, "a count", func() bool { return counted(t, dir) == min(16, (round+1)*each) })
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatalf("%v\n%s", err, &output)
		}
		_ = cmd.Wait() // it was killed
	}
	const total = 12 * kills * each
	s, stop := serving(t, serveOptions(dir))
	s.until(t, total)
	stop()

	var whole strings.Builder
	for i := range kills * each {
		whole.WriteString(failures(i, i+1) + failures(100+i, 101+i))
	}
	suppressFirst(t, peaceful, queries...)
	appendLog(t, peaceful, whole.String())
	s, stop = serving(t, serveOptions(peaceful))
	s.until(t, total)
	stop()
	want := heldIn(t, peaceful)
	if diff := cmp.Diff(want, heldIn(t, dir)); diff != "" {
		t.Errorf("the counts differ (-in peace +killed):\n%s", diff)
	}
	if len(want) < 2 {
		t.Errorf("only %q: the test shows nothing", want)
	}
	if diff := cmp.Diff(recordedIn(t, peaceful), recordedIn(t, dir)); diff != "" {
		t.Errorf("the signals differ (-in peace +killed):\n%.3000s", diff)
	}
}

// counted returns how many signals of that rule the first suppression held back, by the
// database of a server that runs: nobody else may open it but to read.
func counted(t *testing.T, dir string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+serveOptions(dir).Config.Database().File+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "SELECT COALESCE(SUM(signals), 0) FROM suppression_rules WHERE suppression = 1 AND rule_id = 'brute_force_by_ip'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestServeSuppressesWithoutPostgreSQL loses the database: what was at work stays, and what
// is held back meanwhile is counted later, once.
func TestServeSuppressesWithoutPostgreSQL(t *testing.T) {
	databasetest.PostgreSQL(t) // skips
	p, err := databasetest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Remove()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.State.URL = p.DSN()
	s, stop := serving(t, opts)
	defer stop()
	text, reason := "@network.client.ip:203.0.113.2", "why not"
	if _, err := s.suppressions.Make(t.Context(), suppress.Change{Query: &text, Reason: &reason, For: "1d"}, "alice"); err != nil {
		t.Fatal(err)
	}
	atWork(t, s, 1)
	p.Kill()
	s.suppressions.Look()
	eventually(t, "that it cannot be read", func() bool { return s.metrics.suppressErrors.Load() > 0 })
	appendLog(t, dir, failures(2, 4))
	s.until(t, 12)
	eventually(t, "that it cannot be counted", func() bool { return s.metrics.countErrors.Load() > 0 })
	if s.metrics.suppressions.Load() != 1 {
		t.Error("the last known ones are forgotten")
	}
	if signals := signalsOf(t, dir); strings.Contains(signals, `"entity":"203.0.113.2"`) || !strings.Contains(signals, `"entity":"203.0.113.3"`) {
		t.Errorf("the signals:\n%s", signals)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the count", func() bool {
		d, err := s.suppressions.Get(t.Context(), 1)
		return err == nil && d.Signals > 0
	})
	d, err := s.suppressions.Get(t.Context(), 1)
	if err != nil || d.State != suppress.Active || len(d.ByRule) == 0 || d.ByRule[0].Signals != 1 {
		t.Errorf("%+v %v", d, err)
	}
}

// TestServeSuppressesBehindAState: what was found before a change is covered by a state on
// the disk, so that nothing of it is judged again by what came later.
func TestServeSuppressesBehindAState(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Checkpoint = time.Hour
	s, stop := serving(t, opts)
	defer stop()
	for i := range 3 {
		appendLog(t, dir, failures(i, i+1))
		s.until(t, int64(6*(i+1)))
	}
	sequence := func() uint64 {
		s.consumer.mu.Lock()
		defer s.consumer.mu.Unlock()
		return s.consumer.served.Place.Sequence
	}
	if covered := s.consumer.covered.Load(); covered >= sequence() {
		t.Fatalf("batch %d of %d is covered: the test shows nothing", covered, sequence())
	}
	text, reason := "@network.client.ip:203.0.113.2", "why not"
	if _, err := s.suppressions.Make(t.Context(), suppress.Change{Query: &text, Reason: &reason, For: "1d"}, "alice"); err != nil {
		t.Fatal(err)
	}
	atWork(t, s, 1)
	if covered := s.consumer.covered.Load(); covered != sequence() {
		t.Errorf("the suppression is at work, and only batch %d of %d is covered", covered, sequence())
	}
}

// TestServeCountsWhatFilesHoldBack has a suppression in a file.
func TestServeCountsWhatFilesHoldBack(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.yaml")
	if err := os.WriteFile(file, []byte("{name: Ours, reason: r, rule_query: '*', suppression_query: '@network.client.ip:203.0.113.2'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := serveOptions(dir)
	content, err := LoadContent(Sources{Suppressions: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	opts.Content = func(*config.Config) (*Content, error) { return content, nil }
	s, stop := serving(t, opts)
	defer stop()
	appendLog(t, dir, failures(2, 4))
	eventually(t, "it is counted", func() bool {
		_, metrics := get(t, s, "/metrics")
		return strings.Contains(metrics, `sasumata_suppressed_signals_total{suppression="file:Ours",rule="brute_force_by_ip"} 1`)
	})
}
