package threat_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

func TestParseFeeds(t *testing.T) {
	feeds, err := threat.ParseFeeds(filepath.Join("conf", "threats.yaml"), []byte(`
feeds:
  - id: short
    url: https://feeds.example.com/list.txt
    category: brute_force
  - id: long
    name: The long one
    file: lists/long.csv
    format: csv
    column: ip
    minLevel: 3
    category: tor
    intention: unknown
    confidence: 90
    refresh: 1h
    maxAge: 2d
    licence: CC0-1.0
    homepage: https://feeds.example.com/
    enabled: true
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []*threat.Feed{
		{
			ID: "short", Name: "short", URL: "https://feeds.example.com/list.txt", Category: threat.BruteForce, Intention: threat.Malicious,
			Confidence: 50, Refresh: 24 * time.Hour, MaxAge: 7 * 24 * time.Hour,
		},
		{
			ID: "long", Name: "The long one", File: filepath.Join("conf", "lists", "long.csv"), Format: threat.CSV, Column: "ip", MinLevel: 3,
			Category: threat.Tor, Intention: threat.Unknown, Confidence: 90, Refresh: time.Hour, MaxAge: 48 * time.Hour,
			Licence: "CC0-1.0", Homepage: "https://feeds.example.com/", Enabled: true,
		},
	}
	if d := cmp.Diff(want, feeds, cmpopts.IgnoreFields(threat.Feed{}, "Pos")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestParseFeedsFaults(t *testing.T) {
	_, err := threat.ParseFeeds("threats.yaml", []byte(`feeds:
  - id: a
    url: http://feeds.example.com/x
    category: brute_forze
  - id: a
    url: https://me:secret@feeds.example.com/x
    category: tor
    confidence: 101
    refersh: 1h
  - id: A/b
    category: tor
    refresh: 1s
    format: xml
  - id: old
    url: ftp://feeds.example.com/
    category: tor
    refresh: 2h
    maxAge: 1h
    minLevel: 99
  -
  - id: plain
    url: http://feeds.example.com/x
    allowHTTP: true
    category: tor
`))
	faults, ok := err.(document.Faults) //nolint:errorlint // it is documented so
	if !ok {
		t.Fatalf("got %v", err)
	}
	text := faults.Error()
	for _, want := range []string{
		`threats.yaml:4:15: unknown category brute_forze (did you mean "brute_force"?)`,
		"anybody on the way can change the list", "stands on line 2 already", "a password does not belong into a URL",
		"confidence 101", `unknown key "refersh"`, `"A/b" is not made of`, "wants a url or a file", "refresh 1s", "unknown format xml",
		"feed number 5 is empty", "want https", "maxAge 1h0m0s is less than", "minLevel 99",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "threats.yaml:21") || strings.Contains(text, "threats.yaml:22") {
		t.Errorf("the last feed is right:\n%s", text)
	}
}

func FuzzParseFeeds(f *testing.F) {
	f.Add("feeds:\n  - {id: a, url: \"https://feeds.example.com/\", category: tor, refresh: 1h}\n")
	f.Add("feeds: [{id: a, file: /x, category: spam, maxAge: 1s}, null]\n")
	f.Fuzz(func(t *testing.T, text string) {
		feeds, err := threat.ParseFeeds("threats.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, one := range feeds {
			if one == nil || one.ID == "" || (one.URL == "") == (one.File == "") || one.Refresh < time.Minute || one.MaxAge < one.Refresh || one.Confidence < 1 {
				t.Fatalf("%+v was accepted", one)
			}
		}
	})
}
