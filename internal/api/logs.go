package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/search/pattern"
	"github.com/sasumata/sasumata/internal/store"
	"github.com/sasumata/sasumata/internal/tail"
)

// The limits of searches over HTTP.
const (
	// maxSearches is how many are answered at a time: each holds parts of the store.
	maxSearches = 4
	// maxSearch is how long one may take; writeTimeout is longer.
	maxSearch = 30 * time.Second
	// maxFacets is how many fields one answer counts.
	maxFacets = 20
	// maxTop is how many groups of each bucket, and values of each field, an answer has.
	maxTop = 1000
	// buckets is about how many buckets a histogram has whose length nobody names.
	buckets = 60
)

// Logs answers searches over the log store, and shows events as they come.
type Logs struct {
	// Store is what is searched; nil without one.
	Store *store.Store
	// Fresh is called before a search: what was taken so far is in the store when it
	// returns.
	Fresh func(context.Context)
	// Hub has the events as they come.
	Hub *tail.Hub
	// Now is the clock, Log is told of what is refused.
	Now func() time.Time
	Log *slog.Logger

	// Searches counts those that were answered, Failed those that were not.
	Searches, Failed atomic.Int64

	prepare sync.Once // several servers may share it
	places  chan struct{}
}

// problem is a request that cannot be answered.
type problem struct {
	code int
	text string
}

// Error returns what is wrong.
func (p *problem) Error() string { return p.text }

func wrong(err error) error { return &problem{http.StatusBadRequest, err.Error()} }

// answers serves what is answered in JSON.
func (l *Logs) answers(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(r)
		if err != nil {
			l.fail(w, r, err)
			return
		}
		header(w)
		_ = search.Write(w, out) // who asked may be gone
	}
}

// fail answers with what is wrong.
func (l *Logs) fail(w http.ResponseWriter, r *http.Request, err error) {
	code, text := http.StatusInternalServerError, "the search failed: the log of the server says why"
	if p, ok := errors.AsType[*problem](err); ok {
		code, text = p.code, p.text
	} else if r.Context().Err() == nil {
		l.Log.ErrorContext(r.Context(), "a search failed", "error", err)
	}
	explain(w, code, text)
}

func header(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// search serves one kind of search.
func (l *Logs) search(answer func(context.Context, store.Search, url.Values) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		place := false
		defer func() { // also when the program fails
			if place {
				<-l.places
			}
		}()
		out, err := l.answer(r, &place, answer)
		if err != nil {
			l.Failed.Add(1)
			l.fail(w, r, err)
			return
		}
		l.Searches.Add(1)
		header(w)
		_ = search.Write(w, out) // who asked may be gone
	}
}

// answer returns the answer to a search, and notes whether it took a place. It keeps that
// until the answer was sent: it may be large, and who asks may read it slowly.
func (l *Logs) answer(r *http.Request, place *bool, answer func(context.Context, store.Search, url.Values) (any, error)) (any, error) {
	if l.Store == nil {
		return nil, &problem{http.StatusNotFound, "this server keeps no logs: store.disabled is set"}
	}
	values, err := parameters(r)
	if err != nil {
		return nil, err
	}
	want, err := search.Parse(search.Question{Query: values.Get("query"), Since: values.Get("from"), Until: values.Get("to")},
		search.Names{Query: "query", Since: "from", Until: "to"}, l.Now())
	if err != nil {
		return nil, wrong(err)
	}
	select {
	case l.places <- struct{}{}:
		*place = true
	default:
		return nil, &problem{http.StatusTooManyRequests, "too many searches at a time: try again"}
	}
	late := fmt.Errorf("the search took longer than %s: narrow it by from and to", maxSearch)
	ctx, cancel := context.WithTimeoutCause(r.Context(), maxSearch, late)
	defer cancel()
	l.Fresh(ctx)
	out, err := answer(ctx, want, values)
	if errors.Is(err, late) {
		return nil, &problem{http.StatusGatewayTimeout, late.Error()}
	}
	return out, err
}

func (l *Logs) events(ctx context.Context, want store.Search, values url.Values) (any, error) {
	most, err := limit(values, 100, store.MaxNewest)
	if err = errors.Join(err, only(values, "query", "from", "to", "limit")); err != nil {
		return nil, err
	}
	found, result, err := l.Store.Newest(ctx, want, most)
	if err != nil {
		return nil, err
	}
	return search.EventsOf(found, result), nil
}

func (l *Logs) stats(ctx context.Context, want store.Search, values url.Values) (any, error) {
	text := values.Get("stats")
	if text == "" {
		text = "count"
	}
	what, err := store.ParseStats(text)
	if err == nil && values.Get("every") != "" {
		what.Every, err = search.Age(values.Get("every"))
	}
	if err != nil {
		return nil, wrong(err)
	}
	most, err := limit(values, 100, maxTop)
	if err = errors.Join(err, only(values, "query", "from", "to", "limit", "stats", "every")); err != nil {
		return nil, err
	}
	table, result, err := l.Store.Stats(ctx, want, what)
	if err != nil {
		return nil, err
	}
	return struct {
		search.Groups
		Scanned search.Scanned `json:"scanned"`
	}{groups(table, &what, most), search.ScannedOf(result)}, nil
}

func groups(table store.Table, what *store.Stats, limit int) search.Groups {
	cut := search.Cut(&table, what, limit)
	out := search.GroupsOf(table, what)
	out.Cut = cut
	return out
}

// patterns answers what the messages have in common.
func (l *Logs) patterns(ctx context.Context, want store.Search, values url.Values) (any, error) {
	most, err := limit(values, 50, pattern.MaxPatterns)
	if err = errors.Join(err, only(values, "query", "from", "to", "limit")); err != nil {
		return nil, err
	}
	found, more, result, err := search.Mine(ctx, l.Store, want, most)
	if err != nil {
		return nil, err
	}
	return search.PatternsOf(found, more, result), nil
}

// summary is what a page over a search shows beside its events: how many there are over
// time, and which values fields have.
type summary struct {
	Every     string                   `json:"every"`
	Histogram search.Groups            `json:"histogram"`
	Facets    map[string]search.Groups `json:"facets"`
	Scanned   search.Scanned           `json:"scanned"`
}

func (l *Logs) summary(ctx context.Context, want store.Search, values url.Values) (any, error) {
	most, err := limit(values, 10, maxTop)
	if err = errors.Join(err, only(values, "query", "from", "to", "limit", "every", "by", "facets")); err != nil {
		return nil, err
	}
	histogram := store.Stats{Measure: "count", Every: l.bucket(want)}
	if text := values.Get("every"); text != "" {
		if histogram.Every, err = search.Age(text); err != nil {
			return nil, wrong(err)
		}
	}
	if text := values.Get("by"); text != "" {
		by, err := store.ParseField(text)
		if err != nil {
			return nil, wrong(err)
		}
		histogram.By = []query.Field{by}
	}
	whats := []store.Stats{histogram}
	if text := values.Get("facets"); text != "" {
		for name := range strings.SplitSeq(text, ",") {
			f, err := store.ParseField(name)
			if err != nil {
				return nil, wrong(err)
			}
			whats = append(whats, store.Stats{Measure: "count", By: []query.Field{f}})
		}
	}
	if len(whats) > 1+maxFacets {
		return nil, wrong(fmt.Errorf("%d facets, at most %d are possible", len(whats)-1, maxFacets))
	}
	tables, result, err := l.Store.Counts(ctx, want, whats...)
	if err != nil {
		return nil, err
	}
	out := summary{Every: histogram.Every.String(), Histogram: groups(tables[0], &histogram, most), Facets: map[string]search.Groups{}, Scanned: search.ScannedOf(result)}
	for i, what := range whats[1:] {
		out.Facets[what.By[0].String()] = groups(tables[i+1], &what, most)
	}
	return out, nil
}

// bucket returns a length of buckets that people count in, for about as many as a screen
// shows.
func (l *Logs) bucket(want store.Search) time.Duration {
	since, until := want.Since, want.Until
	for _, p := range l.Store.Parts() {
		if first, last, ok := p.Times(); ok {
			if want.Since == 0 && (since == 0 || first.UnixNano() < since) {
				since = first.UnixNano()
			}
			if want.Until == 0 {
				until = max(until, last.UnixNano())
			}
		}
	}
	span := float64(until) - float64(since)
	day := 24 * time.Hour
	for _, every := range []time.Duration{
		time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, day, 7 * day,
	} {
		if span/float64(every) <= buckets {
			return every
		}
	}
	return 30 * day
}
