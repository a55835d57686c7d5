package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// slow is the time from which a package is listed with its duration.
const slow = 10 * time.Second

// event is one line of `go test -json`, as `go doc test2json` has it.
type event struct {
	Action      string
	Package     string
	ImportPath  string // build-output and build-fail only
	Test        string
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string
}

// totals counts tests; of a test with subtests only the subtests are counted.
type totals struct{ passed, failed, skipped int }

// id names a test, or a package when the test is empty.
type id struct{ pkg, test string }

// tally collects the events of one run.
type tally struct {
	order   []id // tests in the order in which they ended
	outcome map[id]string
	output  map[id][]string
	parents map[id]bool
	builds  map[string][]string // output of the compiler by import path
	failed  []event             // packages that failed, with FailedBuild
	slowest []event
}

// summarize reads test events to the end and prints the failures, the skips and
// the closing line. Lines that are no event are printed as they are.
func summarize(events io.Reader, out io.Writer) (totals, error) {
	t := &tally{outcome: map[id]string{}, output: map[id][]string{}, parents: map[id]bool{}, builds: map[string][]string{}}
	in := bufio.NewReader(events)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
				t.add(e)
			} else {
				fmt.Fprint(out, line)
			}
		}
		if errors.Is(err, io.EOF) {
			return t.print(out), nil
		}
		if err != nil {
			return t.print(out), err
		}
	}
}

func (t *tally) add(e event) {
	at := id{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		t.builds[e.ImportPath] = append(t.builds[e.ImportPath], e.Output)
	case "output":
		t.output[at] = append(t.output[at], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.endPackage(e)
			return
		}
		if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
			t.parents[id{e.Package, e.Test[:i]}] = true
		}
		t.outcome[at] = e.Action
		t.order = append(t.order, at)
		if e.Action == "pass" {
			delete(t.output, at)
		}
	}
}

func (t *tally) endPackage(e event) {
	if e.Action == "fail" {
		t.failed = append(t.failed, e)
	}
	if e.Elapsed >= slow.Seconds() {
		t.slowest = append(t.slowest, e)
	}
}

func (t *tally) print(out io.Writer) totals {
	var sum totals
	broken := map[string]bool{} // packages and parents whose failure is told by a test below them
	for _, at := range t.order {
		if t.outcome[at] != "fail" {
			continue
		}
		// Subtests end before their parents, so a parent is told already.
		if !broken[at.pkg+"\x00"+at.test] {
			sum.failed++
			fmt.Fprintf(out, "--- FAILED: %s %s\n%s", at.pkg, at.test, indent(t.output[at]))
		}
		broken[at.pkg] = true
		for i := strings.LastIndexByte(at.test, '/'); i >= 0; i = strings.LastIndexByte(at.test[:i], '/') {
			broken[at.pkg+"\x00"+at.test[:i]] = true
		}
	}
	for _, e := range t.failed {
		if broken[e.Package] {
			continue
		}
		sum.failed++
		fmt.Fprintf(out, "--- FAILED: %s (the package)\n%s", e.Package, indent(slices.Concat(t.builds[e.FailedBuild], t.output[id{e.Package, ""}])))
	}
	for _, at := range t.order {
		if t.parents[at] {
			continue
		}
		switch t.outcome[at] {
		case "pass":
			sum.passed++
		case "skip":
			sum.skipped++
			fmt.Fprintf(out, "skipped: %s %s: %s\n", at.pkg, at.test, reason(t.output[at]))
		}
	}
	for _, e := range t.slowest {
		fmt.Fprintf(out, "slow: %s took %s\n", e.Package, time.Duration(e.Elapsed*float64(time.Second)).Round(time.Second/10))
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", sum.passed, sum.failed, sum.skipped)
	return sum
}

// reason finds what a skipped test said, without the framing of the testing
// package and the place in the source.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if place, text, ok := strings.Cut(line, ": "); ok && strings.Contains(place, ".go:") {
			line = text
		}
		said = append(said, line)
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

func indent(output []string) string {
	text := strings.TrimRight(strings.Join(output, ""), "\n")
	if text == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}
