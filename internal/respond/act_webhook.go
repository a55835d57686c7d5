package respond

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/secret"
)

// Webhook is an address that takes the response and the signal as JSON.
type Webhook struct {
	// URLFile holds the address; UndoFile the one that ends it, without one nothing is sent
	// then. Only their owner may read them: such addresses are secrets.
	URLFile  string `doc:"url_file,required"`
	UndoFile string `doc:"undo_url_file"`
	// TokenFile holds what the server knows us by.
	TokenFile string `doc:"token_file"`
	// Timeout is for how long an answer is waited for.
	Timeout time.Duration `doc:"timeout"`

	At map[string]document.Pos `doc:",positions"`
}

func (k *checker) webhook(w *Webhook) {
	if w.Timeout == 0 {
		w.Timeout = defaultTimeout
	}
	k.between(w.Timeout, 100*time.Millisecond, time.Minute, w.At, "timeout")
	for _, one := range []struct{ key, path string }{{"url_file", w.URLFile}, {"undo_url_file", w.UndoFile}, {"token_file", w.TokenFile}} {
		if one.path == "" {
			continue
		}
		k.Fault(!filepath.IsAbs(one.path), w.At, one.key, "%s %q wants to begin with /: a server has no current folder", one.key, one.path)
		text, err := secret.Read(one.path)
		k.Fault(err != nil, w.At, one.key, "%s: %v", one.key, err)
		if err == nil && one.key != "token_file" {
			u, err := url.Parse(text)
			k.Fault(err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http", w.At, one.key, "%s holds no address, want the form https://soar.example.com/hook", one.key)
		}
	}
}

type webhookAction struct {
	*Webhook

	client *http.Client
}

var _ action = (*webhookAction)(nil)

func newWebhook(w *Webhook) *webhookAction {
	return &webhookAction{w, &http.Client{Timeout: w.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // what is sent is for the address that was named
	}}}
}

// repeatable: each request has an Idempotency-Key, by which a server knows that it is one.
func (*webhookAction) repeatable() bool { return true }
func (*webhookAction) extends() bool    { return false }

func (w *webhookAction) apply(ctx context.Context, tasks []task) []outcome {
	return oneByOne(tasks, func(t *task) outcome { return w.send(ctx, w.URLFile, t, false) })
}

func (w *webhookAction) undo(ctx context.Context, tasks []task) []outcome {
	if w.UndoFile == "" {
		return make([]outcome, len(tasks))
	}
	return oneByOne(tasks, func(t *task) outcome { return w.send(ctx, w.UndoFile, t, true) })
}

func (w *webhookAction) send(ctx context.Context, file string, t *task, undo bool) outcome {
	r, err := w.request(context.WithoutCancel(ctx), file, t, undo)
	if err != nil {
		return outcome{err: err}
	}
	answer, err := w.client.Do(r)
	if err != nil {
		if of, ok := errors.AsType[*url.Error](err); ok { // it holds the address, which is a secret
			err = of.Err
		}
		return outcome{err: fmt.Errorf("call %s: %w", r.URL.Host, err)}
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxOutput))
	if answer.StatusCode/100 == 2 {
		return outcome{output: short(answer.Status + "\n" + string(said))}
	}
	again := answer.StatusCode/100 == 5 || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout
	return outcome{output: short(string(said)), err: fmt.Errorf("%s answered %s", r.URL.Host, answer.Status), final: !again}
}

func (w *webhookAction) request(ctx context.Context, file string, t *task, undo bool) (*http.Request, error) {
	address, err := secret.Read(file)
	if err != nil {
		return nil, err
	}
	body, err := t.body(undo)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address is wrong") // it is a secret
	}
	key := "sasumata-response-" + strconv.FormatInt(t.record.ID, 10)
	if undo {
		key += "-undo"
	}
	r.Header.Set("Idempotency-Key", key)
	r.Header.Set("Content-Type", "application/json")
	if w.TokenFile != "" {
		token, err := secret.Read(w.TokenFile)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}
