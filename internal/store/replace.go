package store

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// replacement writes events of parts of one folder into new ones.
type replacement struct {
	store  *Store
	like   Part // where they go
	buffer *buffer
	maker  *maker
	fresh  []Part
}

// replace puts parts with the same events in place of the old ones, which are of one
// folder, without those that drop wants: of each part and row group, by row. It
// returns the new ones. A part that cannot be read to its end stays as
// it is, and with it all of them.
func (s *Store) replace(ctx context.Context, old []Part, drop dropped) (fresh []Part, err error) {
	to := &replacement{store: s, like: old[0], maker: newMaker()}
	defer func() {
		if err != nil {
			err = errors.Join(err, to.discard())
		}
	}()
	x, e := s.scan(Search{}), event.New()
	err = x.parts(ctx, old, func(l *look, g *group, v verdicts) (func() error, error) {
		gone := drop[rowGroup{g.part.Name, l.where}]
		return func() error {
			return l.rows(v, g.rows, func(row int) error {
				if gone != nil && gone[row] {
					return nil
				}
				if err := g.fill(e, row); err != nil {
					return err
				}
				return to.append(e)
			})
		}, nil
	})
	if err != nil {
		return nil, err
	}
	if len(x.result.Problems) > 0 {
		s.mu.Lock()
		for _, p := range x.result.Problems {
			s.unfit[p.File] = true
		}
		s.mu.Unlock()
		return nil, &unreadableError{x.result.Problems}
	}
	if err := to.write(); err != nil {
		return nil, err
	}
	return to.fresh, s.retire(old, to.fresh)
}

// unreadableError says that parts stay as they are, because of what is in the way.
type unreadableError struct{ problems []Problem }

// Error names the first of the parts.
func (e *unreadableError) Error() string { return "write parts anew: " + e.problems[0].String() }

// dropped are the rows that are left out.
type dropped map[rowGroup][]bool

// rowGroup is one of a part.
type rowGroup struct {
	part  string
	group int
}

func (r *replacement) append(e *event.Event) error {
	if r.buffer == nil {
		day, source, _ := strings.Cut(path.Dir(r.like.Name), "/")
		r.buffer = newBuffer(strings.TrimPrefix(day, "day="), strings.TrimPrefix(source, "source="), r.like.Mixed)
	}
	r.buffer.append(e)
	if r.buffer.rows >= defaultPartRows || r.buffer.bytes >= defaultPartBytes {
		return r.write()
	}
	return nil
}

func (r *replacement) write() error {
	if r.buffer == nil {
		return nil
	}
	p, err := r.store.writePart(r.maker, r.buffer, defaultPartRows)
	if err != nil {
		return err
	}
	r.fresh, r.buffer = append(r.fresh, p), nil
	return nil
}

// discard removes what was written.
func (r *replacement) discard() error {
	errs := make([]error, 0, len(r.fresh))
	for _, p := range r.fresh {
		errs = append(errs, r.store.removeFile(p.Name))
	}
	return errors.Join(errs...)
}
