package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	// silence is after which time without a word a server is given up.
	silence = 3 * beat
	// maxEvent is the length in bytes of the longest line of a server.
	maxEvent = 16 << 20
)

// RefusedError is a request that a server does not answer, and never will.
type RefusedError struct {
	Code int
	Text string
}

// Error says what the server said.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the server answers %d: %s", e.Code, e.Text)
}

// ErrLost is a connection that worked, and ended.
var ErrLost = errors.New("the connection to the server is lost")

// Client asks a server.
type Client struct {
	// Server is its address, such as http://127.0.0.1:8480.
	Server string
	// Token is that of a reader, of an analyst to change signals, or of an operator for dead
	// letters.
	Token string
	// HTTP does the asking.
	HTTP *http.Client
}

// Tail calls use for every event that matches the query, as it comes, and leftOut with
// the number of those that came too fast. It returns when the context is done, when use
// fails, and when the connection ends: then with ErrLost.
func (c *Client) Tail(ctx context.Context, query string, use func(event []byte) error, leftOut func(int64)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(silence, func() { cancel(fmt.Errorf("the server says nothing for %s", silence)) })
	defer watch.Stop()
	body, err := c.open(ctx, "/api/v1/logs/tail?query="+url.QueryEscape(query))
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		watch.Reset(silence)
		var one struct {
			Event json.RawMessage `json:"event"`
			Left  int64           `json:"left_out"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return fmt.Errorf("read what the server sends: %w", err)
		}
		if one.Left > 0 {
			leftOut(one.Left)
		}
		if one.Event != nil {
			if err := use(one.Event); err != nil {
				return err
			}
		}
	}
	return errors.Join(ErrLost, context.Cause(ctx), lines.Err())
}

// Ready returns what a server says that takes logs and detects in them: that it is ready,
// and on a second line what is wrong all the same. Others give an error.
func (c *Client) Ready(ctx context.Context) (string, error) {
	body, err := c.open(ctx, "/-/ready")
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(body, 4096))
	printable := func(r rune) rune {
		if unicode.IsPrint(r) || r == '\n' {
			return r
		}
		return -1
	}
	return strings.TrimSpace(strings.Map(printable, string(text))), errors.Join(err, body.Close())
}

// open sends a request and returns the body of its answer.
func (c *Client) open(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.send(ctx, http.MethodGet, path, nil)
}

func (c *Client) send(ctx context.Context, method, path string, data []byte) (io.ReadCloser, error) {
	return c.sendWith(ctx, method, path, data, http.Header{})
}

// sendWith sends a request that has headers of its own.
func (c *Client) sendWith(ctx context.Context, method, path string, data []byte, header http.Header) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Server, "/")+path, content(data))
	if err != nil {
		return nil, err
	}
	r.Header = header
	if data != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	said := saidBy(text)
	if why, ok := bytes.CutPrefix(text, []byte("not ready: ")); ok {
		said = strings.ReplaceAll(strings.ToValidUTF8(strings.TrimSpace(string(why)), ""), "\n", "; ")
	}
	if err != nil || said == "" {
		said = http.StatusText(resp.StatusCode)
	}
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
		return nil, fmt.Errorf("the server answers %d: %s", resp.StatusCode, said)
	}
	return nil, &RefusedError{resp.StatusCode, said}
}
