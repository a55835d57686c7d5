package api

import (
	"context"
	"net/http"
	"net/url"
)

const rulesPath = "/api/v1/rules"

// Rules returns all rules.
func (c *Client) Rules(ctx context.Context) (list []Rule, err error) {
	for cursor := ""; ; {
		var page struct {
			Rules []Rule `json:"rules"`
			Next  string `json:"next"`
		}
		values := url.Values{"limit": {"1000"}}
		if cursor != "" {
			values.Set("cursor", cursor)
		}
		if err := c.read(ctx, rulesPath+"?"+values.Encode(), &page); err != nil {
			return nil, err
		}
		list = append(list, page.Rules...)
		if cursor = page.Next; cursor == "" {
			return list, nil
		}
	}
}

// Rule returns one with its text.
func (c *Client) Rule(ctx context.Context, id string) (d RuleDetail, err error) {
	return d, c.read(ctx, rulePath(id), &d)
}

// CheckRule says what is wrong with a text.
func (c *Client) CheckRule(ctx context.Context, text string) (check RuleCheck, err error) {
	return check, c.tell(ctx, http.MethodPost, rulesPath+"/check", RuleText{text}, &check)
}

// PreviewRule runs a text over the logs that the server stored.
func (c *Client) PreviewRule(ctx context.Context, want PreviewWish) (p RulePreview, err error) {
	return p, c.tell(ctx, http.MethodPost, rulesPath+"/preview", want, &p)
}

// WriteRule puts a text to work.
func (c *Client) WriteRule(ctx context.Context, id string, want RuleWish) (d RuleDetail, err error) {
	return d, c.tell(ctx, http.MethodPut, rulePath(id), want, &d)
}

// RemoveRule takes away what somebody wrote.
func (c *Client) RemoveRule(ctx context.Context, id, note string) (d RuleDetail, err error) {
	return d, c.tell(ctx, http.MethodDelete, rulePath(id)+"?"+url.Values{"note": {note}}.Encode(), nil, &d)
}

// SwitchRule says how a rule is to run.
func (c *Client) SwitchRule(ctx context.Context, id string, want ModeWish) (d RuleDetail, err error) {
	return d, c.tell(ctx, http.MethodPut, rulePath(id)+"/mode", want, &d)
}

func rulePath(id string) string { return rulesPath + "/" + url.PathEscape(id) }
