package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Expired says what Expire did.
type Expired struct {
	// Events is the number of events that are gone, by the name of their service ("" for
	// services without a limit of their own).
	Events map[string]int64
	// Read is the number of parts that were looked into, Written of those that were
	// written anew, Removed of those of which nothing was left.
	Read, Written, Removed int
}

// maxExpire is how many parts one call of Expire looks into: a look reads one column.
const maxExpire = 64

// Expire removes the events that are too old by the limits of their services, where Plan
// cannot take the whole part: parts have many services. A part is looked into when its
// newest event is too old by one of the limits that it was not looked into for yet, and
// written anew if it holds such events. So an event is written anew once for each limit
// at the most, and stays up to a day longer than its limit. What was removed is written to
// audit.jsonl. One call does a part of the work: it is called again and again.
func (s *Store) Expire(ctx context.Context, r Retention, now time.Time) (Expired, error) {
	done := Expired{Events: map[string]int64{}}
	if len(r.Services) == 0 {
		return done, nil
	}
	parts := s.Parts()
	s.forget(parts)
	for i := range parts {
		p := &parts[i]
		due := r.due(p)
		s.mu.Lock()
		known := due == "" || s.looked[p.Name] == due || s.unfit[p.Name]
		s.mu.Unlock()
		if known {
			continue
		}
		if done.Read == maxExpire || ctx.Err() != nil {
			break
		}
		done.Read++
		if err := s.expire(ctx, p, &r, due, &done, now); err != nil {
			return done, fmt.Errorf("remove old events of services from %s: %w", p.Name, err)
		}
	}
	return done, context.Cause(ctx)
}

// forget forgets parts that count no more.
func (s *Store) forget(parts []Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.looked == nil {
		s.looked = map[string]string{}
	}
	names := make(map[string]bool, len(parts))
	for i := range parts {
		names[parts[i].Name] = true
	}
	maps.DeleteFunc(s.looked, func(name, _ string) bool { return !names[name] })
}

// base is the time before which events of the part are too old whose service has no limit
// of its own; 0 is none.
func (r *Retention) base(p *Part) int64 {
	if own, ok := r.Sources[p.Source]; ok && !p.Mixed {
		return own
	}
	return r.Before
}

// isOld reports whether all events of the part are older than that.
func (p *Part) isOld(before int64) bool { return before != 0 && p.Untimed < p.Rows && p.Last < before }

// due names the limits by which the whole part is too old, "" for none: the same names
// mean the same work.
func (r *Retention) due(p *Part) string {
	var names []string
	if p.isOld(r.base(p)) {
		names = append(names, "")
	}
	for name, before := range r.Services {
		if p.isOld(before) {
			names = append(names, name)
		}
	}
	if names == nil {
		return ""
	}
	slices.Sort(names)
	return "\x00" + strings.Join(names, "\x00")
}

// expire looks into a part.
func (s *Store) expire(ctx context.Context, p *Part, r *Retention, due string, done *Expired, now time.Time) error {
	base := r.base(p)
	x := s.scan(Search{})
	l := x.look(ctx, p)
	drop, gone := dropped{}, map[string]int64{}
	total := int64(0)
	err := x.take(l, l.read(func(l *look, g *group, _ verdicts) (func() error, error) {
		services, err := g.column(colService)
		if err != nil {
			return nil, err
		}
		times, err := g.column(colTime)
		if err != nil {
			return nil, err
		}
		rows := make([]bool, g.rows)
		drop[rowGroup{p.Name, l.where}] = rows
		for row := range rows {
			service, _ := services.at(row)
			name := service.Str()
			before, own := r.Services[name]
			if !own {
				name, before = "", base
			}
			if _, timed := times.at(row); timed && p.isOld(before) {
				rows[row] = true
				gone[strings.Clone(name)]++
				total++
			}
		}
		return nil, nil
	}))
	if err != nil {
		return err
	}
	if len(x.result.Problems) > 0 {
		s.mu.Lock()
		s.unfit[p.Name] = true
		s.mu.Unlock()
		return nil // it is reported by whoever searches it; its source's limit removes it
	}
	left := []Part{*p}
	switch {
	case total == p.Rows:
		left, err = nil, s.Remove(left)
		done.Removed++
	case total > 0:
		left, err = s.replace(ctx, left, drop)
		done.Written++
	}
	if _, stays := errors.AsType[*unreadableError](err); stays {
		return nil // it is marked as unfit
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	for i := range left {
		s.looked[left[i].Name] = due
	}
	s.mu.Unlock()
	if total == 0 {
		return nil
	}
	for name, n := range gone {
		done.Events[name] += n
	}
	return s.audit(AuditEntry{
		Time: now.UTC(), Action: "expire", Actor: "retention", Search: "services: " + strings.Join(slices.Sorted(maps.Keys(gone)), ", ") + " in " + p.Name,
		Outcome: "done", Events: total, Parts: 1,
	})
}
