package source_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/sasumata/sasumata/internal/queue/record"
)

func lokiEntry(seconds, nanos uint64, line string, metadata ...string) string {
	return wireBytes(2, wireBytes(1, wireNumber(1, seconds), wireNumber(2, nanos)), wireBytes(2, line), strings.Join(metadata, ""))
}

func TestLoki(t *testing.T) {
	const labels = `{job="varlogs", instance="web1:9080",service_name="shop",filename="/a \"b\"", level="warn", sender="other",}`
	metadata := wireBytes(3, wireBytes(1, "trace_id"), wireBytes(2, "0a")) + wireBytes(3, wireBytes(1, "message"), wireBytes(2, "m"))
	wire := wireBytes(1, wireBytes(1, labels), lokiEntry(1760000000, 123456789, "plain \"line\""), lokiEntry(1760000000, 123456789, `{"a":9007199254740993}`, metadata), wireBytes(3, "ignored")) +
		wireBytes(1, wireBytes(1, "{}"), lokiEntry(0, 0, "no time"))
	packed := string(snappy.Encode(nil, []byte(wire)))
	const asJSON = `{"streams":[{"values":[["1760000000123456789","plain \"line\""],["1760000000123456789","{\"a\":9007199254740993}",{"trace_id":"0a","message":"m"}]],` +
		`"stream":{"job":"varlogs","instance":"web1:9080","service_name":"shop","filename":"/a \"b\"","level":"warn","sender":"other"}},{"stream":{},"values":[["0","no time"]]}]}`
	f := func(body string, headers ...string) {
		t.Helper()
		s := newSunk()
		w := post(newIntake(s).Handler(), "/loki/api/v1/push", body, append(headers, "X-Scope-OrgID: tenant")...)
		if w.Code != http.StatusNoContent {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		tags := []string{"job:varlogs", "instance:web1:9080", "service_name:shop", `filename:/a "b"`, "level:warn"}
		expect(t, s,
			record.Record{Text: otlpHead + `"status":"warn","message":"plain \"line\""}`, Service: "shop", Host: "web1", Tags: tags[:5:5]},
			record.Record{Text: otlpHead + `"status":"warn","trace_id":"0a","custom.message":"m","a":9007199254740993}`, Service: "shop", Host: "web1", Tags: tags[:5:5]},
			record.Record{Text: "no time"})
	}
	basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("tenant:"+secret))
	f(packed, basic, protobufHeader)
	f(packed, key)
	f(packed, key, protobufHeader, "Content-Encoding: snappy")
	f(asJSON, basic, jsonHeader)
}

func TestLokiRefuses(t *testing.T) {
	s := newSunk()
	in := newIntake(s)
	in.MaxBody = 1 << 20
	h := in.Handler()
	f := func(code int, header, body string) {
		t.Helper()
		if w := post(h, "/loki/api/v1/push", body, key, header); w.Code != code {
			t.Errorf("%.100q: %d %s, want %d", body, w.Code, w.Body, code)
		}
	}
	for _, body := range []string{
		"", "[]", "{", `{"streams":{}}`, `{"streams":[1]}`, `{"streams":[{"values":[[]]}]}`, `{"streams":[{"values":[["x","a"]]}]}`, `{"streams":[{"values":[["1"]]}]}`,
		`{"streams":[{"values":[["1",{}]]}]}`, `{"streams":[{"stream":{"a":1}}]}`, `{"streams":[{"stream":[]}]}`, strings.Repeat(`{"streams":[`, 10_000),
	} {
		f(http.StatusBadRequest, jsonHeader, body)
	}
	pack := func(text string) string { return string(snappy.Encode(nil, []byte(text))) }
	for _, labels := range []string{"", "{", "}", "{a}", "{a=}", "{a=b}", `{a="b" c="d"}`, `{a="b}`, `{a='b'}`, `{a="\q"}`} {
		f(http.StatusBadRequest, protobufHeader, pack(wireBytes(1, wireBytes(1, labels))))
	}
	f(http.StatusBadRequest, protobufHeader, "plain")
	f(http.StatusBadRequest, protobufHeader, pack("plain"))
	f(http.StatusBadRequest, protobufHeader, "\xff\xff\x3f")
	f(http.StatusRequestEntityTooLarge, protobufHeader, pack(strings.Repeat("\x0a\x00", 1<<20)))
	f(http.StatusRequestEntityTooLarge, protobufHeader, pack(wireBytes(1, strings.Repeat(lokiEntry(0, 0, "a"), 110_000))))
	many := "{" + strings.Repeat(`a="b",`, 100_000) + "}"
	f(http.StatusNoContent, protobufHeader, pack(wireBytes(1, wireBytes(1, many), lokiEntry(1, 0, "a"))))
	if all := s.all(); len(all) != 1 || len(all[0].Tags) != record.MaxTags {
		t.Errorf("%d records", len(all))
	}
	s.full = 1
	if w := post(h, "/loki/api/v1/push", pack(wireBytes(1, wireBytes(1, "{}"), lokiEntry(1, 0, "a"))), key); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := post(h, "/loki/api/v1/push", "{}", jsonHeader); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func FuzzLoki(f *testing.F) {
	f.Add(wireBytes(1, wireBytes(1, `{a="b",level="c"}`), lokiEntry(1, 2, "a", wireBytes(3, wireBytes(1, "n"), wireBytes(2, "v"))), lokiEntry(1<<63, 2, "{}")), false)
	f.Add(`{"streams":[{"stream":{"job":"a"},"values":[["1","b",{"c":"d"}],["-5","{\"a\":1}"]]}]}`, true)
	s := newSunk()
	h := newIntake(s).Handler()
	f.Fuzz(func(t *testing.T, body string, isJSON bool) {
		header := jsonHeader
		if !isJSON {
			header, body = protobufHeader, string(snappy.Encode(nil, []byte(body)))
		}
		fuzzed(t, s, h, "/loki/api/v1/push", body, []int{http.StatusNoContent, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, key, header)
	})
}
