package source_test

import (
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// The parts of a protobuf message, as they are on the wire.
func wireBytes(field protowire.Number, parts ...string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, field, protowire.BytesType), strings.Join(parts, "")))
}

func wireNumber(field protowire.Number, n uint64) string {
	return string(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), n))
}

func wireFixed(field protowire.Number, n uint64) string {
	return string(protowire.AppendFixed64(protowire.AppendTag(nil, field, protowire.Fixed64Type), n))
}

// attribute is a KeyValue; the field is where it stands.
func attribute(field protowire.Number, name string, value ...string) string {
	return wireBytes(field, wireBytes(1, name), wireBytes(2, value...))
}

const at = 1760000000123456789

// otlpRequest is a request with one resource, one scope and these logs.
func otlpRequest(logs ...string) string {
	resource := wireBytes(1, attribute(1, "service.name", wireBytes(1, "shop")), attribute(1, "host.name", wireBytes(1, "web1")), attribute(1, "process.pid", wireNumber(3, 7)))
	scope := wireBytes(1, wireBytes(1, "lib"), wireBytes(2, "1.0"))
	return wireBytes(1, resource, wireBytes(2, scope, strings.Join(logs, "")))
}

const (
	protobufHeader = "Content-Type: application/x-protobuf"
	jsonHeader     = "Content-Type: application/json"
)

func expect(t *testing.T, s *sunk, want ...record.Record) {
	t.Helper()
	for i := range want {
		want[i].Tags = append(want[i].Tags, "sender:web")
	}
	if diff := cmp.Diff(want, s.all(), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(record.Record{}, "Received")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const (
	otlpResource = `"service.name":"shop","host.name":"web1","process.pid":7,"otel.scope.name":"lib","otel.scope.version":"1.0"`
	otlpHead     = `{"timestamp":"2025-10-09T08:53:20.123456789Z",`
)

func TestOTLP(t *testing.T) {
	type with = []string
	f := func(log, json, want string) {
		t.Helper()
		for form, request := range map[string]with{
			protobufHeader: {otlpRequest(wireBytes(2, log))},
			jsonHeader: {`{"unknown":[{}],"resourceLogs":[{"schemaUrl":"x","scopeLogs":[{"logRecords":[` + json + `],"scope":{"version":"1.0","name":"lib"}}],` +
				`"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"value":{"stringValue":"web1"},"key":"host.name"},{"key":"process.pid","value":{"intValue":"7"}}]}}]}`},
		} {
			s := newSunk()
			w := post(newIntake(s).Handler(), "/v1/logs", request[0], key, form)
			if w.Code != http.StatusOK || !strings.HasSuffix(form, w.Header().Get("Content-Type")) {
				t.Errorf("%s: %d %s", form, w.Code, w.Body)
			}
			want := want
			if form == jsonHeader {
				want = strings.Replace(want, `"otel.scope.name":"lib","otel.scope.version":"1.0"`, `"otel.scope.version":"1.0","otel.scope.name":"lib"`, 1)
			}
			expect(t, s, record.Record{Text: want, Service: "shop", Host: "web1"})
		}
	}
	f(wireFixed(1, at)+wireFixed(11, 5)+wireNumber(2, 17)+wireBytes(3, "Fehler")+wireBytes(5, wireBytes(1, "login \"x\""))+attribute(6, "http.method", wireBytes(1, "GET"))+
		wireBytes(9, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\xff")+wireBytes(10, "\x01\x02\x03\x04\x05\x06\x07\xfe")+wireNumber(99, 3),
		`{"timeUnixNano":"1760000000123456789","observedTimeUnixNano":5,"severityNumber":17,"severityText":"Fehler","body":{"stringValue":"login \"x\""},`+
			`"attributes":[{"key":"http.method","value":{"stringValue":"GET"}}],"traceId":"0102030405060708090A0B0C0D0E0FFF","spanId":"01020304050607fe","flags":1}`,
		otlpHead+`"status":"error",`+otlpResource+`,"http.method":"GET","trace_id":"0102030405060708090a0b0c0d0e0fff","span_id":"01020304050607fe","otel.severity_text":"Fehler","message":"login \"x\""}`)
	f(wireFixed(11, at)+wireBytes(3, "notice")+
		attribute(6, "big", wireNumber(3, math.MaxInt64))+attribute(6, "low", wireNumber(3, 1<<63))+attribute(6, "f", wireFixed(4, math.Float64bits(1.5)))+
		attribute(6, "nan", wireFixed(4, math.Float64bits(math.NaN())))+attribute(6, "raw", wireBytes(7, "\x00\xff"))+attribute(6, "yes", wireNumber(2, 1))+attribute(6, "none")+
		attribute(6, "list", wireBytes(5, wireBytes(1, wireBytes(1, "a")), wireBytes(1, wireBytes(6, attribute(1, "k", wireNumber(3, 1))))))+attribute(6, "timestamp", wireNumber(3, 2)),
		`{"observedTimeUnixNano":"1760000000123456789","severityText":"notice","body":null,"traceId":null,"attributes":[{"key":"big","value":{"intValue":"9223372036854775807"}},{"key":"low","value":{"intValue":-9223372036854775808}},`+
			`{"key":"f","value":{"doubleValue":1.5}},{"key":"nan","value":{"doubleValue":"NaN"}},{"key":"raw","value":{"bytesValue":"AP8="}},{"key":"yes","value":{"boolValue":true}},{"key":"none","value":{}},`+
			`{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"kvlistValue":{"values":[{"value":{"intValue":1},"key":"k"}]}}]}}},{"key":"timestamp","value":{"intValue":2}}]}`,
		otlpHead+`"status":"notice",`+otlpResource+`,"big":9223372036854775807,"low":-9223372036854775808,"f":1.5,"nan":"NaN","raw":"AP8=","yes":true,"none":null,"list":["a",{"k":1}],"custom.timestamp":2}`)
	f(wireFixed(1, at)+wireBytes(5, wireBytes(6, attribute(1, "a.b", wireBytes(1, "c")), attribute(1, "message", wireBytes(1, "said")), attribute(1, "status", wireNumber(3, 4)))),
		`{"timeUnixNano":1760000000123456789,"body":{"kvlistValue":{"values":[{"key":"a.b","value":{"stringValue":"c"}},{"key":"message","value":{"stringValue":"said"}},{"key":"status","value":{"intValue":4}}]}}}`,
		otlpHead+otlpResource+`,"a.b":"c","custom.status":4,"message":"said"}`)
	f(wireFixed(1, at)+wireBytes(5, wireBytes(1, ` {"user":{"id":18446744073709551615}} `)), `{"timeUnixNano":"1760000000123456789","body":{"stringValue":" {\"user\":{\"id\":18446744073709551615}} "}}`,
		otlpHead+otlpResource+`,"user":{"id":18446744073709551615}}`)
	f(wireFixed(1, at)+wireBytes(5, wireNumber(3, 42)), `{"timeUnixNano":"1760000000123456789","body":{"intValue":"42"}}`, otlpHead+otlpResource+`,"message":"42"}`)
}

func TestOTLPRefuses(t *testing.T) {
	s := newSunk()
	in := newIntake(s)
	in.MaxBody = 1 << 20
	h := in.Handler()
	f := func(code int, header, body, answer string) {
		t.Helper()
		w := post(h, "/v1/logs", body, key, header)
		if w.Code != code || !strings.Contains(w.Body.String(), answer) {
			t.Errorf("%.100q: %d %s, want %d", body, w.Code, w.Body, code)
		}
	}
	f(http.StatusUnsupportedMediaType, "Content-Type: text/plain", "", `"code":3`)
	f(http.StatusUnsupportedMediaType, "Content-Type:", "", `"code":3`)
	whole := otlpRequest(wireBytes(2, wireBytes(5, wireBytes(1, "a"))))
	f(http.StatusBadRequest, protobufHeader, whole[:len(whole)-1], "\x08\x03\x12")
	f(http.StatusBadRequest, protobufHeader, "\xff", "")
	f(http.StatusBadRequest, protobufHeader, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "")
	for _, body := range []string{
		"", "{", "[]", `{"resourceLogs":{}}`, `{"resourceLogs":[1]}`, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"x"}]}]}]}`,
		`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"text"}]}]}]}`, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"value":{"intValue":1.5}}]}]}]}]}`,
		`{"resourceLogs":[]} x`, strings.Repeat(`{"a":`, 1000), strings.Repeat("[", 100_000),
	} {
		f(http.StatusBadRequest, jsonHeader, body, `"code":3`)
	}
	if w := post(h, "/v1/logs", whole, protobufHeader); w.Code != http.StatusUnauthorized || w.Header().Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	f(http.StatusRequestEntityTooLarge, protobufHeader, otlpRequest(strings.Repeat(wireBytes(2, ""), 200_000)), "\x08\x08")
	long := wireBytes(1, wireBytes(1, attribute(1, "a", wireBytes(1, strings.Repeat("a", 500_000)))), wireBytes(2, strings.Repeat(wireBytes(2, ""), 100_000)))
	f(http.StatusRequestEntityTooLarge, protobufHeader, long, "\x08\x08")
	if len(s.all()) != 0 {
		t.Errorf("%d records", len(s.all()))
	}
	wrong := in.Counters.Errors.Load()
	deep := wireBytes(1, "x")
	for range 1000 {
		deep = wireBytes(5, wireBytes(1, deep))
	}
	f(http.StatusOK, protobufHeader, otlpRequest(wireBytes(2, wireBytes(5, deep)), wireBytes(2, wireBytes(5, wireBytes(1, "a")))), "\x0a\x25\x08\x01")
	if len(s.all()) != 1 {
		t.Errorf("%d records", len(s.all()))
	}
	if got := in.Counters.Errors.Load() - wrong; got != 1 {
		t.Errorf("%d errors for a log that was refused", got)
	}
	s.full = 1
	if w := post(h, "/v1/logs", whole, key, protobufHeader); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	f(http.StatusOK, jsonHeader, `{}`, `{"partialSuccess":{}}`)
	f(http.StatusOK, protobufHeader, ``, ``)
}

func TestLongStructuredRecordsStayJSON(t *testing.T) {
	s := newSunk()
	in := newIntake(s)
	h := in.Handler()
	post(h, "/v1/logs", otlpRequest(wireBytes(2, wireFixed(1, at), wireBytes(5, wireBytes(1, strings.Repeat("\x01", 2<<20))))), key, protobufHeader)
	post(h, "/v1/logs", otlpRequest(wireBytes(2, wireBytes(5, wireBytes(1, "short")), attribute(6, "a", wireBytes(1, strings.Repeat("a", 2<<20))))), key, protobufHeader)
	all := s.all()
	if len(all) != 2 || in.Counters.Cut.Load() != 2 {
		t.Fatalf("%d records, %d cut", len(all), in.Counters.Cut.Load())
	}
	for _, r := range all {
		if len(r.Text) > record.MaxText || !strings.HasPrefix(r.Text, "{") || !strings.HasSuffix(r.Text, "\"}") {
			t.Errorf("%.200s", r.Text)
		}
	}
	if all[1].Text != `{"message":"short"}` {
		t.Errorf("%.200s", all[1].Text)
	}
}

func FuzzOTLP(f *testing.F) {
	f.Add(otlpRequest(wireBytes(2, wireFixed(1, at), wireBytes(5, wireBytes(6, attribute(1, "a", wireBytes(5, wireBytes(1, wireNumber(3, 1))))))), wireBytes(2, wireBytes(5, wireBytes(1, "{}")))), false)
	f.Add(`{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"b","value":{"doubleValue":"NaN"}}]}}]}}}]},`+
		`"scopeLogs":[{"scope":{"name":"s"},"logRecords":[{"timeUnixNano":"5","severityNumber":"SEVERITY_NUMBER_INFO2","body":{"kvlistValue":{"values":[{"key":"message","value":{"stringValue":"m"}}]}}}]}]}]}`, true)
	s := newSunk()
	h := newIntake(s).Handler()
	f.Fuzz(func(t *testing.T, body string, isJSON bool) {
		header := protobufHeader
		if isJSON {
			header = jsonHeader
		}
		fuzzed(t, s, h, "/v1/logs", body, []int{http.StatusOK, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, key, header)
	})
}
