package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"
)

// maxSilenced is how many notices a preview of a silence shows of each kind.
const maxSilenced = 100

// Silencing is what a silence would do.
type Silencing struct {
	// Refused says why nobody could make it.
	Refused string `json:"refused,omitempty"`
	// OpenCount is how many notices it would hold back now, Open the first of them.
	OpenCount int        `json:"open_count"`
	Open      []Silenced `json:"open"`
	// ToldCount is how many of the latest attempts it would have held back, Told the latest
	// of them.
	ToldCount int        `json:"told_count"`
	Told      []Delivery `json:"told"`
}

// Silenced is an open notice that a silence would hold back.
type Silenced struct {
	Title    string    `json:"title"`
	Severity string    `json:"severity"`
	ID       string    `json:"id,omitempty"` // of the signal
	Began    time.Time `json:"began"`
}

func (n *Notices) silencing(r *http.Request) (any, error) {
	values, err := known(r, "matchers")
	if err != nil {
		return nil, err
	}
	would, err := n.Told.Silencing(values.Get("matchers"))
	if err != nil {
		return nil, wrong(err)
	}
	s := Silencing{OpenCount: len(would.Open), ToldCount: len(would.Told), Open: []Silenced{}, Told: []Delivery{}}
	if would.Refused != nil {
		s.Refused = would.Refused.Error()
	}
	for i := range would.Open[:min(len(would.Open), maxSilenced)] {
		one := &would.Open[i]
		s.Open = append(s.Open, Silenced{cmp.Or(one.Title, one.Rule), one.Severity.String(), one.ID, one.Began})
	}
	for _, a := range would.Told[:min(len(would.Told), maxSilenced)] {
		s.Told = append(s.Told, Delivery{a, a.Outcome()})
	}
	return s, nil
}

// Silencing asks what a silence with these matchers would do.
func (c *Client) Silencing(ctx context.Context, matchers string) (s Silencing, err error) {
	return s, c.read(ctx, "/api/v1/silences/preview?"+url.Values{"matchers": {matchers}}.Encode(), &s)
}
