package datadog_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"github.com/sasumata/sasumata/test/intake"
)

// TestDatadog sends by the client of Datadog's API, packed in each way that it knows.
func TestDatadog(t *testing.T) {
	for _, packed := range []datadogV2.ContentEncoding{datadogV2.CONTENTENCODING_IDENTITY, datadogV2.CONTENTENCODING_GZIP, datadogV2.CONTENTENCODING_DEFLATE} {
		s, url := intake.HTTP(t, 1)
		cfg := datadog.NewConfiguration()
		cfg.RetryConfiguration.EnableRetry = true
		cfg.RetryConfiguration.HTTPRetryTimeout = time.Minute
		cfg.OperationServers["v2.LogsApi.SubmitLog"] = datadog.ServerConfigurations{{URL: url}}
		ctx := context.WithValue(t.Context(), datadog.ContextAPIKeys, map[string]datadog.APIKey{"apiKeyAuth": {Key: intake.Secret}})
		item := datadogV2.NewHTTPLogItem("login failed")
		item.SetDdsource("sshd")
		item.SetHostname("web1")
		item.SetService("shop")
		item.SetDdtags("env:prod,sender:other")
		_, _, err := datadogV2.NewLogsApi(datadog.NewAPIClient(cfg)).SubmitLog(ctx, []datadogV2.HTTPLogItem{*item}, *datadogV2.NewSubmitLogOptionalParameters().WithContentEncoding(packed))
		if err != nil {
			t.Fatalf("%s: %v", packed, err)
		}
		if len(s.Records()) != 1 || s.Records()[0].Text != "login failed" || s.Records()[0].Source != "sshd" || s.Records()[0].Host != "web1" || strings.Join(s.Records()[0].Tags, ",") != "env:prod,sender:web" {
			t.Errorf("%s: %+v", packed, s.Records())
		}
	}
}
