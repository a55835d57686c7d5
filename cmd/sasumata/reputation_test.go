package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAnalyzeAsksAboutTheWorstAddresses runs analyze against services of its own.
func TestAnalyzeAsksAboutTheWorstAddresses(t *testing.T) {
	var (
		mu    sync.Mutex
		asked []string
	)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.RequestURI())
		if strings.HasPrefix(r.URL.Path, "/api/v3/") && r.Header.Get("x-apikey") == "vt-key" {
			fmt.Fprint(w, `{"data":{"attributes":{"last_analysis_stats":{"malicious":7,"harmless":83}}}}`)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer site.Close()
	var log strings.Builder
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i, from := range []string{"203.0.113.9", "10.1.2.3", "198.51.100.7", "192.0.2.1"} {
		for j := range 9 - i {
			fmt.Fprintf(&log, "%s web1 sshd[%d]: Failed password for root from %s port %d ssh2\n", at.Add(time.Duration(10*i+j)*time.Second).Format(time.Stamp), 100+i, from, 4000+i)
		}
	}
	page := filepath.Join(t.TempDir(), "report.json")
	run := func(change func(*analyze)) (out string, err error) {
		t.Helper()
		var screen, errs bytes.Buffer
		a := &analyze{streams: streams{out: &screen, err: &errs}, output: "text", failOn: "never", lang: "en"}
		a.now, a.tz, a.multiline, a.reports = now, "UTC", "auto", []string{page}
		a.top, a.base, a.client, a.cache = 2, site.URL, site.Client(), t.TempDir()
		a.own = []string{"198.51.100.0/24"}
		a.virusTotal, a.abuseIPDB = file(t, "vt", "vt-key\n"), file(t, "abuse", "abuse-key\n")
		change(a)
		err = a.run(t.Context(), []string{file(t, "auth.log", log.String())})
		return screen.String() + errs.String(), err
	}
	out, err := run(func(*analyze) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"VirusTotal: 7 of 90 engines say malicious", "AbuseIPDB was not asked about 2 of 2 addresses: it answers 500"} {
		if !strings.Contains(out, want) {
			t.Errorf("missing %q in\n%s", want, out)
		}
	}
	text := strings.Join(asked, "\n")
	for address, want := range map[string]bool{"203.0.113.9": true, "192.0.2.1": true, "10.1.2.3": false, "198.51.100.7": false} {
		if strings.Contains(text, "/api/v3/ip_addresses/"+address) != want {
			t.Errorf("asked about %s is %v:\n%s", address, !want, text)
		}
	}
	if data, err := os.ReadFile(page); err != nil || strings.Count(string(data), `"service": "VirusTotal"`) != 2 || strings.Contains(string(data), "vt-key") || strings.Contains(out, "vt-key") {
		t.Errorf("%v: the JSON report lacks what the service said, or has the key", err)
	}
	asked = nil
	if _, err = run(func(a *analyze) { a.virusTotal, a.abuseIPDB = "", "" }); err != nil || len(asked) > 0 {
		t.Errorf("%v: without a key these were asked: %v", err, asked)
	}
	if _, err = run(func(a *analyze) { a.top = 0 }); err == nil || !strings.Contains(err.Error(), "--reputation-top 0") {
		t.Errorf("got %v", err)
	}
	if _, err = run(func(a *analyze) {
		if err := os.Chmod(a.virusTotal, 0o644); err != nil {
			t.Fatal(err)
		}
	}); err == nil || !strings.Contains(err.Error(), "--virustotal-key-file") || !strings.Contains(err.Error(), "others can read it") {
		t.Errorf("got %v", err)
	}
}
