package anomaly

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// row is a row of a series.
type row struct {
	T time.Time
	V float64
}

func readSeries(text string) ([]row, error) {
	var rows []row
	err := ReadSeries(strings.NewReader(text), func(t time.Time, v float64) error {
		rows = append(rows, row{t, v})
		return nil
	})
	return rows, err
}

func TestReadSeries(t *testing.T) {
	one := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	f := func(text string, want ...row) {
		t.Helper()
		got, err := readSeries(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%q: -want +got:\n%s", text, d)
		}
	}
	f("")
	f("timestamp,value\n")
	f("timestamp,value\n2026-01-31 12:00:00,1.5\n", row{one, 1.5})
	f("2026-01-31 12:00:00,1.5", row{one, 1.5})
	f("\ufefftimestamp,value\r\n\r\n2026-01-31T12:00:00Z,1e3\r\n", row{one, 1000})
	f("value,host,Time\n7,web,2026-01-31T21:00:00+09:00\n", row{one.In(time.FixedZone("", 9*3600)), 7})
	f("a,b\n1769860800,1\n", row{one, 1})
	f("1769860800.25,1\n", row{one.Add(time.Second / 4), 1})
	f(`"2026-01-31 12:00:00.5" , "2"`, row{one.Add(time.Second / 2), 2})
	f("2026-01-31,\n2026-01-31,NaN\n2026-01-31,-Inf\n2026-01-31,1e999\n",
		row{one.Add(-12 * time.Hour), math.NaN()}, row{one.Add(-12 * time.Hour), math.NaN()},
		row{one.Add(-12 * time.Hour), math.Inf(-1)}, row{one.Add(-12 * time.Hour), math.Inf(1)})
}

func TestReadSeriesRefuses(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := readSeries(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	f("timestamp,value\n2026-01-31,1\nyesterday,2\n", `line 3: "yesterday" is no time`)
	f("timestamp,value\n2026-01-31,many\n", `line 2: "many" is no number`)
	f("timestamp,value\n\n2026-01-31\n", "line 3: 1 columns")
	f("1e300,1\n2,3\n1e300,1\n", `line 3: "1e300" is no time`)
	f("timestamp,value\n"+strings.Repeat("9", maxLine+1), "line 2: longer than")
	f("timestamp,value\n"+strings.Repeat(",", maxColumns), "line 2: more than 4096 columns")
	f("timestamp,value\n\"2026-01-31,1\n", "line 2: a quote is not closed")
	f("timestamp,value\n\"2026-01-31\"x,1\n", `line 2: "x" follows a closing quote`)
	f("timestamp,value\n2026-01-31,"+strings.Repeat("é", 1000), `é"... is no number`)
}

func TestReadSeriesStopsAtTheFirstError(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := ReadSeries(strings.NewReader("1,1\n2,2\n3,3\n"), func(time.Time, float64) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%d rows, error %v, want one row and the error of observe", n, err)
	}
	broken := io.MultiReader(strings.NewReader("1,1\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := ReadSeries(broken, func(time.Time, float64) error { return nil }); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a broken reader: %v, want its error with the line", err)
	}
}

func TestReadTable(t *testing.T) {
	table, err := ReadTable(strings.NewReader("requests,\"error, ratio\"\n1,2\n\n3,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Table{Columns: []string{"requests", "error, ratio"}, Cells: []float64{1, 2, 3, math.NaN()}}
	if d := cmp.Diff(want, table, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if table.Rows() != 2 || table.Row(1)[0] != 3 {
		t.Errorf("%d rows, the second begins with %v, want 2 and 3", table.Rows(), table.Row(1)[0])
	}
}

func TestReadTableRefuses(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := ReadTable(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	f("", "line 1: the header is missing")
	f("\n \n", "the header is missing")
	f("a,b\n1,2\n1\n", "line 3: 1 fields, the header has 2")
	f("a,b\n1,x\n", `line 2: column "b": "x" is no number`)
	f(strings.Repeat("a,", maxColumns), "line 1: more than 4096 columns")
	f(strings.Repeat("a", maxLine+1), "line 1: longer than")
}

func FuzzReadSeries(f *testing.F) {
	f.Add("timestamp,value\n2026-01-31 12:00:00,1.5\n")
	f.Add("\"1\"\"\",\"2\"\n1769860800.25,-inf\n")
	f.Fuzz(func(t *testing.T, text string) {
		d := newDetector(t, Config{Warmup: 2})
		_ = ReadSeries(strings.NewReader(text), func(at time.Time, v float64) error {
			if s := d.Observe(at, v); !(s >= 0 && s < 1) {
				t.Fatalf("%v at %v scores %v", v, at, s)
			}
			return nil
		})
	})
}

func FuzzReadTable(f *testing.F) {
	f.Add("a,b\n1,2\n3,\n-inf,nan\n")
	f.Add("\"a\"\"\"\n1e999\n0x1p-2\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadTable(strings.NewReader(text))
		if err != nil || table.Rows() == 0 {
			return
		}
		forest, err := TrainForest(table, ForestConfig{Trees: 3, Sample: 8})
		if err != nil {
			t.Fatal(err)
		}
		for i := range table.Rows() {
			if s := forest.Score(table.Row(i)); !(s > 0 && s <= 1) {
				t.Fatalf("row %v scores %v", table.Row(i), s)
			}
			for _, c := range forest.Explain(nil, table.Row(i)) {
				if math.IsNaN(c.Share) || c.String() == "" {
					t.Fatalf("row %v: contribution %+v", table.Row(i), c)
				}
			}
		}
	})
}
