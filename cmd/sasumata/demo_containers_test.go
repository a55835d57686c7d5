package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestDemoOfContainersWithoutAnEngine says what is missing.
func TestDemoOfContainersWithoutAnEngine(t *testing.T) {
	nowhere := "unix://" + filepath.Join(t.TempDir(), "none.sock")
	f := func(code int, want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", append([]string{"demo"}, args...)...); r.code != code || !strings.Contains(r.err, want) {
			t.Errorf("%v: exit code %d, want %d: %s", args, r.code, code, r.err)
		}
	}
	f(3, "there is no engine of containers", "--containers", "--engine", nowhere)
	f(3, "--engine, SASUMATA_DOCKER or DOCKER_HOST names one", "--containers", "--engine", nowhere)
	f(2, "containers report", "--containers", "--report", "x.html")
	f(2, "--engine is for --containers", "--engine", nowhere)
	f(2, "for the containers that demo --containers makes", "provoke", "busy")
	t.Setenv("SASUMATA_DOCKER", "")
	t.Setenv("DOCKER_HOST", nowhere)
	f(3, nowhere[len("unix://"):], "--containers")
	t.Setenv("SASUMATA_DOCKER", "unix:///nowhere/else.sock")
	f(3, "/nowhere/else.sock", "--containers")
	f(3, "is no address of an engine", "--containers", "--engine", "ssh://docker1")
}
