package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestContainersOnAServer lists and shows containers from the command line.
func TestContainersOnAServer(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	book, err := triage.NewBook(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	view := &container.View{Connected: true, Containers: []container.Watched{
		{
			Container: container.Container{ID: strings.Repeat("ab", 32), Name: "web", Image: "shop/web:1\x1b[31m", State: container.State{Status: "running", Pid: 7}, Path: "/bin/web", RestartCount: 2},
			Sampled:   true, Now: container.Sample{At: time.Unix(2, 0), CPU: 98.76, CPUOfLimit: 49.4, Memory: 50 << 20, MemoryLimit: 100 << 20, MemoryOfLimit: 50, Connections: 1200}, Powers: []string{"privileged"}, Crashes: 3,
		},
		{Container: container.Container{ID: strings.Repeat("cd", 32), Name: "db", State: container.State{Status: "exited"}}},
	}}
	accounts := access.New(db, access.Options{Now: time.Now})
	hub := &tail.Hub{}
	t.Cleanup(hub.Close)
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(api.Handler(api.Options{
		Intake: http.NotFoundHandler(), Logs: &api.Logs{Hub: hub, Now: time.Now, Log: log}, Signals: &api.Signals{Book: book}, Gate: &api.Gate{Accounts: accounts, Now: time.Now, Log: log},
		Containers: &api.Containers{
			View: func() (*container.View, string) { return view, "there is no engine" },
			Find: func(id string) (container.Watched, []container.Point, bool) {
				return view.Containers[0], nil, id == "web"
			},
		},
	}))
	t.Cleanup(server.Close)
	secret, _, err := accounts.AddToken(t.Context(), access.Who{May: access.Admin.Permissions()}, access.Actor{Name: "test"}, access.NewToken{Name: "me", Scopes: []string{"signals:read"}})
	if err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(t.TempDir(), "me.token")
	if err := os.WriteFile(token, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(code int, want string, args ...string) {
		t.Helper()
		var stdout, stderr strings.Builder
		got := run(t.Context(), append(args, "--server", server.URL, "--token-file", token), strings.NewReader(""), &stdout, &stderr)
		if all := stdout.String() + stderr.String(); got != code || !strings.Contains(all, want) || strings.Contains(all, "\x1b[31m") {
			t.Errorf("%v: %d %q, want %d %q", args, got, all, code, want)
		}
	}
	f(0, "98.8", "containers", "list")
	f(0, "50.0 MiB", "containers", "list")
	f(0, "privileged", "containers", "list")
	f(0, `"cpu_percent": 98.8`, "containers", "list", "--output", "json")
	f(0, "50.0 MiB of 100.0 MiB", "containers", "show", "web")
	f(2, "no such container is watched", "containers", "show", "none")
	view = nil
	f(0, "no containers are watched: there is no engine", "containers", "list")
}
