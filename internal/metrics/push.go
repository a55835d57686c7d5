package metrics

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/compression"
)

// The limits of what others push.
const (
	maxPushed       = 4 << 20  // bytes of a request, packed
	maxUnpacked     = 16 << 20 // and unpacked
	maxPushedSeries = 50_000   // of a request: an empty one is two bytes there and a hundred here
	maxPushedLabels = 64       // of a series
	maxPushedLabel  = 4 << 10  // bytes of a name or value
)

// Push takes samples by Prometheus' remote write, version 1.0: protobuf in snappy. What is
// too old, or there already with another value, is left out and counted; all else is on the
// disk when it answers 204.
func (e *Engine) Push(w http.ResponseWriter, r *http.Request) {
	n, err := e.push(w, r)
	e.pushed.Add(int64(n))
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errTooMuch):
		e.pushErrors.Add(1)
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
	case errors.Is(err, errWrongPush):
		e.pushErrors.Add(1)
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		e.pushErrors.Add(1)
		e.log.ErrorContext(r.Context(), "pushed samples could not be stored", "error", err)
		http.Error(w, "the samples could not be stored", http.StatusInternalServerError)
	}
}

// errWrongPush is a request that is none of remote write.
var errWrongPush = errors.New("want a remote write request of version 1: Content-Encoding snappy, Content-Type application/x-protobuf")

func (e *Engine) push(w http.ResponseWriter, r *http.Request) (int, error) {
	kind := r.Header.Get("Content-Type")
	if r.Header.Get("Content-Encoding") != "snappy" || !strings.HasPrefix(kind, "application/x-protobuf") || strings.Contains(kind, "io.prometheus.write.v2") {
		return 0, errWrongPush
	}
	packed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPushed))
	if tooMuch := (*http.MaxBytesError)(nil); errors.As(err, &tooMuch) {
		return 0, errTooMuch
	} else if err != nil {
		return 0, errWrongPush
	}
	all, err := unpack(packed)
	if err != nil {
		return 0, err
	}
	to := e.appendable().Appender(r.Context())
	n := 0
	for i := range all {
		added, err := e.addPushed(to, &all[i])
		if n += added; err != nil {
			return 0, errors.Join(err, to.Rollback())
		}
	}
	return n, to.Commit()
}

// series is one that was pushed.
type series struct {
	labels  labels.Labels
	samples []prompb.Sample
}

// unpack reads a request. Its error is errWrongPush or errTooMuch.
func unpack(packed []byte) ([]series, error) {
	if size, n := binary.Uvarint(packed); n <= 0 {
		return nil, errWrongPush
	} else if size > maxUnpacked {
		return nil, errTooMuch // a few bytes may say that they are gigabytes
	}
	data, err := compression.Decode(compression.Snappy, packed, nil)
	if err != nil {
		return nil, errWrongPush
	}
	if n, err := countFields(data); err != nil {
		return nil, err
	} else if n > maxPushedSeries {
		return nil, errTooMuch
	}
	var request prompb.WriteRequest
	if err := request.Unmarshal(data); err != nil {
		return nil, errWrongPush
	}
	all := make([]series, 0, len(request.Timeseries))
	for i := range request.Timeseries {
		one := &request.Timeseries[i]
		if len(one.Labels) > maxPushedLabels {
			return nil, errWrongPush
		}
		b := labels.NewScratchBuilder(len(one.Labels))
		for _, l := range one.Labels {
			if len(l.Name) > maxPushedLabel || len(l.Value) > maxPushedLabel {
				return nil, errWrongPush
			}
			b.Add(strings.Clone(l.Name), strings.Clone(l.Value))
		}
		b.Sort()
		ls := b.Labels()
		if twice, is := ls.HasDuplicateLabelNames(); is || twice != "" || !ls.Has(model.MetricNameLabel) || !ls.IsValid(model.UTF8Validation) {
			return nil, errWrongPush
		}
		all = append(all, series{ls, one.Samples})
	}
	return all, nil
}

// countFields returns how many fields a message of protobuf has, which are all pieces of
// bytes: series and metadata.
func countFields(data []byte) (n int, err error) {
	for ; len(data) > 0; n++ {
		key, used := binary.Uvarint(data)
		if used <= 0 || key&7 != 2 {
			return 0, errWrongPush
		}
		data = data[used:]
		size, used := binary.Uvarint(data)
		if used <= 0 || size > uint64(len(data)-used) {
			return 0, errWrongPush
		}
		data = data[used+int(size):]
	}
	return n, nil
}

// addPushed adds the samples of a series, but those that cannot be.
func (e *Engine) addPushed(to storage.Appender, one *series) (n int, err error) {
	ref := storage.SeriesRef(0)
	for _, s := range one.samples {
		ref, err = to.Append(ref, one.labels, s.Timestamp, s.Value)
		switch {
		case err == nil:
			n++
		case errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
			e.pushTooOld.Add(1)
		default:
			return n, err
		}
	}
	return n, nil
}
