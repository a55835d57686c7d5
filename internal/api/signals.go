package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

const (
	// maxEdit is the size in bytes of the largest body that changes a signal.
	maxEdit = 64 << 10
	// maxQuestions is how many questions about signals are answered at a time.
	maxQuestions = 8
)

// Signals answers questions about signals, and changes them for those who may.
type Signals struct {
	// Book has them.
	Book *triage.Book
	// Trail returns entries of the audit trail.
	Trail func(context.Context, audit.Filter) ([]audit.Entry, error)

	// Edits counts changes, Failed requests that could not be answered.
	Edits, Failed atomic.Int64

	prepare sync.Once // several servers may share it
	logs    *Logs     // has the clock and the log
	places  chan struct{}
}

// serve answers one kind of question.
func (s *Signals) serve(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		default:
			explain(w, http.StatusTooManyRequests, "too many questions at a time: try again")
			return
		}
		out, err := answer(r)
		if err != nil {
			s.Failed.Add(1)
			s.fail(w, r, err)
			return
		}
		header(w)
		_ = search.Write(w, out) // who asked may be gone
	}
}

// fail answers with what is wrong.
func (s *Signals) fail(w http.ResponseWriter, r *http.Request, err error) {
	if p, ok := errors.AsType[*problem](err); ok {
		explain(w, p.code, p.text)
		return
	}
	if bad, ok := errors.AsType[*triage.WrongError](err); ok {
		explain(w, http.StatusBadRequest, bad.Error())
		return
	}
	switch {
	case errors.Is(err, triage.ErrMissing):
		explain(w, http.StatusNotFound, triage.ErrMissing.Error())
		return
	case errors.Is(err, triage.ErrChanged):
		explain(w, http.StatusConflict, triage.ErrChanged.Error())
		return
	}
	if r.Context().Err() == nil {
		s.logs.Log.ErrorContext(r.Context(), "a question about signals failed", "error", err)
	}
	for _, known := range []error{database.ErrUnavailable, database.ErrFull} {
		if errors.Is(err, known) {
			w.Header().Set("Retry-After", "5")
			explain(w, http.StatusServiceUnavailable, known.Error())
			return
		}
	}
	explain(w, http.StatusInternalServerError, "it failed: the log of the server says why")
}

// known returns the parameters, of which no others may be there.
func known(r *http.Request, names ...string) (map[string]string, error) {
	values, err := parameters(r)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name := range values {
		if !slices.Contains(names, name) {
			return nil, wrong(fmt.Errorf("parameter %q is unknown, want %s", name, strings.Join(names, ", ")))
		}
		out[name] = values.Get(name)
	}
	return out, nil
}

// count reads a number from 1.
func count(text string, usual, most int) (int, error) {
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, wrong(fmt.Errorf("limit %q, want a number from 1 to %d", text, most))
	}
	return n, nil
}

func (s *Signals) list(r *http.Request) (any, error) {
	p, err := known(r, "query", "sort", "limit", "cursor")
	if err != nil {
		return nil, err
	}
	want := triage.Search{Sort: p["sort"], Cursor: p["cursor"]}
	if want.Limit, err = count(p["limit"], 50, triage.MaxPage); err != nil {
		return nil, err
	}
	if want.Query, err = query.Parse(p["query"]); err != nil {
		return nil, wrong(fmt.Errorf("query: %w", err))
	}
	return s.Book.List(r.Context(), want)
}

func (s *Signals) get(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return s.Book.Get(r.Context(), r.PathValue("id"))
}

func (s *Signals) stats(r *http.Request) (any, error) {
	p, err := known(r, "from")
	if err != nil {
		return nil, err
	}
	since := time.Unix(0, 0)
	if p["from"] != "" {
		age, err := search.Age(p["from"])
		if err != nil {
			return nil, wrong(fmt.Errorf("from: %w", err))
		}
		since = s.logs.Now().Add(-age)
	}
	return s.Book.Statistics(r.Context(), since)
}

func (s *Signals) entities(r *http.Request) (any, error) {
	p, err := known(r, "limit")
	if err != nil {
		return nil, err
	}
	limit, err := count(p["limit"], 50, triage.MaxPage)
	if err != nil {
		return nil, err
	}
	list, err := s.Book.Suspects(r.Context(), limit)
	return map[string]any{"entities": list}, err
}

func (s *Signals) edit(r *http.Request) (any, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &problem{http.StatusUnsupportedMediaType, "want Content-Type: application/json"}
	}
	var e triage.Edit
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxEdit))
	if err != nil {
		return nil, &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes, or breaks off", maxEdit)}
	}
	read := json.NewDecoder(strings.NewReader(string(body)))
	read.DisallowUnknownFields()
	if err := read.Decode(&e); err != nil {
		return nil, wrong(fmt.Errorf("read the body: %w", err))
	}
	if _, err := read.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong(errors.New("the body goes on behind its end"))
	}
	out, err := s.Book.Edit(r.Context(), r.PathValue("id"), e, whoOf(r).Name)
	if err == nil {
		s.Edits.Add(1)
	}
	return out, err
}

func (s *Signals) audit(r *http.Request) (any, error) {
	p, err := known(r, "actor", "action", "object", "before", "limit")
	if err != nil {
		return nil, err
	}
	want := audit.Filter{Actor: p["actor"], Action: p["action"], Object: p["object"]}
	if want.Limit, err = count(p["limit"], 100, audit.MaxEntries); err != nil {
		return nil, err
	}
	if p["before"] != "" {
		if want.Before, err = strconv.ParseInt(p["before"], 10, 64); err != nil || want.Before < 1 {
			return nil, wrong(fmt.Errorf("before %q, want the id of an entry", p["before"]))
		}
	}
	list, err := s.Trail(r.Context(), want)
	return map[string]any{"entries": list}, err
}
