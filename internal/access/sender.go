package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"time"
)

// remembered is for how long a sender is known without another look at the database: who
// sends may ask hundreds of times a second. A token that is removed here is of no use at
// once.
const remembered = 10 * time.Second

// senders remembers tokens of senders. The zero senders is ready to use; it holds as many
// as there are tokens at the most.
type senders struct {
	mu    sync.Mutex
	turn  uint64 // grows when what was read before may not be true any more
	known map[[sha256.Size]byte]sender
}

type sender struct {
	name string
	at   time.Time
}

// Sender returns the name of the sender whose token it is; ErrUnknown when it is none. While
// the database cannot be asked, those stay known that were before.
func (a *Accounts) Sender(ctx context.Context, secret string) (name string, err error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return "", ErrUnknown
	}
	key, now := sha256.Sum256([]byte(secret)), a.opts.Now()
	was, turn, ok := a.senders.look(key)
	if ok && now.Sub(was.at) < remembered {
		return was.name, nil
	}
	who, err := a.ByToken(ctx, secret)
	switch {
	case errors.Is(err, ErrUnknown) || err == nil && !who.May.Has(SendLogs):
		a.senders.drop(key)
		return "", ErrUnknown
	case err != nil && ok:
		return was.name, nil
	case err != nil:
		return "", err
	}
	name = strings.TrimPrefix(who.Name, "token ")
	a.senders.learn(key, sender{name, now}, turn)
	return name, nil
}

func (s *senders) look(key [sha256.Size]byte) (one sender, turn uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok = s.known[key]
	return one, s.turn, ok
}

// learn notes a sender, unless a token was removed since the turn.
func (s *senders) learn(key [sha256.Size]byte, one sender, turn uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn != turn {
		return
	}
	if s.known == nil || len(s.known) >= maxTokens {
		s.known = map[[sha256.Size]byte]sender{}
	}
	s.known[key] = one
}

func (s *senders) drop(key [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, key)
}

// forget makes all of them be looked up again.
func (s *senders) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	s.known = nil
}
