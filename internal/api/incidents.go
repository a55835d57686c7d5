package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/sasumata/sasumata/internal/respond"
)

// archiveStep is how long sending a piece of an archive may take: one as a whole has gigabytes.
const archiveStep = time.Minute

func (x *Responses) incident(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return x.Engine.Incident(r.Context(), r.PathValue("id"))
}

func (x *Responses) evidences(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return x.Engine.ListEvidence()
}

func (x *Responses) evidence(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return x.Engine.EvidenceOf(r.PathValue("id"))
}

func (x *Responses) verifyEvidence(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	return x.Engine.VerifyEvidence(r.Context(), r.PathValue("id"))
}

// exportIncident sends an incident as an archive.
func (x *Responses) exportIncident(r *http.Request) (string, func(context.Context, io.Writer) error, error) {
	i, err := x.Engine.Incident(r.Context(), r.PathValue("id"))
	if err != nil {
		return "", nil, err
	}
	return i.ID, func(ctx context.Context, w io.Writer) error { return x.Engine.ExportIncident(ctx, i, whoOf(r).Name, w) }, nil
}

// exportEvidence sends evidence as an archive.
func (x *Responses) exportEvidence(r *http.Request) (string, func(context.Context, io.Writer) error, error) {
	m, err := x.Engine.EvidenceOf(r.PathValue("id"))
	if err != nil {
		return "", nil, err
	}
	return m.ID, func(ctx context.Context, w io.Writer) error {
		return x.Engine.ExportEvidence(ctx, m.ID, whoOf(r).Name, w)
	}, nil
}

// archive serves an archive that a browser keeps as a file.
func (s *Signals) archive(open func(*http.Request) (name string, write func(context.Context, io.Writer) error, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		default:
			explain(w, http.StatusTooManyRequests, "too many questions at a time: try again")
			return
		}
		_, err := known(r)
		var name string
		var write func(context.Context, io.Writer) error
		if err == nil {
			name, write, err = open(r)
		}
		if err != nil {
			s.Failed.Add(1)
			s.fail(w, r, err)
			return
		}
		header(w)
		to := &patient{to: w, control: http.NewResponseController(w)}
		w.Header().Set("Content-Type", "application/gzip")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.tar.gz"`)
		if err := write(r.Context(), to); err != nil {
			s.Failed.Add(1)
			if r.Context().Err() == nil && to.failed == nil {
				s.logs.Log.ErrorContext(r.Context(), "an archive could not be sent", "name", name, "error", err)
			}
			panic(http.ErrAbortHandler) // half an archive must not look like a whole one
		}
	}
}

// patient writes pieces, each within its time.
type patient struct {
	to      io.Writer
	control *http.ResponseController
	failed  error
}

// Write writes.
func (p *patient) Write(data []byte) (int, error) {
	err := p.control.SetWriteDeadline(time.Now().Add(archiveStep)) //nolint:forbidigo // the network goes by the clock of the machine
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		p.failed = err
		return 0, err
	}
	n, err := p.to.Write(data)
	p.failed = err
	return n, err
}

// ofIncident returns what is wrong with what somebody asked about incidents; 0 when it is our
// fault.
func ofIncident(err error) (code int, text string) {
	for _, known := range []error{respond.ErrNoIncident, respond.ErrNoEvidence} {
		if errors.Is(err, known) {
			return http.StatusNotFound, known.Error()
		}
	}
	return 0, ""
}
