package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

func TestExport(t *testing.T) {
	d := Document{Summary: day(t), Files: []string{"access.log"}, Generated: at("23:59:59")}
	var buf bytes.Buffer
	if err := WriteJSON(&buf, d); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["analysis_timestamp"] != "2026-01-16T23:59:59.000Z" {
		t.Errorf("made at %v", got["analysis_timestamp"])
	}
	want := map[string]any{"total_security_events": 99.0, "unique_attacking_ips": 2.0, "most_common_attack": []any{"failed_login", 64.0}}
	if diff := cmp.Diff(want, got["summary"]); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	statistics := got["statistics"].(map[string]any)
	if diff := cmp.Diff([]any{[]any{"203.0.113.42", 64.0}, []any{"203.0.113.77", 35.0}}, statistics["top_attacking_ips"]); diff != "" {
		t.Errorf("top addresses (-want +got):\n%s", diff)
	}
	if events := got["events"].([]any); len(events) != 99 {
		t.Errorf("%d events, want 99", len(events))
	}
	again, err := ReadExport(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again.Statistics, NewExport(d).Statistics); diff != "" {
		t.Errorf("what was read is not what was written:\n%s", diff)
	}
}

func TestEventsOfAnExport(t *testing.T) {
	s, e := NewSummary(), event.New()
	attackEvent(e, at("10:00:00"), "203.0.113.7", "/search", "sql_injection")
	e.Line = 17
	e.MergeJSON(`{"network":{"client":{"geoip":{"country":{"name":"France"},"city":{"name":"Paris"},"location":{"latitude":48.9,"longitude":2.4},"as":{"name":"Example AS"}}}}}`, event.JSONOptions{})
	s.Observe(e)
	for i := range 2 * maxIncidents {
		s.Observe(loginEvent(e, at("11:00:00"), fmt.Sprintf("198.51.100.%d", i), "root", "failure"))
	}
	out := NewExport(Document{Summary: s})
	lat, long := 48.9, 2.4
	want := ExportEvent{
		Timestamp: "2026-01-16T10:00:00.000Z", IP: "203.0.113.7", UserAgent: "sqlmap/1.8#stable (https://sqlmap.org)",
		Request: "GET /search?q=1", Status: 403, Threats: []string{"sql_injection"}, Line: 17,
		Geo: &Location{Country: "France", City: "Paris", Latitude: &lat, Longitude: &long},
	}
	if diff := cmp.Diff(want, out.Events[0]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if len(out.Events) != maxIncidents || out.Summary.TotalSecurityEvents != 2*maxIncidents+1 || out.Summary.UniqueAttackingIPs != 2*maxIncidents+1 {
		t.Errorf("%d events listed, %+v", len(out.Events), out.Summary)
	}
	if diff := cmp.Diff(AttackCounts{Events: 1, Answered4xx: 1}, out.Sasumata.Attacks); diff != "" {
		t.Errorf("attacks (-want +got):\n%s", diff)
	}
	if got := s.Top(Networks, 1); len(got) != 1 || got[0].Value != "Example AS" {
		t.Errorf("networks %v", got)
	}
}

// TestExportOfHostileEvents has places that JSON cannot write, and events of a
// megabyte.
func TestExportOfHostileEvents(t *testing.T) {
	f := func(latitude, longitude string, located bool) {
		t.Helper()
		s, e := NewSummary(), event.New()
		attackEvent(e, at("10:00:00"), "203.0.113.7", "/search", "sql_injection")
		if !e.MergeJSON(`{"network":{"client":{"geoip":{"location":{"latitude":`+latitude+`,"longitude":`+longitude+`}}}}}`, event.JSONOptions{}) {
			t.Fatal(latitude, longitude)
		}
		s.Observe(e)
		var buf bytes.Buffer
		if err := WriteJSON(&buf, Document{Summary: s}); err != nil {
			t.Fatalf("%s, %s: %v", latitude, longitude, err)
		}
		got, err := ReadExport(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if geo := got.Events[0].Geo; (geo != nil) != located {
			t.Errorf("%s, %s: located is %v", latitude, longitude, !located)
		}
	}
	f(`48.9`, `2.4`, true)
	f(`"-90"`, `"180"`, true)
	f(`"1e999"`, `2.4`, false)
	f(`48.9`, `"-1e999"`, false)
	f(`90.1`, `2.4`, false)
	f(`48.9`, `"east"`, false)

	s, e := NewSummary(), event.New()
	long := strings.Repeat("x", 1<<20)
	for i := range maxIncidents {
		loginEvent(e, at("10:00:00"), "203.0.113.7", fmt.Sprint(i, long), "failure")
		kinds := make([]string, 1000)
		for k := range kinds {
			kinds[k] = fmt.Sprintf(`"%d%s"`, k, long[:1000])
		}
		e.MergeJSON(`{"security":{"attack":true,"categories":[`+strings.Join(kinds, ",")+`]},"network":{"client":{"geoip":{"country":{"name":"`+long+`"}}}}}`, event.JSONOptions{})
		s.Observe(e)
	}
	for _, in := range NewExport(Document{Summary: s}).Events {
		if len(in.User) > profileName || len(in.Geo.Country) > profileName || len(in.Threats) != maxIncidentThreats || len(in.Threats[1]) > profileName {
			t.Fatalf("the export keeps %d bytes of a user, %d of a country, %d threats, %d bytes of one",
				len(in.User), len(in.Geo.Country), len(in.Threats), len(in.Threats[1]))
		}
	}
}

func TestSuspects(t *testing.T) {
	s, e := NewSummary(), event.New()
	login := func(clock, user, outcome string) {
		e = loginEvent(e, at(clock), "203.0.113.9", user, outcome)
		e.Line++
		e.Raw = fmt.Sprintf("%s %s %s %s", clock, user, outcome, strings.Repeat("x", 1000))
		s.Observe(e)
	}
	login("09:00:00", "early", "success") // before the first failure: nothing strange
	for i := range 20 {
		login(fmt.Sprintf("10:00:%02d", i), fmt.Sprintf("user%d", i), "failure")
	}
	login("10:01:00", "user19", "success")
	attackEvent(e, at("10:02:00"), "203.0.113.9", "/", "xss")
	e.Set(event.HTTPStatusCode, event.IntValue(200))
	e.Raw = "attack"
	s.Observe(e)
	got := s.Suspects(10)
	if len(got) != 1 {
		t.Fatalf("%d suspects", len(got))
	}
	a := got[0]
	if a.Failed != 20 || a.Logins != 1 || a.Attacks != 1 || a.Answered2xx != 1 || a.First != "2026-01-16T10:00:00.000Z" || a.Last != "2026-01-16T10:02:00.000Z" {
		t.Errorf("%+v", a)
	}
	if diff := cmp.Diff([]Pair{{failedLogin, 20}, {"xss", 1}}, a.Kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"user0", "user1", "user2", "user3"}, a.Users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	var lines []string
	for _, l := range a.Lines {
		if len(l.Text) > profileText {
			t.Errorf("a line of %d bytes", len(l.Text))
		}
		lines = append(lines, strings.TrimRight(l.Text, "x"))
	}
	want := []string{"10:00:00 user0 failure ", "10:00:01 user1 failure ", "10:00:02 user2 failure ", "10:01:00 user19 success ", "attack"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// An address that takes over the slot of another has nothing of it.
func TestSuspectsDoNotMix(t *testing.T) {
	s, e := NewSummary(), event.New()
	for i := range 3 * heavyLimit {
		ip := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		e = loginEvent(e, at("10:00:00"), ip, "user of "+ip, "failure")
		e.Raw = "line of " + ip
		s.Observe(e)
	}
	for _, a := range s.Suspects(heavyLimit) {
		if len(a.Users) != 1 || a.Users[0] != "user of "+a.Address || len(a.Lines) != 1 || a.Lines[0].Text != "line of "+a.Address {
			t.Fatalf("%+v", a)
		}
	}
}

func TestWriteCSV(t *testing.T) {
	book := signal.NewBook(0)
	book.Apply(signal.Finding{Change: signal.Opened, Signal: &signal.Signal{
		ID: "1", RuleID: "r", Title: `=HYPERLINK("http://x.test")`, Severity: signal.High, Time: at("10:00:00"), Events: 3,
		Entities: []signal.Entity{{Kind: signal.KindUser, Value: "@SUM(A1)"}},
		Samples:  []signal.Sample{{Text: "a \x1b[2J line, \"quoted\"\nand another"}},
	}})
	var buf bytes.Buffer
	if err := WriteCSV(&buf, Document{Summary: NewSummary(), Signals: book}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&buf).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || len(rows[0]) != len(rows[1]) {
		t.Fatalf("%q", rows)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"title": `'=HYPERLINK("http://x.test")`, "entity": "'@SUM(A1)", "severity": "high", "opened": "2026-01-16T10:00:00.000Z", "events": "3",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if strings.ContainsAny(got["sample"], "\x1b\n") {
		t.Errorf("the sample %q steers a terminal", got["sample"])
	}
}
