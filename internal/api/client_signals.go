package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// maxAnswer is the size in bytes of the largest answer about signals.
const maxAnswer = 256 << 20

// Signals returns a page of signals, as the server sends it. Order is asc, desc or "".
func (c *Client) Signals(ctx context.Context, query, sort, order, cursor string, limit int) (triage.Page, error) {
	values := url.Values{"query": {query}, "limit": {strconv.Itoa(limit)}}
	if sort != "" {
		values.Set("sort", sort)
	}
	if order != "" {
		values.Set("order", order)
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	var page triage.Page
	return page, c.read(ctx, "/api/v1/signals?"+values.Encode(), &page)
}

// Signal returns one.
func (c *Client) Signal(ctx context.Context, id string) (d triage.Detail, err error) {
	return d, c.read(ctx, "/api/v1/signals/"+url.PathEscape(id), &d)
}

// Statistics returns how much there is to do, over the time since then ("" for all).
func (c *Client) Statistics(ctx context.Context, from string) (s triage.Statistics, err error) {
	return s, c.read(ctx, "/api/v1/signals/stats?"+url.Values{"from": {from}}.Encode(), &s)
}

// Edit changes a signal.
func (c *Client) Edit(ctx context.Context, id string, e triage.Edit) (s triage.Signal, err error) {
	data, err := json.Marshal(e)
	if err != nil {
		return s, err
	}
	body, err := c.send(ctx, http.MethodPatch, "/api/v1/signals/"+url.PathEscape(id), data)
	if err != nil {
		return s, err
	}
	return s, decode(body, &s)
}

func (c *Client) read(ctx context.Context, path string, into any) error {
	body, err := c.open(ctx, path)
	if err != nil {
		return err
	}
	return decode(body, into)
}

func decode(body io.ReadCloser, into any) error {
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("read what the server sends: %w", err)
	}
	return nil
}

// content returns the body of a request; nil when it has none.
func content(data []byte) io.Reader {
	if data == nil {
		return http.NoBody
	}
	return bytes.NewReader(data)
}
