package metrics

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/document"
)

func TestTargetsAreAsked(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# HELP pg_up Whether it runs.\n# TYPE pg_up gauge\npg_up 1\n")
	}))
	t.Cleanup(target.Close)
	node, err := document.DecodeNode("c.yaml", fmt.Appendf(nil, "{job_name: database, static_configs: [{targets: ['%s']}]}", strings.TrimPrefix(target.URL, "http://")), document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, t.TempDir(), downRule, func(o *Options) {
		o.Now, o.Config.NoHost, o.Config.Scrape, o.Config.ScrapeConfigs = time.Now, false, time.Second, []document.Node{node}
		o.Own = func(w io.Writer) error { _, err := io.WriteString(w, "sasumata_events_total 7\n"); return err }
		o.Containers = func(context.Context) ([]Sample, error) {
			return []Sample{{Name: "container_last_seen", Labels: []Label{{Name: "name", Value: "a\"b\n\xff"}}, Value: 3}}, nil
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	f := func(expr string, want float64) {
		t.Helper()
		eventually(t, expr, func() bool {
			v, err := h.ask(t.Context(), expr, time.Now())
			return err == nil && len(v) == 1 && v[0].F == want
		})
	}
	f(`pg_up{job="database"}`, 1)
	f(`sasumata_events_total{job="sasumata",instance="h"}`, 7)
	f(`container_last_seen{job="containers",name=~"a\"b\n."}`, 3)
	f(`count(node_load1{job="node",instance="h"})`, 1)
	f(`sum(up)`, 5)
	answer := func(path string) string {
		w := httptest.NewRecorder()
		h.API().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return w.Body.String()
	}
	if got := answer("/metadata?metric=pg_up"); !strings.Contains(got, `"pg_up":[{"type":"gauge","help":"Whether it runs.","unit":""}]`) {
		t.Error(got)
	}
	if got := answer("/targets"); strings.Count(got, `"health":"up"`) != 5 {
		t.Error(got)
	}
	target.Close()
	f(`up{job="database"}`, 0)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAConfigurationIsChecked(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		c := Default()
		err := document.Decode("c.yaml", []byte(text), c, document.Options{})
		if err == nil {
			if faults := c.Check(document.Pos{File: "c.yaml", Line: 1}); len(faults) > 0 {
				err = faults
			}
		}
		if got := fmt.Sprint(err); !strings.Contains(got, want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
	f("{}", "<nil>")
	f("retention: 1m", "c.yaml:1:12: retention wants a duration")
	f("scrap_interval: 15s", "scrape_interval")
	f("scrape_configs: [{job_name: a, static_config: []}]", "c.yaml:1:17: scrape_configs: yaml: ")
	f("scrape_configs: [{job_name: a}, {job_name: a}]", `found multiple scrape configs with job name "a"`)
	f("scrape_configs: [{job_name: node}]", "jobs of this process are sasumata, node, containers, logs")
	f("scrape_configs: {job_name: a}", "list")
	f("scrape_configs: [a]", "scrape_configs: yaml: ")
	f("scrape_configs: [{job_name: a, kubernetes_sd_configs: []}]", "kubernetes_sd_configs")
	f("scrape_config_files: /nowhere/x.yaml", "there is no file /nowhere/x.yaml")
	f("rule_files: rules.yaml", "wants to begin with /")
	f("rule_files: /nowhere/x.yaml", "there is no file /nowhere/x.yaml")
	f("query_url: prometheus:9090", "query_url")
	f("query_token_file: /x", "query_token_file is for query_url")
	f("max_bytes: 5", "max_bytes wants at least")
	f("query_concurrency: 0", "query_concurrency")
	f("remote_write: [{url: x}]", "wants the form https://")
	f("log_metrics: [{name: a-b}]", "letters, digits")
	f("log_metrics: [{name: a, type: histogramm, value: '@x'}]", `did you mean "histogram"`)
	f("log_metrics: [{name: a, query: 'a AND ('}]", "query:")
	f("log_metrics: [{name: a, type: histogram, value: '@x', buckets: [2, 1]}]", "ascending")
	f("log_metrics: [{name: a, group_by: [{label: le, field: x}]}]", "is not le")
	f("log_metrics: [{name: a}, {name: a}]", "two metrics")
}
