package reputation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// retryUnknown is how long we wait when a service says that it is asked too often
// and not until when.
const retryUnknown = 15 * time.Second

// ask asks about one address, and once more if the service says that it is asked
// too often.
func (c *Client) ask(ctx context.Context, a netip.Addr, out *Answers) (Verdict, error) {
	for {
		if err := c.pace(ctx); err != nil {
			return Verdict{}, err
		}
		if !c.Cache.spend(c.Now(), c.budget()) {
			return Verdict{}, &stopError{fmt.Sprintf("the budget of %d questions for today is used up", c.budget())}
		}
		out.Asked++
		body, again, err := c.once(ctx, a)
		if err != nil {
			return Verdict{}, err
		}
		if again > 0 {
			if err := c.wait(ctx, again, "it is asked too often"); err != nil {
				return Verdict{}, err
			}
			continue
		}
		v := Verdict{Unknown: true}
		if body != nil {
			if v, err = c.Service.Verdict(a, body); err != nil {
				return Verdict{}, &stopError{"its answer is not understood: " + err.Error()}
			}
		}
		v.Service, v.Checked = c.Service.Name(), c.Now().UTC().Truncate(time.Second)
		return v, nil
	}
}

// once sends one question. It returns the answer, nil when the service knows
// nothing, or how long to wait before asking again.
func (c *Client) once(ctx context.Context, a netip.Addr) (body []byte, again time.Duration, err error) {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := c.Service.Request(ctx, a)
	if err != nil {
		return nil, 0, err
	}
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err // the URL says nothing that is not known
		}
		return nil, 0, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, 0, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, 0, &stopError{"it refuses the key (" + resp.Status + ")"}
	case http.StatusTooManyRequests:
		return nil, retryAfter(resp.Header.Get("Retry-After"), c.Now()), nil
	default:
		return nil, 0, &stopError{"it answers " + resp.Status}
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = &stopError{"its answer is larger than a mebibyte"}
	}
	return body, 0, err
}

// retryAfter reads the header: seconds, or a date (RFC 9110). It is a second at
// least.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		const day = 24 * 60 * 60
		return time.Duration(min(max(seconds, 1), 7*day)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), time.Second)
	}
	return retryUnknown
}

// pace waits until the service's limit for a minute lets another question through.
func (c *Client) pace(ctx context.Context) error {
	limit := c.Service.Limits().PerMinute
	if limit <= 0 {
		return nil
	}
	now := c.Now()
	c.asked = slices.DeleteFunc(c.asked, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(c.asked) >= limit {
		until := c.asked[len(c.asked)-limit].Add(time.Minute).Sub(now)
		if err := c.wait(ctx, until, fmt.Sprintf("it allows %d questions a minute", limit)); err != nil {
			return err
		}
	}
	c.asked = append(c.asked, c.Now())
	return nil
}

// wait waits, if there is patience for it.
func (c *Client) wait(ctx context.Context, d time.Duration, why string) error {
	patience := c.Patience
	if patience == 0 {
		patience = DefaultPatience
	}
	if c.waited+d > patience {
		return &stopError{why}
	}
	c.waited += d
	return c.Sleep(ctx, d)
}

func (c *Client) budget() int {
	if c.Budget > 0 {
		return c.Budget
	}
	return c.Service.Limits().PerDay
}
