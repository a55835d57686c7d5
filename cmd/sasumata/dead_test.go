package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/dead"
)

// TestDeadInAFolder lists, shows and drops letters of a server that does not run.
func TestDeadInAFolder(t *testing.T) {
	data := t.TempDir()
	if got := sasumata(t, "", "dead", "list", "--data", data); got.out != "there are no dead letters\n" {
		t.Errorf("%+v", got)
	}
	box, err := dead.Open(filepath.Join(data, "dead-letters"), 0)
	if err != nil {
		t.Fatal(err)
	}
	l := &dead.Letter{Head: dead.Head{Stage: dead.Store, Error: "\x1b[31mwhy", Tries: 2}, Records: []dead.Record{{Text: "one", Source: "nginx"}, {Text: "two"}}}
	if err := box.Add(l); err != nil {
		t.Fatal(err)
	}
	got := sasumata(t, "", "dead", "list", "--data", data)
	if !strings.Contains(got.out, l.ID+"  0001-01-01T00:00:00Z  store  2      2      nginx   ") || strings.Contains(got.out, "\x1b[31m") {
		t.Errorf("%+v", got)
	}
	var shown dead.Letter
	if got = sasumata(t, "", "dead", "show", "--data", data, l.ID); json.Unmarshal([]byte(got.out), &shown) != nil || shown.Records[1].Text != "two" {
		t.Errorf("%+v", got)
	}
	f := func(want string, args ...string) {
		t.Helper()
		if got := sasumata(t, "", append([]string{"dead"}, args...)...); got.code == exitClean || !strings.Contains(got.err, want) {
			t.Errorf("%q: %+v, want %q", args, got, want)
		}
	}
	f("is no id of a dead letter", "drop", "--data", data, "../x")
	f("there is no such dead letter", "drop", "--data", data, "abc")
	f("want the ids of dead letters, or --all", "drop", "--data", data)
	f("want the token of an operator", "replay", "--all")
	f("open the data folder", "list", "--data", filepath.Join(data, "nothing"))
	if got := sasumata(t, "", "dead", "drop", "--data", data, "--all"); got.out != "1 letters were dropped\n" {
		t.Errorf("%+v", got)
	}
	if got := sasumata(t, "", "dead", "list", "--data", data, "-o", "json"); got.out != "" {
		t.Errorf("%+v", got)
	}
}
