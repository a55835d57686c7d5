package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/passkey"
	"github.com/sasumata/sasumata/internal/access/passkey/passkeytest"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestUsersAndTokens makes an admin and a token in the database of a server that does not
// run, and manages users and tokens of one that does with it.
func TestUsersAndTokens(t *testing.T) {
	data := t.TempDir()
	f := func(code int, want string, args ...string) result {
		t.Helper()
		r := sasumata(t, "", args...)
		if r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%q: exit code %d, want %d and %q in\n%s\n%s", args, r.code, code, want, r.out, r.err)
		}
		return r
	}
	f(exitUsage, "no such file", "user", "list", "--data", filepath.Join(data, "nowhere"))
	f(exitUsage, "want --token-file FILE to ask a server, or --data DIR", "user", "list")
	made := f(exitClean, "added root, admin; the password, which is shown this once: ", "user", "add", "root", "--role", "admin", "--data", data)
	password := made.out[strings.LastIndex(made.out, " ")+1:]
	if len(strings.TrimSpace(password)) < 20 {
		t.Errorf("a password %q", password)
	}
	f(exitUsage, "taken", "user", "add", "root", "--data", data)
	f(exitUsage, "last admin", "user", "remove", "root", "--data", data)
	f(exitUsage, `scope "x"`, "token", "create", "ops", "--scopes", "x", "--data", data)
	f(exitUsage, "--expires", "token", "create", "ops", "--scopes", "admin", "--expires", "soon", "--data", data)
	secret := f(exitClean, "shown this once", "token", "create", "ops", "--scopes", "admin", "--data", data).out
	if !regexp.MustCompile(`^sas_[\w-]{43}\n$`).MatchString(secret) {
		t.Fatalf("a token %q", secret)
	}
	ops := filepath.Join(t.TempDir(), "ops.token")
	if err := os.WriteFile(ops, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}

	db, err := database.Open(t.Context(), database.Config{File: filepath.Join(data, "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f(exitUsage, "another server uses the state database", "user", "list", "--data", data)
	log := slog.New(slog.DiscardHandler)
	hub := &tail.Hub{}
	defer hub.Close()
	accounts := access.New(db, access.Options{Now: time.Now})
	server := httptest.NewServer(api.Handler(api.Options{
		Intake: http.NotFoundHandler(), Log: log, Logs: &api.Logs{Hub: hub, Now: time.Now, Log: log}, Gate: &api.Gate{Accounts: accounts, Now: time.Now, Log: log},
	}))
	defer server.Close()
	g := func(code int, want string, args ...string) result {
		t.Helper()
		return f(code, want, append(args, "--server", server.URL, "--token-file", ops)...)
	}
	r := sasumata(t, "four plain words here\n", "user", "add", "ann", "--password-file", "-", "--server", server.URL, "--token-file", ops)
	if r.code != exitClean || r.out != "added ann, viewer\n" {
		t.Errorf("%+v", r)
	}
	if _, err := accounts.SignIn(t.Context(), access.Login{Name: "ann", Password: "four plain words here"}); err != nil {
		t.Error(err)
	}
	g(exitUsage, "12 characters", "user", "add", "bob", "--password-file", short(t))
	g(exitClean, "ann is analyst now", "user", "role", "ann", "analyst")
	g(exitUsage, `role "king"`, "user", "role", "ann", "king")
	g(exitClean, "changed the password of ann; the password", "user", "passwd", "ann")
	g(exitClean, "disabled ann", "user", "disable", "ann")
	var ann access.User
	for line := range strings.Lines(g(exitClean, "", "user", "list", "-o", "json").out) {
		if err := json.Unmarshal([]byte(line), &ann); err != nil || ann.Name == "ann" {
			break
		}
	}
	if ann.Role != "analyst" || !ann.Disabled {
		t.Errorf("%+v", ann)
	}
	g(exitClean, "enabled ann", "user", "enable", "ann")
	g(exitClean, "ended the sessions of ann", "user", "logout", "ann")
	g(exitClean, "off", "user", "totp-off", "ann")
	addPasskey(t, accounts)
	f(exitClean, "passkeys: 1", "user", "list", "--server", server.URL, "--token-file", ops)
	key := regexp.MustCompile(`([0-9a-f]{16})  my phone  20\S+Z  never`).FindStringSubmatch(g(exitClean, "my phone", "user", "passkeys", "list", "root").out)
	if key == nil {
		t.Fatal("the passkey is not listed")
	}
	g(exitClean, `"name":"my phone"`, "user", "passkeys", "list", "root", "-o", "json")
	g(exitUsage, "there is no such", "user", "passkeys", "list", "nobody")
	g(exitUsage, "there is no such", "user", "passkeys", "remove", "ann", key[1])
	g(exitClean, "removed the passkey "+key[1]+" of root", "user", "passkeys", "remove", "root", key[1])
	g(exitClean, "who signs in at https://login.example.com", "user", "add", "eve", "--issuer", "https://login.example.com", "--role", "analyst")
	g(exitUsage, "want the address of a provider", "user", "add", "mal", "--issuer", "x")
	g(exitUsage, "issuer", "user", "add", "mal", "--issuer", "https://login.example.com", "--password-file", "x")
	g(exitUsage, "signs in at a provider", "user", "passwd", "eve")
	g(exitClean, "at https://login.example.com", "user", "list")
	g(exitUsage, "there is no such user", "user", "passwd", "nobody")
	g(exitClean, "sas_", "token", "create", "grafana", "--scopes", "logs:read,signals:read")
	list := g(exitClean, "logs:read,signals:read", "token", "list").out
	id := regexp.MustCompile(`([0-9a-f]{16})  grafana`).FindStringSubmatch(list)
	if id == nil {
		t.Fatal(list)
	}
	g(exitClean, "revoked", "token", "revoke", id[1])
	g(exitUsage, "there is no such", "token", "revoke", id[1])
	g(exitClean, "removed ann", "user", "remove", "ann")
	if out := g(exitClean, "root", "user", "list").out; strings.Contains(out, "ann") {
		t.Error(out)
	}
}

// addPasskey gives root one, called my phone.
func addPasskey(t *testing.T, accounts *access.Accounts) {
	t.Helper()
	const origin, password = "https://logs.example.com", "four plain words here"
	by := access.Actor{Name: "test"}
	_, err := accounts.EditUser(t.Context(), by, "root", access.Edit{Password: new(password)})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := accounts.SignIn(t.Context(), access.Login{Name: "root", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	who, err := accounts.BySession(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	q, err := accounts.BeginPasskey(t.Context(), passkey.NewParty(origin), who, by, password)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&passkeytest.Device{Origin: origin}).Create(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := accounts.AddPasskey(t.Context(), passkey.NewParty(origin), who, by, q.Ticket, "my phone", answer); err != nil {
		t.Fatal(err)
	}
}

func short(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
