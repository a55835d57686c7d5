package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	"github.com/sasumata/sasumata/internal/secret"
)

// maxAnswer is the size in bytes of the largest answer of another server.
const maxAnswer = 64 << 20

// external is another server that is asked instead: Prometheus, VictoriaMetrics, Thanos, or
// whatever else has their API.
type external struct {
	url, token string
	client     *http.Client
}

// newExternal returns the server that the configuration names, nil when it names none.
func newExternal(c *Config) (*external, error) {
	if c.QueryURL == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	x := &external{url: strings.TrimSuffix(c.QueryURL, "/"), client: &http.Client{Timeout: c.QueryTimeout}}
	if c.QueryTokenFile == "" {
		return x, nil
	}
	var err error
	x.token, err = secret.Read(c.QueryTokenFile)
	return x, err
}

// do asks for a path below the server's API.
func (x *external) do(ctx context.Context, path string, form url.Values) (*http.Response, error) {
	method, target, body := http.MethodPost, x.url+"/api/v1/"+path, io.Reader(strings.NewReader(form.Encode()))
	if path != "query" && path != "query_range" {
		method, target, body = http.MethodGet, target+"?"+form.Encode(), nil
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body) //nolint:gosec // the configuration names the server
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if x.token != "" {
		r.Header.Set("Authorization", "Bearer "+x.token)
	}
	return x.client.Do(r) //nolint:gosec // the configuration names the server
}

// instant answers a question about one moment.
func (x *external) instant(ctx context.Context, text string, at time.Time) (promql.Vector, error) {
	answer, err := x.do(ctx, "query", url.Values{"query": {text}, "time": {strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64)}})
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("the answer of query_url has more than %d bytes", maxAnswer)
	}
	return readInstant(data, at)
}

// readInstant reads the answer to a question about one moment.
func readInstant(data []byte, at time.Time) (promql.Vector, error) {
	var answer struct {
		Status, Error string
		Data          struct {
			ResultType string          `json:"resultType"`
			Result     json.RawMessage `json:"result"`
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("the answer of query_url is not Prometheus': %w", err)
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("query_url refuses: %s", answer.Error)
	}
	type value [2]any
	number := func(v value) (float64, error) {
		text, _ := v[1].(string)
		return strconv.ParseFloat(text, 64)
	}
	switch answer.Data.ResultType {
	case "scalar":
		var v value
		if err := json.Unmarshal(answer.Data.Result, &v); err != nil {
			return nil, err
		}
		f, err := number(v)
		return promql.Vector{{T: at.UnixMilli(), F: f}}, err
	case "vector":
		var all []struct {
			Metric map[string]string
			Value  value
		}
		if err := json.Unmarshal(answer.Data.Result, &all); err != nil {
			return nil, err
		}
		vector := make(promql.Vector, 0, len(all))
		for _, one := range all {
			f, err := number(one.Value)
			if err != nil {
				return nil, fmt.Errorf("a value of query_url: %w", err)
			}
			vector = append(vector, promql.Sample{T: at.UnixMilli(), F: f, Metric: labels.FromMap(one.Metric)})
		}
		return vector, nil
	default:
		return nil, errors.New("query_url answers with " + strconv.Quote(answer.Data.ResultType) + ", want a vector or a scalar")
	}
}
