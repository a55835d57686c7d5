package alert

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/program"
	"github.com/sasumata/sasumata/internal/secret"
	"github.com/sasumata/sasumata/internal/signal"
)

// The presets of a webhook.
const (
	presetJSON       = "json"
	presetGoogleChat = "google_chat"
	presetNtfy       = "ntfy"
	presetGotify     = "gotify"
	presetMatrix     = "matrix"
	presetLineWorks  = "line_works"
	presetZulip      = "zulip"
	presetChatwork   = "chatwork"
)

// Webhook is an address that takes a request.
type Webhook struct {
	// Preset is the form of the request: json, google_chat, ntfy, gotify, matrix,
	// line_works, zulip or chatwork.
	Preset string `doc:"preset"`
	// URLFile holds the address. It is that of the message for google_chat, line_works
	// and chatwork, and of the server for ntfy, gotify, matrix and zulip.
	URLFile string `doc:"url_file,required"`
	// TokenFile holds what the server knows us by.
	TokenFile string `doc:"token_file"`
	// User is the bot's address for zulip.
	User string `doc:"user"`
	// To is the topic of ntfy, the room of matrix, the channel of zulip.
	To string `doc:"to"`
	// Timeout is for how long an answer is waited for.
	Timeout time.Duration `doc:"timeout"`

	At map[string]document.Pos `doc:",positions"`
}

const defaultWebhookTimeout = 15 * time.Second

func (k *checker) webhook(w *Webhook) {
	if w.Preset == "" {
		w.Preset = presetJSON
	}
	if w.Timeout == 0 {
		w.Timeout = defaultWebhookTimeout
	}
	k.oneOf(w.Preset, w.At, "preset", presetJSON, presetGoogleChat, presetNtfy, presetGotify, presetMatrix, presetLineWorks, presetZulip, presetChatwork)
	k.between(w.Timeout, 100*time.Millisecond, 5*time.Minute, w.At, "timeout")
	k.secretFile(w.URLFile, w.At, "url_file")
	k.secretFile(w.TokenFile, w.At, "token_file")
	needs := func(wrong bool, key string) { k.Fault(wrong, w.At, key, "preset %s wants %s", w.Preset, key) }
	switch w.Preset {
	case presetNtfy:
		needs(w.To == "", "to")
	case presetMatrix:
		needs(w.To == "", "to")
		needs(w.TokenFile == "", "token_file")
	case presetZulip:
		needs(w.To == "", "to")
		needs(w.User == "", "user")
		needs(w.TokenFile == "", "token_file")
	case presetGotify, presetLineWorks, presetChatwork:
		needs(w.TokenFile == "", "token_file")
	}
}

type webhookSender struct {
	Webhook

	client *http.Client
}

func newWebhookSender(w *Webhook) *webhookSender {
	return &webhookSender{Webhook: *w, client: &http.Client{
		Timeout: w.Timeout,
		// What a redirect names was not configured; it would get the token.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (w *webhookSender) send(ctx context.Context, d *delivery) (retry bool, err error) {
	r, err := w.request(ctx, d)
	if err != nil {
		return false, err
	}
	return post(w.client, r)
}

// post sends a request. Retry says of an error that it may go away by itself.
func post(client *http.Client, r *http.Request) (retry bool, err error) {
	r.Header.Set("User-Agent", "Sasumata")
	resp, err := client.Do(r)
	if err != nil {
		// The address may be a secret: the error names only the host.
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err
		}
		return true, fmt.Errorf("call %s: %w", r.URL.Host, err)
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, program.MaxOutput)) // it is for people only
	_ = resp.Body.Close()
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	retry = resp.StatusCode/100 == 5 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout
	return retry, later(resp.Header, fmt.Errorf("%s answered %s: %s", r.URL.Host, resp.Status, Visible(string(said))))
}

// request returns what is sent.
func (w *webhookSender) request(ctx context.Context, d *delivery) (*http.Request, error) {
	address, err := secret.Read(w.URLFile)
	if err != nil {
		return nil, err
	}
	token := ""
	if w.TokenFile != "" {
		if token, err = secret.Read(w.TokenFile); err != nil {
			return nil, err
		}
	}
	base := strings.TrimRight(address, "/")
	text := markup(w.Preset, d.Title+"\n"+d.Text)
	bearer := http.Header{}
	if token != "" {
		bearer.Set("Authorization", "Bearer "+token)
	}
	switch w.Preset {
	case presetGoogleChat:
		return jsonRequest(ctx, http.MethodPost, address, bearer, map[string]any{"text": clip(text, 4000)})
	case presetNtfy:
		return jsonRequest(ctx, http.MethodPost, address, bearer, map[string]any{
			"topic": w.To, "title": d.Title, "message": clip(d.Text, 4000), "priority": priority(d.Severity, 2, 5),
		})
	case presetGotify:
		return jsonRequest(ctx, http.MethodPost, base+"/message", http.Header{"X-Gotify-Key": {token}}, map[string]any{
			"title": d.Title, "message": clip(d.Text, 32<<10), "priority": priority(d.Severity, 2, 8),
		})
	case presetMatrix:
		// The server takes a message with the same key only once.
		path := base + "/_matrix/client/v3/rooms/" + url.PathEscape(w.To) + "/send/m.room.message/" + url.PathEscape(d.Key)
		return jsonRequest(ctx, http.MethodPut, path, bearer, map[string]any{"msgtype": "m.text", "body": clip(text, 32<<10)})
	case presetLineWorks:
		return jsonRequest(ctx, http.MethodPost, address, bearer, map[string]any{"content": map[string]any{"type": "text", "text": clip(text, 2000)}})
	case presetZulip:
		r, err := formRequest(ctx, base+"/api/v1/messages", url.Values{
			"type": {"stream"}, "to": {w.To}, "topic": {clip(markup(w.Preset, d.Title), 60)}, "content": {clip(text, 10_000)},
		})
		if err == nil {
			r.SetBasicAuth(w.User, token)
		}
		return r, err
	case presetChatwork:
		r, err := formRequest(ctx, address, url.Values{"body": {clip(text, 32<<10)}})
		if err == nil {
			r.Header.Set("X-ChatWorkToken", token)
		}
		return r, err
	default:
		body, err := d.body()
		if err != nil {
			return nil, err
		}
		return jsonRequest(ctx, http.MethodPost, address, bearer, json.RawMessage(body))
	}
}

func jsonRequest(ctx context.Context, method, address string, head http.Header, body any) (*http.Request, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("the address is wrong") // it may be a secret
	}
	r.Header = head.Clone()
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

func formRequest(ctx context.Context, address string, form url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the address is wrong") // it may be a secret
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}

// priority returns the number of a severity between those of low and critical.
func priority(severity string, low, critical int) int {
	s, ok := ParseSeverity(severity)
	if !ok || s <= signal.Low {
		return low
	}
	return low + (critical-low)*int(s-signal.Low)/int(signal.Critical-signal.Low)
}

// deliveryKey returns a name for a notification that is the same each time it is tried.
func deliveryKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
