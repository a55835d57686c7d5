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
	e := event.New()
	for i := range r.groups {
		if err := r.group(i).verify(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// verify makes every event of the row group.
func (g *group) verify(ctx context.Context, e *event.Event) error {
	defer g.close()
	p := g.part
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
	return nil
}
