package store

import (
	"context"
	"errors"
	"io"

	"github.com/sasumata/sasumata/internal/event"
)

// Verify reads every part: its checksums, and every event in it. It calls each for
// every part, with what is wrong with it or nil.
func (s *Store) Verify(ctx context.Context, each func(Part, error) error) error {
	parts := s.Parts()
	for i := range parts {
		err := s.verify(ctx, &parts[i])
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err := each(parts[i], err); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) verify(ctx context.Context, p *Part) error {
	r, err := s.openPart(p)
	if err != nil {
		return err
	}
	defer r.close()
	if _, err := io.Copy(io.Discard, io.NewSectionReader(r.data, 0, p.Bytes)); err != nil {
		return &DamageError{Part: p.Name, Err: err}
	}
	e, known := event.New(), shapes{}
	for i := range r.file.RowGroups() {
		g, err := r.group(i, known)
		if err != nil {
			return err
		}
		times, err := g.column(colTime)
		if err != nil {
			return err
		}
		for row := range g.rows {
			if row%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if at, ok := times.at(row); ok && (at.Int() < p.First || at.Int() > p.Last) {
				return g.damaged(errors.New("the time of an event is not within those of the manifest"))
			}
			if err := g.fill(e, row); err != nil {
				return err
			}
		}
	}
	return nil
}
