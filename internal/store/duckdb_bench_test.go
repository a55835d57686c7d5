//go:build unix

package store

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// spent is the processor time of this process.
func spent(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDuckDB asks both in turn, b.N times, and reports the medians: of a store that
// is open, as that of the server is, and of one that is opened for each question ("anew"),
// as by the command.
// SASUMATA_BENCH_EVENTS, in the environment, says how many events there are.
func BenchmarkDuckDB(b *testing.B) {
	events := 1_000_000
	if text := os.Getenv("SASUMATA_BENCH_EVENTS"); text != "" {
		var err error
		if events, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	dir := filepath.Join(b.TempDir(), "logs")
	siteStore(b, dir, events)
	s := reopened(b, dir)
	var size, rows int64
	for _, p := range s.Parts() {
		size, rows = size+p.Bytes, rows+p.Rows
	}
	d := openDuckDB(b, dir)
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(rows), "events")
		b.ReportMetric(float64(len(s.Parts())), "parts")
		b.ReportMetric(float64(size)/float64(rows), "B/event")
	})
	for _, q := range questions(events) {
		b.Run(q.name, func(b *testing.B) {
			var ours, ourCPU, anew, anewCPU, theirs, theirCPU []float64
			for b.Loop() {
				cpu, began := spent(b), time.Now()
				q.rows(b, s)
				ours = append(ours, float64(time.Since(began).Microseconds())/1000)
				ourCPU = append(ourCPU, float64((spent(b)-cpu).Microseconds())/1000)
				cpu, began = spent(b), time.Now()
				q.rows(b, reopened(b, dir))
				anew = append(anew, float64(time.Since(began).Microseconds())/1000)
				anewCPU = append(anewCPU, float64((spent(b)-cpu).Microseconds())/1000)
				a := d.ask(b, q.text())
				theirs, theirCPU = append(theirs, a.MS), append(theirCPU, a.CPU)
			}
			median := func(of []float64) float64 { slices.Sort(of); return of[len(of)/2] }
			b.ReportMetric(0, "ns/op") // of both together: nothing to know
			b.ReportMetric(median(ours), "ours-ms")
			b.ReportMetric(median(ourCPU), "ours-cpu-ms")
			b.ReportMetric(median(anew), "anew-ms")
			b.ReportMetric(median(anewCPU), "anew-cpu-ms")
			b.ReportMetric(median(theirs), "duckdb-ms")
			b.ReportMetric(median(theirCPU), "duckdb-cpu-ms")
			b.ReportMetric(median(ours)/median(theirs), "ratio")
		})
	}
}
