package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// TestContractOfAnswers asks for each operation, and compares what is answered, and which
// requests are taken, with the description. An operation or an error of it that nothing
// here asks for fails the test.
func TestContractOfAnswers(t *testing.T) {
	h := newContractHouse(t)
	operations := h.operations()
	find := http.NewServeMux()
	for name := range operations {
		find.Handle(name, http.NotFoundHandler())
	}
	seen := map[string]bool{}
	f := func(who, method, path, body string, code int) *exchange {
		t.Helper()
		x := h.ask(t, who, method, path, body)
		if x.code != code {
			t.Errorf("%s: %s %s %s: %d %s, want %d", who, x.method, x.path, body, x.code, x.answer, code)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, x.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := find.Handler(r)
		o := operations[pattern]
		if o == nil {
			t.Fatalf("%s %s is not described", method, path)
		}
		seen[o.name()+" "+h.check(t, o, x)] = true
		return x
	}
	large := `{"name":"` + strings.Repeat("x", 70_000) + `"}`

	f("nobody", "GET", "/-/healthy", "", 200)
	f("nobody", "GET", "/-/ready", "", 200)
	h.ready = errors.New("it rests")
	f("nobody", "GET", "/-/ready", "", 503)
	f("nobody", "GET", "/metrics", "", 200)
	f("nobody", "GET", "/api/v1/openapi.json", "", 200)

	f("viewer", "GET", "/api/v1/rules?limit=1", "", 200)
	if x := f("viewer", "GET", "/api/v1/rules?limit=1&cursor={{next}}", "", 200); !strings.Contains(string(x.answer), `"severities":["critical","low"]`) || !strings.Contains(string(x.answer), `"count":2`) || strings.Contains(string(x.answer), "next") {
		t.Errorf("the second rule: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/rules?limit=0", "", 400)
	f("viewer", "POST", "/api/v1/rules/check", `{"text":"id: b"}`, 200)
	f("viewer", "POST", "/api/v1/rules/check", `{"text":"\u0000"}`, 400)
	f("viewer", "POST", "/api/v1/rules/preview", `{"text":"id: b","hours":24}`, 200)
	f("viewer", "POST", "/api/v1/rules/preview", `{"text":"id: b","hours":1000}`, 400)
	f("viewer", "POST", "/api/v1/rules/preview", `{"text":"none"}`, 404)
	f("viewer", "GET", "/api/v1/rules/b", "", 200)
	f("viewer", "GET", "/api/v1/rules/b?x=1", "", 400)
	f("viewer", "GET", "/api/v1/rules/missing", "", 404)
	f("viewer", "GET", "/api/v1/rules/b/editions/1", "", 200)
	f("viewer", "GET", "/api/v1/rules/b/editions/2", "", 404)
	f("viewer", "GET", "/api/v1/rules/b/editions/1?x=1", "", 400)
	f("responder", "PUT", "/api/v1/rules/b", `{"text":"id: b","note":"n","edition":1}`, 200)
	f("responder", "PUT", "/api/v1/rules/b", `{"text":""}`, 400)
	f("responder", "PUT", "/api/v1/rules/b", `{"text":"id: b","edition":7}`, 409)
	f("responder", "DELETE", "/api/v1/rules/b?note=n", "", 200)
	f("responder", "DELETE", "/api/v1/rules/b?x=1", "", 400)
	f("responder", "DELETE", "/api/v1/rules/missing", "", 404)
	f("responder", "DELETE", "/api/v1/rules/a", "", 409)
	f("responder", "PUT", "/api/v1/rules/b/mode", `{"mode":"simulate","reason":"r"}`, 200)
	f("responder", "PUT", "/api/v1/rules/b/mode", `{"mode":"off"}`, 400)
	f("responder", "PUT", "/api/v1/rules/missing/mode", `{"mode":"enabled"}`, 404)
	for _, one := range []struct{ method, path string }{{"POST", "/check"}, {"POST", "/preview"}, {"PUT", "/b"}, {"PUT", "/b/mode"}} {
		f("responder", one.method, "/api/v1/rules"+one.path, `{"text":"`+strings.Repeat("x", maxRuleBody)+`"}`, 413)
		f("responder", one.method, "/api/v1/rules"+one.path, "text", 415)
	}
	f("viewer", "GET", "/api/v1/runbook?name=web/flood", "", 200)
	f("viewer", "GET", "/api/v1/runbook?name=web/flood&lang=ja", "", 404)
	f("viewer", "GET", "/api/v1/runbook?name=/etc/passwd", "", 400)
	f("viewer", "GET", "/api/v1/runbook?name=web/flood&lang=fr", "", 400)

	f("viewer", "GET", "/api/v1/logs?query=source:nginx&from=2023-01-01T00:00:00Z&to=1s&limit=5", "", 200)
	f("viewer", "GET", "/api/v1/logs?limit=0", "", 400)
	f("viewer", "GET", "/api/v1/logs/stats?query=*&from=2000d&to=1s&stats=count+by+source&every=1d&limit=5", "", 200)
	f("viewer", "GET", "/api/v1/logs/stats?stats=avg(@http.status_code)+by+@none", "", 200)
	f("viewer", "GET", "/api/v1/logs/stats?stats=x", "", 400)
	f("viewer", "GET", "/api/v1/logs/summary?query=*&from=2000d&to=1s&facets=source,@http.status_code&by=status&every=1d&limit=5", "", 200)
	f("viewer", "GET", "/api/v1/logs/summary?every=x", "", 400)
	f("viewer", "GET", "/api/v1/logs/patterns?query=source:nginx&from=2000d&to=1s&limit=5", "", 200)
	f("viewer", "GET", "/api/v1/logs/patterns?limit=1001", "", 400)
	f("viewer", "GET", "/api/v1/logs/tail?query=source:nginx", "", 200)
	f("viewer", "GET", "/api/v1/logs/tail?query=(", "", 400)

	sent := `{"format":"sasumata-findings","version":1,"generated":"2026-01-01T00:00:00Z","asset":"shop/api","reports":[{"report":"t.json","format":"trivy","tools":["trivy"],"findings":1}],"findings":[{"key":"k","kind":"vulnerability","id":"CVE-2026-1","aliases":["GHSA-x"],"related":["DSA-1"],"title":"t","description":"d","severity":"high","severity_from":"nvd","ratings":[{"tool":"trivy","source":"nvd","severity":"high","score":7.5,"vector":"v","chosen":true}],"cvss":7.5,"cwe":[79],"epss":{"score":0.5,"percentile":0.9,"date":"2026-01-01"},"kev":{"added":"2026-01-01","due":"2026-02-01","ransomware":true},"package":{"name":"a","type":"npm","versions":["1.0"],"purl":"pkg:npm/a@1.0"},"fixed":["1.1"],"fix":"upgrade","place":{"path":"a.go","line":1,"end_line":2,"resource":"r"},"url":"https://example.com","published":"2026-01-01T00:00:00Z","state":"new","sources":[{"tool":"trivy","format":"trivy","report":"t.json","id":"CVE-2026-1"}]}]}`
	f("responder", "POST", "/api/v1/posture/runs", sent, 200)
	f("responder", "POST", "/api/v1/posture/runs", strings.Replace(sent, "shop/api", "", 1), 400)
	f("responder", "POST", "/api/v1/posture/runs", "text", 415)
	f("viewer", "GET", "/api/v1/posture/assets", "", 200)
	f("viewer", "GET", "/api/v1/posture/assets/shop%2Fapi/runs", "", 200)
	f("viewer", "GET", "/api/v1/posture/assets/x/runs", "", 404)
	if x := f("viewer", "GET", "/api/v1/posture/findings?asset=shop/api&kind=vulnerability&state=exploited&severity=high&text=cve&limit=5", "", 200); !strings.Contains(string(x.answer), "CVE-2026-1") {
		t.Errorf("the findings: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/posture/findings?severity=bad", "", 400)
	f("responder", "DELETE", "/api/v1/posture/assets/shop%2Fapi", "", 200)
	f("responder", "DELETE", "/api/v1/posture/assets/shop%2Fapi", "", 404)

	f("viewer", "POST", "/api/v1/views", `{"page":"signals","name":"mine","search":"?q=a"}`, 200)
	f("viewer", "DELETE", "/api/v1/views/{{id}}", "", 200)
	f("viewer", "DELETE", "/api/v1/views/{{id}}", "", 404)
	f("viewer", "POST", "/api/v1/views", `{"page":"signals","name":"ours","search":"?q=a","shared":true}`, 403)
	f("viewer", "POST", "/api/v1/views", `{"page":"","name":"mine"}`, 400)
	f("analyst", "POST", "/api/v1/views", `{"page":"signals","name":"ours","search":"?q=a","shared":true}`, 200)
	f("viewer", "DELETE", "/api/v1/views/{{id}}", "", 403)
	if x := f("viewer", "GET", "/api/v1/views?page=signals", "", 200); !strings.Contains(string(x.answer), `"name":"ours"`) || !strings.Contains(string(x.answer), `"by":"the-analyst"`) {
		t.Errorf("the views: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/views?site=signals", "", 400)

	f("responder", "GET", "/api/v1/welcome", "", 200)
	f("responder", "GET", "/api/v1/welcome/state", "", 200)
	f("responder", "POST", "/api/v1/welcome/state", `{"state":"finished"}`, 200)
	f("responder", "POST", "/api/v1/welcome/state", `{"state":"x"}`, 400)
	f("responder", "POST", "/api/v1/welcome/trial", "", 200)
	f("responder", "POST", "/api/v1/welcome/trial", "", 429)

	f("responder", "GET", "/api/v1/dead?limit=2", "", 200)
	if x := f("responder", "GET", "/api/v1/dead?limit=2&cursor={{next}}", "", 200); !strings.Contains(string(x.answer), h.values["letter2"]) || strings.Count(string(x.answer), `"id"`) != 1 || strings.Contains(string(x.answer), "next") {
		t.Errorf("the second page: %s", x.answer)
	}
	f("responder", "GET", "/api/v1/dead?cursor=!", "", 400)
	f("responder", "GET", "/api/v1/dead/{{letter0}}", "", 200)
	f("responder", "GET", "/api/v1/dead/none", "", 404)
	f("responder", "DELETE", "/api/v1/dead/{{letter0}}", "", 200)
	f("responder", "DELETE", "/api/v1/dead/{{letter0}}", "", 404)
	f("responder", "POST", "/api/v1/dead/{{letter1}}/replay", "", 200)
	f("responder", "POST", "/api/v1/dead/none/replay", "", 404)
	h.replay = ErrYoung
	f("responder", "POST", "/api/v1/dead/{{letter2}}/replay", "", 409)
	if x := f("admin", "POST", "/api/v1/backup?secrets=true", "", 200); x.kind != "application/zstd" || string(x.answer) != "an archive, secrets: true" {
		t.Errorf("a backup: %s %q", x.kind, x.answer)
	}
	f("admin", "POST", "/api/v1/backup?secrets=yes", "", 400)
	h.backup = ErrBackingUp
	f("admin", "POST", "/api/v1/backup", "", 409)
	h.backup = record.ErrAway
	f("admin", "POST", "/api/v1/backup", "", 503)
	h.replay = record.ErrFull
	f("responder", "POST", "/api/v1/dead/{{letter2}}/replay", "", 503)

	f("viewer", "GET", "/api/v1/signals?query=rule.id:*&sort=severity&limit=1", "", 200)
	f("viewer", "GET", "/api/v1/signals?query=rule.id:*&sort=severity&limit=1&cursor={{next}}", "", 200)
	f("viewer", "GET", "/api/v1/signals?from=1970-01-01T00:00:00Z&to=1s&sort=rule&order=asc", "", 200)
	f("viewer", "GET", "/api/v1/signals?sort=x", "", 400)
	f("viewer", "GET", "/api/v1/signals?order=x", "", 400)
	f("viewer", "GET", "/api/v1/signals?from=x", "", 400)
	f("viewer", "GET", "/api/v1/signals/summary?query=rule.id:*&from=1970-01-01T00:00:00Z&to=1s&limit=1&buckets=5", "", 200)
	f("viewer", "GET", "/api/v1/signals/summary?buckets=0", "", 400)
	f("viewer", "GET", "/api/v1/signals/events?query=rule.id:*", "", 200)
	f("viewer", "GET", "/api/v1/signals/events?query=(", "", 400)
	f("analyst", "PATCH", "/api/v1/signals/aaa", `{"state":"archived","reason":"benign","assignee":"bob","add_tags":["a b"],"remove_tags":["c"],"comment":"hm","version":1}`, 200)
	f("analyst", "PATCH", "/api/v1/signals/aaa", `{"comment":"x","version":1}`, 409)
	f("analyst", "PATCH", "/api/v1/signals/aaa", `{}`, 400)
	f("analyst", "PATCH", "/api/v1/signals/none", `{"comment":"x"}`, 404)
	f("analyst", "PATCH", "/api/v1/signals/aaa", large, 413)
	f("analyst", "PATCH", "/api/v1/signals/aaa", "text", 415)
	f("viewer", "GET", "/api/v1/signals/aaa", "", 200)
	f("viewer", "GET", "/api/v1/signals/none", "", 404)
	f("viewer", "GET", "/api/v1/signals/stats?from=30d", "", 200)
	f("viewer", "GET", "/api/v1/signals/stats?from=x", "", 400)
	f("viewer", "GET", "/api/v1/signals/entities?limit=5", "", 200)
	f("viewer", "GET", "/api/v1/signals/entities?limit=x", "", 400)
	f("analyst", "POST", "/api/v1/signals/aaa/mute", `{}`, 200)
	f("analyst", "POST", "/api/v1/signals/aaa/mute", `{"fields":["@network.client.ip"],"all_rules":true,"reason":"ours","for":"1h","name":"n"}`, 200)
	f("analyst", "POST", "/api/v1/signals/aaa/mute", `{"fields":["http.url"]}`, 400)
	f("analyst", "POST", "/api/v1/signals/none/mute", `{}`, 404)
	f("analyst", "POST", "/api/v1/signals/bbb/mute", `{}`, 400) // it groups by nothing
	f("analyst", "POST", "/api/v1/signals/aaa/mute", large, 413)
	f("analyst", "POST", "/api/v1/signals/aaa/mute", "text", 415)
	const scheduled = `{"rules":"ruleId:other","query":"host:web1","reason":"r","starts":"2026-01-01T00:00:00Z","expires":"2099-01-01T00:00:00Z","schedule":"sat,sun 02:00 2h Asia/Tokyo"}`
	h.responses(t, f)

	if x := f("viewer", "GET", "/api/v1/containers", "", 200); !strings.Contains(string(x.answer), `"cpu_percent":12.3`) {
		t.Errorf("%s", x.answer)
	}
	f("viewer", "GET", "/api/v1/containers?x=1", "", 400)
	f("viewer", "GET", "/api/v1/containers/web", "", 200)
	f("viewer", "GET", "/api/v1/containers/db", "", 200)
	f("viewer", "GET", "/api/v1/containers/web?x=1", "", 400)
	f("viewer", "GET", "/api/v1/containers/none", "", 404)
	h.watched = nil
	f("viewer", "GET", "/api/v1/containers", "", 200)
	f("analyst", "POST", "/api/v1/suppressions", scheduled, 200)
	f("analyst", "POST", "/api/v1/suppressions", `{"query":"host:web1","reason":"r","forever":true}`, 200)
	f("analyst", "POST", "/api/v1/suppressions", `{"reason":"r","forever":true}`, 400)
	f("analyst", "POST", "/api/v1/suppressions", `{"query":"host:web1","reason":"r","forever":true,"schedule":"never"}`, 400)
	f("analyst", "POST", "/api/v1/suppressions", `{"query":"host:web1","reason":"r","forever":true,"until":"x"}`, 400)
	f("analyst", "POST", "/api/v1/suppressions", large, 413)
	f("analyst", "POST", "/api/v1/suppressions", "text", 415)
	positive, archived := "true_positive", triage.Archived
	if _, err := h.book.Edit(t.Context(), "bbb", triage.Edit{State: &archived, Reason: &positive}, "t"); err != nil {
		t.Fatal(err)
	}
	f("analyst", "POST", "/api/v1/suppressions", `{"rules":"ruleId:other","reason":"r","forever":true}`, 409)
	f("analyst", "POST", "/api/v1/signals/bbb/mute", `{"all":true}`, 409)
	f("analyst", "POST", "/api/v1/suppressions", `{"rules":"ruleId:other","reason":"r","forever":true,"confirm":true}`, 200)
	f("viewer", "POST", "/api/v1/suppressions/preview", `{"rules":"*","query":"@http.url:x* OR @network.client.ip:*","days":365}`, 200)
	f("viewer", "POST", "/api/v1/suppressions/preview", `{"days":366}`, 400)
	f("viewer", "POST", "/api/v1/suppressions/preview", large, 413)
	f("viewer", "POST", "/api/v1/suppressions/preview", "text", 415)
	one := signal.Signal{ID: "s", RuleID: "brute_force", Severity: signal.Low}
	if err := h.suppressions.Count(t.Context(), suppress.Place{Queue: "q", Sequence: 1}, []suppress.Hit{{Suppression: 1, RuleID: "brute_force", Signals: 1, Findings: 2, Last: 1e9, Sample: &one}}); err != nil {
		t.Fatal(err)
	}
	if x := f("viewer", "GET", "/api/v1/suppressions/1", "", 200); !strings.Contains(string(x.answer), `"findings":2`) || !strings.Contains(string(x.answer), `"sample":{"id":"s"`) {
		t.Errorf("%s", x.answer)
	}
	f("viewer", "GET", "/api/v1/suppressions/99", "", 404)
	f("viewer", "GET", "/api/v1/suppressions/x", "", 404)
	f("analyst", "PATCH", "/api/v1/suppressions/1", `{"for":"30d","reason":"longer","version":1}`, 200)
	f("analyst", "PATCH", "/api/v1/suppressions/1", `{"for":"30d","version":1}`, 409)
	f("analyst", "PATCH", "/api/v1/suppressions/1", `{}`, 400)
	f("analyst", "PATCH", "/api/v1/suppressions/99", `{"for":"30d"}`, 404)
	f("analyst", "PATCH", "/api/v1/suppressions/1", large, 413)
	f("analyst", "PATCH", "/api/v1/suppressions/1", "text", 415)
	f("analyst", "POST", "/api/v1/suppressions/1/end", `{"reason":"done"}`, 200)
	f("analyst", "POST", "/api/v1/suppressions/1/end", `{}`, 400) // again
	f("analyst", "POST", "/api/v1/suppressions/99/end", `{}`, 404)
	f("analyst", "POST", "/api/v1/suppressions/2/end", large, 413)
	f("analyst", "POST", "/api/v1/suppressions/2/end", "text", 415)
	f("viewer", "GET", "/api/v1/suppressions?state=active&limit=2", "", 200)
	if x := f("viewer", "GET", "/api/v1/suppressions?cursor={{next}}", "", 200); strings.Count(string(x.answer), `"id"`) != 3 || strings.Contains(string(x.answer), "next") {
		t.Errorf("the second page: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/suppressions?state=gone", "", 400)
	f("viewer", "GET", "/api/v1/suppressions?cursor=x", "", 400)
	f("analyst", "GET", "/api/v1/audit?actor=the-analyst&action=signal.tag&object=aaa&limit=1", "", 200)
	f("analyst", "GET", "/api/v1/audit?limit=1&cursor={{next}}", "", 200)
	f("analyst", "GET", "/api/v1/audit?from=24h&action=signal.*", "", 200)
	f("analyst", "GET", "/api/v1/audit?from=yesterday", "", 400)
	f("analyst", "GET", "/api/v1/audit?cursor=x", "", 400)
	f("viewer", "GET", "/api/v1/notices/undelivered", "", 200)
	f("viewer", "GET", "/api/v1/notices/undelivered?signal=aaa&receiver=console&limit=1", "", 200)
	f("viewer", "GET", "/api/v1/notices/undelivered?cursor=!", "", 400)
	f("viewer", "GET", "/api/v1/notices/history?limit=1", "", 200)
	if x := f("viewer", "GET", "/api/v1/notices/history?limit=1&cursor={{next}}", "", 200); strings.Count(string(x.answer), `"number"`) != 1 || strings.Contains(string(x.answer), "next") {
		t.Errorf("the second page: %s", x.answer)
	}
	if x := f("viewer", "GET", "/api/v1/notices/history?signal=aaa&receiver=console&from=24h", "", 200); strings.Count(string(x.answer), `"signal":"aaa"`) != 1 || strings.Contains(string(x.answer), "bbb") {
		t.Errorf("of one signal: %s", x.answer)
	}
	if x := f("viewer", "GET", "/api/v1/notices/history?receiver=mail", "", 200); !strings.Contains(string(x.answer), `"count":0`) {
		t.Errorf("of another receiver: %s", x.answer)
	}
	if x := f("viewer", "GET", "/api/v1/silences/preview?matchers=rule_id%3Dr", "", 200); !strings.Contains(string(x.answer), `"severity":"high"`) || !strings.Contains(string(x.answer), `"outcome":"told"`) || strings.Contains(string(x.answer), "refused") {
		t.Errorf("a silence of one rule: %s", x.answer)
	}
	if x := f("viewer", "GET", "/api/v1/silences/preview?matchers=severity%3Dhigh", "", 200); !strings.Contains(string(x.answer), "nearly") {
		t.Errorf("a silence of a severity: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/silences/preview?matchers=ip", "", 400)
	f("viewer", "GET", "/api/v1/silences/preview", "", 400)
	f("viewer", "GET", "/api/v1/notices/history?from=then", "", 400)
	if x := f("viewer", "GET", "/api/v1/notices/history?outcome=failed", "", 200); !strings.Contains(string(x.answer), `"count":0`) {
		t.Errorf("what failed: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/notices/history?outcome=lost", "", 400)
	f("viewer", "GET", "/api/v1/notices/history?same=x", "", 400)
	for id, want := range map[string]string{"aaa": `"signal":"aaa"`, "none": `"count":0`} {
		if x := f("viewer", "GET", "/api/v1/notices/history?same=true&signal="+id, "", 200); !strings.Contains(string(x.answer), want) || strings.Contains(string(x.answer), "bbb") {
			t.Errorf("what was told of %s, or the same: %s", id, x.answer)
		}
	}
	f("viewer", "GET", "/api/v1/notices/undelivered?same=true&signal=aaa", "", 200)
	if x := f("viewer", "GET", "/api/v1/notices/history", "", 200); !strings.Contains(string(x.answer), "/alert/ack?") || regexp.MustCompile(`sig=[A-Za-z0-9]`).Match(x.answer) {
		t.Errorf("who may read what was told can use its links: %s", x.answer)
	}

	if x := f("viewer", "GET", "/api/v1/alerting", "", 200); !strings.Contains(string(x.answer), `"target":"console/console[0]","kind":"console","told":2`) || !strings.Contains(string(x.answer), `"now":"broken"`) || !strings.Contains(string(x.answer), `"running_count":0`) {
		t.Errorf("who is told: %s", x.answer)
	}
	f("viewer", "GET", "/api/v1/alerting?x=1", "", 400)
	if x := f("viewer", "POST", "/api/v1/alerting/preview", `{"signal":"aaa"}`, 200); !strings.Contains(string(x.answer), "/signals/aaa") || !strings.Contains(string(x.answer), `"ip":"203.0.113.7"`) || strings.Contains(string(x.answer), "sig=") {
		t.Errorf("who would be told of a signal: %s", x.answer)
	}
	if x := f("viewer", "POST", "/api/v1/alerting/preview", `{"severity":"low","rule":"x","labels":{"ip":"192.0.2.1"}}`, 200); !strings.Contains(string(x.answer), `"why":"quiet"`) {
		t.Errorf("who would be told of what is low: %s", x.answer)
	}
	if x := f("viewer", "POST", "/api/v1/alerting/preview", `{"severity":"critical"}`, 200); !strings.Contains(string(x.answer), `"receiver":"night","person":"broken"`) {
		t.Errorf("who would be told of what is critical: %s", x.answer)
	}
	f("viewer", "POST", "/api/v1/alerting/preview", `{"signal":"none"}`, 404)
	f("viewer", "POST", "/api/v1/alerting/preview", `{"signal":"aaa","severity":"low"}`, 400)
	f("viewer", "POST", "/api/v1/alerting/preview", `{}`, 400)
	for _, path := range []string{"/api/v1/alerting/preview", "/api/v1/alerting/drill"} {
		f("admin", "POST", path, large, 413)
		f("admin", "POST", path, "text", 415)
	}
	f("viewer", "POST", "/api/v1/alerting/preview", `{"severity":"high","labels":{"x":1}}`, 400)
	for _, name := range []string{"no name", "severity", ""} {
		f("viewer", "POST", "/api/v1/alerting/preview", `{"severity":"high","labels":{"`+name+`":"x"}}`, 400)
	}

	if x := f("admin", "POST", "/api/v1/receivers/console/test", "", 200); !strings.Contains(string(x.answer), `"title":"[TEST]`) || !strings.Contains(string(x.answer), `"told":true`) {
		t.Errorf("a test: %s", x.answer)
	}
	if x := f("admin", "POST", "/api/v1/receivers/night/test", "", 200); !strings.Contains(string(x.answer), `"told":false`) || !strings.Contains(string(x.answer), "no such file") {
		t.Errorf("a test that fails: %s", x.answer)
	}
	f("admin", "POST", "/api/v1/receivers/nobody/test", "", 404)
	f("admin", "POST", "/api/v1/receivers/empty/test", "", 409)
	f("admin", "POST", "/api/v1/alerting/drill", `{"severity":"critical"}`, 200)
	f("admin", "POST", "/api/v1/alerting/drill", `{"severity":"none"}`, 400)
	if x := f("viewer", "GET", "/api/v1/alerting", "", 200); !strings.Contains(string(x.answer), `"running_count":1`) {
		t.Errorf("a drill is not escalated: %s", x.answer)
	}
	if x := f("viewer", "GET", "/api/v1/notices/history?outcome=failed", "", 200); !strings.Contains(string(x.answer), `"title":"[TEST]`) {
		t.Errorf("a test that failed is in no history: %s", x.answer)
	}
	for range 5 {
		f("admin", "POST", "/api/v1/receivers/console/test", "", 200)
	}
	if x := f("admin", "POST", "/api/v1/receivers/console/test", "", 429); x.header.Get("Retry-After") == "" {
		t.Error("too many tests: nobody says when there may be another one")
	}
	for _, action := range []string{"receiver.test", "alerting.drill"} {
		if x := f("admin", "GET", "/api/v1/audit?action="+action, "", 200); !strings.Contains(string(x.answer), `"actor":"the-admin"`) {
			t.Errorf("the trail of %s: %s", action, x.answer)
		}
	}

	f("nobody", "GET", "/api/v1/me", "", 401)
	f("admin", "GET", "/api/v1/me", "", 200)
	f("token of manage", "GET", "/api/v1/me", "", 200)
	f("viewer", "POST", "/api/v1/login", `{"name":"the-viewer","password":"`+goodPassword+`"}`, 200)
	f("nobody", "POST", "/api/v1/login", `{"name":"the-viewer","password":"wrong"}`, 401)
	f("nobody", "POST", "/api/v1/login", `{"user":"x"}`, 400)
	f("nobody", "POST", "/api/v1/login", large, 413)
	f("nobody", "POST", "/api/v1/login", "text", 415)
	f("viewer", "POST", "/api/v1/me/password", `{"current":"wrong","new":"other `+goodPassword+`"}`, 403)
	f("viewer", "POST", "/api/v1/me/password", `{"current":"`+goodPassword+`","new":"short"}`, 400)
	f("viewer", "POST", "/api/v1/me/password", `{"current":"`+goodPassword+`","new":"other `+goodPassword+`"}`, 200)
	f("viewer", "POST", "/api/v1/logout", "", 200)
	f("analyst", "GET", "/api/v1/me/account", "", 200)
	f("analyst", "POST", "/api/v1/me/recovery", `{"password":"`+goodPassword+`"}`, 400)
	f("analyst", "POST", "/api/v1/me/totp", `{"password":"wrong"}`, 403)
	f("analyst", "POST", "/api/v1/me/totp", `{"password":"`+goodPassword+`"}`, 200)
	f("analyst", "POST", "/api/v1/me/totp/confirm", `{"code":"x"}`, 400)
	f("analyst", "POST", "/api/v1/me/totp/confirm", `{"code":"`+totpCode(h.values["secret"], 0)+`"}`, 200)
	f("analyst", "POST", "/api/v1/me/totp", `{"password":"`+goodPassword+`"}`, 400)
	f("analyst", "POST", "/api/v1/me/recovery", `{"password":"wrong"}`, 403)
	f("analyst", "POST", "/api/v1/me/recovery", `{"password":"`+goodPassword+`"}`, 200)
	if x := f("analyst", "GET", "/api/v1/me/account", "", 200); !strings.Contains(string(x.answer), `"recovery_codes":10`) || !strings.Contains(string(x.answer), `"totp":true`) {
		t.Errorf("the account: %s", x.answer)
	}
	f("analyst", "POST", "/api/v1/me/totp/off", `{"password":"wrong"}`, 403)
	f("analyst", "POST", "/api/v1/me/totp/off", `{"password":"`+goodPassword+`"}`, 200)
	h.passkeys(t, f)
	f("analyst", "POST", "/api/v1/me/tokens", `{"name":"mine","scopes":["viewer"],"expires":"90d"}`, 200)
	h.values["mine"] = h.values["id"]
	f("analyst", "POST", "/api/v1/me/tokens", `{"name":"mine","scopes":["logs:read"]}`, 409)
	f("analyst", "POST", "/api/v1/me/tokens", `{"name":"mine","scopes":[]}`, 400)
	f("analyst", "GET", "/api/v1/me/tokens?limit=1", "", 200)
	f("analyst", "GET", "/api/v1/me/tokens?cursor=bQ", "", 200)
	f("analyst", "GET", "/api/v1/me/tokens?limit=x", "", 400)
	f("analyst", "DELETE", "/api/v1/me/tokens/{{mine}}", "", 200)
	f("analyst", "DELETE", "/api/v1/me/tokens/{{mine}}", "", 404)
	x := f("responder", "GET", "/api/v1/me/sessions", "", 200)
	var mine struct{ Sessions []struct{ ID string } }
	if err := json.Unmarshal(x.answer, &mine); err != nil || len(mine.Sessions) == 0 {
		t.Fatalf("%s: %v", x.answer, err)
	}
	f("responder", "DELETE", "/api/v1/me/sessions/none", "", 404)
	f("responder", "DELETE", "/api/v1/me/sessions/"+mine.Sessions[0].ID, "", 200)

	f("admin", "POST", "/api/v1/users", `{"name":"ann","password":"`+goodPassword+`","role":"viewer"}`, 200)
	f("admin", "POST", "/api/v1/users", `{"name":"ann","password":"`+goodPassword+`","role":"viewer"}`, 409)
	f("admin", "POST", "/api/v1/users", `{"name":"bob","password":"x","role":"viewer"}`, 400)
	f("admin", "POST", "/api/v1/users", `{"name":"eve","issuer":"https://login.example.com","role":"viewer"}`, 200)
	f("admin", "GET", "/api/v1/users?limit=1", "", 200)
	f("admin", "GET", "/api/v1/users?limit=1&cursor={{next}}", "", 200)
	if x := f("admin", "GET", "/api/v1/users?query=ANN", "", 200); !strings.Contains(string(x.answer), `"count":1`) {
		t.Errorf("a search for ann: %s", x.answer)
	}
	f("admin", "GET", "/api/v1/users?limit=x", "", 400)
	f("admin", "PATCH", "/api/v1/users/ann", `{"role":"analyst","disabled":true,"totp":false}`, 200)
	f("admin", "PATCH", "/api/v1/users/ann", `{"role":"king"}`, 400)
	f("admin", "PATCH", "/api/v1/users/none", `{"role":"analyst"}`, 404)
	f("admin", "PATCH", "/api/v1/users/the-admin", `{"role":"analyst"}`, 409)
	f("admin", "DELETE", "/api/v1/users/ann/sessions", "", 200)
	f("admin", "DELETE", "/api/v1/users/none/sessions", "", 404)
	f("admin", "DELETE", "/api/v1/users/ann", "", 200)
	f("admin", "DELETE", "/api/v1/users/ann", "", 404)
	f("admin", "DELETE", "/api/v1/users/the-admin", "", 409)
	f("admin", "GET", "/api/v1/tokens?limit=2", "", 200)
	f("admin", "GET", "/api/v1/tokens?limit=2&cursor={{next}}", "", 200)
	if x := f("admin", "GET", "/api/v1/tokens?query=sen&scope=logs:send", "", 200); !strings.Contains(string(x.answer), `"count":1`) {
		t.Errorf("a search for senders: %s", x.answer)
	}
	f("admin", "GET", "/api/v1/tokens?limit=x", "", 400)
	f("admin", "POST", "/api/v1/tokens", `{"name":"t","scopes":["logs:read"],"expires":"90d"}`, 200)
	h.values["t"] = h.values["id"]
	f("admin", "POST", "/api/v1/tokens", `{"name":"t","scopes":["logs:read"]}`, 409)
	f("admin", "POST", "/api/v1/tokens", `{"name":"u","scopes":["x"]}`, 400)
	f("admin", "DELETE", "/api/v1/tokens/{{t}}", "", 200)
	f("admin", "DELETE", "/api/v1/tokens/{{t}}", "", 404)

	for _, o := range operations {
		for status := range h.at(o.is["responses"]) {
			if status != "default" && !seen[o.name()+" "+status] {
				t.Errorf("%s: nothing here is answered %s: add a request above", o.name(), status)
			}
		}
	}
}

// TestContractOfRefusals asks for each operation with a parameter that nobody knows, and
// as nobody.
func TestContractOfRefusals(t *testing.T) {
	h := newContractHouse(t)
	for name, o := range h.operations() {
		if !strings.HasPrefix(o.path, below) {
			continue
		}
		path := strings.NewReplacer("{id}", "none", "{name}", "none").Replace(o.path)
		x := h.ask(t, "admin", o.method, path+"?zzz=1", "")
		h.check(t, o, x)
		var said problemDetails
		_ = json.Unmarshal(x.answer, &said)
		want := slices.Concat(o.takes("query"))
		if list := strings.Join(want, ", "); x.code != http.StatusBadRequest || said.Detail != fmt.Sprintf(`parameter "zzz" is unknown, want %s`, list) && (list != "" || said.Detail != `parameter "zzz" is unknown, want none`) {
			t.Errorf("%s: described are the parameters %q, and one that is not described is answered %d %s\n(the handler begins with known(r, names of its parameters...))", name, want, x.code, said.Detail)
		}
		if o.is["x-needs"] == "anybody" {
			continue
		}
		x = h.ask(t, "nobody", o.method, path, "")
		if h.check(t, o, x); x.code != http.StatusUnauthorized || x.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s as nobody: %d %s", name, x.code, x.answer)
		}
	}
	for path, code := range map[string]int{"/api/v1/": 404, "/api/v1/none": 404, "/api/v1/signals/aaa/none": 404, "/api/v1/logout": 405} {
		x := h.ask(t, "admin", http.MethodGet, path, "")
		if x.code != code || x.kind != "application/problem+json" || (x.header.Get("Allow") == "POST") != (code == 405) {
			t.Errorf("%s: %d %s %v", path, x.code, x.answer, x.header)
		}
	}
}
