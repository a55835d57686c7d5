package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond"
)

const (
	responsesPath = "/api/v1/responses"
	evidencePath  = "/api/v1/evidence"
	incidentsPath = "/api/v1/incidents"
)

// Responses returns responses, the newest first, up to the limit of the filter.
func (c *Client) Responses(ctx context.Context, f respond.Filter) (page respond.Page, err error) {
	values := url.Values{"limit": {strconv.Itoa(f.Limit)}}
	for name, value := range map[string]string{"state": f.State, "action": f.Action, "target": f.Target, "signal": f.Signal} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if f.Before > 0 {
		values.Set("cursor", strconv.FormatInt(f.Before, 10))
	}
	return page, c.read(ctx, responsesPath+"?"+values.Encode(), &page)
}

// ResponsesSummary says how responding goes.
func (c *Client) ResponsesSummary(ctx context.Context) (s respond.Summary, err error) {
	return s, c.read(ctx, responsesPath+"/summary", &s)
}

// Response returns one.
func (c *Client) Response(ctx context.Context, id int64) (d respond.Detail, err error) {
	return d, c.read(ctx, responsesPath+"/"+strconv.FormatInt(id, 10), &d)
}

// Ask blocks an address or a network, or does something to a container.
func (c *Client) Ask(ctx context.Context, q respond.Request) (r respond.Record, err error) {
	return r, c.tell(ctx, http.MethodPost, responsesPath, q, &r)
}

// Import blocks a list.
func (c *Client) Import(ctx context.Context, q *respond.List) (out respond.Imported, err error) {
	return out, c.tell(ctx, http.MethodPost, responsesPath+"/import", q, &out)
}

// UndoAll undoes responses that somebody chose.
func (c *Client) UndoAll(ctx context.Context, q respond.Choice) (out respond.Undoing, err error) {
	return out, c.tell(ctx, http.MethodPost, responsesPath+"/undo", q, &out)
}

// Decide undoes, approves or refuses a response; what is undo, approve or refuse.
func (c *Client) Decide(ctx context.Context, id int64, what string, v respond.Verdict) (r respond.Record, err error) {
	return r, c.tell(ctx, http.MethodPost, responsesPath+"/"+strconv.FormatInt(id, 10)+"/"+what, v, &r)
}

// Evidence returns what was captured, the newest first.
func (c *Client) Evidence(ctx context.Context) (list respond.EvidenceList, err error) {
	return list, c.read(ctx, evidencePath, &list)
}

// VerifyEvidence has the server compare evidence with its manifest.
func (c *Client) VerifyEvidence(ctx context.Context, id string) (v evidence.Verdict, err error) {
	return v, c.read(ctx, evidencePath+"/"+url.PathEscape(id)+"/verify", &v)
}

// ExportEvidence returns evidence as an archive, which the caller closes.
func (c *Client) ExportEvidence(ctx context.Context, id string) (io.ReadCloser, error) {
	return c.open(ctx, evidencePath+"/"+url.PathEscape(id)+"/archive")
}

// Incident returns one.
func (c *Client) Incident(ctx context.Context, id string) (i respond.Incident, err error) {
	return i, c.read(ctx, incidentsPath+"/"+url.PathEscape(id), &i)
}

// ExportIncident returns an incident as an archive, which the caller closes.
func (c *Client) ExportIncident(ctx context.Context, id string) (io.ReadCloser, error) {
	return c.open(ctx, incidentsPath+"/"+url.PathEscape(id)+"/archive")
}
