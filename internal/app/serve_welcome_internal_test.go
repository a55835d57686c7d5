package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// TestTrial sends an attack to a server of its own, as the welcome does, until the rules
// find it; and logs with a token that was made a moment ago.
func TestTrial(t *testing.T) {
	opts := serveOptions(t.TempDir())
	opts.Config.Files = []config.File{}
	s, stop := serving(t, opts)
	defer stop()
	ctx, by := t.Context(), access.Actor{Name: "root", From: "192.0.2.7"}
	w := s.serves.Welcome
	var trial api.Trial
	eventually(t, "the queue", func() (ok bool) {
		var err error
		trial, err = w.Try(ctx, by)
		return err == nil
	})
	if !strings.HasPrefix(trial.Address, "203.0.113.") && !strings.HasPrefix(trial.Address, "198.51.100.") || trial.Lines != 7 {
		t.Errorf("%+v", trial)
	}
	worst, want := "", trial.Query+" host:sasumata-setup rule.id:brute_force_by_ip"
	q, err := query.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a signal of the trial", func() bool {
		page, err := s.book.List(ctx, triage.Search{Query: q, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Signals) > 0 {
			var one struct{ Severity string }
			if err := json.Unmarshal(page.Signals[0].Document, &one); err != nil {
				t.Fatal(err)
			}
			worst = one.Severity
		}
		return worst == "high"
	})
	var soon *api.TooSoonError
	if _, err := w.Try(ctx, by); !errors.As(err, &soon) || soon.After > trialEvery {
		t.Errorf("a second trial: %v", err)
	}
	if _, err := w.Change(ctx, by, api.WelcomeFinished); err != nil {
		t.Fatal(err)
	}
	b, err := w.Look(ctx)
	if err != nil || b.State != api.WelcomeFinished || b.By != "root" || b.User == "" || len(b.Listens) != 1 || b.Listens[0].Kind != "http" {
		t.Errorf("%+v, %v", b, err)
	}
	trail := strings.Join(trailOf(t, s.database), "\n")
	for _, want := range []string{"root welcome.trial " + trial.Address + " begun", "root welcome.finished"} {
		if !strings.Contains(trail, want) {
			t.Errorf("%q is missing in\n%s", want, trail)
		}
	}

	secret, _, err := s.access.Accounts.AddToken(ctx, access.Who{May: access.Manage}, by, access.NewToken{Name: "web1", Scopes: []string{"logs:send"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Listening[0]+"/intake/lines", strings.NewReader("a line\n"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("a line with a new token: %s", resp.Status)
	}
	if b, err = w.Look(ctx); err != nil || !slices.ContainsFunc(b.Sources, func(one api.SourceState) bool { return one.Kind == "http" && one.Records == 1 }) {
		t.Errorf("%+v, %v: want the intake among the sources", b.Sources, err)
	}
}

// TestTrialsKeepApart: each has another address, also across the end of the list.
func TestTrialsKeepApart(t *testing.T) {
	var all trials
	now, seen := time.Unix(1e9, 0), map[string]bool{}
	for range trialAddresses {
		address, err := all.next(now)
		if err != nil || seen[address] {
			t.Fatalf("%q again, or %v", address, err)
		}
		seen[address] = true
		if _, err := all.next(now.Add(trialEvery - 1)); err == nil {
			t.Fatal("two trials at a time")
		}
		now = now.Add(trialEvery)
	}
}

// TestLacking names what is there and cannot be read, and the command that mends it.
func TestLacking(t *testing.T) {
	dir := t.TempDir()
	refused := map[string]bool{}
	write := func(path string, mode fs.FileMode) string {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		refused[path] = mode == 0
		return path
	}
	secret, open := write("secret.log", 0), write("open.log", 0o600)
	closed := filepath.Dir(write("nginx/access.log", 0o600))
	journal := filepath.Dir(filepath.Dir(write("journal/1/system.journal", 0)))
	unused := write("it's apache.log", 0o600)
	engine := write("docker.sock", 0)
	refused[closed] = true
	h := &host{
		refused:  func(path string, _ int) bool { return refused[path] },
		files:    []config.File{{Path: secret}, {Path: open}, {Path: closed + "/*.log"}, {Path: filepath.Join(dir, "none.log")}},
		journals: []string{journal}, engine: "unix://" + engine, unused: []string{unused}, user: "ann", unit: "sasumata.service", groupOf: groupOf,
	}
	const restart = " && sudo systemctl restart sasumata.service"
	acl := func(path string) string { return "sudo setfacl -R -m u:ann:rX " + path + restart }
	naming := "files:\n  - {path: \"" + secret + "\"}\n  - {path: \"" + open + "\"}\n  - {path: \"" + closed + "/*.log\"}\n  - {path: \"" + unused + "\"}\n"
	want := []api.LackingSource{
		{Kind: "file", Name: secret, Why: "permission", Fix: acl(secret)},
		{Kind: "file", Name: closed, Why: "permission", Fix: acl(closed)},
		{Kind: "journal", Name: journal, Why: "permission", Fix: "sudo usermod -aG systemd-journal ann" + restart},
		{Kind: "docker", Name: engine, Why: "permission", Fix: acl(engine)},
		{Kind: "file", Name: unused, Why: "unused", Fix: naming},
	}
	if diff := cmp.Diff(want, h.lacking(&config.Config{}, false, false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Somebody chose files: nothing else is missed.
	if got := h.lacking(&config.Config{Files: []config.File{{Path: open}}}, false, false); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	if err := os.Chmod(secret, 0o040); err != nil { // a group may
		t.Fatal(err)
	}
	h.groupOf = func(fs.FileInfo) (uint32, bool) { return 4, true }
	if fix := h.fix(secret); !strings.HasPrefix(fix, "sudo usermod -aG ") || !strings.HasSuffix(fix, " ann"+restart) {
		t.Errorf("%q", fix)
	}
	h.container = true
	if fix := h.fix(secret); fix != "docker run --group-add 4 …" {
		t.Errorf("%q", fix)
	}
	if got := shellWord("it's; rm"); got != `'it'\''s; rm'` {
		t.Errorf("%s", got)
	}
}
