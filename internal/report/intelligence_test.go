package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/reputation"
)

// known is what lists say of the addresses of the tests.
func known(address string) []Listing {
	if address != "203.0.113.42" {
		return nil
	}
	return []Listing{
		{Feed: "bad", Name: "Bad <list>\x1b[2J", Category: "brute_force", Intention: "malicious", Confidence: 80, Level: 4},
		{Feed: "tor", Name: "Exits", Category: "tor", Intention: "suspicious", Confidence: 95},
	}
}

func TestReportsNameThreatLists(t *testing.T) {
	d := Document{Summary: day(t), Threats: known}
	var buf bytes.Buffer
	if err := WriteJSON(&buf, d); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Sasumata struct {
			Addresses []struct {
				Address string    `json:"address"`
				Lists   []Listing `json:"threat_lists"`
			} `json:"addresses"`
		} `json:"sasumata"`
	}
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, one := range got.Sasumata.Addresses {
		if d := cmp.Diff(known(one.Address), one.Lists); d != "" {
			t.Errorf("%s: -want +got:\n%s", one.Address, d)
		}
	}
	if len(got.Sasumata.Addresses) != 2 {
		t.Errorf("%d addresses", len(got.Sasumata.Addresses))
	}
	f := func(lang Lang, want, exits string) {
		t.Helper()
		d.Lang = lang
		buf.Reset()
		if err := WriteHTML(&buf, d); err != nil {
			t.Fatal(err)
		}
		page := buf.String()
		if strings.Count(page, want) != 1 || !strings.Contains(page, exits) || strings.Contains(page, "<list>") {
			t.Errorf("the page does not have %q once, or not the lists", want)
		}
	}
	f(English, "on 2 threat lists", "Exits: Tor, suspicious, 95 %")
	f(Japanese, "脅威リスト 2件に登録", "Exits: Tor, 疑わしい, 95 %")
}

func TestReportsShowReputation(t *testing.T) {
	checked := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	d := Document{Summary: day(t), Reputation: map[string][]reputation.Verdict{"203.0.113.77": {
		{Service: "VirusTotal", Malicious: 7, Suspicious: 2, Engines: 90, Score: 10, Network: "Bad <AS>\x1b[2J", Checked: checked},
		{Service: "AbuseIPDB", Score: 97, Reports: 1053, Reporters: 12, Stale: true, Checked: checked},
		{Service: "Other", Unknown: true},
	}}}
	f := func(lang Lang, want ...string) {
		t.Helper()
		d.Lang = lang
		var page, screen bytes.Buffer
		if err := errors.Join(WriteHTML(&page, d), NewConsole(&screen, ConsoleOptions{Lang: lang}).Intelligence(d)); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(page.String(), text) || !strings.Contains(screen.String(), text) {
				t.Errorf("missing %q in the page or in\n%s", text, screen.String())
			}
		}
		if strings.Contains(page.String(), "<AS>") || strings.Contains(screen.String(), "\x1b[2J") || strings.Contains(screen.String(), "203.0.113.42") {
			t.Errorf("too much in\n%q", screen.String())
		}
	}
	f(English, "VirusTotal: 7 of 90 engines say malicious, 2 suspicious", "AbuseIPDB: abuse is 97 % sure, 1,053 reports by 12 users · as of 2026-01-02", "Other: not known there")
	f(Japanese, "悪意あり 7 / 90 エンジン、疑わしい 2", "悪用の確度 97 %、報告 1,053件（12人）", "登録なし")
	var buf bytes.Buffer
	if err := WriteJSON(&buf, d); err != nil || !strings.Contains(buf.String(), `"service": "AbuseIPDB"`) || !strings.Contains(buf.String(), `"stale": true`) {
		t.Errorf("%v: the JSON report lacks the reputation", err)
	}
}

func TestConsoleNamesThreatLists(t *testing.T) {
	var buf bytes.Buffer
	d := Document{Summary: day(t), Threats: known}
	if err := NewConsole(&buf, ConsoleOptions{}).Intelligence(d); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	for _, want := range []string{"What others say", "203.0.113.42", "brute force, malicious, 80 %, ×4", "Exits: Tor, suspicious, 95 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "203.0.113.77") || strings.Contains(text, "\x1b[2J") {
		t.Errorf("too much in\n%q", text)
	}
	buf.Reset()
	if err := NewConsole(&buf, ConsoleOptions{}).Intelligence(Document{Summary: day(t)}); err != nil || buf.Len() > 0 {
		t.Errorf("%v, %q", err, buf.String())
	}
}

func TestEveryThreatKindHasAWord(t *testing.T) {
	if len(threat.Categories()) != len(english().ThreatKinds) || len(threat.Intentions()) != len(english().Intentions) {
		t.Error("the words do not fit the categories and intentions of threat lists")
	}
}
