package pipeline

import (
	"os"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
)

// Lines as servers write them, made up by hand.
const (
	benchNginx = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /presentations/tea-ceremony-2026/images/kettle-and-bowl.png?size=large&lang=ja HTTP/1.1" 200 203023 "https://www.example.com/presentations/tea-ceremony-2026/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"`
	benchSSHD  = `May 17 10:05:03 web1 sshd[24200]: Failed password for invalid user webmaster from 203.0.113.31 port 38926 ssh2`
)

// shipped loads the default pipelines.
func shipped(tb testing.TB) (*Set, map[string]*Loaded) {
	tb.Helper()
	all, err := Load(os.DirFS("../../content"), "pipelines")
	if err != nil {
		tb.Fatal(err)
	}
	byID := map[string]*Loaded{}
	for _, l := range all {
		byID[l.Pipeline.ID] = l
	}
	return NewSet(all), byID
}

func equipped(tb testing.TB) *Machine {
	tb.Helper()
	places, err := geoip.ParseStatic("places.json", []byte(`{"203.0.113.7":{"iso":"JP","lat":35.68,"lon":139.69},"203.0.113.31":{"iso":"JP","lat":35.68,"lon":139.69}}`))
	if err != nil {
		tb.Fatal(err)
	}
	agents, err := useragent.New(useragent.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	m := NewMachine(testClock())
	m.Geo, m.Agents = places, agents
	return m
}

// grokOf returns the pipeline's first grok parser.
func grokOf(tb testing.TB, l *Loaded) *grokParser {
	tb.Helper()
	for i := range l.Pipeline.steps {
		if g, ok := l.Pipeline.steps[i].proc.(*grokParser); ok {
			return g
		}
	}
	tb.Fatal("no grok parser at the top of " + l.Pipeline.ID)
	return nil
}

// The complete pipeline of a line (source detection, grok, remappers, URL, user
// agent from the cache, GeoIP, status) beside its grok parser alone.
func BenchmarkPipeline(b *testing.B) {
	for _, c := range []struct{ name, id, line, message string }{
		{"nginx", "access", benchNginx, benchNginx},
		{"sshd", "sshd", benchSSHD, "Failed password for invalid user webmaster from 203.0.113.31 port 38926 ssh2"},
	} {
		set, byID := shipped(b)
		m, e := equipped(b), event.New()
		b.Run(c.name+"/grok", func(b *testing.B) {
			g := grokOf(b, byID[c.id])
			b.ReportAllocs()
			for b.Loop() {
				e.Reset()
				e.Message = c.message
				m.begin()
				g.Process(e, m)
			}
			if !m.grokMatched {
				b.Fatal("no match")
			}
		})
		b.Run(c.name+"/complete", func(b *testing.B) {
			hint := set.Hint("")
			e.Reset()
			e.Raw = c.line
			set.Process(e, hint, m) // the definitions of user agents are compiled once
			b.ReportAllocs()
			for b.Loop() {
				e.Reset()
				e.Raw = c.line
				set.Process(e, hint, m)
			}
			if !e.Parsed || e.Source == "" {
				b.Fatal("not understood")
			}
		})
	}
}

// In steady state a line costs no memory.
func TestShippedPipelinesAllocateNothing(t *testing.T) {
	set, _ := shipped(t)
	m, e, hint := equipped(t), event.New(), set.Hint("")
	for name, line := range map[string]string{"nginx": benchNginx, "sshd": benchSSHD} {
		got := testing.AllocsPerRun(500, func() {
			e.Reset()
			e.Raw = line
			set.Process(e, hint, m)
		})
		if !e.Parsed || got != 0 {
			t.Errorf("%s: parsed %v with %v allocations, want true with none", name, e.Parsed, got)
		}
	}
}
