package pipeline

import (
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

func TestSyslogHeaders(t *testing.T) {
	m := NewMachine(dates.Clock{Now: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), Location: time.FixedZone("", 9*3600)})
	f := func(line, want string) {
		t.Helper()
		got := "no header"
		if h, ok := parseSyslog(line, m); ok {
			stamp := "-"
			if h.time != 0 {
				stamp = time.Unix(0, h.time).UTC().Format(time.RFC3339Nano)
			}
			got = fmt.Sprintf("%s %d %s|%s|%s|%s", stamp, h.priority, h.host, h.app, h.pid, h.rest)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
	f("Jun  2 03:04:05 web1 sshd[12]: hello: you", "2026-06-01T18:04:05Z -1 web1|sshd|12|hello: you")
	f("<38>Jun 22 03:04:05 web1 sshd: hello", "2026-06-21T18:04:05Z 38 web1|sshd||hello")
	f("Dec 31 23:00:00 web1 cron: x", "2025-12-31T14:00:00Z -1 web1|cron||x")
	f("Jul  1 20:00:00 web1 cron: x", "2026-07-01T11:00:00Z -1 web1|cron||x")
	f("Feb 29 00:00:00 web1 cron: leap", "2024-02-28T15:00:00Z -1 web1|cron||leap")
	f("Jun  2 2021 03:04:05 fw : %ASA-6: x", "2021-06-01T18:04:05Z -1 fw|||%ASA-6: x")
	f("Jun  2 2021 03:04:05 fw asa: x", "2021-06-01T18:04:05Z -1 fw|asa||x")
	f("2026-06-02T03:04:05.123456+02:00 web1 sudo:    bob : x", "2026-06-02T01:04:05.123456Z -1 web1|sudo||bob : x")
	f("2026-06-02T03:04:05Z web1 postfix/smtpd[7]: connect", "2026-06-02T03:04:05Z -1 web1|postfix/smtpd|7|connect")
	f(`<34>1 2026-06-02T03:04:05.003Z host.example.com su 8710 ID47 [ex@1 a="x\"]y"][b@2] 'su root' failed`, "2026-06-02T03:04:05.003Z 34 host.example.com|su|8710|'su root' failed")
	f("<34>1 - - - - - -", "- 34 |||")
	f("<auth.info>Jun  2 03:04:05 web1 sshd[1]: x", "2026-06-01T18:04:05Z -1 web1|sshd|1|x")
	f("web1 sshd[12]: no date", "- -1 web1|sshd|12|no date")
	f("sshd[12]: no date", "- -1 |sshd|12|no date")
	f("Jun  2 03:04:05 web1 message repeated 3 times: [ x]", "2026-06-01T18:04:05Z -1 web1|||message repeated 3 times: [ x]")
	f("Jun  2 03:04:05 [sshd] hello", "2026-06-01T18:04:05Z -1 |sshd||hello")
	f("Jun  2 03:04:05 web1 [my-app][12]: hello", "2026-06-01T18:04:05Z -1 web1|my-app|12|hello")
	f("Jun  2 03:04:05 <auth.info> web1 sshd[12]: hello", "2026-06-01T18:04:05Z -1 web1|sshd|12|hello")
	f("Jun  2 03:04:05 gw gw sshd[12]: hello", "2026-06-01T18:04:05Z -1 gw|sshd|12|hello")
	f("2026-06-02 03:04:05.801612-0700  localhost sshd[12]: hello", "2026-06-02T10:04:05.801612Z -1 localhost|sshd|12|hello")
	f("2026-06-02 03:04:05 localhost sshd[12]: hello", "2026-06-01T18:04:05Z -1 localhost|sshd|12|hello")
	f("2026-06-02T03:04:05Z [info] a level is no program", "no header")
	f("just a line: with colon", "no header")
	f("<999>x", "no header")
	f("<34>1 9999-12-31T03:04:05Z h su 1 - - x", "- 34 h|su|1|x")
	f("0001-01-01T03:04:05Z h su[1]: x", "- -1 h|su|1|x")
	f("<13>Jun  2 03:04:05 nobody knows what is a host", "2026-06-01T18:04:05Z 13 |||nobody knows what is a host")
	f("Jun  2 03:04:05 auth(a,203.0.113.7)<id>: Info: sql: x", "no header")
	f("Jun  2 03:04:05 auth(a,203.0.113.7,sasl:login)<id>: Info: sql: x", "no header")
	f("Jun  2 03:04:05 web1 login(pam_unix)[7]: x", "2026-06-01T18:04:05Z -1 web1|login(pam_unix)|7|x")
	f("@400000004c91b044077a9e94 imap-login: x", "2010-09-16T05:51:00.1254765Z -1 |imap-login||x")
	f("@500000004c91b044077a9e94 imap-login: x", "no header")
	f("Jun 99 03:04:05 web1 cron: x", "no header")
	f("2026-06-02 03:04:05,123 ERROR app: x", "no header")
	f("", "no header")
}

func TestGlob(t *testing.T) {
	f := func(pattern, text string, want bool) {
		t.Helper()
		g := newGlob(pattern)
		if got := g.match(text); got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, text, got, want)
		}
	}
	f("abc", "abc", true)
	f("abc", "abcd", false)
	f("a*c", "ac", true)
	f("a*c", "abbc", true)
	f("a*c", "abbcd", false)
	f("*b*", "abc", true)
	f("*b*b*", "abc", false)
	f("ab*ba", "aba", false)
}

func FuzzSyslog(f *testing.F) {
	f.Add("<34>1 2026-06-02T03:04:05.003Z h a 1 I [x y=\"\\\"]\"] m")
	f.Add("Jun  2 03:04:05 web1 sshd[12]: hello")
	f.Add("<auth.info>x[")
	f.Add("<01> 2026-01-01T00:00:00,000Z 0123456789012345678901234567890 ")
	f.Fuzz(func(t *testing.T, line string) {
		m := NewMachine(testClock())
		h, ok := parseSyslog(line, m)
		if !ok {
			return
		}
		if len(h.host)+len(h.app)+len(h.pid)+len(h.rest) > len(line) {
			t.Fatalf("the parts of %q are longer than it", line)
		}
		if utf8.ValidString(line) && !utf8.ValidString(h.rest) {
			t.Fatalf("the message of %q is cut inside a character", line)
		}
	})
}

// The shape of a text never rules out a pattern that matches it.
func FuzzShape(f *testing.F) {
	f.Add("* [*/*] \"*\" *", "1.2.3.4 - - [01/x] \"GET\" 200")
	f.Add("ab*cd", "abcd")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		g := newGlob(pattern)
		var s shape
		s.set(text)
		if g.match(text) && !s.has(g.need) {
			t.Fatalf("%q matches %q, but its shape says that it cannot", pattern, text)
		}
	})
}
