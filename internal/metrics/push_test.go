package metrics

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/util/compression"
)

func written(t testing.TB, all ...prompb.TimeSeries) []byte {
	t.Helper()
	data, err := (&prompb.WriteRequest{Timeseries: all}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := compression.Encode(compression.Snappy, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

func pushed(name string, at time.Time, value float64, pairs ...string) prompb.TimeSeries {
	one := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: name}}, Samples: []prompb.Sample{{Value: value, Timestamp: at.UnixMilli()}}}
	for i := 0; i+1 < len(pairs); i += 2 {
		one.Labels = append(one.Labels, prompb.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return one
}

func (h *house) pushes(data []byte, change func(*http.Request)) int {
	r := httptest.NewRequest(http.MethodPost, "/write", bytes.NewReader(data))
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("Content-Type", "application/x-protobuf")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.Push(w, r)
	return w.Code
}

func TestWhatOthersPushIsKept(t *testing.T) {
	h := build(t, t.TempDir(), downRule, nil)
	if code := h.pushes(written(t, pushed("a", start, 1, "job", "x"), pushed("b", start, 2)), nil); code != http.StatusNoContent || h.pushed.Load() != 2 {
		t.Fatalf("%d, %d samples", code, h.pushed.Load())
	}
	// One that is there with another value, and one that is older than the window, are left
	// out; the one between them stays.
	old := pushed("a", start.Add(-24*time.Hour), 1, "job", "x")
	if code := h.pushes(written(t, pushed("b", start, 3), pushed("c", start, 4), old), nil); code != http.StatusNoContent || h.pushTooOld.Load() != 2 || h.pushed.Load() != 3 {
		t.Errorf("%d, %d too old, %d kept", code, h.pushTooOld.Load(), h.pushed.Load())
	}
	v, err := h.ask(t.Context(), `sum({__name__=~"a|b|c"})`, start)
	if err != nil || len(v) != 1 || v[0].F != 7 {
		t.Errorf("got %v %v", v, err)
	}
}

func TestAPushThatIsNoneIsRefused(t *testing.T) {
	h := build(t, t.TempDir(), downRule, nil)
	good := written(t, pushed("a", start, 1))
	f := func(what string, want int, data []byte, change func(*http.Request)) {
		t.Helper()
		if code := h.pushes(data, change); code != want {
			t.Errorf("%s: %d, want %d", what, code, want)
		}
	}
	f("version 2", 400, good, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
	})
	f("not packed", 400, good, func(r *http.Request) { r.Header.Del("Content-Encoding") })
	f("no snappy", 400, []byte("hello there"), nil)
	f("says that it is huge", 413, binary.AppendUvarint(nil, 1<<40), nil)
	f("is large", 413, bytes.Repeat([]byte{1}, maxPushed+1), nil)
	f("no name", 400, written(t, prompb.TimeSeries{Labels: []prompb.Label{{Name: "a", Value: "b"}}}), nil)
	f("a label twice", 400, written(t, pushed("a", start, 1, "x", "1", "x", "2")), nil)
	f("a long value", 400, written(t, pushed("a", start, 1, "x", strings.Repeat("v", maxPushedLabel+1))), nil)
	f("many series", 413, written(t, make([]prompb.TimeSeries, maxPushedSeries+1)...), nil)
	if h.pushErrors.Load() != 9 || h.db.Head().NumSeries() != 0 {
		t.Errorf("%d errors counted, %d series", h.pushErrors.Load(), h.db.Head().NumSeries())
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(written(f, pushed("a", start, 1, "b", "c")))
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = unpack(data) })
}

// TestSamplesGoToAnotherServer sends from one engine to another, which fails at first.
func TestSamplesGoToAnotherServer(t *testing.T) {
	there := build(t, t.TempDir(), downRule, nil)
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		there.Push(w, r)
	}))
	t.Cleanup(server.Close)
	here := build(t, t.TempDir(), downRule, func(o *Options) { o.Config.RemoteWrite = []RemoteWrite{{URL: server.URL}} })
	to := here.appendable().Appender(t.Context())
	for i := range batchSize {
		if _, err := to.Append(0, pushedLabels("a"), start.UnixMilli()+int64(i), float64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Commit(); err != nil {
		t.Fatal(err)
	}
	r := here.senders[0]
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.run(ctx); close(done) }()
	eventually(t, "the samples there", func() bool { return r.sent.Load() == batchSize })
	cancel()
	<-done
	if r.failures.Load() != 1 || there.pushed.Load() != batchSize || r.dropped.Load() != 0 {
		t.Errorf("%d failures, %d sent, %d dropped", r.failures.Load(), there.pushed.Load(), r.dropped.Load())
	}
}

func TestSamplesThatAreNotSentAreCounted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadRequest) }))
	t.Cleanup(server.Close)
	h := build(t, t.TempDir(), downRule, func(o *Options) { o.Config.RemoteWrite = []RemoteWrite{{URL: server.URL, Queue: 1000}} })
	r := h.senders[0]
	r.add(make([]pending, 1500))
	if r.dropped.Load() != 500 || r.waiting() != 1000 {
		t.Errorf("%d dropped, %d wait", r.dropped.Load(), r.waiting())
	}
	if !r.deliver(t.Context(), r.take()) || r.refused.Load() != 1000 {
		t.Errorf("%d refused", r.refused.Load())
	}
	r.add(make([]pending, 3))
	r.last(t.Context())
	if r.dropped.Load() != 503 {
		t.Errorf("%d dropped, want those that were left at the end, too", r.dropped.Load())
	}
}
