package api

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Audit calls use for the entries of the audit trail in a time, the newest first, until it
// returns false.
func (c *Client) Audit(ctx context.Context, from, to time.Time, use func(audit.Entry) bool) error {
	more := true
	return c.pages(ctx, "/api/v1/audit?"+between(from, to).Encode(), func(get func(any) error) (string, error) {
		var page Entries
		err := get(&page)
		for _, e := range page.Entries {
			if more = more && use(e); !more {
				return "", err
			}
		}
		return page.Next, err
	})
}

// SignalsBetween calls use for the signals that opened in a time, the newest first, until it
// returns false. It returns how many are too old to be searched.
func (c *Client) SignalsBetween(ctx context.Context, from, to time.Time, use func(*triage.Signal) bool) (notSearched int64, err error) {
	values := between(from, to)
	values.Set("limit", strconv.Itoa(triage.MaxPage))
	for {
		var page triage.Page
		if err := c.read(ctx, "/api/v1/signals?"+values.Encode(), &page); err != nil {
			return 0, err
		}
		for i := range page.Signals {
			if !use(&page.Signals[i]) {
				return page.NotSearched, nil
			}
		}
		if page.Next == "" {
			return page.NotSearched, nil
		}
		values.Set("cursor", page.Next)
	}
}

func between(from, to time.Time) url.Values {
	return url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
}

// Silence is one that holds notices back, or did.
type Silence struct {
	Comment   string    `json:"comment"`
	CreatedBy string    `json:"createdBy"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	Status    struct {
		State string `json:"state"` // pending, active, expired
	} `json:"status"`
}

// Silences returns those of a server.
func (c *Client) Silences(ctx context.Context) (list []Silence, err error) {
	return list, c.read(ctx, "/api/v2/silences", &list)
}

// Alerting says who is told, and how that goes.
func (c *Client) Alerting(ctx context.Context) (s alert.Status, err error) {
	return s, c.read(ctx, "/api/v1/alerting", &s)
}

// Assets returns what scanners and policies were sent about.
func (c *Client) Assets(ctx context.Context) ([]asset.Asset, error) {
	var all Assets
	err := c.read(ctx, "/api/v1/posture/assets", &all)
	return all.Assets, err
}
