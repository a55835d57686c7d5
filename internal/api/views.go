package api

import (
	"errors"
	"net/http"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/view"
)

// newView is a view that somebody wants to keep.
type newView struct {
	Page   string `json:"page"`
	Name   string `json:"name"`
	Search string `json:"search"`
	Shared bool   `json:"shared,omitempty"`
}

// viewer returns who asks for views.
func viewer(r *http.Request) view.Who {
	who := whoOf(r)
	return view.Who{UserID: who.UserID, Name: who.Name, From: auth.Peer(r), Shares: who.May.Has(access.WriteSignals)}
}

// viewProblem returns what is wrong with what somebody asked; the error itself when it is
// our fault.
func viewProblem(err error) error {
	if bad, ok := errors.AsType[*view.WrongError](err); ok {
		return wrong(bad)
	}
	switch {
	case errors.Is(err, view.ErrMissing):
		return &problem{http.StatusNotFound, view.ErrMissing.Error()}
	case errors.Is(err, view.ErrForbidden):
		return &problem{http.StatusForbidden, view.ErrForbidden.Error()}
	}
	return err
}

func (o *Options) views(r *http.Request) (any, error) {
	p, err := known(r, "page")
	if err != nil {
		return nil, err
	}
	list, err := o.Views.List(r.Context(), viewer(r), p.Get("page"))
	return struct {
		Views []view.View `json:"views"`
	}{list}, err
}

func (o *Options) saveView(r *http.Request) (any, error) {
	var in newView
	if err := read(r, &in); err != nil {
		return nil, err
	}
	saved, err := o.Views.Save(r.Context(), viewer(r), view.View{Page: in.Page, Name: in.Name, Search: in.Search, Shared: in.Shared})
	return saved, viewProblem(err)
}

func (o *Options) removeView(r *http.Request) (any, error) {
	return nothing{}, viewProblem(o.Views.Remove(r.Context(), viewer(r), r.PathValue("id")))
}
