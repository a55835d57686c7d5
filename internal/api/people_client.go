package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/access"
)

// tell sends a body of JSON, unless it is nil, and reads the answer.
func (c *Client) tell(ctx context.Context, method, path string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := c.send(ctx, method, path, data)
	if err != nil {
		return err
	}
	err = json.NewDecoder(answer).Decode(into)
	return errors.Join(err, answer.Close())
}

// Users returns the users of a server.
func (c *Client) Users(ctx context.Context) ([]access.User, error) {
	var all Users
	err := c.tell(ctx, http.MethodGet, "/api/v1/users", nil, &all)
	return all.Users, err
}

// AddUser adds a user to a server.
func (c *Client) AddUser(ctx context.Context, name, password, role string) error {
	return c.tell(ctx, http.MethodPost, "/api/v1/users", newUser{name, password, role}, &access.User{})
}

// EditUser changes a user of a server.
func (c *Client) EditUser(ctx context.Context, name string, e access.Edit) error {
	return c.tell(ctx, http.MethodPatch, "/api/v1/users/"+url.PathEscape(name), e, &access.User{})
}

// RemoveUser removes a user of a server.
func (c *Client) RemoveUser(ctx context.Context, name string) error {
	return c.tell(ctx, http.MethodDelete, "/api/v1/users/"+url.PathEscape(name), nil, &nothing{})
}

// EndSessions ends all sessions of a user of a server.
func (c *Client) EndSessions(ctx context.Context, name string) error {
	return c.tell(ctx, http.MethodDelete, "/api/v1/users/"+url.PathEscape(name)+"/sessions", nil, &nothing{})
}

// Tokens returns the tokens that were made on a server.
func (c *Client) Tokens(ctx context.Context) ([]access.Token, error) {
	var all Tokens
	err := c.tell(ctx, http.MethodGet, "/api/v1/tokens", nil, &all)
	return all.Tokens, err
}

// AddToken makes a token on a server, and returns its secret.
func (c *Client) AddToken(ctx context.Context, name string, scopes []string, life time.Duration) (string, access.Token, error) {
	want := newToken{Name: name, Scopes: scopes}
	if life > 0 {
		want.Expires = strconv.FormatInt(int64(life/time.Second), 10) + "s"
	}
	var made Made
	err := c.tell(ctx, http.MethodPost, "/api/v1/tokens", want, &made)
	return made.Secret, made.Token, err
}

// RemoveToken removes a token of a server.
func (c *Client) RemoveToken(ctx context.Context, id string) error {
	return c.tell(ctx, http.MethodDelete, "/api/v1/tokens/"+url.PathEscape(id), nil, &nothing{})
}
