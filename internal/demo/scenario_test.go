package demo_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/demo"
)

func midnight() time.Time {
	return time.Date(2026, 1, 16, 0, 0, 0, 0, time.FixedZone("JST", 9*3600))
}

func digest(s demo.Scenario) string {
	h := sha256.New()
	for l := range s.Lines() {
		fmt.Fprintf(h, "%s\t%s\t%s\t%s\n", l.Time, l.Source, l.Step, l.Text)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestSameSeedSameDay(t *testing.T) {
	day := func(seed uint64) string {
		return digest(demo.Scenario{Start: midnight(), Seed: seed, Visitors: 200})
	}
	first, again := day(7), day(7)
	if first != again {
		t.Error("two runs of the same scenario differ")
	}
	if first == day(8) {
		t.Error("two seeds give the same day")
	}
}

func TestDayHasItsSizeAndOrder(t *testing.T) {
	s := demo.Scenario{Start: midnight(), Seed: 1}
	sources := map[string]int{}
	last, total, night, evening := midnight(), 0, 0, 0
	for l := range s.Lines() {
		if l.Time.Before(last) {
			t.Fatalf("%s comes after %s", l.Time, last)
		}
		last = l.Time
		total++
		sources[l.Source]++
		switch l.Time.Hour() {
		case 3:
			night++
		case 20:
			evening++
		}
	}
	t.Logf("%d lines, by source %v", total, sources)
	if total < 50_000 || total > 100_000 {
		t.Errorf("%d lines, want 50,000 to 100,000", total)
	}
	if !last.Before(midnight().Add(24 * time.Hour)) {
		t.Errorf("the last line is of %s, the next day", last)
	}
	if night*5 > evening {
		t.Errorf("%d lines in the fourth hour and %d in the twenty-first: no night", night, evening)
	}
	if sources[demo.SourceNginx] < 40_000 || sources[demo.SourceApp] < 500 || sources[demo.SourceSSHD] < 100 || len(sources) != 3 {
		t.Errorf("lines by source: %v", sources)
	}
}

func TestLinesHaveTheirFormats(t *testing.T) {
	nginx := regexp.MustCompile(`^\S+ - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(?:GET|POST) \S+ HTTP/1\.1" \d{3} \d+ "[^"]*" "[^"]+"$`)
	sshd := regexp.MustCompile(`^\w{3} [ \d]\d \d\d:\d\d:\d\d shop-1 sshd\[\d+\]: \S`)
	for l := range (demo.Scenario{Start: midnight(), Visitors: 300}).Lines() {
		ok := false
		switch l.Source {
		case demo.SourceNginx:
			ok = nginx.MatchString(l.Text) && strings.Contains(l.Text, l.Time.Format("[02/Jan/2006:15:04:05 -0700]"))
		case demo.SourceSSHD:
			ok = sshd.MatchString(l.Text) && strings.HasPrefix(l.Text, l.Time.Format(time.Stamp))
		case demo.SourceApp:
			var e struct{ Timestamp time.Time }
			ok = json.Unmarshal([]byte(l.Text), &e) == nil && e.Timestamp.Equal(l.Time)
		}
		if !ok {
			t.Fatalf("%s %s: %s", l.Time, l.Source, l.Text)
		}
	}
}

func TestEveryStepHappensAndIsDescribed(t *testing.T) {
	var happened []string
	for l := range (demo.Scenario{Start: midnight(), Visitors: 50}).Lines() {
		if l.Step != "" && !slices.Contains(happened, l.Step) {
			happened = append(happened, l.Step)
		}
	}
	for _, lang := range []string{"en", "ja"} {
		var described []string
		for _, s := range demo.Steps(lang) {
			described = append(described, s.ID)
			if s.Title == "" || s.Text == "" {
				t.Errorf("%s: step %s lacks words", lang, s.ID)
			}
		}
		if d := cmp.Diff(happened, described); d != "" {
			t.Errorf("%s: steps (-happened +described)\n%s", lang, d)
		}
	}
}

func TestAddressesBelongToNobody(t *testing.T) {
	reserved := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
	}
	s := demo.Scenario{Start: midnight(), Visitors: 500}
	visitors, attackers := map[string]bool{}, map[string]bool{}
	for l := range s.Lines() {
		if l.Source != demo.SourceNginx {
			continue
		}
		ip, _, _ := strings.Cut(l.Text, " ")
		addr, err := netip.ParseAddr(ip)
		if err != nil || !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			t.Fatalf("%s is not reserved for documentation", ip)
		}
		if l.Step == "" {
			visitors[ip] = true
		} else {
			attackers[ip] = true
		}
	}
	for ip := range attackers {
		if visitors[ip] {
			t.Errorf("%s is a visitor and an attacker", ip)
		}
	}
	if !attackers[s.Blocklist()[0]] {
		t.Error("no address of the blocklist comes")
	}
}

// What rules look for must be in the lines of the attacks, and not in the rest.
func TestOrdinaryTrafficStaysBelowTheThresholds(t *testing.T) {
	failures, requests := map[string]int{}, map[string]int{}
	for l := range (demo.Scenario{Start: midnight(), Seed: 3}).Lines() {
		if l.Source == demo.SourceApp {
			var e struct {
				Custom struct {
					Evt     struct{ Outcome string }
					Network struct{ Client struct{ IP string } }
				}
			}
			if err := json.Unmarshal([]byte(l.Text), &e); err != nil {
				t.Fatal(err)
			}
			if l.Step == "" && e.Custom.Evt.Outcome == "failure" {
				failures[e.Custom.Network.Client.IP+l.Time.Truncate(10*time.Minute).Format(" 15:04")]++
			}
			if hour := l.Time.Hour(); l.Step == "" && hour >= 2 && hour <= 5 {
				t.Errorf("an ordinary login at night: %s", l.Text)
			}
			continue
		}
		if ip, _, _ := strings.Cut(l.Text, " "); l.Step == "" && l.Source == demo.SourceNginx {
			requests[ip+l.Time.Format(" 15:04")]++
		}
	}
	for key, n := range failures {
		if n >= 5 {
			t.Errorf("%d ordinary failures in ten minutes: %s", n, key)
		}
	}
	for key, n := range requests {
		if n > 100 {
			t.Errorf("%d ordinary requests in a minute: %s", n, key)
		}
	}
}

func TestStoppingEarly(t *testing.T) {
	n := 0
	for range (demo.Scenario{Start: midnight(), Visitors: 10}).Lines() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d lines, want 3", n)
	}
}

func BenchmarkLines(b *testing.B) {
	s := demo.Scenario{Start: midnight()}
	for b.Loop() {
		for range s.Lines() {
		}
	}
}
