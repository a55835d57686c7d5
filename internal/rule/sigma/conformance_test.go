package sigma_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
	"github.com/sasumata/sasumata/test/conformance"
)

// archive calls do with every rule file of the public repository.
func archive(tb testing.TB, do func(name string, data []byte)) {
	tb.Helper()
	f, err := os.Open(conformance.Dir(tb, "sigma", "rules.tar.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	for in := tar.NewReader(zip); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			tb.Fatal(err)
		}
		if !strings.HasSuffix(head.Name, ".yml") {
			continue
		}
		data, err := io.ReadAll(in)
		if err != nil {
			tb.Fatal(err)
		}
		do(head.Name, data)
	}
}

// published returns the rules of the public repository below a folder.
func published(tb testing.TB, folder string) *sigma.Collection {
	tb.Helper()
	c := &sigma.Collection{}
	archive(tb, func(name string, data []byte) {
		if strings.HasPrefix(name, folder) {
			c.Add(name, data, sigma.Options{})
		}
	})
	return c
}

// lines returns the lines of a compressed file of the conformance sets.
func lines(tb testing.TB, name string) [][]byte {
	tb.Helper()
	f, err := os.Open(conformance.Dir(tb, "sigma", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var all [][]byte
	in := bufio.NewScanner(zip)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		all = append(all, bytes.Clone(in.Bytes()))
	}
	if err := in.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}

// sampled matches the events once as a sample and returns a matcher that knows
// them.
func sampled(tb testing.TB, set *match.Set, events [][]byte) *match.Matcher {
	tb.Helper()
	profile, m := match.NewProfile(), set.NewMatcher()
	for i, line := range events {
		if err := m.Scan(line); err != nil {
			tb.Fatal(err)
		}
		if i%8 == 0 {
			m.Observe(profile)
		}
	}
	return set.Tuned(profile).NewMatcher()
}

func lanes() []string {
	return []string{
		"raw_windows", "structured_windows", "cisco_syslog", "sysmon_file_event", "mixed_schema", "no_match", "low_match", "match_heavy",
	}
}

func BenchmarkLanes(b *testing.B) {
	set, err := published(b, "sigma/rules/").Compile(match.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, lane := range lanes() {
		events := lines(b, "lanes/"+lane+".ndjson.gz")
		for mode, routing := range map[string]match.Routing{"on": match.Lenient, "off": match.NoRouting} {
			b.Run(lane+"/"+mode, func(b *testing.B) {
				m := sampled(b, set, events)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if err := m.Scan(events[i%len(events)]); err != nil {
						b.Fatal(err)
					}
					m.Match(m.Source(), routing)
				}
			})
		}
	}
}

func TestIndexAgreesWithFullScanOnLanes(t *testing.T) {
	set, err := published(t, "sigma/rules").Compile(match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, lane := range lanes() {
		events := lines(t, "lanes/"+lane+".ndjson.gz")
		for _, m := range []*match.Matcher{set.NewMatcher(), sampled(t, set, events)} {
			for i := 0; i < len(events); i += 97 {
				if err := m.Scan(events[i]); err != nil {
					t.Fatal(err)
				}
				for _, routing := range []match.Routing{match.Strict, match.Lenient, match.NoRouting} {
					src := m.Source()
					want := m.FullScan(src, routing)
					if got := m.Match(src, routing); !slices.Equal(got, want) {
						t.Fatalf("%s line %d: the index finds %v, a full scan %v", lane, i+1, got, want)
					}
				}
			}
		}
	}
}
