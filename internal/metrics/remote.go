package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

const (
	// batchSize is how many samples go in one request, batchWait how long fewer wait.
	batchSize = 2000
	batchWait = 5 * time.Second
	// sendTimeout is how long a server may take, maxBackoff the longest wait before it is
	// asked again.
	sendTimeout = 30 * time.Second
	maxBackoff  = 30 * time.Second
)

// pending is a sample on its way.
type pending struct {
	labels labels.Labels
	at     int64 // milliseconds since 1970
	value  float64
}

// remote sends samples to one server. What waits is in memory only: the samples are here,
// too, and a gap there after a crash is shorter than what waits. What finds no room pushes
// the oldest out, which is counted.
type remote struct {
	url, token string
	most       int
	client     *http.Client
	now        func() time.Time
	log        *slog.Logger
	wake       chan struct{}

	mu    sync.Mutex
	queue []pending

	sent, dropped, refused, failures atomic.Int64
}

func newRemotes(c *Config, now func() time.Time, log *slog.Logger) (all []*remote) {
	for i := range c.RemoteWrite {
		r := &c.RemoteWrite[i]
		one := &remote{url: r.URL, token: r.token, most: r.Queue, client: &http.Client{Timeout: sendTimeout}, now: now, log: log.With("remote_write", r.URL), wake: make(chan struct{}, 1)}
		if one.most == 0 {
			one.most = DefaultQueue
		}
		all = append(all, one)
	}
	return all
}

// add queues samples.
func (r *remote) add(list []pending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, list...)
	if over := len(r.queue) - r.most; over > 0 {
		r.queue = append(r.queue[:0:0], r.queue[over:]...)
		r.dropped.Add(int64(over))
	}
	if len(r.queue) >= batchSize {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

func (r *remote) take() []pending {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(batchSize, len(r.queue))
	list := r.queue[:n:n]
	r.queue = r.queue[n:]
	return list
}

func (r *remote) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue)
}

// run sends until the context is done, and then what is left, once.
func (r *remote) run(ctx context.Context) {
	tick := time.NewTicker(batchWait)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.last(context.WithoutCancel(ctx))
			return
		case <-r.wake:
		case <-tick.C:
		}
		for list := r.take(); len(list) > 0 && r.deliver(ctx, list); {
			list = r.take()
		}
	}
}

// last sends what is left, as long as that goes well, for a moment.
func (r *remote) last(ctx context.Context) {
	const moment = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	for list := r.take(); len(list) > 0; list = r.take() {
		if _, err := r.send(ctx, list); err != nil {
			r.dropped.Add(int64(len(list) + r.waiting()))
			r.log.WarnContext(ctx, "samples were not sent before the end", "samples", len(list)+r.waiting(), "error", err)
			return
		}
	}
}

// deliver sends a batch, again and again while the server fails. It reports whether it is
// done with.
func (r *remote) deliver(ctx context.Context, list []pending) bool {
	for wait := time.Second; ; wait = min(2*wait, maxBackoff) {
		again, err := r.send(ctx, list)
		if err == nil {
			return true
		}
		r.failures.Add(1)
		if !again {
			r.refused.Add(int64(len(list)))
			r.log.WarnContext(ctx, "samples are refused", "samples", len(list), "error", err)
			return true
		}
		if wait == time.Second {
			r.log.WarnContext(ctx, "samples wait: the server does not take them", "error", err)
		}
		select {
		case <-ctx.Done():
			r.back(list)
			return false
		case <-time.After(wait):
		}
	}
}

// back puts a batch before what waits.
func (r *remote) back(list []pending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(append([]pending{}, list...), r.queue...)
}

// send sends one request, and reports whether it is of use to try again.
func (r *remote) send(ctx context.Context, list []pending) (again bool, err error) {
	request := prompb.WriteRequest{Timeseries: make([]prompb.TimeSeries, 0, len(list))}
	for i := range list {
		one := prompb.TimeSeries{Samples: []prompb.Sample{{Value: list[i].value, Timestamp: list[i].at}}}
		list[i].labels.Range(func(l labels.Label) { one.Labels = append(one.Labels, prompb.Label{Name: l.Name, Value: l.Value}) })
		request.Timeseries = append(request.Timeseries, one)
	}
	data, err := request.Marshal()
	if err != nil {
		return false, err
	}
	packed, err := compression.Encode(compression.Snappy, data, nil)
	if err != nil {
		return false, err
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(packed))
	if err != nil {
		return false, err
	}
	for name, value := range map[string]string{
		"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0", "User-Agent": "sasumata",
	} {
		ask.Header.Set(name, value)
	}
	if r.token != "" {
		ask.Header.Set("Authorization", "Bearer "+r.token)
	}
	answer, err := r.client.Do(ask)
	if err != nil {
		return true, err
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if answer.StatusCode/100 == 2 {
		r.sent.Add(int64(len(list)))
		return false, nil
	}
	again = answer.StatusCode/100 == 5 || answer.StatusCode == http.StatusTooManyRequests
	return again, fmt.Errorf("%s: %s", answer.Status, bytes.TrimSpace(said))
}

// tee is the database, and those that take what is committed to it besides.
type tee struct {
	db      *tsdb.DB
	senders []*remote
}

// Appender begins a commit.
func (t *tee) Appender(ctx context.Context) storage.Appender {
	return &teeAppender{Appender: t.db.Appender(ctx), senders: t.senders}
}

type teeAppender struct {
	storage.Appender
	senders []*remote
	list    []pending
}

// Append adds a sample.
func (a *teeAppender) Append(ref storage.SeriesRef, l labels.Labels, at int64, v float64) (storage.SeriesRef, error) {
	ref, err := a.Appender.Append(ref, l, at, v)
	if err == nil {
		a.list = append(a.list, pending{l, at, v})
	}
	return ref, err
}

// Commit makes it so, and hands it on.
func (a *teeAppender) Commit() error {
	err := a.Appender.Commit()
	if err == nil {
		for _, r := range a.senders {
			r.add(a.list)
		}
	}
	a.list = nil
	return err
}

// Rollback gives it up.
func (a *teeAppender) Rollback() error {
	a.list = nil
	return a.Appender.Rollback()
}

// errTooMuch is a request that is larger than it may be.
var errTooMuch = errors.New("the request is too large")
