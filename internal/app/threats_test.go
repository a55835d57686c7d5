package app

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// TestMarkedEventsAreFound searches marked events as Datadog's rules do.
func TestMarkedEventsAreFound(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.txt":      "203.0.113.7\t3\n",
		"b.txt":      "203.0.113.0/24\n",
		"feeds.yaml": "feeds:\n  - {id: sum, file: a.txt, category: brute_force, enabled: true}\n  - {id: exits, file: b.txt, category: tor, confidence: 90, enabled: true}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	threats, err := LoadThreats(ThreatSources{Feeds: filepath.Join(dir, "feeds.yaml"), Now: time.Now()})
	if err != nil || len(threats.Warnings) > 0 {
		t.Fatalf("%v, %v", err, threats.Warnings)
	}
	e := event.New()
	e.Set(event.ClientIP, event.StringValue("203.0.113.7"))
	if !threats.Set.Mark(e) {
		t.Fatal("not marked")
	}
	f := func(text string, want bool) {
		t.Helper()
		q, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Match(e); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	f("@threat_intel.indicators_matched:*", true)
	f("@threat_intel.indicators_matched:IP", true)
	f("@threat_intel.results.category:tor", true)
	f("@threat_intel.results.category:(malware OR brute_force)", true)
	f("@threat_intel.results.category:malware", false)
	f("@threat_intel.results.intention:(suspicious OR malicious)", true)
	f("@threat_intel.results.source.name:sum", true)
	f("@threat_intel.results.additional_data.confidence:>=90", true)
	f("@threat_intel.results.additional_data.level:3", true)
	f("-@threat_intel.results.category:corp_vpn", true)
}

// TestBuiltInFeedsAreRight reads the document of feeds that comes with the program.
func TestBuiltInFeedsAreRight(t *testing.T) {
	feeds, _, err := LoadFeeds(ThreatSources{})
	if err != nil {
		t.Fatal(err)
	}
	enabled := 0
	for _, f := range feeds {
		if f.Licence == "" || f.Homepage == "" || f.Insecure || !strings.HasPrefix(f.URL, "https://") {
			t.Errorf("%s has no note on its licence, no homepage, or no URL with TLS", f.ID)
		}
		if f.Enabled {
			enabled++
		}
	}
	if enabled == 0 {
		t.Error("no feed is enabled")
	}
}

func TestFeedsThatCannotBeReadAreTold(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, bytes.Repeat([]byte("# feeds\n"), maxFeedsFile/8+1), 0o600); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(dir, "linked")
	if err := errors.Join(os.Mkdir(linked, 0o700), os.Symlink("nowhere", filepath.Join(linked, feedsFile))); err != nil {
		t.Fatal(err)
	}
	f := func(want string, src ThreatSources) {
		t.Helper()
		if _, name, err := LoadFeeds(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %s, %v; want %s", src, name, err, want)
		}
	}
	f("not a directory", ThreatSources{Dir: large})
	f("no such file", ThreatSources{Dir: linked})
	f("more than 1048576 bytes", ThreatSources{Feeds: large})
	f("no such file", ThreatSources{Feeds: filepath.Join(dir, "none.yaml")})
	if _, name, err := LoadFeeds(ThreatSources{Dir: filepath.Join(dir, "none")}); err != nil || name != "the built-in feeds" {
		t.Errorf("a folder that is not there yet: %s, %v", name, err)
	}
	if runtime.GOOS == "linux" {
		f("more than 1048576 bytes", ThreatSources{Feeds: "/dev/zero"})
	}
}

// TestContentWithoutListsMarksNothing makes sure that nobody pays for lists who has
// none.
func TestContentWithoutListsMarksNothing(t *testing.T) {
	c, err := LoadContent(Sources{Only: PipelinePart})
	if err != nil {
		t.Fatal(err)
	}
	e := event.New()
	e.Set(event.ClientIP, event.StringValue("203.0.113.7"))
	if c.Threats.Mark(e) || c.Threats.Len() != 0 || Listings(c.Threats) != nil || len(c.Warnings) > 0 {
		t.Errorf("%d ranges, warnings %v", c.Threats.Len(), c.Warnings)
	}
	if got := c.Threats.Lookup(netip.MustParseAddr("203.0.113.7")); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestDays(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := Days(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	f(0, "0 minutes")
	f(time.Minute, "1 minute")
	f(119*time.Minute, "119 minutes")
	f(2*time.Hour, "2 hours")
	f(47*time.Hour, "47 hours")
	f(50*24*time.Hour, "50 days")
}
