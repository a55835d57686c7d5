package clients_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esutil"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/test/intake"
)

// object reads the text of a record as JSON, numbers as they stand there.
func object(t *testing.T, r record.Record) map[string]any {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(r.Text))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%v: %s", err, r.Text)
	}
	return m
}

func wants(t *testing.T, m map[string]any, want map[string]string) {
	t.Helper()
	for name, value := range want {
		got, err := json.Marshal(m[name])
		if err != nil || string(got) != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
}

// TestOpenTelemetry sends by the SDK, which tries again when the queue is full.
func TestOpenTelemetry(t *testing.T) {
	for _, packed := range []otlploghttp.Compression{otlploghttp.NoCompression, otlploghttp.GzipCompression} {
		s, url := intake.HTTP(t, 1)
		ctx := t.Context()
		exporter, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(url+"/v1/logs"), otlploghttp.WithCompression(packed),
			otlploghttp.WithHeaders(map[string]string{"Authorization": "Bearer " + intake.Secret}),
			otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: true, InitialInterval: time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: time.Minute}))
		if err != nil {
			t.Fatal(err)
		}
		provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)),
			sdklog.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"), attribute.String("host.name", "web1"))))
		logger := provider.Logger("lib", log.WithInstrumentationVersion("1.0"))
		span := trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2, 15: 255}, SpanID: trace.SpanID{3, 7: 254}}))
		var r log.Record
		r.SetTimestamp(time.Unix(0, 1760000000123456789))
		r.SetSeverity(log.SeverityError)
		r.SetBody(attribute.StringValue("login failed"))
		r.AddAttributes(attribute.Int64("big", 9007199254740993), attribute.Map("user", attribute.String("id", "u1"), attribute.Slice("roles", attribute.StringValue("a"), attribute.BoolValue(true))))
		logger.Emit(span, r)
		r = log.Record{}
		r.SetBody(attribute.MapValue(attribute.String("message", "structured"), attribute.Int("n", 7)))
		logger.Emit(ctx, r)
		if err := provider.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		if len(s.Records()) != 2 || s.Records()[0].Service != "shop" || s.Records()[0].Host != "web1" || s.Records()[0].Tags[0] != "sender:web" {
			t.Fatalf("%+v", s.Records())
		}
		wants(t, object(t, s.Records()[0]), map[string]string{
			"timestamp": `"2025-10-09T08:53:20.123456789Z"`, "status": `"error"`, "message": `"login failed"`, "big": "9007199254740993",
			"user": `{"id":"u1","roles":["a",true]}`, "trace_id": `"010200000000000000000000000000ff"`, "span_id": `"03000000000000fe"`, "otel.scope.name": `"lib"`,
		})
		wants(t, object(t, s.Records()[1]), map[string]string{"message": `"structured"`, "n": "7"})
	}
}

// TestElasticsearch sends by the bulk indexer, which looks at what it talks to.
func TestElasticsearch(t *testing.T) {
	s, url := intake.HTTP(t, 1)
	client, err := elasticsearch.NewClient(elasticsearch.Config{
		Addresses: []string{url + "/elastic"}, Username: "web", Password: intake.Secret, CompressRequestBody: true,
		RetryOnStatus: []int{http.StatusTooManyRequests}, RetryBackoff: func(int) time.Duration { return time.Millisecond },
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := client.Info()
	if err != nil || info.IsError() {
		t.Fatal(info, err)
	}
	_ = info.Body.Close()
	indexer, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{Client: client, Index: "logs", NumWorkers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	taken, refused := 0, 0
	for _, one := range [][2]string{{"create", `{"@timestamp":"2025-10-09T08:53:20.123Z","message":"a","host":{"name":"web1"},"service":{"name":"shop"},"n":9007199254740993}`}, {"index", `{"message":"b"}`}, {"delete", ""}} {
		item := esutil.BulkIndexerItem{
			Action: one[0], DocumentID: "1",
			OnSuccess: func(context.Context, esutil.BulkIndexerItem, esutil.BulkIndexerResponseItem) {
				mu.Lock()
				taken++
				mu.Unlock()
			},
			OnFailure: func(_ context.Context, _ esutil.BulkIndexerItem, r esutil.BulkIndexerResponseItem, err error) {
				mu.Lock()
				defer mu.Unlock()
				if refused++; err != nil || r.Status != http.StatusBadRequest {
					t.Errorf("%+v, %v", r, err)
				}
			},
		}
		if one[1] != "" {
			item.Body = strings.NewReader(one[1])
		}
		if err := indexer.Add(t.Context(), item); err != nil {
			t.Fatal(err)
		}
	}
	if err := indexer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if taken != 2 || refused != 1 || len(s.Records()) != 2 || s.Records()[0].Host != "web1" || s.Records()[0].Service != "shop" {
		t.Errorf("%d taken, %d refused: %+v", taken, refused, s.Records())
	}
	wants(t, object(t, s.Records()[0]), map[string]string{"n": "9007199254740993", "message": `"a"`})
}
