package source

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// The limits of the HTTP intake.
const (
	// DefaultMaxBody is the size in bytes of the largest body, before and after it is
	// unpacked: that of Datadog's intake.
	DefaultMaxBody = 5 << 20
	// maxRequests is how many requests are read at a time: each holds its body.
	maxRequests = 16
	// maxLines is how many lines a body may have, maxItems how many items its list: what
	// is known of a line takes more memory than a short line does.
	maxLines = 250_000
	maxItems = 20_000
	// maxFailures is how many requests of an address without a valid token are answered
	// with a reason in a minute; further ones learn nothing and are not logged.
	maxFailures = 10
	// maxFailing is how many addresses are counted.
	maxFailing = 10_000
	// MinToken is the length in bytes of the shortest token: nobody guesses it.
	MinToken = 20
)

// Token is what one sender is known by.
type Token struct {
	// Name is the sender's; its records have the tag sender:NAME.
	Name string
	// Sum is the SHA-256 of the token.
	Sum [sha256.Size]byte
}

// NewToken returns the token of a sender.
func NewToken(name, secret string) Token {
	return Token{Name: name, Sum: sha256.Sum256([]byte(secret))}
}

// Intake takes logs over HTTP: in the form of Datadog's agents at /api/v2/logs, and as
// lines at /intake/lines.
type Intake struct {
	// Tokens are those of the senders; without any, all requests are refused.
	Tokens []Token
	// MaxBody is a limit; 0 means DefaultMaxBody.
	MaxBody int64
	// Now is the clock, Sink takes the records, Counters and Log are told what happens.
	Now      func() time.Time
	Sink     Sink
	Counters *Counters
	Log      *slog.Logger

	// Unauthorized counts requests without a valid token, Refused those that had to be
	// sent again later.
	Unauthorized, Refused atomic.Int64

	mu      sync.Mutex
	minute  int64
	failing map[string]int
	places  chan struct{}
}

// Handler returns what serves the intake. It is called once.
func (in *Intake) Handler() http.Handler {
	if in.MaxBody <= 0 {
		in.MaxBody = DefaultMaxBody
	}
	in.failing, in.places = map[string]int{}, make(chan struct{}, maxRequests)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/logs", in.request(datadogRecords))
	mux.HandleFunc("POST /intake/lines", in.request(lineRecords))
	return mux
}

// request is one route of the intake.
func (in *Intake) request(parse func(*http.Request, []byte) ([]record.Record, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sender, ok := in.sender(r)
		if !ok {
			in.unauthorized(w, r)
			return
		}
		select {
		case in.places <- struct{}{}:
			defer func() { <-in.places }()
		default:
			in.later(w, http.StatusServiceUnavailable, "too many requests at a time")
			return
		}
		body, err := in.body(r)
		var records []record.Record
		if err == nil && bytes.Count(body, []byte("\n")) > maxLines {
			err = errTooMany
		}
		if err == nil {
			records, err = parse(r, body)
		}
		if err != nil {
			in.wrong(w, r, sender, err)
			return
		}
		now := in.Now().UnixNano()
		in.sign(records, sender, now)
		err = in.Sink(r.Context(), records)
		switch {
		case errors.Is(err, record.ErrFull):
			in.later(w, http.StatusTooManyRequests, err.Error())
		case err != nil:
			in.Counters.Errors.Add(1)
			in.Log.ErrorContext(r.Context(), "records could not be queued", "sender", sender, "error", err)
			in.later(w, http.StatusServiceUnavailable, "the records could not be queued")
		default:
			in.Counters.received(len(records), now)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "{}\n")
		}
	}
}

// sign cuts the records to their limits and says who sent them. Records with one list of
// tags share one afterwards, too: there may be many of both.
func (in *Intake) sign(records []record.Record, sender string, now int64) {
	var before, tags []string
	var tagsCut bool
	for i := range records {
		r := &records[i]
		r.Received = now
		if i == 0 || !same(r.Tags, before) {
			only := record.Record{Tags: r.Tags}
			before, tagsCut = r.Tags, only.Clip()
			tags = signed(only.Tags, sender)
		}
		r.Tags = nil
		if r.Clip() || tagsCut {
			in.Counters.Cut.Add(1)
		}
		r.Tags = tags
	}
}

// same reports whether two lists of tags are one.
func same(a, b []string) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// signed returns the tags with that of the sender, which nobody else can set.
func signed(tags []string, sender string) []string {
	const key = "sender:"
	all := make([]string, 0, len(tags)+1)
	for _, tag := range tags[:min(len(tags), record.MaxTags-1)] {
		if !strings.HasPrefix(tag, key) {
			all = append(all, tag)
		}
	}
	return append(all, key+sender)
}

// sender returns the name of who sends. All tokens are compared, so the time says
// nothing about them.
func (in *Intake) sender(r *http.Request) (name string, ok bool) {
	secret := r.Header.Get("DD-API-KEY")
	if secret == "" {
		secret, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if secret == "" {
		return "", false
	}
	sum := sha256.Sum256([]byte(secret))
	for i := range in.Tokens {
		if subtle.ConstantTimeCompare(sum[:], in.Tokens[i].Sum[:]) == 1 {
			name, ok = in.Tokens[i].Name, true
		}
	}
	return name, ok
}

// unauthorized answers a request without a valid token.
func (in *Intake) unauthorized(w http.ResponseWriter, r *http.Request) {
	in.Unauthorized.Add(1)
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	if !in.mayFail(peer) {
		w.Header().Set("Retry-After", "60")
		fail(w, http.StatusTooManyRequests, "too many requests without a valid token")
		return
	}
	in.Log.WarnContext(r.Context(), "a request has no valid token", "peer", peer, "path", r.URL.Path)
	w.Header().Set("WWW-Authenticate", "Bearer")
	fail(w, http.StatusUnauthorized, "want the token of a sender in the header DD-API-KEY or Authorization: Bearer")
}

// mayFail counts a failure; it reports false when the address had enough.
func (in *Intake) mayFail(peer string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if minute := in.Now().Unix() / 60; minute != in.minute {
		in.minute = minute
		clear(in.failing)
	}
	if len(in.failing) >= maxFailing {
		peer = "" // all further addresses count as one
	}
	in.failing[peer]++
	return in.failing[peer] <= maxFailures
}

// later tells the sender to try again.
func (in *Intake) later(w http.ResponseWriter, code int, reason string) {
	in.Refused.Add(1)
	w.Header().Set("Retry-After", "2")
	fail(w, code, reason)
}

// wrong answers a request that cannot be read.
func (in *Intake) wrong(w http.ResponseWriter, r *http.Request, sender string, err error) {
	in.Counters.Errors.Add(1)
	in.Log.WarnContext(r.Context(), "a request cannot be read", "sender", sender, "path", r.URL.Path, "error", err)
	code := http.StatusBadRequest
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errTooMany):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, errEncoding):
		code = http.StatusUnsupportedMediaType
	}
	fail(w, code, err.Error())
}

// fail answers in the form of Datadog's intake.
func fail(w http.ResponseWriter, code int, reason string) {
	type fault struct {
		Status string `json:"status"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	body, err := json.Marshal(map[string][]fault{"errors": {{strconv.Itoa(code), http.StatusText(code), reason}}})
	if err != nil {
		body = nil // texts are always written
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n'))
}

var (
	errTooLarge = errors.New("the body is larger than allowed")
	errTooMany  = fmt.Errorf("the body has more than %d lines, or its list more than %d items: send them in several", maxLines, maxItems)
	errEncoding = errors.New("want the Content-Encoding gzip, deflate or identity")
)

// body reads the body and unpacks it, up to the limit.
func (in *Intake) body(r *http.Request) ([]byte, error) {
	packed, err := limited(r.Body, in.MaxBody)
	if err != nil {
		return nil, err
	}
	var unpack io.Reader
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
		return packed, nil
	case "gzip":
		unpack, err = gzip.NewReader(bytes.NewReader(packed))
	case "deflate":
		// The standard wants zlib around it; some senders leave it out.
		if unpack, err = zlib.NewReader(bytes.NewReader(packed)); err != nil {
			unpack, err = flate.NewReader(bytes.NewReader(packed)), nil
		}
	default:
		return nil, errEncoding
	}
	if err != nil {
		return nil, errors.New("the body is not packed as its Content-Encoding says")
	}
	return limited(unpack, in.MaxBody)
}

func limited(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if int64(len(data)) > most {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errors.New("the body breaks off or is damaged")
	}
	return data, nil
}

// isTextType reports whether the request says that its body is no JSON.
func isTextType(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "text/plain"
}

// label is what the address of the request says of all its records.
func label(r *http.Request, source, host, tags string) record.Record {
	q := r.URL.Query()
	return record.Record{Source: q.Get(source), Service: q.Get("service"), Host: q.Get(host), Tags: splitTags(q.Get(tags))}
}

// splitTags takes tags apart that commas separate.
func splitTags(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// lineRecords makes a record of each line that is not empty.
func lineRecords(r *http.Request, body []byte) ([]record.Record, error) {
	return linesOf(body, label(r, "source", "host", "tags")), nil
}

func linesOf(body []byte, with record.Record) []record.Record {
	var records []record.Record
	for line := range strings.Lines(string(body)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			with.Text = line
			records = append(records, with)
		}
	}
	return records
}

// datadogRecords reads an item, a list of items, or lines of text.
func datadogRecords(r *http.Request, body []byte) ([]record.Record, error) {
	with := label(r, "ddsource", "hostname", "ddtags")
	if isTextType(r) {
		return linesOf(body, with), nil
	}
	var items []json.RawMessage
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(trimmed, &items); err != nil {
			return nil, errors.New("the body is no JSON list")
		}
	} else {
		items = []json.RawMessage{trimmed}
	}
	if len(items) > maxItems {
		return nil, errTooMany
	}
	records := make([]record.Record, 0, len(items))
	for i, item := range items {
		one, err := datadogItem(item, with)
		if err != nil {
			return nil, errors.New("item " + strconv.Itoa(i+1) + " of the body is no JSON object")
		}
		if one.Text != "" {
			records = append(records, one)
		}
	}
	return records, nil
}

// datadogItem reads one log. A log that says more than what it is labelled with stays
// the JSON that it was: the pipelines read the rest of it.
func datadogItem(item json.RawMessage, with record.Record) (record.Record, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(item, &fields); err != nil || fields == nil {
		return with, errors.New("no JSON object")
	}
	var message string
	bare := json.Unmarshal(fields["message"], &message) == nil
	var tags string
	for key, into := range map[string]*string{"ddsource": &with.Source, "service": &with.Service, "hostname": &with.Host, "ddtags": &tags} {
		if raw, ok := fields[key]; ok {
			bare = json.Unmarshal(raw, into) == nil && bare
			delete(fields, key)
		}
	}
	if own := splitTags(tags); len(own) > 0 {
		with.Tags = append(own, with.Tags[:min(len(with.Tags), record.MaxTags)]...)
	}
	delete(fields, "message")
	if bare && len(fields) == 0 {
		with.Text = message
		return with, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, item); err != nil {
		return with, err
	}
	with.Text = compact.String()
	return with, nil
}
