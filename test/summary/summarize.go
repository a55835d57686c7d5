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

// leftOut is what a test says that -short leaves out: it was not asked for, so it does not
// count as one that could not run.
const leftOut = "slow"

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

// totals counts tests; of a test with subtests only the subtests are counted. Again has
// the failed tests that may be tried once more, with how many failures are theirs; none when
// there are failures that may not.
type totals struct {
	passed, failed, skipped int
	again                   []attempt
}

// attempt is a test to be tried once more.
type attempt struct {
	id
	failed int
}

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
	var failed []string
	left, firm := 0, false
	broken := map[string]bool{} // packages and parents whose failure is told by a test below them
	for _, at := range t.order {
		if t.outcome[at] != "fail" {
			continue
		}
		// Subtests end before their parents, so a parent is told already.
		if !broken[at.pkg+"\x00"+at.test] {
			failed = append(failed, at.pkg+" "+at.test+": "+cut(reason(t.output[at])))
			again, ok := t.mayAgain(at)
			firm = firm || !ok
			if i := slices.IndexFunc(sum.again, func(a attempt) bool { return a.id == again }); i >= 0 {
				sum.again[i].failed++
			} else {
				sum.again = append(sum.again, attempt{again, 1})
			}
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
		firm = true
		failed = append(failed, e.Package+" (the package)")
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
			why := reason(t.output[at])
			if why == leftOut {
				left++
				continue
			}
			sum.skipped++
			fmt.Fprintf(out, "skipped: %s %s: %s\n", at.pkg, at.test, why)
		}
	}
	if left > 0 {
		fmt.Fprintf(out, "%d slow tests were left to make race\n", left)
	}
	for _, e := range t.slowest {
		fmt.Fprintf(out, "slow: %s took %s\n", e.Package, time.Duration(e.Elapsed*float64(time.Second)).Round(time.Second/10))
	}
	// Named again, since a reader of a long log starts at its end.
	for _, name := range failed {
		fmt.Fprintf(out, "failed: %s\n", name)
	}
	if sum.failed = len(failed); firm {
		sum.again = nil
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", sum.passed, sum.failed, sum.skipped)
	return sum
}

// mayAgain returns the test to run for another try of one that failed. What the race
// detector found, or ended the whole package, is no matter of luck.
func (t *tally) mayAgain(at id) (id, bool) {
	top, _, _ := strings.Cut(at.test, "/")
	for one, output := range t.output {
		if one.pkg != at.pkg {
			continue
		}
		for _, line := range output {
			if strings.Contains(line, "DATA RACE") || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
				return id{}, false
			}
		}
	}
	return id{at.pkg, top}, true
}

// reason finds what a test said, without the framing of the testing
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

// cut keeps the beginning, which is what a test says first.
func cut(text string) string {
	const most = 400
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

func indent(output []string) string {
	text := strings.TrimRight(strings.Join(output, ""), "\n")
	if text == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}
