package source_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const splunkKey = "Authorization: Splunk " + secret

func TestSplunkEvents(t *testing.T) {
	f := func(path, body string, want ...record.Record) {
		t.Helper()
		s := newSunk()
		w := post(newIntake(s).Handler(), path, body, splunkKey)
		if w.Code != http.StatusOK || w.Body.String() != `{"text":"Success","code":0}` {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		expect(t, s, want...)
	}
	f("/services/collector", `{"time":1760000000.123456789,"host":"web1","source":"/a.log","sourcetype":"nginx","index":"main","event":"GET \"x\"","fields":{"region":"eu","n":9007199254740993,"list":["a"],"message":"m"}}`+
		`{"event":{"user":{"id":18446744073709551615}},"time":"1760000000.5","sourcetype":"_json"}`+"\n"+`{"event":7}{"event":"alone","fields":null}`,
		record.Record{Text: otlpHead + `"region":"eu","n":9007199254740993,"list":["a"],"custom.message":"m","message":"GET \"x\""}`, Source: "nginx", Host: "web1", Tags: []string{"source:/a.log", "sourcetype:nginx", "index:main"}},
		record.Record{Text: `{"timestamp":"2025-10-09T08:53:20.5Z","user":{"id":18446744073709551615}}`, Tags: []string{"sourcetype:_json"}},
		record.Record{Text: "7"}, record.Record{Text: "alone"})
	f("/services/collector/event/1.0", `[{"event":{"a":1}},{"time":1.76e9,"event":"b"},{"time":"never","event":"c"}]`,
		record.Record{Text: `{"a":1}`}, record.Record{Text: `{"timestamp":"2025-10-09T08:53:20Z","message":"b"}`}, record.Record{Text: "c"})
	f("/services/collector/raw?host=h&sourcetype=sshd&source=s", "a\r\n\nb\n",
		record.Record{Text: "a", Source: "sshd", Host: "h", Tags: []string{"source:s", "sourcetype:sshd"}},
		record.Record{Text: "b", Source: "sshd", Host: "h", Tags: []string{"source:s", "sourcetype:sshd"}})
}

func TestSplunkAnswers(t *testing.T) {
	s := newSunk()
	in := newIntake(s)
	h := in.Handler()
	f := func(code int, path, body, answer string, headers ...string) {
		t.Helper()
		if w := post(h, path, body, headers...); w.Code != code || !strings.Contains(w.Body.String(), answer) {
			t.Errorf("%.100q: %d %s, want %d", body, w.Code, w.Body, code)
		}
	}
	const event = "/services/collector/event"
	f(http.StatusUnauthorized, event, "", `{"text":"Token is required","code":2}`)
	f(http.StatusUnauthorized, event, "", `"code":3`, "Authorization: "+secret)
	f(http.StatusForbidden, event, "", `{"text":"Invalid token","code":4}`, "Authorization: Splunk x")
	f(http.StatusBadRequest, event, " \n", `{"text":"No data","code":5}`, splunkKey)
	f(http.StatusBadRequest, "/services/collector/raw", "", `"code":5`, splunkKey)
	for _, body := range []string{"x", "{", `{"event":"a"} x`, `{"event":"a"`, `{"event":"a","fields":[]}`, `[{"event":"a"}`, `[{"event":"a"},1]`, strings.Repeat(`{"event":`, 10_000), strings.Repeat("[", 10_000)} {
		f(http.StatusBadRequest, event, body, `"code":6`, splunkKey)
	}
	f(http.StatusBadRequest, event, `{"event":"a"}{"host":"h"}`, `{"text":"Event field is required","code":12,"invalid-event-number":1}`, splunkKey)
	f(http.StatusBadRequest, event, `{"event":null}`, `"code":12`, splunkKey)
	f(http.StatusBadRequest, event, `{"event":" "}`, `"code":13`, splunkKey)
	f(http.StatusRequestEntityTooLarge, event, strings.Repeat(`{"event":1}`, 250_001), `"code":6`, splunkKey)
	if len(s.all()) != 0 {
		t.Errorf("%d records", len(s.all()))
	}
	channel := "X-Splunk-Request-Channel: 00000000-0000-0000-0000-000000000000"
	f(http.StatusOK, event, `{"event":"a"}`, `"ackId":0`, splunkKey, channel)
	f(http.StatusOK, event+"?channel=c", `{"event":"a"}`, `"ackId":1`, splunkKey)
	f(http.StatusOK, "/services/collector/ack?channel=c", `{"acks":[0,5]}`, `{"acks":{"0":true,"5":true}}`, splunkKey)
	f(http.StatusBadRequest, "/services/collector/ack", `{"acks":[-1]}`, `"code":6`, splunkKey)
	f(http.StatusBadRequest, "/services/collector/ack", `{"acks":["\"x"]}`, `"code":6`, splunkKey)
	f(http.StatusUnauthorized, "/services/collector/ack", `{"acks":[0]}`, `"code":2`)
	s.full = 1
	f(http.StatusServiceUnavailable, event, `{"event":"a"}`, `{"text":"Server is busy","code":9}`, splunkKey)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodOptions, event+"/1.0", http.NoBody))
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/services/collector/health", http.NoBody))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"code":17`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func FuzzSplunk(f *testing.F) {
	f.Add(`{"time":1.5,"event":"a","fields":{"b":[1]}}[{"event":{"c":1}}]`)
	f.Add(`[{"event":{"c":1},"time":"9e9"},{"event":"{\"d\":1}","time":1}]`)
	s := newSunk()
	h := newIntake(s).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		fuzzed(t, s, h, "/services/collector/event", body, []int{http.StatusOK, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, splunkKey)
		fuzzed(t, s, h, "/services/collector/ack", body, []int{http.StatusOK, http.StatusBadRequest}, splunkKey)
	})
}
