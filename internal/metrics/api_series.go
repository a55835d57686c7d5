package metrics

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
)

// selection is which series a question is about.
type selection struct {
	from, to int64 // milliseconds since 1970
	sets     [][]*labels.Matcher
	limit    int
}

// selected reads the parameters start, end, match[] and limit.
func (e *Engine) selected(r *http.Request, wants bool) (s selection, err error) {
	start, err := timeOf(r, "start", time.UnixMilli(e.oldest()))
	if err != nil {
		return s, err
	}
	end, err := timeOf(r, "end", e.opts.Now().Add(time.Minute))
	if err != nil {
		return s, err
	}
	s.from, s.to, s.limit = start.UnixMilli(), end.UnixMilli(), maxSeries
	if wants && len(r.Form["match[]"]) == 0 {
		return s, wrong("want match[] at least once, such as match[]=up")
	}
	if s.sets, err = e.parser.ParseMetricSelectors(r.Form["match[]"]); err != nil {
		return s, wrong("match[]: %v", err)
	}
	if text := r.Form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return s, wrong("limit %q, want a number", text)
		}
		if n > 0 {
			s.limit = min(n, maxSeries)
		}
	}
	return s, nil
}

// oldest is the time of the oldest sample, in milliseconds since 1970.
func (e *Engine) oldest() int64 {
	at := e.db.Head().MinTime()
	for _, b := range e.db.Blocks() {
		at = min(at, b.MinTime())
	}
	if at == math.MaxInt64 {
		return 0 // there is none
	}
	return at
}

// cut shortens a list to the limit, and says so.
func cut[T any](list []T, limit int) *warned {
	w := &warned{data: list}
	if list == nil {
		w.data = []T{}
	}
	if len(list) > limit {
		w.data, w.warnings = list[:limit], []string{fmt.Sprintf("there are more than %d", limit)}
	}
	return w
}

// listSeries answers which series there are.
func (e *Engine) listSeries(r *http.Request) (any, error) {
	s, err := e.selected(r, true)
	if err != nil {
		return nil, err
	}
	q, err := e.db.Querier(s.from, s.to)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	hints := &storage.SelectHints{Start: s.from, End: s.to, Func: "series", Limit: s.limit + 1}
	var found []storage.SeriesSet
	for _, set := range s.sets {
		found = append(found, q.Select(r.Context(), true, hints, set...))
	}
	all := []labels.Labels{}
	merged := storage.NewMergeSeriesSet(found, s.limit+1, storage.ChainedSeriesMerge)
	for merged.Next() && len(all) <= s.limit {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		all = append(all, merged.At().Labels())
	}
	if err := merged.Err(); err != nil {
		return nil, err
	}
	return cut(all, s.limit), nil
}

// listLabels answers which labels series have.
func (e *Engine) listLabels(r *http.Request) (any, error) {
	return e.names(r, func(ctx context.Context, q storage.LabelQuerier, hints *storage.LabelHints, set []*labels.Matcher) ([]string, error) {
		names, _, err := q.LabelNames(ctx, hints, set...)
		return names, err
	})
}

// listValues answers which values a label has.
func (e *Engine) listValues(r *http.Request) (any, error) {
	name := model.UnescapeName(r.PathValue("name"), model.ValueEncodingEscaping)
	if !model.UTF8Validation.IsValidLabelName(name) {
		return nil, wrong("%q is no name of a label", name)
	}
	return e.names(r, func(ctx context.Context, q storage.LabelQuerier, hints *storage.LabelHints, set []*labels.Matcher) ([]string, error) {
		values, _, err := q.LabelValues(ctx, name, hints, set...)
		return values, err
	})
}

func (e *Engine) names(r *http.Request, ask func(context.Context, storage.LabelQuerier, *storage.LabelHints, []*labels.Matcher) ([]string, error)) (any, error) {
	s, err := e.selected(r, false)
	if err != nil {
		return nil, err
	}
	q, err := e.db.Querier(s.from, s.to)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	if len(s.sets) == 0 {
		s.sets = [][]*labels.Matcher{nil}
	}
	var all []string
	for _, set := range s.sets {
		some, err := ask(r.Context(), q, &storage.LabelHints{Limit: s.limit + 1}, set)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return cut(slices.Compact(all), s.limit), nil
}

// about is what a target says of a metric.
type about struct {
	Type model.MetricType `json:"type"`
	Help string           `json:"help"`
	Unit string           `json:"unit"`
}

// listMetadata answers what metrics are, as their targets say.
func (e *Engine) listMetadata(r *http.Request) (any, error) {
	limit := maxSeries
	if n, err := strconv.Atoi(r.Form.Get("limit")); err == nil && n >= 0 {
		limit = min(n, maxSeries)
	}
	all := map[string][]about{}
	add := func(m *scrape.MetricMetadata) {
		one := about{m.Type, m.Help, m.Unit}
		if _, known := all[m.MetricFamily]; (known || len(all) < limit) && !slices.Contains(all[m.MetricFamily], one) {
			all[m.MetricFamily] = append(all[m.MetricFamily], one)
		}
	}
	metric := r.Form.Get("metric")
	for _, targets := range e.scraper.manager.TargetsActive() {
		for _, t := range targets {
			if metric != "" {
				if m, ok := t.GetMetadata(metric); ok {
					add(&m)
				}
				continue
			}
			for _, m := range t.ListMetadata() {
				add(&m)
			}
		}
	}
	return all, nil
}
