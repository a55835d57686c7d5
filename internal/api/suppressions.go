package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/sasumata/sasumata/internal/signal/suppress"
)

// Ended is what somebody says who ends a suppression.
type Ended struct {
	// Reason says why; it may be empty.
	Reason string `json:"reason,omitempty"`
}

// PreviewOf is a suppression that somebody thinks of.
type PreviewOf struct {
	// Days is over how many days it looks; 0 is suppress.PreviewDays.
	Days int `json:"days,omitempty"`
	suppress.Change
}

// idOf returns the id of the suppression that a path names.
func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, suppress.ErrMissing
	}
	return id, nil
}

// counted counts a change that was made.
func (s *Signals) counted(out any, err error) (any, error) {
	if err == nil {
		s.Edits.Add(1)
	}
	return out, err
}

func (s *Signals) suppressions(r *http.Request) (any, error) {
	p, err := known(r, "state", "cursor", "limit")
	if err != nil {
		return nil, err
	}
	want := suppress.Filter{State: p.Get("state")}
	if want.Limit, err = limit(p, listed, suppress.MaxPage); err != nil {
		return nil, err
	}
	if text := p.Get("cursor"); text != "" { // the id of the last one that was seen
		if want.Before, err = strconv.ParseInt(text, 10, 64); err != nil || want.Before < 1 {
			return nil, wrong(errors.New("the cursor is none of this list: want the next of the page before"))
		}
	}
	return s.Suppressions.List(r.Context(), want)
}

func (s *Signals) suppression(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	return s.Suppressions.Get(r.Context(), id)
}

func (s *Signals) makeSuppression(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var c suppress.Change
	if err := readJSON(r, &c); err != nil {
		return nil, err
	}
	return s.counted(s.Suppressions.Make(r.Context(), c, whoOf(r).Name))
}

func (s *Signals) previewSuppression(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var p PreviewOf
	if err := readJSON(r, &p); err != nil {
		return nil, err
	}
	return s.Suppressions.Preview(r.Context(), p.Change, p.Days)
}

func (s *Signals) editSuppression(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	var c suppress.Change
	if err := readJSON(r, &c); err != nil {
		return nil, err
	}
	return s.counted(s.Suppressions.Edit(r.Context(), id, c, whoOf(r).Name))
}

func (s *Signals) endSuppression(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	var e Ended
	if err := readJSON(r, &e); err != nil {
		return nil, err
	}
	return s.counted(s.Suppressions.End(r.Context(), id, e.Reason, whoOf(r).Name))
}

func (s *Signals) mute(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var m suppress.Mute
	if err := readJSON(r, &m); err != nil {
		return nil, err
	}
	return s.counted(s.Suppressions.Mute(r.Context(), r.PathValue("id"), m, whoOf(r).Name))
}
