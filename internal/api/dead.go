package api

import (
	"context"
	"encoding/json"
	"errors"
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

// Letters is the answer to a list.
type Letters struct {
	Letters []dead.Head `json:"letters"`
}

func (d *Dead) list(*http.Request) (any, error) { return Letters{d.Box.List()}, nil }

func (d *Dead) get(r *http.Request) (any, error) {
	l, err := d.Box.Get(r.PathValue("id"))
	return l, deadProblem(err)
}

func (d *Dead) replay(r *http.Request) (any, error) {
	return nothing{}, deadProblem(d.Replay(r.Context(), r.PathValue("id")))
}

func (d *Dead) drop(r *http.Request) (any, error) {
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
func (c *Client) Letters(ctx context.Context) ([]dead.Head, error) {
	var all Letters
	err := c.ask(ctx, http.MethodGet, "/api/v1/dead", &all)
	return all.Letters, err
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
