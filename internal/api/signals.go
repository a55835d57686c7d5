package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/signal/suppress"
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
	// Suppressions has the suppressions that people made.
	Suppressions *suppress.Book
	// Trail returns entries of the audit trail.
	Trail func(context.Context, audit.Filter) ([]audit.Entry, error)

	// Streams are those who follow signals. Each hears every Beat that it is still there, and
	// has Patience to read what was sent; 0 means the usual ones.
	Streams  streams
	Beat     time.Duration
	Patience time.Duration

	// Edits counts changes, Failed requests that could not be answered.
	Edits, Failed atomic.Int64

	prepare sync.Once // several servers may share it
	logs    *Logs     // has the clock and the log
	gate    *Gate
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
	if code, text := whose(err); code != 0 {
		explain(w, code, text)
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

// whose returns what is wrong with what somebody asked; 0 when it is our fault.
func whose(err error) (code int, text string) {
	if code, text := ofResponse(err); code != 0 {
		return code, text
	}
	if bad, ok := errors.AsType[*triage.WrongError](err); ok {
		return http.StatusBadRequest, bad.Error()
	}
	if bad, ok := errors.AsType[*suppress.WrongError](err); ok {
		return http.StatusBadRequest, bad.Error()
	}
	if bad, ok := errors.AsType[*suppress.ConfirmError](err); ok {
		return http.StatusConflict, bad.Error()
	}
	for _, known := range []struct {
		err  error
		code int
	}{{triage.ErrMissing, http.StatusNotFound}, {suppress.ErrMissing, http.StatusNotFound}, {errNoContainer, http.StatusNotFound}, {triage.ErrChanged, http.StatusConflict}, {suppress.ErrChanged, http.StatusConflict}} {
		if errors.Is(err, known.err) {
			return known.code, known.err.Error()
		}
	}
	return 0, ""
}

// wanted reads what the parameters of a search say.
func (s *Signals) wanted(p url.Values) (triage.Search, error) {
	want, err := search.Parse(search.Question{Query: p.Get("query"), Since: p.Get("from"), Until: p.Get("to")},
		search.Names{Query: "query", Since: "from", Until: "to"}, s.logs.Now())
	if err != nil {
		return triage.Search{}, wrong(err)
	}
	return triage.Search{Query: want.Query, From: want.Since, To: want.Until}, nil
}

func (s *Signals) list(r *http.Request) (any, error) {
	p, err := known(r, "query", "from", "to", "sort", "order", "limit", "cursor")
	if err != nil {
		return nil, err
	}
	want, err := s.wanted(p)
	if err != nil {
		return nil, err
	}
	switch order := p.Get("order"); order {
	case "", "desc":
	case "asc":
		want.Ascending = true
	default:
		return nil, wrong(fmt.Errorf("order %q, want asc or desc", order))
	}
	want.Sort, want.Cursor = p.Get("sort"), p.Get("cursor")
	if want.Limit, err = limit(p, 50, triage.MaxPage); err != nil {
		return nil, err
	}
	return s.Book.List(r.Context(), want)
}

func (s *Signals) summary(r *http.Request) (any, error) {
	p, err := known(r, "query", "from", "to", "limit", "buckets")
	if err != nil {
		return nil, err
	}
	want, err := s.wanted(p)
	if err != nil {
		return nil, err
	}
	most, err := limit(p, 10, triage.MaxFacet)
	if err != nil {
		return nil, err
	}
	bars, err := number(p, "buckets", buckets, triage.MaxBuckets)
	if err != nil {
		return nil, err
	}
	return s.Book.Summarize(r.Context(), want, most, bars)
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
	if p.Get("from") != "" {
		age, err := search.Age(p.Get("from"))
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
	most, err := limit(p, 50, triage.MaxPage)
	if err != nil {
		return nil, err
	}
	list, err := s.Book.Suspects(r.Context(), most)
	return map[string]any{"entities": list}, err
}

func (s *Signals) edit(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var e triage.Edit
	if err := readJSON(r, &e); err != nil {
		return nil, err
	}
	out, err := s.Book.Edit(r.Context(), r.PathValue("id"), e, whoOf(r).Name)
	if err == nil {
		s.Edits.Add(1)
	}
	return out, err
}

// readJSON reads the body of a request that changes something.
func readJSON(r *http.Request, into any) error { return readBody(r, maxEdit, into) }

// wantJSON refuses a body that does not say that it is JSON.
func wantJSON(r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &problem{http.StatusUnsupportedMediaType, "want Content-Type: application/json"}
	}
	return nil
}

// readBody reads a JSON body of at most so many bytes.
func readBody(r *http.Request, most int64, into any) error {
	if err := wantJSON(r); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, most))
	if err != nil {
		return &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes, or breaks off", most)}
	}
	read := json.NewDecoder(strings.NewReader(string(body)))
	read.DisallowUnknownFields()
	if err := read.Decode(into); err != nil {
		return wrong(fmt.Errorf("read the body: %w", err))
	}
	if _, err := read.Token(); !errors.Is(err, io.EOF) {
		return wrong(errors.New("the body goes on behind its end"))
	}
	return nil
}

// Entries is a part of the audit trail.
type Entries struct {
	Entries []audit.Entry `json:"entries"`
	Next    string        `json:"next,omitempty"`
}

func (s *Signals) audit(r *http.Request) (any, error) {
	p, err := known(r, "actor", "action", "object", "from", "to", "cursor", "limit")
	if err != nil {
		return nil, err
	}
	want := audit.Filter{Actor: p.Get("actor"), Action: p.Get("action"), Object: p.Get("object")}
	for name, at := range map[string]*int64{"from": &want.Since, "to": &want.Until} {
		if *at, err = search.Moment(name, p.Get(name), s.logs.Now()); err != nil {
			return nil, wrong(err)
		}
	}
	if want.Limit, err = limit(p, listed, maxList); err != nil {
		return nil, err
	}
	if text := p.Get("cursor"); text != "" { // the id of the last entry that was seen
		if want.Before, err = strconv.ParseInt(text, 10, 64); err != nil || want.Before < 1 {
			return nil, wrong(errors.New("the cursor is none of this list: want the next of the page before"))
		}
	}
	list, err := s.Trail(r.Context(), want)
	out := Entries{Entries: list}
	if len(list) == want.Limit {
		out.Next = strconv.FormatInt(list[len(list)-1].ID, 10)
	}
	return out, err
}
