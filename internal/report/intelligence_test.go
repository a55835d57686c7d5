package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	f := func(lang Lang, want string) {
		t.Helper()
		d.Lang = lang
		buf.Reset()
		if err := WriteHTML(&buf, d); err != nil {
			t.Fatal(err)
		}
		page := buf.String()
		if strings.Count(page, want) != 1 || !strings.Contains(page, "Exits: tor, suspicious, 95 %") || strings.Contains(page, "<list>") {
			t.Errorf("the page does not have %q once, or not the lists", want)
		}
	}
	f(English, "on 2 threat lists")
	f(Japanese, "脅威リスト 2件に登録")
}

func TestConsoleNamesThreatLists(t *testing.T) {
	var buf bytes.Buffer
	d := Document{Summary: day(t), Threats: known}
	if err := NewConsole(&buf, ConsoleOptions{}).Intelligence(d); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	for _, want := range []string{"Threat lists", "203.0.113.42", "brute_force, malicious, 80 %, ×4", "Exits: tor, suspicious, 95 %"} {
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
