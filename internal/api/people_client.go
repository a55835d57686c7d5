package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
func (c *Client) Users(ctx context.Context) (all []access.User, err error) {
	err = c.pages(ctx, "/api/v1/users", func(get func(any) error) (string, error) {
		var one Users
		err := get(&one)
		all = append(all, one.Users...)
		return one.Next, err
	})
	return all, err
}

// pages asks for all pages of a list: use gets one, and returns the cursor of the next.
func (c *Client) pages(ctx context.Context, path string, use func(get func(any) error) (next string, err error)) error {
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	values.Set("limit", strconv.Itoa(maxList))
	for {
		next, err := use(func(into any) error { return c.tell(ctx, http.MethodGet, path+"?"+values.Encode(), nil, into) })
		if err != nil || next == "" {
			return err
		}
		values.Set("cursor", next)
	}
}

// AddUser adds a user to a server.
func (c *Client) AddUser(ctx context.Context, name, password, role string) error {
	return c.tell(ctx, http.MethodPost, "/api/v1/users", newUser{Name: name, Password: password, Role: role}, &access.User{})
}

// AddExternal adds a user to a server who signs in at a provider.
func (c *Client) AddExternal(ctx context.Context, name, issuer, role string) error {
	return c.tell(ctx, http.MethodPost, "/api/v1/users", newUser{Name: name, Issuer: issuer, Role: role}, &access.User{})
}

// PasskeysOf returns the passkeys of a user of a server.
func (c *Client) PasskeysOf(ctx context.Context, name string) ([]access.Passkey, error) {
	var all Passkeys
	err := c.tell(ctx, http.MethodGet, "/api/v1/users/"+url.PathEscape(name)+"/passkeys", nil, &all)
	return all.Passkeys, err
}

// RemovePasskeyOf removes a passkey of a user of a server.
func (c *Client) RemovePasskeyOf(ctx context.Context, name, id string) error {
	return c.tell(ctx, http.MethodDelete, "/api/v1/users/"+url.PathEscape(name)+"/passkeys/"+url.PathEscape(id), nil, &nothing{})
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
func (c *Client) Tokens(ctx context.Context) (all []access.Token, err error) {
	err = c.pages(ctx, "/api/v1/tokens", func(get func(any) error) (string, error) {
		var one Tokens
		err := get(&one)
		all = append(all, one.Tokens...)
		return one.Next, err
	})
	return all, err
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
