package blocklist_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/blocklist"
)

var now = time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)

// shown returns a list as lines of target, time and reason.
func shown(list []respond.Entry) string {
	var lines []string
	for _, e := range list {
		until := "-"
		if e.Until != nil {
			until = e.Until.UTC().Format("15:04:05")
		}
		lines = append(lines, strings.TrimSpace(e.Target+" "+until+" "+e.Reason))
	}
	return strings.Join(lines, "\n")
}

func TestParse(t *testing.T) {
	f := func(name, text, want string, left int) {
		t.Helper()
		list, n, err := blocklist.Parse([]byte(text), now, time.UTC)
		if err != nil || shown(list) != want || n != left {
			t.Errorf("%s:\n%s\nwant\n%s\nleft %d, error %v", name, shown(list), want, n, err)
		}
	}
	f("lines", "\ufeff# ours\r\n203.0.113.7\r\n\n203.0.113.0/24 2h  a botnet  # seen in May\n2001:db8::1 2026-01-16T12:00:00+01:00\n203.0.113.8 scans us",
		"203.0.113.7 -\n203.0.113.0/24 11:00:00 a botnet\n2001:db8::1 11:00:00\n203.0.113.8 - scans us", 0)
	f("empty", "# nothing\n", "", 0)
	f("cscli decisions list -o json", `[{"id":3,"scenario":"crowdsecurity/ssh-bf","source":{"ip":"203.0.113.7","scope":"Ip"},"decisions":[
		{"duration":"3h59m55.5s","id":7,"origin":"crowdsec","scenario":"crowdsecurity/ssh-bf","scope":"Ip","type":"ban","value":"203.0.113.7"},
		{"duration":"1h","scope":"Country","type":"ban","value":"XX"}]}]`, "203.0.113.7 12:59:55 crowdsecurity/ssh-bf", 1)
	f("decisions", `[{"duration":"-1s","scope":"Range","type":"ban","value":"203.0.113.0/24","until":"2026-01-16T10:00:00Z"},{"scope":"Ip","type":"captcha","value":"203.0.113.9","duration":"1h"}]`, "203.0.113.0/24 10:00:00", 1)
	f("a stream", `{"new":[{"duration":"4h","scope":"ip","type":"ban","value":"203.0.113.7","scenario":"x"}],"deleted":null}`, "203.0.113.7 13:00:00 x", 0)
	f("none", "null", "", 0)
	f("fail2ban-client banned", "[{'sshd': ['203.0.113.7', '2001:db8::1']}, {'nginx': []}, {'web': ['203.0.113.9']}]\n",
		"203.0.113.7 - fail2ban sshd\n2001:db8::1 - fail2ban sshd\n203.0.113.9 - fail2ban web", 0)
	f("fail2ban-client status", "Status for the jail: sshd\n|- Filter\n|  `- Total failed:\t9\n`- Actions\n   |- Total banned:\t2\n   `- Banned IP list:\t203.0.113.7 203.0.113.8\n",
		"203.0.113.7 - fail2ban sshd\n203.0.113.8 - fail2ban sshd", 0)
	f("fail2ban-client get banip --with-time", "203.0.113.7 \t2026-01-16 08:30:00 + 3600 = 2026-01-16 09:30:00\n", "203.0.113.7 09:30:00", 0)
}

func TestFaults(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, _, err := blocklist.Parse([]byte(text), now, time.UTC)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%.40q: error %v, want %q", text, err, w)
			}
		}
	}
	f("203.0.113.7\nexample.com\n1.2.3\n", `line 2: "example.com" is no address`, `line 3: "1.2.3"`)
	f(`[{"value":"x","scope":"ip","duration":"1h"},{"value":"203.0.113.7","scope":"ip","duration":"soon"}]`, `"x" is no address`, `"soon" is no duration`)
	f(`[{"value":`, "read decisions")
	f(`{"old":[]}`, "want a list")
	f("[{'sshd': ['203.0.113.7", "breaks off")
	f("[{'sshd': ['nobody']}]", "nobody")
	f("203.0.113.7 2026-99-16 08:30:00 + 3600 = 2026-99-16 09:30:00", "is no time")
	f(strings.Repeat("x", 70<<10), "line 1")
	var b strings.Builder
	for i := range respond.MaxImport + 1 {
		fmt.Fprintf(&b, "45.%d.%d.%d\n", i>>16, i>>8&255, i&255)
	}
	f(b.String(), "more than 100000 entries")
}

// FuzzParse: what a list says is read without harm, and what is read are networks.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"203.0.113.7 2h x # y\n", "[{'a': ['203.0.113.7']}]", `[{"value":"203.0.113.7","scope":"ip","duration":"1h"}]`, `{"new":[]}`, "Status for the jail: a\nBanned IP list: 203.0.113.7",
		"203.0.113.7 \t2026-01-16 08:30:00 + 3600 = 2026-01-16 09:30:00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _, err := blocklist.Parse(data, now, time.UTC)
		if err != nil {
			return
		}
		if len(list) > respond.MaxImport {
			t.Errorf("%d entries", len(list))
		}
		for _, e := range list {
			if _, err := respond.ParseNetwork(e.Target); err != nil {
				t.Errorf("%q: %v", e.Target, err)
			}
		}
	})
}
