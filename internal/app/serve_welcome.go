package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const (
	// trialEvery is how long after a trial the next one may be: each opens some signals, of
	// which people are told.
	trialEvery = 30 * time.Second
	// trialSource is the source and the host of the lines of a trial, and trialTag a tag.
	trialSource, trialTag = "sasumata-setup", "test:sasumata-setup"
	// trialUser is whom they name: no rule but that for tests knows it.
	trialUser = "sasumata-test"
	// trialAddresses is how many addresses there are for trials, one after the other: what
	// an earlier one left must not hide the next one.
	trialAddresses = 2 * 254
)

// trials keeps trials apart. The zero trials is ready to use.
type trials struct {
	mu       sync.Mutex
	last     time.Time
	number   int64
	counters *source.Counters
}

// next takes the turn of a trial, and returns its address.
func (t *trials) next(now time.Time) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if after := trialEvery - now.Sub(t.last); after > 0 && !t.last.IsZero() {
		return "", &api.TooSoonError{After: after}
	}
	if t.number == 0 { // an earlier run of the server may have had the first ones
		first, err := rand.Int(rand.Reader, big.NewInt(trialAddresses))
		if err != nil {
			return "", err
		}
		t.number = first.Int64()
	}
	t.number++
	t.last = now
	n := t.number % trialAddresses
	return fmt.Sprintf("%s.%d", []string{"203.0.113", "198.51.100"}[n/254], 1+n%254), nil
}

// failed gives the turn back.
func (t *trials) failed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = time.Time{}
}

// welcome returns what serves the first hour.
func (s *Server) welcome() *api.Welcome {
	own := s.newWatched("own", "trials of this server")
	own.ended.Store(true) // nobody has to try anything
	s.watching = append(s.watching, own)
	t := &trials{counters: own.counters}
	return &api.Welcome{
		Look: s.beginning, State: s.welcomeState, Change: s.changeWelcome,
		Try: func(ctx context.Context, by access.Actor) (api.Trial, error) { return s.try(ctx, t, by) },
	}
}

// try sends the lines of an attack through the queue, as every source does: somebody guesses
// a password six times, and then knows it.
func (s *Server) try(ctx context.Context, t *trials, by access.Actor) (api.Trial, error) {
	now := s.opts.Now()
	address, err := t.next(now)
	if err != nil {
		return api.Trial{}, err
	}
	lines := trialLines(now, address)
	if err = s.noteWelcome(ctx, by, "welcome.trial", address, "begun"); err == nil {
		err = s.put(ctx, lines)
	}
	if err != nil {
		t.failed()
		return api.Trial{}, err
	}
	t.counters.In.Add(int64(len(lines)))
	t.counters.Last.Store(now.UnixNano())
	return api.Trial{Address: address, Query: "@entity.ip:" + address, Lines: len(lines), At: now.UTC()}, nil
}

// trialLines are what sshd would write, the last of them now.
func trialLines(now time.Time, address string) []record.Record {
	const failures = 6
	all := make([]record.Record, 0, failures+1)
	for i := range failures + 1 {
		at, said := now.Add(time.Duration(i-failures)*time.Second), "Failed password for invalid user"
		if i == failures {
			said = "Accepted password for"
		}
		all = append(all, record.Record{
			Text:   fmt.Sprintf("%s %s sshd[4242]: %s %s from %s port %d ssh2", at.UTC().Format("2006-01-02T15:04:05.000000Z07:00"), trialSource, said, trialUser, address, 40_000+i),
			Source: trialSource, Host: trialSource, Tags: []string{trialTag}, Received: now.UnixNano(),
		})
	}
	return all
}

// beginning returns how things are.
func (s *Server) beginning(ctx context.Context) (b api.Beginning, err error) {
	if b.WelcomeState, err = s.welcomeState(ctx); err != nil {
		return b, err
	}
	c, h := s.cfg(), thisHost()
	b.Sources, b.Listens = []api.SourceState{}, []api.ListeningAt{}
	for _, one := range s.sources() {
		if one.kind == "own" {
			continue
		}
		state := api.SourceState{Name: one.name, Kind: one.kind, Records: one.counters.In.Load(), Errors: one.counters.Errors.Load(), Silent: one.silent.Load()}
		if last := one.counters.Last.Load(); last > 0 {
			state.Last = time.Unix(0, last).UTC()
		}
		b.Sources = append(b.Sources, state)
	}
	var journal, docker bool
	for _, r := range s.runningInputs() {
		switch {
		case r.at != nil:
			b.Listens = append(b.Listens, listening(r))
		case r.name == "journal":
			journal = true
		case r.name == "docker":
			docker = true
		}
	}
	b.User, b.Unit, b.Container = h.user, h.unit, h.container
	b.Lacking = h.lacking(c, journal, docker)
	for _, in := range s.lackingInputs() {
		b.Lacking = append(b.Lacking, api.LackingSource{Kind: "listener", Name: in.name, Why: api.LackingPlace, Fix: "sudo ss -lnp | grep " + shellWord(portOf(in.place.address))})
	}
	b.Told = s.notices != nil
	return b, nil
}

// welcomeState returns how far the first hour has come.
func (s *Server) welcomeState(ctx context.Context) (state api.WelcomeState, err error) {
	state.State = api.WelcomeOpen
	err = s.database.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var at int64
		err := tx.QueryRowContext(ctx, "SELECT state, at, actor FROM welcome WHERE id = 1").Scan(&state.State, &at, &state.By)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		state.At = time.Unix(0, at).UTC()
		return err
	})
	return state, err
}

func (s *Server) changeWelcome(ctx context.Context, by access.Actor, state string) (api.WelcomeState, error) {
	now := s.opts.Now()
	err := s.database.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO welcome (id, state, at, actor) VALUES (1, $1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, at = excluded.at, actor = excluded.actor`, state, now.UnixNano(), by.Name)
		if err != nil {
			return err
		}
		return audit.Add(ctx, tx, welcomeEntry(now, by, "welcome."+state, "", "done"))
	})
	return api.WelcomeState{State: state, At: now.UTC(), By: by.Name}, err
}

func (s *Server) noteWelcome(ctx context.Context, by access.Actor, action, object, outcome string) error {
	return s.database.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return audit.Add(ctx, tx, welcomeEntry(s.opts.Now(), by, action, object, outcome))
	})
}

func welcomeEntry(now time.Time, by access.Actor, action, object, outcome string) audit.Entry {
	detail, err := json.Marshal(map[string]string{"from": by.From})
	if err != nil {
		panic("BUG: " + err.Error()) // a text
	}
	return audit.Entry{Time: now, Actor: by.Name, Action: action, Object: object, Outcome: outcome, Detail: string(detail)}
}
