package source_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
)

// BenchmarkIntakes takes a thousand logs in each form.
func BenchmarkIntakes(b *testing.B) {
	const line = `192.0.2.1 - - [09/Oct/2025:08:53:20 +0000] \"GET /index.html?q=1 HTTP/1.1\" 200 5316 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"`
	plain := strings.ReplaceAll(line, `\"`, `"`)
	const n = 1000
	bulk := strings.Repeat(`{"create":{}}`+"\n"+`{"@timestamp":"2025-10-09T08:53:20.123Z","message":"`+line+`","host":{"name":"web1"}}`+"\n", n)
	hec := strings.Repeat(`{"time":1760000000.123,"host":"web1","sourcetype":"nginx","event":"`+line+`","fields":{"region":"eu"}}`, n)
	otlpLog := wireBytes(2, wireFixed(1, at), wireNumber(2, 9), wireBytes(5, wireBytes(1, plain)), attribute(6, "region", wireBytes(1, "eu")))
	otlpJSON := `{"timeUnixNano":"1760000000123456789","severityNumber":9,"body":{"stringValue":"` + line + `"},"attributes":[{"key":"region","value":{"stringValue":"eu"}}]}`
	lokiJSON := `["1760000000123456789","` + line + `",{"region":"eu"}]`
	for _, one := range []struct{ name, path, body, header string }{
		{"otlp", "/v1/logs", otlpRequest(strings.Repeat(otlpLog, n)), protobufHeader},
		{"otlp_json", "/v1/logs", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[` + otlpJSON + strings.Repeat(","+otlpJSON, n-1) + `]}]}]}`, jsonHeader},
		{"loki", "/loki/api/v1/push", string(snappy.Encode(nil, []byte(wireBytes(1, wireBytes(1, `{job="a"}`), strings.Repeat(lokiEntry(1760000000, 5, plain), n))))), protobufHeader},
		{"loki_json", "/loki/api/v1/push", `{"streams":[{"stream":{"job":"a"},"values":[` + lokiJSON + strings.Repeat(","+lokiJSON, n-1) + `]}]}`, jsonHeader},
		{"elastic", "/elastic/_bulk", bulk, jsonHeader},
		{"splunk", "/services/collector", hec, jsonHeader},
	} {
		b.Run(one.name, func(b *testing.B) {
			s := newSunk()
			h := newIntake(s).Handler()
			b.ReportAllocs()
			b.SetBytes(int64(len(one.body)))
			for b.Loop() {
				if w := post(h, one.path, one.body, key, one.header); w.Code >= http.StatusMultipleChoices {
					b.Fatal(fmt.Sprint(w.Code), w.Body)
				}
				if len(s.records) != n {
					b.Fatal(len(s.records))
				}
				s.records = s.records[:0]
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/log")
		})
	}
}
