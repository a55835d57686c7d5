package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// Dead lets operators look at dead letters, replay and drop them.
type Dead struct {
	// Box holds the letters.
	Box *dead.Box
	// Replay queues a letter again, Drop removes it for good. Both return dead.ErrNone when
	// there is no such letter.
	Replay, Drop func(ctx context.Context, id string) error
}

// Letters is a part of a list.
type Letters struct {
	Letters []dead.Head `json:"letters"`
	Next    string      `json:"next,omitempty"`
}

func (d *Dead) list(r *http.Request) (any, error) {
	part, next, err := page(r, d.Box.List(), func(h *dead.Head) string {
		return fmt.Sprintf("%020d %s", h.Time.UnixNano(), h.ID)
	})
	return Letters{part, next}, err
}

func (d *Dead) get(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	l, err := d.Box.Get(r.PathValue("id"))
	return l, deadProblem(err)
}

func (d *Dead) replay(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return nothing{}, deadProblem(d.Replay(r.Context(), r.PathValue("id")))
}

func (d *Dead) drop(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return nothing{}, deadProblem(d.Drop(r.Context(), r.PathValue("id")))
}

// ErrYoung says that a letter cannot be replayed yet.
var ErrYoung = errors.New("the state and the log store do not cover its batch yet: try again in a few seconds")

func deadProblem(err error) error {
	switch {
	case errors.Is(err, dead.ErrNone):
		return &problem{http.StatusNotFound, err.Error()}
	case errors.Is(err, ErrYoung):
		return &problem{http.StatusConflict, err.Error()}
	case errors.Is(err, record.ErrFull) || errors.Is(err, record.ErrAway):
		return &problem{http.StatusServiceUnavailable, err.Error()}
	default:
		return err
	}
}

// Letters returns the dead letters of a server.
func (c *Client) Letters(ctx context.Context) (all []dead.Head, err error) {
	err = c.pages(ctx, "/api/v1/dead", func(get func(any) error) (string, error) {
		var one Letters
		err := get(&one)
		all = append(all, one.Letters...)
		return one.Next, err
	})
	return all, err
}

// Letter returns one of them.
func (c *Client) Letter(ctx context.Context, id string) (*dead.Letter, error) {
	l := &dead.Letter{}
	return l, c.ask(ctx, http.MethodGet, "/api/v1/dead/"+id, l)
}

// Replay makes a server queue a dead letter again.
func (c *Client) Replay(ctx context.Context, id string) error {
	return c.ask(ctx, http.MethodPost, "/api/v1/dead/"+id+"/replay", &struct{}{})
}

// Drop makes a server remove a dead letter for good.
func (c *Client) Drop(ctx context.Context, id string) error {
	return c.ask(ctx, http.MethodDelete, "/api/v1/dead/"+id, &struct{}{})
}

// ask sends a request and reads its answer.
func (c *Client) ask(ctx context.Context, method, path string, into any) error {
	body, err := c.send(ctx, method, path, nil)
	if err != nil {
		return err
	}
	err = json.NewDecoder(body).Decode(into)
	return errors.Join(err, body.Close())
}
