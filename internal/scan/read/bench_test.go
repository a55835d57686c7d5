package read_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/read"
)

// large is a report of Trivy of about the size in bytes: findings of 4 kB, and for
// each as much again that is of no interest.
func large(bytes int64) *flood {
	text := strings.Repeat("Some words of a description. ", 60)
	references := strings.Repeat(`"https://example.com/a/long/address/of/an/advisory",`, 40)
	item := `{"VulnerabilityID":"CVE-2024-0001","PkgName":"openssl","InstalledVersion":"1.1.1","Severity":"HIGH","Title":"title","Description":"` + text + `","References":[` + references[:len(references)-1] + `],"Layer":{"Digest":"` + strings.Repeat("a", 4000) + `"}},`
	return &flood{`{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"t","Vulnerabilities":[`, item, item[:len(item)-1] + `]}]}`, bytes / int64(len(item))}
}

// BenchmarkRead100MB reads a report of 100 MB and merges it, and states the memory
// that is in use then.
func BenchmarkRead100MB(b *testing.B) {
	f := large(100 << 20)
	b.SetBytes(100 << 20)
	for b.Loop() {
		r, err := read.Read("r", f.open(), "")
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-in-use")
		if _, err := scan.Merge([]*scan.Report{r}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMemoryIsBounded reads 40 MB of which next to nothing is kept, and 40 MB of one
// value that is skipped, within a few megabytes.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	skipped := `{"Packages":[` + strings.Repeat(`{"Name":"`+strings.Repeat("n", 500)+`"},`, 10)
	for name, f := range map[string]*flood{
		"members that nobody wants": {`{"SchemaVersion":2,"ArtifactName":"a","x":[`, skipped[:len(skipped)-1] + "]},", `1]}`, int64(40<<20) / int64(len(skipped))},
		"one text":                  {`{"SchemaVersion":2,"ArtifactName":"a","x":"`, strings.Repeat("n", 1000), `"}`, 40_000},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := read.Read("r", f.open(), "")
		runtime.ReadMemStats(&after)
		if err != nil || r.Format != "trivy" {
			t.Fatalf("%s: %s, %v", name, r.Format, err)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
			t.Errorf("%s: %s allocated", name, fmt.Sprint(grown))
		}
	}
}
