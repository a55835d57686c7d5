package main

import (
	"strings"
	"testing"
)

const attackLog = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /search?q=tea HTTP/1.1" 200 2031 "https://example.com/" "Mozilla/5.0"
203.0.113.8 - - [17/May/2026:10:05:04 +0000] "GET /search?q=1%27%20UNION%20SELECT%20name,pw%20FROM%20users--%20&password=hunter2 HTTP/1.1" 200 2031 "-" "curl/8.5.0"
203.0.113.8 - - [17/May/2026:10:05:05 +0000] "GET /%1b%5d0;x?q=<script>alert(1)</script> HTTP/1.1" 403 2031 "-" "curl/8.5.0"
`

func TestWAFScan(t *testing.T) {
	log := file(t, "access.log", attackLog)
	f := func(code int, want []string, args ...string) string {
		t.Helper()
		r := sasumata(t, "", append([]string{"waf", "scan"}, args...)...)
		if r.code != code || r.err != "" && code < 2 {
			t.Fatalf("%q ends with %d: %s%s", args, r.code, r.out, r.err)
		}
		for _, text := range want {
			if !strings.Contains(r.out+r.err, text) {
				t.Errorf("%q: no %q in:\n%s%s", args, text, r.out, r.err)
			}
		}
		if strings.Contains(r.out, "hunter2") || strings.Contains(r.out, "tea") {
			t.Errorf("%q shows what it should not:\n%s", args, r.out)
		}
		return r.out
	}
	f(exitFindings, []string{
		"2026-05-17 10:05:04  203.0.113.8      200 sql_injection  GET /search?q=1%27%20UNION",
		"403 xss  GET /%1b%5d0;x?q=<script>alert(1)</script>",
		"2 attack requests, 1 of them answered with 2xx", "lines       3",
	}, log)
	f(exitFindings, []string{"攻撃リクエスト 2件（うち 2xx で応答したもの 1件）", "攻撃元アドレス"}, "--lang", "ja", log)
	f(exitFindings, []string{"1 attack requests"}, "--filter", "@http.status_code:403", log)
	f(exitClean, []string{"No attacks found."}, "--since", "2026-06-01T00:00:00Z", log)
	f(exitClean, []string{"2 attack requests"}, "--exit-zero", log)
	f(exitUsage, []string{"wants the name of a log"})
	f(exitUsage, []string{"--output"}, "-o", "xml", log)
	f(exitUsage, []string{"nowhere"}, "nowhere.log")
	lines := f(exitFindings, []string{`"security"`}, "-o", "jsonl", log)
	if n := strings.Count(lines, "\n"); n != 2 {
		t.Errorf("%d lines, want one for each attack:\n%s", n, lines)
	}
	if again := f(exitFindings, nil, "-o", "jsonl", "--thorough", log); again != lines {
		t.Errorf("--thorough gives\n%s", again)
	}
}
