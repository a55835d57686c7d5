package datadog_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const secret = "a-token-for-tests-only"

// sink keeps the records that the server took. It is full as often as it is told.
type sink struct {
	mu      sync.Mutex
	full    int
	records []record.Record
}

func (s *sink) put(_ context.Context, records []record.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 {
		s.full--
		return record.ErrFull
	}
	s.records = append(s.records, records...)
	return nil
}

// intake serves an intake whose queue is full once, and returns its address.
func intake(t *testing.T) (*sink, string) {
	t.Helper()
	s := &sink{full: 1}
	in := &source.Intake{
		Tokens: []source.Token{source.NewToken("web", secret)}, Now: time.Now, Sink: s.put,
		Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	server := httptest.NewServer(in.Handler())
	t.Cleanup(server.Close)
	return s, server.URL
}

// TestDatadog sends by the client of Datadog's API, packed in each way that it knows.
func TestDatadog(t *testing.T) {
	for _, packed := range []datadogV2.ContentEncoding{datadogV2.CONTENTENCODING_IDENTITY, datadogV2.CONTENTENCODING_GZIP, datadogV2.CONTENTENCODING_DEFLATE} {
		s, url := intake(t)
		cfg := datadog.NewConfiguration()
		cfg.RetryConfiguration.EnableRetry = true
		cfg.RetryConfiguration.HTTPRetryTimeout = time.Minute
		cfg.OperationServers["v2.LogsApi.SubmitLog"] = datadog.ServerConfigurations{{URL: url}}
		ctx := context.WithValue(t.Context(), datadog.ContextAPIKeys, map[string]datadog.APIKey{"apiKeyAuth": {Key: secret}})
		item := datadogV2.NewHTTPLogItem("login failed")
		item.SetDdsource("sshd")
		item.SetHostname("web1")
		item.SetService("shop")
		item.SetDdtags("env:prod,sender:other")
		_, _, err := datadogV2.NewLogsApi(datadog.NewAPIClient(cfg)).SubmitLog(ctx, []datadogV2.HTTPLogItem{*item}, *datadogV2.NewSubmitLogOptionalParameters().WithContentEncoding(packed))
		if err != nil {
			t.Fatalf("%s: %v", packed, err)
		}
		if len(s.records) != 1 || s.records[0].Text != "login failed" || s.records[0].Source != "sshd" || s.records[0].Host != "web1" || strings.Join(s.records[0].Tags, ",") != "env:prod,sender:web" {
			t.Errorf("%s: %+v", packed, s.records)
		}
	}
}
