package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/test/conformance"
)

// scan returns the attacks in the text, as JSON.
func scan(t *testing.T, text string, change func(*app.ScanOptions)) ([]string, *report.Summary) {
	t.Helper()
	content, err := app.LoadContent(app.Sources{Only: app.PipelinePart | app.PatternPart})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	opts := app.ScanOptions{
		Intake: app.Intake{Stdin: strings.NewReader(text)}, Content: content, Inputs: []string{"-"},
		Attack: func(e *event.Event) error {
			found = append(found, string(e.AppendRecord(nil)))
			return nil
		},
	}
	if change != nil {
		change(&opts)
	}
	s, err := app.Scan(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return found, s
}

func thorough(o *app.ScanOptions) { o.Thorough = true }

const scanLog = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /search?q=tea HTTP/1.1" 200 2031 "https://example.com/" "Mozilla/5.0"
203.0.113.8 - - [17/May/2026:10:05:04 +0000] "GET /search?q=1%27%20UNION%20SELECT%20name,pw%20FROM%20users--%20 HTTP/1.1" 200 2031 "-" "curl/8.5.0"
203.0.113.8 - - [17/May/2026:10:05:05 +0000] "GET /search?q=%27x HTTP/1.1" 200 2031 "-" "() { :; }; /bin/cat /etc/passwd" "-"
no access log at all
{"remote_addr":"203.0.113.9","request_method":"GET","request_uri":"/?x=<script>alert(1)</script>","status":403,"time":"2026-05-17T10:05:06+00:00"}

203.0.113.7 - - [17/May/2026:10:05:07 +0000] "GET /search?q=tea HTTP/1.1" 200 2031 "https://example.com/" "Mozilla/5.0"
`

func TestScan(t *testing.T) {
	found, s := scan(t, scanLog, nil)
	if len(found) != 3 || s.Lines != 7 || s.Events() != 3 || s.Bytes != int64(len(scanLog)) {
		t.Fatalf("%d attacks, %d lines, %d events, %d bytes: %q", len(found), s.Lines, s.Events(), s.Bytes, found)
	}
	for i, want := range []string{"sql_injection", "203.0.113.8", "xss"} {
		if !strings.Contains(found[i], want) {
			t.Errorf("attack %d: %s, want %s in it", i, found[i], want)
		}
	}
	all, _ := scan(t, scanLog, thorough)
	if !slices.Equal(found, all) {
		t.Errorf("thoroughly: %q", all)
	}
	filter, err := query.Parse("@http.status_code:403")
	if err != nil {
		t.Fatal(err)
	}
	if some, s := scan(t, scanLog, func(o *app.ScanOptions) { o.Window.Filter = filter }); len(some) != 1 || some[0] != found[2] || s.Events() != 1 {
		t.Errorf("with a filter: %q, %d events", some, s.Events())
	}
}

// TestScanOfUsersPipelines holds that lines that the user's own pipelines may read in
// another way are not proven harmless by what the built-in one would say.
func TestScanOfUsersPipelines(t *testing.T) {
	dir := t.TempDir()
	const own = `id: own
detect:
  source: own
  lines: ['* - - [*] "*'] 
pipeline:
  type: pipeline
  name: Own
  processors:
    - type: grok-parser
      name: Own
      source: message
      grok:
        matchRules: |
          own .*"GET /search\?q=%{notSpace:hidden} .*
    - type: string-builder-processor
      name: Own
      target: http.url
      template: '/?q=<script>alert(%{hidden})</script>'
`
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	content, err := app.LoadContent(app.Sources{Pipelines: []string{dir}, Only: app.PipelinePart | app.PatternPart})
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(scanLog, "\n")
	f := func(o *app.ScanOptions) { o.Content, o.Source = content, "own" }
	if found, _ := scan(t, line, f); len(found) != 1 {
		t.Errorf("%d attacks, want the one that the pipeline made", len(found))
	}
	g := func(o *app.ScanOptions) { o.Content, o.Source = content, "nginx" }
	quick, _ := scan(t, line, g)
	slow, _ := scan(t, line, func(o *app.ScanOptions) { g(o); thorough(o) })
	if !slices.Equal(quick, slow) {
		t.Errorf("%q, thoroughly %q", quick, slow)
	}
}

// TestScanFindsWhatIsThere compares both ways over recorded requests.
func TestScanFindsWhatIsThere(t *testing.T) {
	f, err := os.Open(conformance.Dir(t, "web", "expect.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	rows := bufio.NewScanner(packed)
	rows.Buffer(nil, 1<<20)
	for i := 0; rows.Scan(); i++ {
		if i%16 != 0 { // these say as much as all
			continue
		}
		var row struct{ Log string }
		if err := json.Unmarshal(rows.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		text.WriteString(row.Log + "\n")
	}
	quick, s := scan(t, text.String(), nil)
	slow, _ := scan(t, text.String(), thorough)
	if !slices.Equal(quick, slow) || len(quick)*10 < int(s.Lines) {
		t.Errorf("%d attacks in %d lines, thoroughly %d", len(quick), s.Lines, len(slow))
	}
}
