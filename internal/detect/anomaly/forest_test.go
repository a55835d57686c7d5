package anomaly

import (
	"bytes"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// traffic returns what ordinary clients do, and one row more that is given.
func traffic(rows int, strange ...float64) *Table {
	random := rand.New(rand.NewPCG(1, 2))
	t := &Table{Columns: []string{"requests", "error_ratio", "paths"}}
	for range rows {
		t.Cells = append(t.Cells, 100+10*random.NormFloat64(), 0.05*random.Float64(), float64(5+random.IntN(10)))
	}
	t.Cells = append(t.Cells, strange...)
	return t
}

func train(t testing.TB, table *Table, cfg ForestConfig) *Forest {
	t.Helper()
	f, err := TrainForest(table, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func encode(t testing.TB, f *Forest) []byte {
	t.Helper()
	b, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestForestRanksTheStrangeRowAmongTheFirstOfTwentyAndSaysWhy(t *testing.T) {
	f := func(column string, row ...float64) {
		t.Helper()
		table := traffic(2000, row...)
		forest := train(t, table, ForestConfig{Seed: 7})
		scores, err := forest.ScoreTable(table)
		if err != nil {
			t.Fatal(err)
		}
		above := 0
		for _, s := range scores {
			if s > scores[2000] {
				above++
			}
		}
		if why := forest.Explain(nil, row); above > 100 || why[0].Column != column {
			t.Errorf("%v: %d of 2,000 rows are stranger, this one scores %v because %v, want %s", row, above, scores[2000], why, column)
		}
	}
	f("requests", 5000, 0.02, 10)
	f("error_ratio", 100, 0.9, 10)
	f("paths", 100, 0.02, 700)
}

func TestWhatLiesBeyondTheTrainingRowsIsStrange(t *testing.T) {
	table := traffic(2000)
	forest := train(t, table, ForestConfig{})
	scores, err := forest.ScoreTable(table)
	if err != nil {
		t.Fatal(err)
	}
	strangest := 0.0
	for _, s := range scores {
		strangest = max(strangest, s)
	}
	if s := forest.Score([]float64{5000, 0.9, 700}); s <= strangest {
		t.Errorf("far beyond in all features scores %v, a training row %v", s, strangest)
	}
	last := 0.0
	for _, paths := range []float64{100, 1e3, 1e4, 1e5, 1e6} {
		s := forest.Score([]float64{30, 0.02, paths})
		if s <= last {
			t.Errorf("%v paths score %v, no more than fewer do", paths, s)
		}
		last = s
	}
}

func TestContributionsAddUpToTheScore(t *testing.T) {
	table := traffic(1000, 300, 0.5, 50)
	forest := train(t, table, ForestConfig{})
	root := 0.0
	for _, tree := range forest.trees {
		root += tree[0].path / float64(len(forest.trees))
	}
	for i := range table.Rows() {
		sum := 0.0
		for _, c := range forest.Explain(nil, table.Row(i)) {
			sum += c.Share
		}
		want := math.Log2(forest.Score(table.Row(i))) + root/forest.norm
		if d := cmp.Diff(want, sum, cmpopts.EquateApprox(0, 1e-9)); d != "" {
			t.Fatalf("row %d: -score +contributions:\n%s", i, d)
		}
	}
}

func TestContributionIsASentence(t *testing.T) {
	f := func(c Contribution, want string) {
		t.Helper()
		if d := cmp.Diff(want, c.String()); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	f(Contribution{Column: "paths", Got: 700, Low: 5, High: 14}, `"paths" is 700, usual is 5 to 14`)
	f(Contribution{Column: "paths", Got: math.NaN(), Low: 5, High: 14}, `"paths" is missing`)
	f(Contribution{Column: "paths", Got: 700, Low: math.NaN(), High: math.NaN()}, `"paths" is 700, usually it is missing`)
}

func TestTheSameSeedGivesTheSameForest(t *testing.T) {
	table := traffic(3000)
	want := encode(t, train(t, table, ForestConfig{Seed: 3}))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !bytes.Equal(want, encode(t, train(t, table, ForestConfig{Seed: 3}))) {
		t.Error("another number of processors gives another forest")
	}
	if bytes.Equal(want, encode(t, train(t, table, ForestConfig{Seed: 4}))) {
		t.Error("another seed gives the same forest")
	}
}

func TestExpectedPath(t *testing.T) {
	f := func(n int, want float64) {
		t.Helper()
		if d := cmp.Diff(want, expectedPath(n), cmpopts.EquateApprox(0, 0.0001)); d != "" {
			t.Errorf("%d rows: -want +got:\n%s", n, d)
		}
	}
	f(0, 0)
	f(1, 0)
	f(2, 1)
	f(256, 10.2448)
}

func TestRowsThatAreAllAlikeScoreAlike(t *testing.T) {
	table := &Table{Columns: []string{"a", "b"}, Cells: make([]float64, 2*500)}
	forest := train(t, table, ForestConfig{})
	if a, b := forest.Score([]float64{0, 0}), forest.Score([]float64{9, 9}); a != b || math.Abs(a-0.5) > 1e-9 {
		t.Errorf("scores %v and %v, want 0.5: nothing was learned to tell rows apart", a, b)
	}
}

func TestMissingAndInfiniteValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	table := traffic(1000, nan, nan, nan, inf, 0, -inf, math.MaxFloat64, 1, 1)
	for i := range 1000 {
		if i%3 == 0 {
			table.Row(i)[1] = nan
		}
	}
	forest := train(t, table, ForestConfig{})
	for i := range table.Rows() {
		if s := forest.Score(table.Row(i)); !(s > 0 && s < 1) {
			t.Errorf("row %v scores %v", table.Row(i), s)
		}
	}
	usual, strange := forest.Score([]float64{nan, nan, nan}), forest.Score([]float64{inf, 0, -inf})
	if usual >= 0.55 || strange < 0.6 {
		t.Errorf("nothing known scores %v, infinite scores %v, want usual and strange", usual, strange)
	}
	empty := train(t, &Table{Columns: []string{"a"}, Cells: []float64{nan, nan}}, ForestConfig{})
	if s := empty.Score([]float64{1}); math.Abs(s-0.5) > 1e-9 {
		t.Errorf("trained on nothing: %v, want 0.5", s)
	}
}

func TestTreesAreBounded(t *testing.T) {
	for _, rows := range []int{1, 2, 3, 255, 256, 257, 5000} {
		forest := train(t, traffic(rows-1, 1, 1, 1), ForestConfig{Sample: 256, Trees: 20})
		for _, tree := range forest.trees {
			if len(tree) > 2*min(rows, 256) {
				t.Errorf("%d rows: a tree of %d nodes", rows, len(tree))
			}
		}
	}
}

func TestTrainingAndScoringRefuse(t *testing.T) {
	f := func(table *Table, cfg ForestConfig, want string) {
		t.Helper()
		if _, err := TrainForest(table, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", cfg, err, want)
		}
	}
	f(traffic(10), ForestConfig{Trees: -1}, "-1 trees")
	f(traffic(10), ForestConfig{Trees: 1e9}, "1000000000 trees")
	f(traffic(10), ForestConfig{Sample: 1}, "1 rows a tree")
	f(&Table{Columns: []string{"a"}}, ForestConfig{}, "no rows")
	f(&Table{}, ForestConfig{}, "no rows")

	forest := train(t, traffic(10), ForestConfig{})
	if _, err := forest.ScoreTable(&Table{Columns: []string{"a"}}); err == nil {
		t.Error("a table of one column was scored by a forest of three")
	}
	if _, err := forest.ScoreTable(&Table{Columns: []string{"requests", "paths", "error_ratio"}}); err == nil {
		t.Error("a table with columns in another order was scored")
	}
}

func TestReservoirIsAUniformSample(t *testing.T) {
	const size, shown = 1000, 20_000
	r, err := NewReservoir([]string{"n"}, size, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range shown {
		if !r.Add([]float64{float64(i)}) {
			t.Fatal("a row was refused")
		}
	}
	sum := 0.0
	for _, x := range r.Table().Cells {
		sum += x
	}
	// The mean of 1,000 uniform numbers is within 5 standard deviations, 183 each.
	if mean := sum / size; r.Table().Rows() != size || r.Seen() != shown || math.Abs(mean-shown/2) > 5*183 {
		t.Errorf("%d rows of %d with mean %v", r.Table().Rows(), r.Seen(), mean)
	}
	if r.Add([]float64{1, 2}) || r.Seen() != shown {
		t.Error("a row of two values was taken into one column")
	}
	for _, size := range []int{0, -1, MaxCells + 1} {
		if _, err := NewReservoir([]string{"n"}, size, 1); err == nil {
			t.Errorf("a reservoir of %d rows was made", size)
		}
	}
}

// TestAForgetfulReservoirFollowsTheStream shows a stream whose values rise by one a
// row, and forgets after each hundred.
func TestAForgetfulReservoirFollowsTheStream(t *testing.T) {
	const size, shown = 200, 20_000
	r, err := NewReservoir([]string{"n"}, size, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range shown {
		if i%100 == 0 {
			r.Forget(700)
		}
		r.Add([]float64{float64(i)})
	}
	old := 0
	for _, x := range r.Table().Cells {
		if x < shown-700 {
			old++
		}
	}
	// A share of 1/e is older than seven calls: 74 of 200, give or take 4 x 6.8.
	if old < 46 || old > 101 {
		t.Errorf("%d of %d rows are older than 700 rows, want about %d", old, size, 74)
	}
}

func TestScoringAllocatesNothing(t *testing.T) {
	table := traffic(1000)
	forest := train(t, table, ForestConfig{})
	parts, row := make([]Contribution, 0, 3), table.Row(5)
	r, err := NewReservoir(table.Columns, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		r.Add(table.Row(i))
	}
	if n := testing.AllocsPerRun(1000, func() {
		forest.Score(row)
		parts = forest.Explain(parts[:0], row)
		r.Add(row)
	}); n != 0 {
		t.Errorf("%v allocations a row, want 0", n)
	}
}

func BenchmarkForestScore(b *testing.B) {
	table := traffic(10_000)
	forest, i := train(b, table, ForestConfig{}), 0
	b.ReportAllocs()
	for b.Loop() {
		forest.Score(table.Row(i % 10_000))
		i++
	}
}

func BenchmarkTrainForest(b *testing.B) {
	table := traffic(100_000)
	for b.Loop() {
		train(b, table, ForestConfig{})
	}
}
