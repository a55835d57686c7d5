package posture_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/posture"
)

// rules compiles rules of a user.
func rules(t *testing.T, o posture.UserOptions, text string) (*posture.UserRules, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.rego"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Policies = append(o.Policies, dir)
	return posture.NewUserRules(o)
}

func TestUserRules(t *testing.T) {
	f := func(o posture.UserOptions, text string, input any, want ...string) {
		t.Helper()
		r, err := rules(t, o, text)
		if err != nil {
			t.Error(err)
			return
		}
		found, err := r.Evaluate(context.Background(), input)
		if err != nil {
			t.Error(err)
			return
		}
		var got []string
		for _, one := range found {
			got = append(got, fmt.Sprintf("%s.%s %s %v %s:%d %s", one.Namespace, one.Rule, one.Message, one.Warning, one.File, one.Line, one.Severity))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
	in := map[string]any{"a": 1}
	f(posture.UserOptions{}, "package main\ndeny contains \"x\" if input.a == 1\nwarn_b contains {\"msg\": \"y\", \"_loc\": {\"file\": \"f\", \"line\": 3}, \"severity\": \"low\"}\nviolation_c contains \"z\" if input.b\ndenied contains 1\n", in,
		"main.deny x false :0 ", "main.warn_b y true f:3 low")
	f(posture.UserOptions{}, "package main\ndeny_x contains \"x\"\ndeny_y contains \"y\"\nexception contains [\"x\"] if input.a\n", in, "main.deny_y y false :0 ")
	f(posture.UserOptions{}, "package main\ndeny contains \"x\"\nexception contains [\"\"]\n", in, nil...)
	f(posture.UserOptions{V0: true}, "package main\ndeny[msg] { input.a; msg := \"v0\" }\n", in, "main.deny v0 false :0 ")
	f(posture.UserOptions{Namespaces: []string{"k*"}}, "package k.s\nimport data.lib\ndeny contains \"x\"\n", in, "k.s.deny x false :0 ")
	f(posture.UserOptions{All: true}, "package other\ndeny contains \"x\"\n", in, "other.deny x false :0 ")
	f(posture.UserOptions{}, "package main\ndeny contains shell.commands(\"a; b\")[1].name\n", in, "main.deny b false :0 ")
}

func TestUserData(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "names: {a: [x]}\n", "b.json": `{"names": {"b": ["y"]}}`, "c.txt": "no data"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := rules(t, posture.UserOptions{Data: []string{dir}}, "package main\ndeny contains n if some n in array.concat(data.names.a, data.names.b)\n")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := r.Evaluate(context.Background(), nil); err != nil || len(found) != 2 {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := rules(t, posture.UserOptions{Data: []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "a.yaml")}}, "package main\ndeny contains 1"); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("data twice: %v", err)
	}
}

// TestUserFaults holds that rules that look at nothing are an error, and so are those
// that reach out.
func TestUserFaults(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := rules(t, posture.UserOptions{}, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	f("package compose.security\ndeny contains \"x\"", "no rule was evaluated: 1 files of rules")
	f("package main\nallow if true", "no rule was evaluated")
	f("package main\ndeny[msg] { msg := \"v0\" }", "a.rego:2")
	f("package main\ndeny contains x if x := http.send({\"url\": \"https://example.com\", \"method\": \"get\"})", "http.send")
	f("package main\ndeny contains x if x := net.lookup_ip_addr(\"example.com\")", "net.lookup_ip_addr")
	f("package main\ndeny contains x if x := opa.runtime()", "opa.runtime")
	if _, err := rules(t, posture.UserOptions{}, "package x"); !errors.Is(err, posture.ErrNoRule) {
		t.Errorf("%v, want ErrNoRule", err)
	}
	for text, want := range map[string]string{
		"package main\ndeny := true\n":                    "want a set of messages",
		"package main\ndeny contains {\"mesg\": \"x\"}\n": "has no msg",
		"package main\ndeny contains 3\n":                 "want a text",
	} {
		r, err := rules(t, posture.UserOptions{}, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Evaluate(context.Background(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestUserLimits holds that rules of users end.
func TestUserLimits(t *testing.T) {
	r, err := rules(t, posture.UserOptions{}, "package main\ndeny contains \"x\" if count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a == b]) == 1\n")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := r.Evaluate(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that the time is over", err)
	}
}

func TestLimitMemory(t *testing.T) {
	ctx, done := posture.LimitMemory(context.Background(), 1<<20)
	defer done()
	var kept [][]byte
	deadline := time.After(10 * time.Second)
	for {
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !strings.Contains(cause.Error(), "memory") || len(kept) == 0 {
				t.Errorf("%v", cause)
			}
			return
		case <-deadline:
			t.Fatal("the context did not end")
		default:
			if len(kept) < 64 {
				kept = append(kept, make([]byte, 1<<20))
			}
		}
	}
}
