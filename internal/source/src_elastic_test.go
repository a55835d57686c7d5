package source_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/queue/record"
)

func TestElasticBulk(t *testing.T) {
	s := newSunk()
	h := newIntake(s).Handler()
	documents := []string{
		`{"@timestamp":"2025-10-09T08:53:20.123Z","message":"a","host":{"name":"web1","ip":["192.0.2.1"]},"service.name":"shop","event":{"module":"nginx","duration":9007199254740993},"tags":["x","sender:other"]}`,
		`{"event":{"original":"raw \"line\""},"host":"h"}`,
		`{"a":{"b":{}}}`,
	}
	body := `{"create":{}}` + "\n" + documents[0] + "\n\n" + `{ "index" : {"_index":"i","_id":"7"} }` + "\r\n" + documents[1] + "\r\n" +
		`{"delete":{"_id":"1"}}` + "\n" + `{"update":{"_id":"1"}}` + "\n" + `{"doc":{}}` + "\n" + `{"index":{}}` + "\nno JSON\n" + `{"index":{}}` + "\n" + documents[2]
	w := post(h, "/elastic/logs-x/_bulk?filter_path=errors,items.*.error,items.*.status", body, "Authorization: ApiKey "+base64.StdEncoding.EncodeToString([]byte("id:"+secret)),
		"Accept: application/vnd.elasticsearch+json; compatible-with=8")
	if w.Code != http.StatusOK || w.Header().Get("X-Elastic-Product") != "Elasticsearch" || w.Header().Get("Content-Type") != "application/vnd.elasticsearch+json;compatible-with=8" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var answer struct {
		Errors bool
		Items  []map[string]struct {
			Index  string `json:"_index"`
			ID     string `json:"_id"`
			Status int
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		action, index, id string
		status            int
	}{{"create", "logs-x", "", 201}, {"index", "i", "7", 201}, {"delete", "logs-x", "1", 400}, {"update", "logs-x", "1", 400}, {"index", "logs-x", "", 400}, {"index", "logs-x", "", 201}} {
		if got, ok := answer.Items[i][want.action]; !ok || got.Index != want.index || got.ID != want.id || got.Status != want.status {
			t.Errorf("item %d: %v", i, answer.Items[i])
		}
	}
	if len(answer.Items) != 6 || !answer.Errors {
		t.Errorf("%s", w.Body)
	}
	expect(t, s,
		record.Record{Text: documents[0], Source: "nginx", Service: "shop", Host: "web1", Tags: []string{"x"}},
		record.Record{Text: `{"event":{"original":"raw \"line\""},"host":"h","message":"raw \"line\""}`, Host: "h"},
		record.Record{Text: documents[2]})
}

func TestElasticHandshake(t *testing.T) {
	h := newIntake(newSunk()).Handler()
	f := func(code int, method, path, answer string) {
		t.Helper()
		r := httptest.NewRequest(method, path, http.NoBody)
		r.SetBasicAuth("elastic", secret)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != code || !strings.Contains(w.Body.String(), answer) || w.Header().Get("X-Elastic-Product") != "Elasticsearch" || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		r.Header.Del("Authorization")
		w = httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusUnauthorized && w.Code != http.StatusTooManyRequests {
			t.Errorf("%s %s without a token: %d %s", method, path, w.Code, w.Body)
		}
	}
	f(http.StatusOK, "GET", "/elastic/", `"number":"8.`)
	f(http.StatusOK, "HEAD", "/elastic/", "")
	f(http.StatusOK, "GET", "/elastic/_license", `"active"`)
	f(http.StatusOK, "GET", "/elastic/_xpack?categories=license", `"ilm"`)
	f(http.StatusOK, "HEAD", "/elastic/_index_template/filebeat", "")
	f(http.StatusOK, "PUT", "/elastic/_ilm/policy/filebeat", `"acknowledged":true`)
	f(http.StatusOK, "GET", "/elastic/_ingest/pipeline/x", "{}")
	f(http.StatusNotFound, "GET", "/elastic/_search", `"status":404`)
	f(http.StatusNotFound, "DELETE", "/elastic/_index_template/x", `"status":404`)
	f(http.StatusNotFound, "POST", "/elastic/", `"status":404`)
}

func TestElasticRefuses(t *testing.T) {
	s := newSunk()
	in := newIntake(s)
	in.MaxBody = 4 << 20
	h := in.Handler()
	f := func(code int, body string) {
		t.Helper()
		if w := post(h, "/elastic/_bulk", body, key); w.Code != code || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%.100q: %d %.200s, want %d", body, w.Code, w.Body, code)
		}
	}
	for _, body := range []string{"", "\n\n", "{}\n{}\n", "[]\n{}", `{"create":1}` + "\n{}", `{"create":{}} x`, `{"make":{}}`, `{"create":{}`, strings.Repeat("[", 100_000)} {
		f(http.StatusBadRequest, body)
	}
	f(http.StatusRequestEntityTooLarge, strings.Repeat(`{"delete":{}}`+"\n", 250_001))
	f(http.StatusRequestEntityTooLarge, strings.Repeat("x", 5<<20))
	f(http.StatusOK, `{"create":{}}`)
	f(http.StatusOK, `{"create":{}}`+"\n"+strings.Repeat(`{"a":`, 10_000)+strings.Repeat("}", 10_000))
	if len(s.all()) != 0 {
		t.Errorf("%d records", len(s.all()))
	}
	f(http.StatusOK, `{"create":{}}`+"\n"+`{"message":"`+strings.Repeat("a", 2<<20)+`"}`)
	if all := s.all(); len(all) != 1 || !strings.HasPrefix(all[0].Text, "aaaa") || in.Counters.Cut.Load() != 1 {
		t.Errorf("%d records", len(all))
	}
	s.full = 1
	w := post(h, "/elastic/_bulk", `{"create":{}}`+"\n{\"a\":1}\n", key)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "es_rejected_execution_exception") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func FuzzElastic(f *testing.F) {
	f.Add(`{"create":{"_index":"a"}}` + "\n" + `{"message":"b","host":{"name":"c"},"tags":["d",1],"event.original":"e"}` + "\n" + `{"delete":{"_id":"1"}}` + "\n" + `{"index":{}}` + "\n" + `{"event":{"original":"x"}}`)
	s := newSunk()
	h := newIntake(s).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		if w := post(h, "/elastic/_bulk", body, key); !json.Valid(w.Body.Bytes()) {
			t.Errorf("no JSON: %s", w.Body)
		}
		fuzzed(t, s, h, "/elastic/_bulk", body, []int{http.StatusOK, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, key)
	})
}
