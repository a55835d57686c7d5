package metrics

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served returns the API of an engine with a few samples, where Prometheus has it.
func served(t *testing.T, change func(*Options)) (*house, *httptest.Server) {
	t.Helper()
	h := build(t, t.TempDir(), downRule, change)
	for i := range 11 {
		h.add(time.Duration(i)*time.Minute, float64(i), "__name__", "requests_total", "job", "web", "code", "200")
		h.add(time.Duration(i)*time.Minute, float64(2*i), "__name__", "requests_total", "job", "web", "code", "500")
	}
	h.move(start.Add(10 * time.Minute))
	server := httptest.NewServer(http.StripPrefix("/api/v1", h.API()))
	t.Cleanup(server.Close)
	return h, server
}

func TestTheAPIAnswersAsPrometheusDoes(t *testing.T) {
	h, server := served(t, nil)
	h.groups()
	f := func(path, form, want string) {
		t.Helper()
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := httptest.NewRequest(method, server.URL+"/api/v1/"+path+"?"+form, http.NoBody)
			if method == http.MethodPost {
				r = httptest.NewRequest(method, server.URL+"/api/v1/"+path, strings.NewReader(form))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			w := httptest.NewRecorder()
			server.Config.Handler.ServeHTTP(w, r)
			if got := strings.TrimSpace(w.Body.String()); !json.Valid([]byte(got)) || !strings.Contains(got, want) {
				t.Errorf("%s %s: %d %s\nwant %s", method, path, w.Code, got, want)
			}
			if failed := strings.Contains(want, "errorType"); failed != (w.Code >= 400) {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	q := func(pairs ...string) string {
		v := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v.Encode()
	}
	f("query", q("query", `sum(requests_total)`), `{"data":{"result":[{"metric":{},"value":[1768554600,"30"]}],"resultType":"vector"},"status":"success"}`)
	f("query", q("query", `requests_total{code="500"}`, "time", "2026-01-16T09:05:00Z"), `"value":[1768554300,"10"]`)
	f("query", q("query", `1/0`), `"resultType":"scalar"`)
	f("query", q("query", `sum(`), `"errorType":"bad_data"`)
	f("query", q("query", `up`, "time", "yesterday"), `"errorType":"bad_data"`)
	f("query_range", q("query", `sum by (code) (requests_total)`, "start", "1768554000", "end", "1768554600", "step", "300"), `{"metric":{"code":"500"},"values":[[1768554000,"0"],[1768554300,"10"],[1768554600,"20"]]}`)
	f("query_range", q("query", `up`, "start", "0", "end", "1768554600", "step", "1s"), `"more than 11000 points: try a larger step","errorType"`)
	f("query_range", q("query", `up`, "start", "5", "end", "1", "step", "1s"), `"errorType":"bad_data"`)
	f("query_range", q("query", `up`, "start", "1", "end", "5", "step", "0"), `"errorType":"bad_data"`)
	f("series", q("match[]", `requests_total{code="200"}`), `"data":[{"__name__":"requests_total","code":"200","job":"web"}]`)
	f("series", q("match[]", `requests_total`, "limit", "1"), `"warnings":["there are more than 1"]`)
	f("series", "", `"errorType":"bad_data"`)
	f("labels", "", `"data":["__name__","code","job"]`)
	f("labels", q("match[]", "nothing"), `"data":[]`)
	f("label/code/values", "", `"data":["200","500"]`)
	f("label/code/values", q("match[]", `requests_total{code=~"5.."}`), `"data":["500"]`)
	f("metadata", "", `"data":{}`)
	f("query_exemplars", q("query", "up"), `"data":[]`)
	f("format_query", q("query", `sum(  up )by(job)`), `"data":"sum by (job) (up)"`)
	f("parse_query", q("query", `-sum by (job) (rate(up[5m] offset 1m)) > bool 1`), `"type":"binaryExpr"`)
	f("rules", "", `"name":"job:up:min"`)
	f("rules", q("type", "alert"), `"name":"Down"`)
	f("rules", q("type", "strange"), `"errorType":"bad_data"`)
	f("rules", q("rule_name[]", "Nobody"), `"groups":[]`)
	f("alerts", "", `"alerts":[]`)
	f("targets", "", `"activeTargets":[]`)
	f("status/buildinfo", "", `"version":"3.15.0"`)
	f("admin/tsdb/delete_series", "", `"errorType":"not_found"`)
}

func TestAQueryHasLimits(t *testing.T) {
	h, server := served(t, func(o *Options) { o.Config.MaxSamples, o.Config.Queries = 1000, 1 })
	answer := func() (int, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/query?query="+url.QueryEscape(`sum_over_time(requests_total[10m:100ms])`), http.NoBody)
		server.Config.Handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, text := answer(); code != http.StatusUnprocessableEntity || !strings.Contains(text, "too many samples") {
		t.Errorf("%d %s, want that there are too many samples", code, text)
	}
	h.places <- struct{}{} // somebody asks
	if code, text := answer(); code != http.StatusServiceUnavailable || !strings.Contains(text, "query_concurrency") || h.queriesRefused.Load() != 1 {
		t.Errorf("%d %s, want that it comes again", code, text)
	}
}

// promtool returns Debian's promtool, or skips.
func promtool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("SKIPPED: there is no promtool (apt install prometheus), so nobody else reads our rules and API")
	}
	return path
}

func TestPromtoolAsksTheAPI(t *testing.T) {
	tool := promtool(t)
	h, server := served(t, nil)
	h.groups()
	f := func(want string, args ...string) {
		t.Helper()
		args = append([]string{"query", args[0]}, append([]string{server.URL}, args[1:]...)...)
		out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("promtool %s: %v\n%s\nwant %s", strings.Join(args, " "), err, out, want)
		}
	}
	f(`{code="500"} => 20 @[1768554600]`, "instant", `sum by (code) (requests_total @ 1768554600)`, "--time=1768554600")
	f(`{__name__="requests_total", code="200", job="web"}`, "series", "--match=requests_total")
	f("200\n500", "labels", "code")
	f("10 @[1768554300]", "range", "--start=1768554000", "--end=1768554600", "--step=5m", `requests_total{code="500"}`)
}

func TestShippedRulesPassPromtool(t *testing.T) {
	tool := promtool(t)
	folder := filepath.Join("..", "..", "content", "metrics")
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(names) < 6 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		args := []string{"test", "rules", filepath.Base(name)}
		if !IsTest(name) {
			args[0], args[1] = "check", "rules"
			if _, err := os.Stat(strings.TrimSuffix(name, ".yaml") + "_test.yaml"); err != nil {
				t.Errorf("%s has no test beside it", name)
			}
		}
		cmd := exec.CommandContext(t.Context(), tool, args...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func TestAnotherServerIsAskedInstead(t *testing.T) {
	there, server := served(t, nil)
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("a-token-for-the-other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var shown string
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown = r.Header.Get("Authorization")
		server.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	here := build(t, dir, `groups: [{name: g, rules: [{alert: Many, expr: 'sum by (job) (requests_total) > 20', annotations: {summary: '{{ $labels.job }} {{ $value }}'}}]}]`, func(o *Options) {
		o.Config.QueryURL, o.Config.QueryTokenFile = front.URL, token
	})
	at := there.now()
	here.groups()[0].Eval(t.Context(), at)
	if all := here.told(); len(all) != 1 || all[0].Signal.Title != "web 30" || shown != "Bearer a-token-for-the-other" {
		t.Errorf("told %+v, shown %q", all, shown)
	}
	w := httptest.NewRecorder()
	here.API().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/label/code/values", http.NoBody))
	if !strings.Contains(w.Body.String(), `["200","500"]`) {
		t.Errorf("got %s", w.Body)
	}
	front.Close()
	here.groups()[0].Eval(t.Context(), at.Add(time.Minute))
	if here.ruleErrors.Load() != 1 {
		t.Error("a question without an answer is not counted")
	}
	w = httptest.NewRecorder()
	here.API().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/query?query=up", http.NoBody))
	if w.Code != http.StatusBadGateway {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestAnAnswerOfAnotherServerIsRead(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		v, err := readInstant([]byte(text), start)
		got := v.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
	f(`{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}`, "7 @")
	f(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"NaN"]}]}}`, `{a="b"} => NaN`)
	f(`{"status":"success","data":{"resultType":"matrix","result":[]}}`, "want a vector")
	f(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}}`, "a value of query_url")
	f(`{"status":"error","error":"no"}`, "refuses: no")
	f(`<html>`, "is not Prometheus'")
}

func FuzzReadInstant(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"2"]}]}}`))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = readInstant(data, start) })
}
