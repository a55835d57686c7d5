package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Following is what a server says to somebody who follows signals.
type Following struct {
	// Signal is one that opened, or changed: nil when it is none.
	Signal *triage.Signal
	Opened bool
	// Lost says why signals may be missing: the list is to be asked for anew.
	Lost string
}

// Watch calls use for every signal that matches the query when it opens and when it
// changes. It begins behind last, which it moves on: the next call goes on there; an empty
// one begins now. It returns when the context is done, when use fails, and when the
// connection ends: then with ErrLost.
func (c *Client) Watch(ctx context.Context, query string, last *string, use func(Following) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(silence, func() { cancel(fmt.Errorf("the server says nothing for %s", silence)) })
	defer watch.Stop()
	header := http.Header{}
	if *last != "" {
		header.Set("Last-Event-ID", *last)
	}
	body, err := c.sendWith(ctx, http.MethodGet, "/api/v1/signals/events?query="+url.QueryEscape(query), nil, header)
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxEvent)
	said := ""
	for e := (sse{}); lines.Scan(); {
		watch.Reset(silence)
		if whole := e.add(lines.Bytes()); !whole {
			continue
		}
		f, why, err := e.read()
		if err != nil {
			return err
		}
		if said = why; f.Signal != nil || f.Lost != "" {
			if err := use(f); err != nil {
				return err
			}
		}
		if e.id != "" {
			*last = e.id
		}
		e = sse{}
	}
	if said != "" {
		err = errors.New(said)
	}
	return errors.Join(ErrLost, context.Cause(ctx), lines.Err(), err)
}

// sse is an event on its way.
type sse struct {
	name, id string
	data     []byte
}

// add adds a line, and reports whether the event is whole.
func (e *sse) add(line []byte) bool {
	if len(line) == 0 {
		return e.name != ""
	}
	key, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(key) {
	case "event":
		e.name = string(value)
	case "id":
		e.id = string(value)
	case "data":
		e.data = append(e.data, value...)
	}
	return false
}

// read returns what the event says, and why the stream ends if it says that.
func (e *sse) read() (f Following, why string, err error) {
	var said struct{ Detail string }
	switch e.name {
	case "opened", "changed":
		f.Signal, f.Opened = &triage.Signal{}, e.name == "opened"
		err = json.Unmarshal(e.data, f.Signal)
	case "reset":
		err = json.Unmarshal(e.data, &said)
		f.Lost = said.Detail
	case "end":
		err = json.Unmarshal(e.data, &said)
		why = strings.ToValidUTF8(said.Detail, "")
	}
	if err != nil {
		return f, "", fmt.Errorf("read what the server sends: %w", err)
	}
	return f, why, nil
}
