package app

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

const correlationRule = `title: Failed password
name: failed_password
id: 22222222-2222-4222-8222-222222222222
logsource: {product: linux, service: sshd}
detection:
  keywords: ['Failed password']
  condition: keywords
level: low
---
title: Three failed passwords in a minute
id: 33333333-3333-4333-8333-333333333333
correlation:
  type: event_count
  rules: [failed_password]
  group-by: [network.client.ip]
  timespan: 1m
  condition: {gte: 3}
level: medium
`

// dayLog is eleven hours of guesses and logins of several addresses, with pauses in
// which signals close, stack traces and the records of audit events between them. The
// name of one user is not UTF-8.
func dayLog() string {
	random := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	at := time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)
	for i := range 700 {
		at = at.Add(time.Duration(random.IntN(20)) * time.Second)
		if i%175 == 174 {
			at = at.Add(3 * time.Hour)
		}
		stamp, ip := at.Format(time.Stamp), fmt.Sprintf("203.0.113.%d", random.IntN(6))
		switch random.IntN(12) {
		case 0:
			fmt.Fprintf(&b, "%s web1 sshd[%d]: Accepted password for root from %s port 40 ssh2\r\n", stamp, i, ip)
		case 1:
			fmt.Fprintf(&b, "Traceback (most recent call last):\n  File \"a.py\", line %d\n    x()\nValueError: %s\n", i, ip)
		case 2:
			fmt.Fprintf(&b, "type=SYSCALL msg=audit(%d.1:%d): arch=c000003e syscall=59 success=yes exe=\"/tmp/x\"\n", at.Unix(), i)
			fmt.Fprintf(&b, "%s - - [%s] \"GET /?q=%%27+UNION+SELECT+1,2-- HTTP/1.1\" 200 5 \"-\" \"x\"\n", ip, at.Format("02/Jan/2006:15:04:05 -0700"))
			fmt.Fprintf(&b, "type=EXECVE msg=audit(%d.1:%d): argc=1 a0=\"/tmp/x\"\n", at.Unix(), i)
		default:
			user := [...]string{"u0", "u1", "u2", "u\xff"}[random.IntN(4)]
			fmt.Fprintf(&b, "%s web1 sshd[%d]: Failed password for %s from %s port 40 ssh2\n", stamp, i, user, ip)
		}
	}
	return b.String()
}

func stateContent(t testing.TB) *Content {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "c.yml"), []byte(correlationRule), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadContent(Sources{Rules: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told is what one run told: the lines of -o jsonl, and its warnings.
type told struct {
	lines, notes []string
	counts       signal.Counts
}

// runWith is one run over the logs, with a state unless it is "".
func runWith(t testing.TB, c *Content, state string, logs ...string) told {
	t.Helper()
	var out told
	opts := AnalyzeOptions{
		Intake:  Intake{Join: source.Join{Auto: true}, Clock: dates.Clock{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}, Workers: 2},
		Content: c, Inputs: logs,
		Warn: func(text string) { out.notes = append(out.notes, text) },
		Open: func(s *signal.Signal) error {
			out.lines = append(out.lines, string(s.AppendJSON(nil)))
			return nil
		},
		Found: func(f signal.Finding) error {
			if f.Change == signal.Closed {
				out.lines = append(out.lines, string(f.Signal.AppendJSON(nil)))
			}
			return nil
		},
	}
	if state != "" {
		st, err := OpenState(state)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		opts.State = st
	}
	a, err := Analyze(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	out.counts = a.Signals.Counts()
	if opts.State != nil {
		if err := opts.State.Save(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

var closedAt = regexp.MustCompile(`"closed":"[^"]*",`)

func idOf(line string) string {
	id, _, _ := strings.Cut(line, ",")
	return id
}

// joined returns the signals that closed, in their order, and then the last line of
// those that are open, by their ids. A signal that is told again after it closed, or
// without a change, is a fault.
func joined(t *testing.T, runs []told) []string {
	t.Helper()
	var done []string
	open, closed := map[string]string{}, map[string]bool{}
	for _, r := range runs {
		for _, line := range r.lines {
			id := idOf(line)
			if closed[id] {
				t.Errorf("told again after it was closed: %s", line)
			}
			if closedAt.MatchString(line) {
				closed[id] = true
				delete(open, id)
				done = append(done, line)
				continue
			}
			if open[id] == line {
				t.Errorf("told twice without a change: %s", line)
			}
			open[id] = line
		}
	}
	return append(done, slices.Sorted(maps.Values(open))...)
}

// TestRunsWithAStateFindWhatOneRunFinds stops at many places, also in the middle of
// lines and of records, behind lines that are not UTF-8 in the last round, and goes on
// with a new process's memory.
func TestRunsWithAStateFindWhatOneRunFinds(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	c := stateContent(t)
	log := dayLog()
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.log")
	write(t, whole, log)
	plain := runWith(t, c, "", whole)
	one := joined(t, []told{runWith(t, c, filepath.Join(dir, "one.state"), whole)})
	if len(plain.lines) < 20 || !strings.Contains(strings.Join(plain.lines, ""), `"rule_id":"sigma:33333333`) {
		t.Fatalf("the log gives %d signals only, or none of the correlation: the test is worth less", len(plain.lines))
	}
	random := rand.New(rand.NewPCG(3, 3))
	for round := range 5 {
		grown, state := filepath.Join(dir, fmt.Sprintf("%d.log", round)), filepath.Join(dir, fmt.Sprintf("%d.state", round))
		var runs []told
		for at := 0; at < len(log); {
			at = min(len(log), at+1+random.IntN([]int{len(log) / 3, 9000, 5000, len(log), 9000}[round]))
			if odd := strings.IndexByte(log[at:], '\xff'); round == 4 && odd >= 0 {
				at += odd + strings.IndexByte(log[at+odd:], '\n') + 1
			}
			write(t, grown, log[:at])
			runs = append(runs, runWith(t, c, state, grown))
		}
		if d := cmp.Diff(one, joined(t, runs)); d != "" {
			t.Fatalf("round %d, %d runs (-one +many):\n%s", round, len(runs), d)
		}
	}
	// And without a state. The records that waited at the end for their next line are
	// taken by a run that finds nothing new; what is open is closed at the end there.
	got, want := map[string]string{}, map[string]string{}
	for _, line := range append(one, runWith(t, c, filepath.Join(dir, "one.state"), whole).lines...) {
		got[idOf(line)] = closedAt.ReplaceAllString(line, "")
	}
	for _, line := range plain.lines {
		want[idOf(line)] = closedAt.ReplaceAllString(line, "")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-without a state +with):\n%s", d)
	}
	if again := runWith(t, c, filepath.Join(dir, "one.state"), whole); len(again.lines) > 0 || again.counts.Opened > 0 {
		t.Errorf("nothing was written, but %d lines are told: %v", len(again.lines), again.lines)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func guess(at, ip string) string {
	return "Mar  1 " + at + " web1 sshd[1]: Failed password for root from " + ip + " port 40 ssh2\n"
}

// guesses is five guesses, which open a signal, within a minute.
func guesses(hour int, ip string) string {
	var b strings.Builder
	for i := range 5 {
		b.WriteString(guess(fmt.Sprintf("%02d:00:%02d", hour, i), ip))
	}
	return b.String()
}

// TestRotatedAndTruncatedLogs tells which lines are read by the addresses in the
// signals of one rule.
func TestRotatedAndTruncatedLogs(t *testing.T) {
	c := stateContent(t)
	dir := t.TempDir()
	log, old, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "a.log.1"), filepath.Join(dir, "s")
	end := func(hour int) string { return fmt.Sprintf("Mar  1 %02d:59:00 web1 cron[1]: end\n", hour) }
	f := func(name, wantNote string, want []string, logs ...string) {
		t.Helper()
		r := runWith(t, c, state, logs...)
		var got []string
		for _, line := range r.lines {
			if strings.Contains(line, `"rule_id":"brute_force_by_ip"`) && !closedAt.MatchString(line) {
				got = append(got, regexp.MustCompile(`"entity":"[^"]*"`).FindString(line))
			}
		}
		for i := range want {
			want[i] = `"entity":"` + want[i] + `"`
		}
		notes := strings.Join(r.notes, "\n")
		if d := cmp.Diff(want, got); d != "" || (wantNote == "") != (notes == "") || !strings.Contains(notes, wantNote) {
			t.Errorf("%s: notes %q, want %q (-want +got):\n%s", name, notes, wantNote, d)
		}
	}
	write(t, log, guesses(1, "203.0.113.1")+end(1))
	f("the first run", "", []string{"203.0.113.1"}, log)
	f("nothing new", "", nil, log)

	// Two guesses are written before the rotation, three after it: one attack.
	second := guesses(2, "203.0.113.2")
	cut := strings.Index(second, "02:00:02") - len("Mar  1 ")
	write(t, log, guesses(1, "203.0.113.1")+end(1)+second[:cut])
	if err := os.Rename(log, old); err != nil {
		t.Fatal(err)
	}
	write(t, log, second[cut:]+end(2))
	f("rotated, both are named", "", []string{"203.0.113.2"}, old, log)
	f("nothing new in both", "", nil, old, log)

	write(t, log, guesses(3, "203.0.113.3"))
	f("written anew with other lines", "is another file than before", nil, log)
	write(t, log, guesses(3, "203.0.113.3")+end(3))
	f("and it goes on", "", []string{"203.0.113.3"}, log)
	write(t, log, "Mar  1 04:00:00 web1 cron[1]: short\n")
	f("truncated", "is shorter than before", nil, log)

	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(guesses(5, "203.0.113.5")))
	_ = w.Close()
	write(t, old+".gz", z.String())
	f("a packed file", "", []string{"203.0.113.5"}, old+".gz")
	f("a packed file that was read", "", nil, old+".gz")
	f("a file that is not there", "", nil, log)
}

// A log that was rotated and packed between two runs is not read again.
func TestPackedLogsGoOn(t *testing.T) {
	c := stateContent(t)
	dir := t.TempDir()
	log, old, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "a.log.1.gz"), filepath.Join(dir, "s")
	text := guesses(1, "203.0.113.1") + guesses(2, "203.0.113.2")
	cut := strings.Index(text, "02:00:02") - len("Mar  1 ")
	write(t, log, text[:cut])
	first := runWith(t, c, state, log)
	whole := filepath.Join(dir, "whole.log")
	write(t, whole, text+"Mar  1 02:59:00 web1 cron[1]: end\n")
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	write(t, old, z.String())
	write(t, log, "Mar  1 02:59:00 web1 cron[1]: end\n")
	second := runWith(t, c, state, old, log)
	third := runWith(t, c, state, old, log)
	if d := cmp.Diff(joined(t, []told{runWith(t, c, state+"1", whole)}), joined(t, []told{first, second, third})); d != "" {
		t.Errorf("(-one log +packed in between):\n%s", d)
	}
	if len(third.lines)+len(second.notes) > 0 {
		t.Errorf("told of nothing new: %q, noted %q", third.lines, second.notes)
	}
}

func TestUTF16LogsGoOn(t *testing.T) {
	c := stateContent(t)
	dir := t.TempDir()
	log, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "s")
	wide := func(text string) string {
		out := []byte{0xff, 0xfe}
		for _, r := range []byte(text) {
			out = append(out, r, 0)
		}
		return string(out)
	}
	text := guesses(1, "203.0.113.1") + "Mar  1 01:59:00 web1 cron[1]: end\n"
	write(t, log, wide(text[:120]))
	first := runWith(t, c, state, log)
	write(t, log, wide(text))
	second := runWith(t, c, state, log)
	if n := strings.Count(strings.Join(append(first.lines, second.lines...), "\n"), `"rule_id":"brute_force_by_ip"`); n != 1 {
		t.Errorf("%d signals, want 1: %v %v", n, first, second)
	}
}

func TestRulesThatChangedBetweenRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	c := stateContent(t)
	dir := t.TempDir()
	log, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "s")
	write(t, log, guesses(1, "203.0.113.1")+"Mar  1 01:59:00 web1 cron[1]: end\n")
	runWith(t, c, state, log)
	fewer := *c
	fewer.Sigma, fewer.Rules = nil, nil
	for _, r := range c.Rules {
		if r.ID != "brute_force_by_ip" && !strings.HasPrefix(r.ID, "sigma:") {
			fewer.Rules = append(fewer.Rules, r)
		}
	}
	r := runWith(t, &fewer, state, log)
	notes := strings.Join(r.notes, "\n")
	for _, want := range []string{"these rules changed or are gone: brute_force_by_ip", "open signals with them", "the Sigma correlations of the last run are gone"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is missing in %q", want, notes)
		}
	}
	if len(r.lines) == 0 || !strings.Contains(r.lines[0], `"rule_id":"brute_force_by_ip"`) || !closedAt.MatchString(r.lines[0]) {
		t.Errorf("the signal of the rule that is gone is not closed: %v", r.lines)
	}
}

func TestStatesThatCannotBeUsed(t *testing.T) {
	c := stateContent(t)
	dir := t.TempDir()
	log, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "s")
	write(t, log, guesses(1, "203.0.113.1"))
	runWith(t, c, state, log)
	if info, err := os.Stat(state); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: want a file for its owner only", info.Mode(), err)
	}
	good, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	f := func(name, want string, data []byte) {
		t.Helper()
		write(t, state, string(data))
		st, err := OpenState(state)
		if err == nil {
			st.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	f("something else", "no state of sasumata", []byte("hello, world"))
	f("nothing", "no state of sasumata", nil)
	for _, at := range []int{20, 60, len(good) / 2, len(good) - 1} {
		broken := bytes.Clone(good)
		broken[at] ^= 1
		f("a bit", "", broken)
		f("cut", "", good[:at])
	}
	f("another version", "version 99, want 3", append(append([]byte(stateMagic), 99), good[len(stateMagic)+1:]...))
	if _, err := OpenState(dir); err == nil {
		t.Error("a directory is taken for a state")
	}
	write(t, state, string(good))
	first, err := OpenState(state)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if second, err := OpenState(state); err == nil || !strings.Contains(err.Error(), "another run is using it") {
		t.Errorf("two runs at a time: %v %v", second, err)
	}
}

// A run that does not come to its end leaves the state as it was.
func TestABrokenRunSavesNothing(t *testing.T) {
	c := stateContent(t)
	dir := t.TempDir()
	log, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "s")
	write(t, log, guesses(1, "203.0.113.1")+guess("01:59:00", "203.0.113.9"))
	f := func(name string, found func(signal.Finding) error, open func(*signal.Signal) error) {
		t.Helper()
		st, err := OpenState(state)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		_, err = Analyze(t.Context(), AnalyzeOptions{
			Intake: Intake{Clock: dates.Clock{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}}, Content: c, Inputs: []string{log}, State: st,
			Found: found, Open: open,
		})
		if err == nil {
			t.Errorf("%s: the error is lost", name)
		}
		if err := st.Save(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(state); err == nil {
			t.Errorf("%s: the state of a broken run was saved", name)
		}
	}
	f("findings cannot be written", func(signal.Finding) error { return os.ErrClosed }, nil)
	f("open signals cannot be written", nil, func(*signal.Signal) error { return os.ErrClosed })
	if r := runWith(t, c, state, log); len(r.lines) == 0 {
		t.Error("the next run does not find what the broken one had found")
	}
}

// FuzzState reads the body of state files that no hash protects, and goes on with
// what it takes.
func FuzzState(f *testing.F) {
	c := stateContent(f)
	dir := f.TempDir()
	log, state := filepath.Join(dir, "a.log"), filepath.Join(dir, "s")
	write(f, log, guesses(1, "203.0.113.1")+"Traceback (most recent call last):\n  File x\n")
	runWith(f, c, state, log)
	data, err := os.ReadFile(state)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[len(stateMagic)+1 : len(data)-32])
	f.Fuzz(func(t *testing.T, body []byte) {
		saved, err := decodeBody(body)
		if err != nil {
			return
		}
		st := &State{path: "x", saved: saved}
		st.header.Positions = saved.header.Positions
		in := inputs{ctx: t.Context(), names: []string{log}, state: st}
		for {
			if _, err := in.next(); err != nil {
				break
			}
		}
		sigma := c.Sigma.correlator()
		if _, err := sigma.engine.Load(saved.correlated()); err != nil {
			return
		}
		e := event.New()
		for i := range int64(5) {
			e.Time = i * 1e9
			e.Set("network.client.ip", event.StringValue("203.0.113.1"))
			sigma.engine.Observe(e.Time, []int{0}, fields{e}, nil)
		}
	})
}
