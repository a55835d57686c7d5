package crs_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/waf/crs"
	"github.com/sasumata/sasumata/test/conformance"
)

// traffic returns the requests of recorded access logs or, without the conformance
// suite, some that look like them.
func traffic(tb testing.TB) []crs.Request {
	tb.Helper()
	var list []crs.Request
	if os.Getenv(conformance.Variable) == "" {
		random := rand.New(rand.NewPCG(1, 1))
		for i := range 5000 {
			list = append(list, crs.Request{
				Method: "GET", Protocol: "HTTP/1.1",
				URI:       fmt.Sprintf("/%s/%d/%s.html?page=%d&sort=%s", word(random), i, word(random), random.IntN(40), word(random)),
				UserAgent: fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 100+random.IntN(30)),
				Referer:   "https://www.example.com/" + word(random),
			})
		}
		return list
	}
	names, err := filepath.Glob(filepath.Join(conformance.Dir(tb, "access"), "*.log"))
	if err != nil || len(names) == 0 {
		tb.Fatalf("access logs: %v %v", names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if r, ok := requestOf(line); ok {
				list = append(list, r)
			}
		}
	}
	return list
}

func word(random *rand.Rand) string {
	words := strings.Fields("shop list view about images product detail blog archive contact search index user help")
	return words[random.IntN(len(words))]
}

// requestOf reads a line of the combined format.
func requestOf(line string) (crs.Request, bool) {
	parts := strings.Split(line, `"`)
	if len(parts) < 6 {
		return crs.Request{}, false
	}
	method, rest, _ := strings.Cut(parts[1], " ")
	uri, protocol := rest, ""
	if at := strings.LastIndexByte(rest, ' '); at >= 0 {
		uri, protocol = rest[:at], rest[at+1:]
	}
	return crs.Request{
		Method: method, URI: uri, Protocol: protocol,
		Referer: strings.TrimPrefix(parts[3], "-"), UserAgent: strings.TrimPrefix(parts[5], "-"),
	}, true
}

// With the memo off for the request line, every URI counts as new; the user agent
// and the referer are remembered as always.
func BenchmarkMatch(b *testing.B) {
	list := traffic(b)
	for level := 1; level <= 2; level++ {
		set := coreRules(b, level, profile(b))
		for _, memo := range []struct {
			name         string
			line, header int
		}{{"memo", 1 << 14, 1 << 10}, {"every URI new", 0, 1 << 10}, {"no memo", 0, 0}} {
			b.Run(fmt.Sprintf("level %d/%s", level, memo.name), func(b *testing.B) {
				m := set.NewMachine(crs.Memo{Lines: memo.line, Headers: memo.header})
				run(b, list, func(r *crs.Request) { m.Match(r, 0, nil) })
			})
		}
	}
}

// Bodies that never come again, with names that do.
func BenchmarkBodies(b *testing.B) {
	set := coreRules(b, 1, profile(b))
	for name, one := range map[string][2]string{
		"JSON": {"application/json", `{"id":"%08d","created_at":"2026-01-02T03:04:05Z","amount":12.50,"customer":{"name":"Ann O'Brien","city":"Kyoto"},"tags":["a","b"],"text":"Chair, oak (set of 2)"},`},
		"XML":  {"application/xml", `<order id="%08d"><at>2026-01-02T03:04:05Z</at><amount>12.50</amount><name>Ann O'Brien</name><text lang="en">Chair, oak (set of 2)</text></order>`},
		"form": {"application/x-www-form-urlencoded", `id=%08d&created_at=2026-01-02T03%%3A04%%3A05Z&amount=12.50&name=Ann+O%%27Brien&city=Kyoto&text=Chair%%2C+oak&`},
	} {
		for _, size := range []int{200, 8000} {
			b.Run(fmt.Sprintf("%s/%d bytes", name, size), func(b *testing.B) {
				m := set.NewMachine(crs.Memo{Lines: 16, Values: crs.DefaultMemo().Values})
				var list []crs.Request
				for i := range 64 {
					body := ""
					for n := 0; len(body) < size; n++ {
						body += fmt.Sprintf(one[1], i*1000+n)
					}
					if name == "JSON" {
						body = "[" + body
					}
					list = append(list, crs.Request{Method: "POST", URI: "/api", Protocol: "HTTP/1.1", UserAgent: "a", ContentType: one[0], Body: body[:min(len(body), size)]})
				}
				b.SetBytes(int64(size))
				run(b, list, func(r *crs.Request) { m.Match(r, 0, nil) })
			})
		}
	}
}

func BenchmarkCoraza(b *testing.B) {
	list := traffic(b)
	for level := 1; level <= 2; level++ {
		b.Run(fmt.Sprint("level ", level), func(b *testing.B) {
			waf := oracle(b, level, profile(b))
			run(b, list, func(r *crs.Request) { ask(waf, nil, *r) })
		})
	}
}

// run states the requests per second of processor time: machines are shared.
func run(b *testing.B, list []crs.Request, one func(*crs.Request)) {
	b.Helper()
	for i := range list { // one warm round, but not too long
		if i > 2000 {
			break
		}
		one(&list[i])
	}
	b.ReportAllocs()
	i, began := 0, cpuTime()
	for b.Loop() {
		one(&list[i%len(list)])
		i++
	}
	if used := cpuTime() - began; used > 0 {
		b.ReportMetric(float64(b.N)/used.Seconds(), "requests/cpu-s")
	}
}

func BenchmarkCompile(b *testing.B) {
	for level := 1; level <= 2; level++ {
		b.Run(fmt.Sprint("level ", level), func(b *testing.B) {
			for b.Loop() {
				coreRules(b, level, profile(b))
			}
		})
	}
}
