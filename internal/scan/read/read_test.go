package read_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/read"
)

func lines(t *testing.T, r *scan.Report) []string {
	t.Helper()
	var out []string
	for _, f := range r.Findings {
		one := scan.NewReport(r.Name, "")
		copied := *f
		one.Findings = []*scan.Finding{&copied}
		list, err := scan.Merge([]*scan.Report{one})
		if err != nil || len(list) != 1 {
			t.Fatalf("a finding alone: %v, %v", list, err)
		}
		out = append(out, fmt.Sprintf("%v %s %s %v", f.Kind, f.ID, f.Component(), list[0].Severity))
	}
	return out
}

// TestEveryFormat reads a small report of each: it is recognised by its content, and
// each finding has a kind, an id, a place and a severity.
func TestEveryFormat(t *testing.T) {
	seen := map[string]bool{}
	for i, s := range samples() {
		t.Run(fmt.Sprintf("%s_%d", s.format, i), func(t *testing.T) {
			r, err := read.Read("r", strings.NewReader(s.text), "")
			if err != nil {
				t.Fatal(err)
			}
			if r.Format != s.format || r.Read != len(s.want) {
				t.Errorf("format %s with %d findings, want %s with %d", r.Format, r.Read, s.format, len(s.want))
			}
			if diff := cmp.Diff(s.want, lines(t, r)); diff != "" {
				t.Error(diff)
			}
		})
		seen[s.format] = true
	}
	for _, name := range read.Names() {
		if !seen[name] {
			t.Errorf("no sample is of the format %s", name)
		}
	}
}

// TestUTF16 reads what PowerShell writes when output is redirected.
func TestUTF16(t *testing.T) {
	text := `[{"code":"DL3008","level":"warning","message":"固定 😀","file":"Dockerfile","line":2}]`
	var buf bytes.Buffer
	buf.WriteString("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		buf.Write([]byte{byte(u), byte(u >> 8)})
	}
	r, err := read.Read("r", bytes.NewReader(buf.Bytes()), "")
	if err != nil || r.Read != 1 || r.Findings[0].Title != "固定 😀" {
		t.Fatalf("%+v, %v", r, err)
	}
}

// TestFaults says where a report is wrong.
func TestFaults(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := read.Read("r.json", strings.NewReader(text), "")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	f("{\n \"Results\": [\n", "r.json:3:1: the report ends here, in the middle of a value")
	f("{\n \"Results\": [1 2]}", `r.json:2:16: want a comma or ], not '2'`)
	f("{\"a\": \"x\ny\"}", "r.json:1:9: a control character inside a text")
	f(`{"a": tru}`, `r.json:1:10: "tru" is no value`)
	f(`{"hello": 1, "world": 2}`, "r.json:1:1: no known format of reports has hello, world at its top")
	f("<html><body/></html>", `r.json:1:1: no known format of reports: XML with "html" at its top`)
	f("<bom><components><component>", "r.json:1:29: unexpected EOF")
	f("plain text", "r.json:1:1: no known format of reports: neither JSON nor XML")
	f(strings.Repeat("[", 300), "nest deeper than 200")
	f(`{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"`+strings.Repeat("x", 33<<20)+`"}]}`, "a value longer than 33554432 bytes")
}

// TestWrongTypes reads on where a value is of another type than it should, and says so.
func TestWrongTypes(t *testing.T) {
	r, err := read.Read("r", strings.NewReader(`{"SchemaVersion":2,"ArtifactName":["x"],"Results":[{"Target":"t","Vulnerabilities":[
{"VulnerabilityID":"CVE-2024-1","PkgName":7,"Severity":"LOW"},{"VulnerabilityID":"CVE-2024-2","PkgName":"p"}]},5]}`), "")
	if err != nil || r.Read != 2 || len(r.Notes) != 3 {
		t.Fatalf("%d findings, notes %q, %v", r.Read, r.Notes, err)
	}
	if want := "r:2:44: PkgName is a number, which was left out"; r.Notes[1] != want {
		t.Errorf("%q, want %q", r.Notes[1], want)
	}
}

// TestFailedScanner does not take a scanner that failed for one that found nothing.
func TestFailedScanner(t *testing.T) {
	f := func(text string) {
		t.Helper()
		r, err := read.Read("r", strings.NewReader(text), "")
		if err != nil || !r.Incomplete || r.Read != 0 {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
	f(`{"error":{"code":"ENOAUDIT","summary":"no"}}`)
	f(`{"type":"error","data":"refused"}`)
	f(`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[],"invocations":[{"executionSuccessful":false}]}]}`)
}

// TestSecretsAreNotKept looks for what was found in everything that is kept of it.
func TestSecretsAreNotKept(t *testing.T) {
	for _, s := range samples() {
		if !strings.Contains(s.text, "hunter2") {
			continue
		}
		r, err := read.Read("r", strings.NewReader(s.text), "")
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%+v", *r.Findings[0]); strings.Contains(text, "hunter2") {
			t.Errorf("%s keeps the secret: %s", s.format, text)
		}
	}
}

// flood is a report of one kind of finding, as long as it is asked for.
type flood struct {
	head, item, tail string
	n                int64
}

func (f *flood) open() io.ReadSeeker { return &flooded{flood: f} }

type flooded struct {
	*flood

	at int64
}

func (f *flooded) size() int64 {
	return int64(len(f.head)) + f.n*int64(len(f.item)) + int64(len(f.tail))
}

func (f *flooded) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("only to the beginning")
	}
	f.at = 0
	return 0, nil
}

func (f *flooded) Read(p []byte) (int, error) {
	if f.at >= f.size() {
		return 0, io.EOF
	}
	at := f.at
	var piece string
	switch items := int64(len(f.head)) + f.n*int64(len(f.item)); {
	case at < int64(len(f.head)):
		piece = f.head[at:]
	case at < items:
		piece = f.item[(at-int64(len(f.head)))%int64(len(f.item)):]
	default:
		piece = f.tail[at-items:]
	}
	n := copy(p, piece)
	f.at += int64(n)
	return n, nil
}

// TestTooMany ends with an error where a report has more findings than are kept.
func TestTooMany(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	item := `{"code":"DL3008","level":"warning","message":"m","file":"Dockerfile","line":2},`
	f := &flood{"[", item, item[:len(item)-1] + "]", scan.MaxFindings}
	_, err := read.Read("r", f.open(), "")
	if err == nil || !strings.Contains(err.Error(), "too many findings: more than 200000") || !strings.HasPrefix(err.Error(), "r:1:") {
		t.Fatal(err)
	}
}

// TestTooLarge ends formats that are held in memory before they fill it.
func TestTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	item := `{"message":{"text":"` + strings.Repeat("x", 1000) + `"},"kind":"pass","a":"` + strings.Repeat("x", 1<<20) + `"},`
	f := &flood{`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[`, item, item[:len(item)-1] + `]}]}`, 520}
	if _, err := read.Read("r", f.open(), ""); err == nil || !strings.Contains(err.Error(), "larger than 512 MB") {
		t.Fatal(err)
	}
}
