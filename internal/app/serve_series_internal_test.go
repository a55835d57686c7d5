package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/document"
	seriesof "github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// seriesOptions returns a server that keeps series, with a rule of its own.
func seriesOptions(t *testing.T, dir, rule string) ServeOptions {
	t.Helper()
	name := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(name, []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := serveOptions(dir)
	m := seriesof.Default()
	m.Scrape, m.Evaluation, m.RuleFiles = time.Second, time.Second, []string{name}
	if faults := m.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	opts.Config.Metrics = m
	opts.Config.Readers = []auth.Token{auth.NewToken("grafana", "grafana-grafana-grafana")}
	return opts
}

// values asks the API of metrics for the values of an expression.
func (s *Server) values(t *testing.T, expr string) (list []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Listening[0]+"/prometheus/api/v1/query?query="+url.QueryEscape(expr), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer grafana-grafana-grafana")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var said struct {
		Status, Error string
		Data          struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.Status != "success" {
		t.Fatalf("%s: %s %s %v", expr, answer.Status, said.Error, err)
	}
	for _, one := range said.Data.Result {
		list = append(list, fmt.Sprint(one.Value[1]))
	}
	return list
}

func TestServeKeepsSeriesAndMakesSignalsOfRules(t *testing.T) {
	dir := t.TempDir()
	appendLog(t, dir, failures(0, 3)) // 18 sign-ins fail
	opts := seriesOptions(t, dir, `groups: [{name: own, rules: [{alert: ManyFailures, expr: 'sum by (job) (auth_failures_total) >= 18', labels: {severity: high}, annotations: {summary: '{{ $value }} failures'}}]}]`)
	s, stop := serving(t, opts)
	s.until(t, 18)
	eventually(t, "the failures of the log", func() bool {
		got := s.values(t, `sum(auth_failures_total)`)
		return len(got) == 1 && got[0] == "18"
	})
	for _, expr := range []string{`sasumata_events_total`, `node_load1`, `node_memory_MemTotal_bytes`, `node_boot_time_seconds`, `up{job="node"} == 1`, `log_events_total`} {
		eventually(t, expr, func() bool { return len(s.values(t, expr)) > 0 })
	}
	find := func() (all []string) {
		list, err := s.book.List(t.Context(), triage.Search{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Signals {
			if doc := string(list.Signals[i].Document); strings.Contains(doc, "metrics/ManyFailures") {
				all = append(all, list.Signals[i].ID+doc)
			}
		}
		return all
	}
	eventually(t, "the signal of the rule", func() bool { return len(find()) == 1 })
	one := find()[0]
	if !strings.Contains(one, `"title":"18 failures"`) || !strings.Contains(one, `"severity":"high"`) || strings.Contains(one, `"closed"`) {
		t.Errorf("got %s", one)
	}
	stop()
	if !strings.Contains(signalsOf(t, dir), "metrics/ManyFailures") {
		t.Error("the signal is not in signals.jsonl")
	}

	// The counters begin anew, so that the rule does not hold any more: the signal ends.
	s, stop = serving(t, seriesOptions(t, dir, `groups: [{name: own, rules: [{alert: ManyFailures, expr: 'vector(0) > 1'}]}]`))
	defer stop()
	eventually(t, "the end of the signal", func() bool {
		all := find()
		return len(all) == 1 && all[0][:20] == one[:20] && strings.Contains(all[0], `"closed"`)
	})
}
