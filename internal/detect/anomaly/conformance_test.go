package anomaly

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/test/conformance"
)

func readJSON(t *testing.T, into any, path ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// mark is one score outside of probation and what it is worth.
type mark struct {
	score, worth float64
	window       int // or -1
}

// judge scores a series and appends its marks. Windows are pairs of the first and
// last time. The worth follows Lavin and Ahmad (2015), standard profile.
func judge(t *testing.T, marks []mark, file string, windows [][2]string, firstWindow int) []mark {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := newDetector(t, Config{})
	var times []string
	var scores []float64
	if err := ReadSeries(f, func(at time.Time, v float64) error {
		times = append(times, at.Format(time.DateTime))
		scores = append(scores, d.Observe(at, v))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sigmoid := func(x float64) float64 { return 2/(1+math.Exp(5*x)) - 1 }
	inside, behind, width := -1, -1, 0
	for i, score := range scores {
		if len(windows) > 0 && times[i] == windows[0][0][:19] {
			inside, width = i, slices.Index(times, windows[0][1][:19])-i+1
		}
		m := mark{score: score, worth: -0.11, window: -1}
		switch {
		case inside >= 0:
			m.window = firstWindow
			m.worth = sigmoid(-float64(inside+width-i)/float64(width)) / sigmoid(-1)
			if i == inside+width-1 {
				inside, behind, windows, firstWindow = -1, i, windows[1:], firstWindow+1
			}
		case behind >= 0:
			m.worth = 0.11 * max(-1, sigmoid(float64(i-behind)/float64(width-1)))
		}
		if i >= min(len(scores)*15/100, 750) {
			marks = append(marks, m)
		}
	}
	return marks
}

// total returns the score of all marks from a threshold on, from 0 (no alarms) to
// 100 (each window at its first moment, nothing else).
func total(marks []mark, threshold float64) float64 {
	sum, best := 0.0, map[int]float64{}
	for _, m := range marks {
		if m.window >= 0 {
			best[m.window] += 0 // a window that is missed costs 1
		}
		switch {
		case m.score < threshold:
		case m.window < 0:
			sum += m.worth
		default:
			best[m.window] = max(best[m.window], 1+m.worth)
		}
	}
	for _, worth := range best {
		sum += worth
	}
	return 100 * sum / float64(2*len(best))
}

func TestSeriesWithKnownIncidents(t *testing.T) {
	dir := conformance.Dir(t, "nab")
	var windows map[string][][2]string
	readJSON(t, &windows, dir, "labels", "combined_windows.json")
	var marks []mark
	n := 0
	for file, pairs := range windows {
		marks = judge(t, marks, filepath.Join(dir, "data", filepath.FromSlash(file)), pairs, n)
		n += len(pairs)
	}
	best, at := 0.0, 0.0
	for threshold := 0.2; threshold < 0.8; threshold += 0.01 {
		if s := total(marks, threshold); s > best {
			best, at = s, threshold
		}
	}
	fixed := total(marks, Threshold)
	t.Logf("score %.2f at threshold %.2f, %.2f at %v", best, at, fixed, Threshold)
	if best < 65.1 || fixed < 60 {
		t.Errorf("score %.2f at the best threshold, %.2f at %v, want 65.1 and 60", best, fixed, Threshold)
	}
}

// auc returns the area under the ROC curve: the probability that a labelled row
// scores above another.
func auc(scores []float64, labels []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	ranks, positives := 0.0, 0.0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && scores[order[j]] == scores[order[i]] {
			j++
		}
		for _, row := range order[i:j] {
			if labels[row] {
				ranks += float64(i+j+1) / 2
				positives++
			}
		}
		i = j
	}
	return (ranks - positives*(positives+1)/2) / (positives * (float64(len(order)) - positives))
}

func TestTablesWithKnownOutliers(t *testing.T) {
	dir := conformance.Dir(t, "adbench")
	var reference map[string]struct {
		AUC float64 `json:"sklearn_auc"`
		SD  float64 `json:"sklearn_auc_sd"`
	}
	readJSON(t, &reference, dir, "reference.json")
	for name, want := range reference {
		table, labels := labelled(t, filepath.Join(dir, name+".csv.gz"))
		seeds := uint64(5)
		if table.Rows() > 100_000 {
			seeds = 2
		}
		mean := 0.0
		for seed := range seeds {
			scores, err := train(t, table, ForestConfig{Seed: seed}).ScoreTable(table)
			if err != nil {
				t.Fatal(err)
			}
			mean += auc(scores, labels) / float64(seeds)
		}
		if least := want.AUC - max(0.01, 2*want.SD); mean < least {
			t.Errorf("%s: area under the curve %.4f, want %.4f", name, mean, least)
		}
	}
}

// labelled reads a table whose last column tells the outliers.
func labelled(t *testing.T, file string) (*Table, []bool) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadTable(z)
	if err != nil {
		t.Fatal(err)
	}
	n := len(all.Columns) - 1
	if !strings.Contains(all.Columns[n], "label") {
		t.Fatalf("%s: the last column is %s", file, all.Columns[n])
	}
	table, labels := &Table{Columns: all.Columns[:n]}, make([]bool, all.Rows())
	for i := range all.Rows() {
		table.Cells = append(table.Cells, all.Row(i)[:n]...)
		labels[i] = all.Row(i)[n] == 1
	}
	return table, labels
}
