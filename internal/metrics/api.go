package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// The limits of questions.
const (
	// maxForm is the size in bytes of the largest form, maxPoints how many steps a range may
	// have, maxSeries how many series or names an answer lists.
	maxForm   = 1 << 20
	maxPoints = 11_000
	maxSeries = 20_000
	// maxWait is how long a question waits for its turn.
	maxWait = 5 * time.Second
)

// problem is why a question has no answer, in the words of Prometheus' API.
type problem struct {
	code int
	kind string
	err  error
}

func (p *problem) Error() string { return p.err.Error() }

func wrong(format string, args ...any) error {
	return &problem{http.StatusBadRequest, "bad_data", fmt.Errorf(format, args...)}
}

// API serves Prometheus' HTTP API, version 1: what is below /api/v1/ there. Who may ask is
// up to the caller.
func (e *Engine) API() http.Handler {
	mux := http.NewServeMux()
	read := func(path string, serve func(r *http.Request) (any, error)) {
		mux.HandleFunc("GET /"+path, e.answers(serve))
		mux.HandleFunc("POST /"+path, e.answers(serve))
	}
	asked := func(path string, serve func(r *http.Request) (any, error)) {
		if e.other != nil {
			mux.HandleFunc("/"+path, e.elsewhere)
			return
		}
		read(path, e.turn(serve))
	}
	asked("query", e.queryInstant)
	asked("query_range", e.queryRange)
	asked("series", e.listSeries)
	asked("labels", e.listLabels)
	asked("label/{name}/values", e.listValues)
	asked("metadata", e.listMetadata)
	read("query_exemplars", func(*http.Request) (any, error) { return []any{}, nil }) // none are kept
	read("format_query", e.formatQuery)
	read("parse_query", e.parseQuery)
	read("rules", e.listRules)
	read("alerts", e.listAlerts)
	read("targets", e.listTargets)
	read("status/buildinfo", e.buildInfo)
	mux.HandleFunc("/", e.answers(func(r *http.Request) (any, error) {
		return nil, &problem{http.StatusNotFound, "not_found", errors.New("there is no " + r.URL.Path + " here: docs/metrics.md has what there is")}
	}))
	return mux
}

// answers writes what serve returns as Prometheus does.
func (e *Engine) answers(serve func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		answer, code := map[string]any{"status": "success"}, http.StatusOK
		err := r.ParseForm()
		if err != nil {
			err = wrong("the form cannot be read: %v", err)
		}
		var data any
		if err == nil {
			data, err = serve(r)
		}
		e.queries.Add(1)
		if err != nil {
			e.queryErrors.Add(1)
			p := problemOf(err)
			answer, code = map[string]any{"status": "error", "errorType": p.kind, "error": p.Error()}, p.code
		} else if with, ok := data.(*warned); ok {
			answer["data"] = with.data
			if len(with.warnings) > 0 {
				answer["warnings"] = with.warnings
			}
		} else {
			answer["data"] = data
		}
		w.Header().Set("Content-Type", "application/json")
		if code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		w.WriteHeader(code)
		if err := json.NewEncoder(w).Encode(answer); err != nil && r.Context().Err() == nil {
			e.log.WarnContext(r.Context(), "an answer about metrics broke off", "error", err)
		}
	}
}

// warned is an answer with warnings.
type warned struct {
	data     any
	warnings []string
}

func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[promql.ErrQueryTimeout](err); ok {
		return &problem{http.StatusServiceUnavailable, "timeout", err}
	}
	if _, ok := errors.AsType[promql.ErrQueryCanceled](err); ok || errors.Is(err, context.Canceled) {
		return &problem{499, "canceled", err}
	}
	if _, ok := errors.AsType[promql.ErrStorage](err); ok {
		return &problem{http.StatusInternalServerError, "internal", err}
	}
	return &problem{http.StatusUnprocessableEntity, "execution", err}
}

// turn lets as many questions run at a time as the configuration says.
func (e *Engine) turn(serve func(*http.Request) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		patience := time.NewTimer(maxWait)
		defer patience.Stop()
		select {
		case e.places <- struct{}{}:
			defer func() { <-e.places }()
		case <-patience.C:
			e.queriesRefused.Add(1)
			return nil, &problem{http.StatusServiceUnavailable, "unavailable", fmt.Errorf("%d queries run already (query_concurrency)", cap(e.places))}
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		ctx, cancel := context.WithTimeout(r.Context(), e.cfg().QueryTimeout)
		defer cancel()
		return serve(r.WithContext(ctx))
	}
}

// elsewhere has another server answer.
func (e *Engine) elsewhere(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var answer *http.Response
	if err == nil {
		answer, err = e.other.do(r.Context(), r.URL.EscapedPath()[1:], r.Form)
	}
	if err != nil {
		e.answers(func(*http.Request) (any, error) {
			return nil, &problem{http.StatusBadGateway, "unavailable", fmt.Errorf("query_url: %w", err)}
		})(w, r)
		return
	}
	defer answer.Body.Close()
	e.queries.Add(1)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(answer.Body, maxAnswer)) // who asked is gone
}

// queryInstant answers what is so at a moment.
func (e *Engine) queryInstant(r *http.Request) (any, error) {
	at, err := timeOf(r, "time", e.opts.Now())
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := within(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	q, err := e.engine.NewInstantQuery(ctx, e.db, nil, r.Form.Get("query"), at)
	if err != nil {
		return nil, wrong("query: %v", err)
	}
	return run(ctx, q)
}

// queryRange answers what was so, step by step.
func (e *Engine) queryRange(r *http.Request) (any, error) {
	start, err1 := timeOf(r, "start", time.Time{})
	end, err2 := timeOf(r, "end", time.Time{})
	step, err3 := durationOf(r.Form.Get("step"))
	if err := errors.Join(err1, err2); err != nil {
		return nil, wrong("%v", err)
	}
	switch {
	case err3 != nil || step <= 0:
		return nil, wrong("step %q, want a duration above zero, such as 15s or 15", r.Form.Get("step"))
	case start.IsZero() || end.IsZero() || end.Before(start):
		return nil, wrong("want start and end, which is not before it")
	case end.Sub(start)/step > maxPoints:
		return nil, wrong("more than %d points: try a larger step", maxPoints)
	}
	ctx, cancel, err := within(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	q, err := e.engine.NewRangeQuery(ctx, e.db, nil, r.Form.Get("query"), start, end, step)
	if err != nil {
		return nil, wrong("query: %v", err)
	}
	return run(ctx, q)
}

// run asks the engine. What it answers is written before the question is closed.
func run(ctx context.Context, q promql.Query) (any, error) {
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	value, err := json.Marshal(result.Value)
	if err != nil {
		return nil, err
	}
	warnings, infos := result.Warnings.AsStrings(q.String(), 10, 10)
	return &warned{map[string]any{"resultType": result.Value.Type(), "result": json.RawMessage(value)}, append(warnings, infos...)}, nil
}

// within returns the context of a question that says how long it may take.
func within(r *http.Request) (context.Context, context.CancelFunc, error) {
	text := r.Form.Get("timeout")
	if text == "" {
		return r.Context(), func() {}, nil
	}
	d, err := durationOf(text)
	if err != nil || d <= 0 {
		return nil, nil, wrong("timeout %q, want a duration such as 10s", text)
	}
	ctx, cancel := context.WithTimeout(r.Context(), d)
	return ctx, cancel, nil
}

// timeOf reads seconds since 1970, or a time as RFC 3339 has it.
func timeOf(r *http.Request, key string, without time.Time) (time.Time, error) {
	text := r.Form.Get(key)
	if text == "" {
		return without, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1e11 {
		whole, part := math.Modf(f)
		return time.Unix(int64(whole), int64(math.Round(part*1000))*int64(time.Millisecond)).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, wrong("%s %q, want seconds since 1970 or a time such as 2026-01-05T09:00:00Z", key, text)
	}
	return t, nil
}

// durationOf reads seconds, or a duration as Prometheus writes it.
func durationOf(text string) (time.Duration, error) {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(f) || math.Abs(f) > 1e9 {
			return 0, errors.New("out of range")
		}
		return time.Duration(f * float64(time.Second)), nil
	}
	d, err := model.ParseDuration(text)
	return time.Duration(d), err
}

// formatQuery writes a query as it should be.
func (e *Engine) formatQuery(r *http.Request) (any, error) {
	expr, err := e.parser.ParseExpr(r.Form.Get("query"))
	if err != nil {
		return nil, wrong("query: %v", err)
	}
	return parser.Prettify(expr), nil
}
