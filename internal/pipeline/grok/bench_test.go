package grok

import (
	"regexp"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

// The access rule of Datadog's nginx pipeline, and the same as a regular
// expression with a group for each attribute.
const (
	accessSupport = `_auth %{notSpace:http.auth:nullIf("-")}
_bytes_written %{integer:network.bytes_written}
_client_ip %{ipOrHost:network.client.ip}
_version HTTP\/%{regex("\\d+\\.\\d+"):http.version}
_url %{notSpace:http.url}
_ident %{notSpace:http.ident:nullIf("-")}
_user_agent %{regex("[^\\\"]*"):http.useragent}
_referer %{notSpace:http.referer}
_status_code %{integer:http.status_code}
_method %{word:http.method}
_date_access %{date("dd/MMM/yyyy:HH:mm:ss Z"):date_access}
_x_forwarded_for %{regex("[^\\\"]*"):http._x_forwarded_for:nullIf("-")}`
	accessMatch = `access.common %{_client_ip} %{_ident} %{_auth} \[%{_date_access}\] "(?>%{_method} |)%{_url}(?> %{_version}|)" %{_status_code} (?>%{_bytes_written}|-)
access.combined %{access.common} (%{number:duration:scale(1000000000)} )?"%{_referer}" "%{_user_agent}"( "%{_x_forwarded_for}")?.*`
	accessRegexp = `(?s)^((?:(?:25[0-5]|2[0-4]\d|[01]?\d{1,2})\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d{1,2})|[0-9A-Fa-f:]+|\b[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*) (\S+) (\S+) \[(\d{2}/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{2}:?\d{2})\] "(?:(\b\w+\b) |)(\S+)(?: HTTP/(\d+\.\d+)|)" ([+-]?\d+) (?:([+-]?\d+)|-) (?:([+-]?(?:\d+(?:\.\d*)?|\.\d+)) )?"(\S+)" "([^"]*)"(?: "([^"]*)")?.*$`
	accessLine   = `203.0.113.77 - frank [10/Oct/2025:13:55:36 +0200] "GET /products/list?category=shoes&page=4&sort=price HTTP/1.1" 200 23241 "https://www.example.com/products/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36"`
)

func accessRules(t testing.TB) *Rules {
	t.Helper()
	r, err := Compile(Config{Support: accessSupport, Match: accessMatch})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseAllocatesNothing(t *testing.T) {
	r, e, m := accessRules(t), event.New(), NewMachine(0)
	n := testing.AllocsPerRun(200, func() {
		e.Reset()
		out, _, status := r.Parse(e, accessLine, m)
		if status != Matched {
			t.Fatal("no match")
		}
		e.Merge(e.Root(), out)
	})
	if n != 0 {
		t.Errorf("%v allocations a line, want none", n)
	}
}

func BenchmarkAccess(b *testing.B) {
	r, e, m := accessRules(b), event.New(), NewMachine(0)
	b.SetBytes(int64(len(accessLine)))
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		if _, _, status := r.Parse(e, accessLine, m); status != Matched {
			b.Fatal("no match")
		}
	}
}

// BenchmarkAccessMatch leaves the attributes out, as the regular expression does.
func BenchmarkAccessMatch(b *testing.B) {
	r, m := accessRules(b), NewMachine(0)
	b.SetBytes(int64(len(accessLine)))
	b.ReportAllocs()
	for b.Loop() {
		m.steps = m.budget
		if m.match(r.rules[1].prog, accessLine) != matched {
			b.Fatal("no match")
		}
	}
}

func BenchmarkAccessRegexp(b *testing.B) {
	re := regexp.MustCompile(accessRegexp)
	b.SetBytes(int64(len(accessLine)))
	b.ReportAllocs()
	for b.Loop() {
		if re.FindStringSubmatchIndex(accessLine) == nil {
			b.Fatal("no match")
		}
	}
}

// BenchmarkNoMatch is a line of another program: most lines meet rules that are
// not theirs.
func BenchmarkNoMatch(b *testing.B) {
	const line = `Failed password for invalid user admin from 203.0.113.77 port 51022 ssh2`
	r, e, m := accessRules(b), event.New(), NewMachine(0)
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		if _, _, status := r.Parse(e, line, m); status != NoMatch {
			b.Fatal("a match")
		}
	}
}

func BenchmarkKeyValue(b *testing.B) {
	const line = `timestamp=2021/05/04 serial=012001018742, type=TRAFFIC, subtype=end, src=10.70.255.70, dst=35.184.126.116, rule="Permit all", app=dns, vsys=vsys1, from=Management, to=Outside, bytes=16680918, elapsed=250`
	r, err := Compile(Config{Match: `rule %{data::keyvalue("=","/:")}`})
	if err != nil {
		b.Fatal(err)
	}
	e, m := event.New(), NewMachine(0)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		if _, _, status := r.Parse(e, line, m); status != Matched {
			b.Fatal("no match")
		}
	}
}
