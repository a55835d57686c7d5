package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/lapi"
)

// Responses is what is about doing something.
type Responses struct {
	// Engine does it.
	Engine *respond.Engine
	// Bouncers serves bouncers of CrowdSec.
	Bouncers *lapi.Handler
}

// WhoAsks returns the name of who was let in, for handlers of other packages.
func WhoAsks(r *http.Request) string { return whoOf(r).Name }

func (x *Responses) list(r *http.Request) (any, error) {
	p, err := known(r, "state", "action", "target", "signal", "cursor", "limit")
	if err != nil {
		return nil, err
	}
	want := respond.Filter{State: p.Get("state"), Action: p.Get("action"), Target: p.Get("target"), Signal: p.Get("signal")}
	if want.Limit, err = limit(p, listed, respond.MaxPage); err != nil {
		return nil, err
	}
	if text := p.Get("cursor"); text != "" { // the id of the last one that was seen
		if want.Before, err = strconv.ParseInt(text, 10, 64); err != nil || want.Before < 1 {
			return nil, wrong(errors.New("the cursor is none of this list: want the next of the page before"))
		}
	}
	return x.Engine.List(r.Context(), want)
}

func (x *Responses) summary(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return x.Engine.Summarize(r.Context())
}

func (x *Responses) check(r *http.Request) (any, error) {
	p, err := known(r, "target", "action")
	if err != nil {
		return nil, err
	}
	return x.Engine.CheckAction(r.Context(), p.Get("action"), p.Get("target"))
}

func (x *Responses) get(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	id, err := responseID(r)
	if err != nil {
		return nil, err
	}
	return x.Engine.Get(r.Context(), id)
}

// responseID returns the id of the response that a path names.
func responseID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, respond.ErrMissing
	}
	return id, nil
}

func (x *Responses) block(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var q respond.Request
	if err := readJSON(r, &q); err != nil {
		return nil, err
	}
	return x.Engine.Ask(r.Context(), q, whoOf(r).Name)
}

// maxBlocklist is the size in bytes of the largest list of blocks: respond.MaxImport entries with
// their reasons.
const maxBlocklist = 32 << 20

func (x *Responses) take(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var q respond.List
	if err := readBody(r, maxBlocklist, &q); err != nil {
		return nil, err
	}
	return x.Engine.Import(r.Context(), q, whoOf(r).Name)
}

func (x *Responses) undoAll(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	var q respond.Choice
	if err := readJSON(r, &q); err != nil {
		return nil, err
	}
	return x.Engine.UndoAll(r.Context(), q, whoOf(r).Name)
}

func (x *Responses) undo(r *http.Request) (any, error) {
	id, v, err := verdict(r)
	if err != nil {
		return nil, err
	}
	return x.Engine.Undo(r.Context(), id, v, whoOf(r).Name)
}

func (x *Responses) approve(r *http.Request) (any, error) {
	id, v, err := verdict(r)
	if err != nil {
		return nil, err
	}
	return x.Engine.Approve(r.Context(), id, v, whoOf(r).Name)
}

func (x *Responses) refuse(r *http.Request) (any, error) {
	id, v, err := verdict(r)
	if err != nil {
		return nil, err
	}
	return x.Engine.Refuse(r.Context(), id, v, whoOf(r).Name)
}

// verdict reads what somebody decides about which response.
func verdict(r *http.Request) (id int64, v respond.Verdict, err error) {
	if _, err := known(r); err != nil {
		return 0, v, err
	}
	if id, err = responseID(r); err != nil {
		return 0, v, err
	}
	return id, v, readJSON(r, &v)
}

// ofResponse returns what is wrong with what somebody asked about responses; 0 when it is
// our fault.
func ofResponse(err error) (code int, text string) {
	if bad, ok := errors.AsType[*respond.WrongError](err); ok {
		return http.StatusBadRequest, bad.Error()
	}
	if no, ok := errors.AsType[*respond.RefusedError](err); ok {
		return http.StatusConflict, no.Error()
	}
	if code, text := ofIncident(err); code != 0 {
		return code, text
	}
	if errors.Is(err, respond.ErrMissing) {
		return http.StatusNotFound, respond.ErrMissing.Error()
	}
	if errors.Is(err, respond.ErrChanged) {
		return http.StatusConflict, respond.ErrChanged.Error()
	}
	return 0, ""
}
