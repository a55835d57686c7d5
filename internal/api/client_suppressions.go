package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sasumata/sasumata/internal/signal/suppress"
)

const suppressionsPath = "/api/v1/suppressions"

// Suppressions returns a page of suppressions: of a state, or all when it is empty.
func (c *Client) Suppressions(ctx context.Context, state, cursor string, limit int) (page suppress.Page, err error) {
	values := url.Values{"limit": {strconv.Itoa(limit)}}
	if state != "" {
		values.Set("state", state)
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	return page, c.read(ctx, suppressionsPath+"?"+values.Encode(), &page)
}

// Suppression returns one.
func (c *Client) Suppression(ctx context.Context, id int64) (d suppress.Detail, err error) {
	return d, c.read(ctx, suppressionPath(id), &d)
}

// MakeSuppression makes one.
func (c *Client) MakeSuppression(ctx context.Context, change suppress.Change) (made suppress.Made, err error) {
	return made, c.tell(ctx, http.MethodPost, suppressionsPath, change, &made)
}

// PreviewSuppression says what one would have hidden in so many days.
func (c *Client) PreviewSuppression(ctx context.Context, change suppress.Change, days int) (p suppress.Preview, err error) {
	return p, c.tell(ctx, http.MethodPost, suppressionsPath+"/preview", PreviewOf{Days: days, Change: change}, &p)
}

// EditSuppression changes one.
func (c *Client) EditSuppression(ctx context.Context, id int64, change suppress.Change) (made suppress.Made, err error) {
	return made, c.tell(ctx, http.MethodPatch, suppressionPath(id), change, &made)
}

// EndSuppression ends one, for a reason that may be empty.
func (c *Client) EndSuppression(ctx context.Context, id int64, reason string) (s suppress.Suppression, err error) {
	return s, c.tell(ctx, http.MethodPost, suppressionPath(id)+"/end", Ended{reason}, &s)
}

// Mute makes a suppression of the rule and values of a signal.
func (c *Client) Mute(ctx context.Context, signal string, m suppress.Mute) (made suppress.Made, err error) {
	return made, c.tell(ctx, http.MethodPost, "/api/v1/signals/"+url.PathEscape(signal)+"/mute", m, &made)
}

func suppressionPath(id int64) string { return suppressionsPath + "/" + strconv.FormatInt(id, 10) }
