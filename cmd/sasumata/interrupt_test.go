package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// interrupted runs a command line whose context ends when the output has the text,
// and returns what it did. Whatever it waits for is not coming.
func interrupted(t *testing.T, when string, stdin io.Reader, args ...string) result {
	t.Helper()
	t.Setenv("LC_ALL", "C")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errs := watched{written: make(chan struct{}, 1)}, watched{}
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, stdin, &out, &errs) }()
	patience := time.After(time.Minute)
	for !strings.Contains(out.String(), when) {
		select {
		case <-out.written:
		case code := <-done:
			return result{code, out.String(), errs.String()}
		case <-patience:
			t.Fatalf("%q never came:\n%s\n%s", when, out.String(), errs.String())
		}
	}
	cancel()
	select {
	case code := <-done:
		return result{code, out.String(), errs.String()}
	case <-patience:
		t.Fatalf("%v: the run goes on", args)
		return result{}
	}
}

// silence is an input that says the text and nothing more, without an end.
func silence(t *testing.T, text string) io.Reader {
	t.Helper()
	r, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	go func() { _, _ = io.WriteString(w, text) }()
	return r
}

// endless is an input that never stops talking.
type endless struct{ text string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.text), nil }

func TestCtrlCEndsStandardInput(t *testing.T) {
	f := func(when string, code int, want string, stdin io.Reader, args ...string) {
		t.Helper()
		r := interrupted(t, when, stdin, append(args, "--now", now, "-")...)
		if r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%v: exit code %d, want %d\n%s\n%s", args, r.code, code, r.out, r.err)
		}
	}
	f("203.0.113.9", exitFindings, "── Summary", silence(t, authLog()), "analyze", "--top")
	f("203.0.113.9", exitFindings, "── Summary", endless{authLog()}, "analyze", "--top")
	f("203.0.113.9", exitFailure, "canceled", silence(t, authLog()), "analyze")
	f("", exitFailure, "canceled", silence(t, authLog()), "parse")
}

// largeLog writes a packed log that takes longer to read than anybody waits here.
func largeLog(t *testing.T) string {
	t.Helper()
	const mebibyte = 1 << 20
	part := packed(t, strings.Repeat(authLog(), mebibyte/len(authLog())))
	return file(t, "large.log.gz", strings.Repeat(part, 8192))
}

func TestCtrlCEndsEarlierFiles(t *testing.T) {
	large, last := largeLog(t), file(t, "auth.log", "")
	r := interrupted(t, "203.0.113.9", nil, "analyze", "--top", "--now", now, large, last)
	if r.code != exitFindings || !strings.Contains(r.out, "── Summary") {
		t.Errorf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
	for _, want := range []string{large + " was not read to its end", "not read at all: " + last} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is missing in %s", want, r.err)
		}
	}
	if r := interrupted(t, "", nil, "analyze", "--top", "--now", now, "--baseline", large, last); r.code != exitFailure || !strings.Contains(r.err, "read the baseline") {
		t.Errorf("in the baseline: exit code %d, %s", r.code, r.err)
	}
}
