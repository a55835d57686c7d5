//go:build unix

package store

import (
	"path/filepath"
	"runtime"
	"testing"
)

// BenchmarkAppend adds events and commits them. Its cpu-ns/event is the time of the
// processor without that of making them up.
func BenchmarkAppend(b *testing.B) {
	s, err := Create(filepath.Join(b.TempDir(), "logs"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	w := s.Writer(WriterOptions{})
	r := newRequests()
	b.ReportAllocs()
	rows, began := 0, spent(b)
	for b.Loop() {
		if err := w.Append(r.next()); err != nil {
			b.Fatal(err)
		}
		rows++
	}
	if err := w.Commit(nil); err != nil {
		b.Fatal(err)
	}
	took := spent(b) - began
	began, r = spent(b), newRequests()
	for range rows {
		r.next()
	}
	b.ReportMetric(float64(took-(spent(b)-began))/float64(rows), "cpu-ns/event")
	size := int64(0)
	for _, p := range s.Parts() {
		size += p.Bytes
	}
	b.ReportMetric(float64(size)/float64(rows), "disk-B/event")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-sys")
}
