package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spike is a series of 300 minutes with one value that stands out at the end.
func spike() string {
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for i := range 300 {
		fmt.Fprintf(&b, "2026-01-05 %02d:%02d:00,%d\n", i/60, i%60, 10+i%5)
	}
	b.WriteString("2026-01-05 05:00:00,500\n")
	return b.String()
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

func TestAnomalyScorePrintsOneScoreARow(t *testing.T) {
	path := file(t, "series.csv", spike())
	fromFile, fromStdin := sasumata(t, "", "anomaly", "score", path), sasumata(t, spike(), "anomaly", "score", "-")
	if d := cmp.Diff(fromFile.out, fromStdin.out); d != "" || fromFile.code != exitClean {
		t.Errorf("exit code %d, %s; -file +stdin:\n%s", fromFile.code, fromFile.err, d)
	}
	scores := lines(fromFile.out)
	if len(scores) != 301 || scores[0] != "0" || !strings.HasPrefix(scores[300], "0.99") {
		t.Errorf("%d scores, the first %s, the last %s, want 301, 0 and 0.99", len(scores), scores[0], scores[len(scores)-1])
	}
}

func TestAnomalyScoreSaysWhy(t *testing.T) {
	r := sasumata(t, spike()+"2026-01-05 05:01:00,\n", "anomaly", "score", "-o", "jsonl", "--slots", "1", "-")
	got := lines(r.out)
	for i, want := range map[int]string{
		0:   `{"score":0,"timestamp":"2026-01-05T00:00:00Z","value":10}`,
		300: `"the value, 500, is above the range so far, 10 to 14, by 486"`,
		301: `{"score":0,"timestamp":"2026-01-05T05:01:00Z","value":null}`,
	} {
		if len(got) != 302 || !strings.Contains(got[i], want) {
			t.Errorf("line %d of %d: %s, want %s; %s", i, len(got), got[min(i, len(got)-1)], want, r.err)
		}
	}
}

func TestAnomalyForestPrintsOneScoreARow(t *testing.T) {
	var table strings.Builder
	table.WriteString("requests,paths\n")
	for i := range 500 {
		fmt.Fprintf(&table, "%d,%d\n", 100+i%17, 5+i%7)
	}
	table.WriteString("9000,5\n")
	one := sasumata(t, table.String(), "anomaly", "iforest", "--seed", "3")
	if d := cmp.Diff(one.out, sasumata(t, table.String(), "anomaly", "iforest", "--seed", "3").out); d != "" || len(lines(one.out)) != 501 {
		t.Errorf("%d scores, %s; the same seed again:\n%s", len(lines(one.out)), one.err, d)
	}
	if one.out == sasumata(t, table.String(), "anomaly", "iforest", "--seed", "4").out {
		t.Error("another seed gives the same scores")
	}
	why := lines(sasumata(t, table.String(), "anomaly", "iforest", "-o", "jsonl").out)[500]
	if want := `"reasons":["\"requests\" is 9000, usual is 100 to 116"`; !strings.Contains(why, want) {
		t.Errorf("%s, want %s", why, want)
	}
	if r := sasumata(t, "a,b\n", "anomaly", "iforest"); r.code != exitClean || r.out != "" {
		t.Errorf("a table without rows: %+v, want no output", r)
	}
}

func TestAnomalyRefuses(t *testing.T) {
	f := func(stdin, want string, args ...string) {
		t.Helper()
		r := sasumata(t, stdin, append([]string{"anomaly"}, args...)...)
		if r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%v: exit code %d, %q, want %d, %q", args, r.code, r.err, exitUsage, want)
		}
	}
	f("timestamp,value\n1,1\n2,x\n", `read -: line 3: "x" is no number`, "score", "-")
	f("", "no such file", "score", "none.csv")
	f("", "accepts 1 arg", "score")
	f("", "want text or jsonl", "score", "-o", "xml", "-")
	f("", "slots", "score", "--slots", "-5", "-")
	f("a,b\n1\n", "read the table: line 2", "iforest")
	f("", "header is missing", "iforest")
	f("a\n1\n", "-3 trees", "iforest", "--trees", "-3")
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAnomalyReportsThatItCannotWrite(t *testing.T) {
	code := run(t.Context(), []string{"anomaly", "score", "-"}, strings.NewReader("1,1\n"), full{}, full{})
	if code != exitFailure {
		t.Errorf("exit code %d, want %d", code, exitFailure)
	}
}
