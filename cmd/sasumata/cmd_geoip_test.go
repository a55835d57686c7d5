package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGeoIP(t *testing.T) {
	table := filepath.Join(t.TempDir(), "geo.json")
	if err := os.WriteFile(table, []byte(`{"192.0.2.1": {"iso": "AU"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := newGeoIP(streams{in: strings.NewReader("192.0.2.1\r\n192.0.2.2\n\nx\n"), out: &out, err: &out})
	cmd.SetArgs([]string{"--geo-static", table})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	const want = `{"country":{"iso_code":"AU"},"ipAddress":"192.0.2.1"}` + "\n{}\n{}\n" + `{"invalidAddress":"x"}` + "\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestGeoIPRefusesBadDatabases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.mmdb")
	if err := os.WriteFile(path, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--db", path}, {"--db", path + ".none"}, {"--geo-static", path}} {
		cmd := newGeoIP(streams{in: strings.NewReader("192.0.2.1\n"), out: &strings.Builder{}, err: &strings.Builder{}})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(args)
		exit, ok := errors.AsType[*exitError](cmd.Execute())
		if !ok || exit.code != exitUsage || !strings.Contains(exit.Error(), "bad.mmdb") {
			t.Errorf("%v: got %v, want exit code %d", args, exit, exitUsage)
		}
	}
}
