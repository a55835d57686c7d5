package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
)

// SeriesValue is one series of an answer, at one moment.
type SeriesValue struct {
	// Metric are its labels, the name as __name__.
	Metric map[string]string `json:"metric"`
	// Value is the time in seconds since 1970, and the number as text.
	Value [2]any `json:"value"`
}

// QuerySeries answers an expression of PromQL as of now. A number alone is a series without
// labels.
func (c *Client) QuerySeries(ctx context.Context, expr string) ([]SeriesValue, error) {
	body, err := c.open(ctx, prometheus+"/api/v1/query?query="+url.QueryEscape(expr))
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var answer struct {
		Data struct {
			ResultType string          `json:"resultType"`
			Result     json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var list []SeriesValue
	switch answer.Data.ResultType {
	case "vector":
		err = json.Unmarshal(answer.Data.Result, &list)
	case "scalar":
		list = make([]SeriesValue, 1)
		err = json.Unmarshal(answer.Data.Result, &list[0].Value)
	default:
		return nil, fmt.Errorf("the answer is a %s: want an expression with one value a series, such as rate(..) or max_over_time(..)", answer.Data.ResultType)
	}
	return list, err
}
