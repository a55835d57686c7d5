package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/scan"
)

// maxFindings is the size in bytes of the largest list of findings that is taken.
const maxFindings = 64 << 20

// Posture is what scanners and policies found.
type Posture struct {
	// Book has it.
	Book *asset.Book
}

func postureProblem(err error) error {
	if bad, ok := errors.AsType[*asset.WrongError](err); ok {
		return wrong(bad)
	}
	if errors.Is(err, asset.ErrMissing) {
		return &problem{http.StatusNotFound, asset.ErrMissing.Error()}
	}
	return err
}

// Assets is what is known of all.
type Assets struct {
	Assets []asset.Asset `json:"assets"`
}

func (p *Posture) assets(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	list, err := p.Book.List(r.Context())
	return Assets{list}, err
}

func (p *Posture) runs(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	list, err := p.Book.History(r.Context(), r.PathValue("name"))
	return struct {
		Runs []scan.Point `json:"runs"`
	}{list}, postureProblem(err)
}

func (p *Posture) findings(r *http.Request) (any, error) {
	v, err := known(r, "asset", "kind", "state", "severity", "text", "limit", "cursor")
	if err != nil {
		return nil, err
	}
	want := asset.Filter{Asset: v.Get("asset"), Kind: v.Get("kind"), State: v.Get("state"), Text: v.Get("text"), Cursor: v.Get("cursor")}
	if text := v.Get("severity"); text != "" {
		if want.Least = scan.ParseSeverity(text); want.Least.String() != text {
			return nil, wrong(fmt.Errorf("severity %q, want critical, high, medium, low, info or unknown", text))
		}
	}
	if want.Limit, err = limit(v, listed, asset.MaxPage); err != nil {
		return nil, err
	}
	page, err := p.Book.Findings(r.Context(), want)
	return page, postureProblem(err)
}

func (p *Posture) take(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	if err := wantJSON(r); err != nil {
		return nil, err
	}
	l, err := scan.ReadList(http.MaxBytesReader(nil, r.Body, maxFindings))
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the list has more than %d bytes", big.Limit)}
	}
	if err != nil {
		return nil, wrong(fmt.Errorf("read the list of findings: %w", err))
	}
	taken, err := p.Book.Take(r.Context(), l, asset.Who{Name: whoOf(r).Name, From: auth.Peer(r)})
	return taken, postureProblem(err)
}

func (p *Posture) remove(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	err := p.Book.Remove(r.Context(), r.PathValue("name"), asset.Who{Name: whoOf(r).Name, From: auth.Peer(r)})
	return nothing{}, postureProblem(err)
}
