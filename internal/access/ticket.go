package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

const (
	// ticketLife is how long somebody may take from one step of signing in to the next.
	ticketLife = 5 * time.Minute
	// maxTicket is the length in bytes of the longest ticket.
	maxTicket = 4096
	// maxUsedTickets is how many are known to be used; there are no more logins than some
	// twenty a second.
	maxUsedTickets = 100_000
)

// ErrTicket is a step of signing in that came too late, twice, or from elsewhere.
var ErrTicket = errors.New("it took too long, or was used already: begin again")

// tickets are handed to a browser and come back with its next step. What they hold is
// sealed, so nothing has to be kept for those who never come back; a restart makes all of
// them wrong.
type tickets struct {
	aead cipher.AEAD

	mu   sync.Mutex
	used map[string]time.Time // until when, by the nonce
}

func newTickets() *tickets {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("BUG: " + err.Error()) // the key has the right length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("BUG: " + err.Error()) // so has the block
	}
	return &tickets{aead: aead, used: map[string]time.Time{}}
}

// ticket is what is sealed.
type ticket struct {
	Until int64           `json:"u"`
	Value json.RawMessage `json:"v"`
}

// seal returns a ticket of a kind.
func (t *tickets) seal(now time.Time, kind string, value any) (string, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	data, err = json.Marshal(ticket{now.Add(ticketLife).UnixNano(), data})
	if err != nil {
		return "", err
	}
	nonce := make([]byte, t.aead.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	return base64.RawURLEncoding.EncodeToString(t.aead.Seal(nonce, nonce, data, []byte(kind))), nil
}

// open reads a ticket of a kind, and returns what use takes.
func (t *tickets) open(now time.Time, kind, text string, into any) (nonce string, err error) {
	if len(text) > maxTicket {
		return "", ErrTicket
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(data) < t.aead.NonceSize() {
		return "", ErrTicket
	}
	n := t.aead.NonceSize()
	plain, err := t.aead.Open(nil, data[:n], data[n:], []byte(kind))
	if err != nil {
		return "", ErrTicket
	}
	var inner ticket
	if err := json.Unmarshal(plain, &inner); err != nil {
		return "", err
	}
	nonce = string(data[:n])
	t.mu.Lock()
	_, used := t.used[nonce]
	t.mu.Unlock()
	if used || now.UnixNano() >= inner.Until {
		return "", ErrTicket
	}
	return nonce, json.Unmarshal(inner.Value, into)
}

// use makes a ticket that was opened wrong from now on; ErrTicket when another was faster.
// Only what succeeded is used up: who fails gains nothing by trying again, and what is
// remembered does not grow by failures.
func (t *tickets) use(now time.Time, nonce string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, used := t.used[nonce]; used {
		return ErrTicket
	}
	if len(t.used) >= maxUsedTickets {
		for other, until := range t.used {
			if !until.After(now) {
				delete(t.used, other)
			}
		}
		if len(t.used) >= maxUsedTickets {
			return ErrBusy
		}
	}
	t.used[nonce] = now.Add(ticketLife)
	return nil
}
