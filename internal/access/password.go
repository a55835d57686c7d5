package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password: what OWASP asks for, about 0.1 s.
const (
	argonMemory = 19 << 10 // KiB
	argonPasses = 2
	argonLanes  = 1
	saltBytes   = 16
	keyBytes    = 32
)

const (
	// maxHashing is how many passwords are hashed at a time, which takes 19 MiB each.
	maxHashing = 2
	// maxHashWaiting is how many wait for that, some two seconds at the most.
	maxHashWaiting = 32
	// minPassword is the length in characters of the shortest password, maxPassword that
	// in bytes of the longest.
	minPassword, maxPassword = 12, 1024
	// minDistinct is how many different characters a password has.
	minDistinct = 5
)

// hasher hashes passwords, a few at a time.
type hasher struct {
	places  chan struct{}
	waiting atomic.Int64
	cost    cost
}

func newHasher() *hasher {
	return &hasher{places: make(chan struct{}, maxHashing), cost: cost{argonMemory, argonPasses, argonLanes}}
}

// enter waits for a place; ErrBusy when too many wait.
func (h *hasher) enter(ctx context.Context) error {
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > maxHashWaiting {
		return ErrBusy
	}
	select {
	case h.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hash returns the password in PHC form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.places }()
	p := h.cost.fresh()
	p.key = p.derive(password)
	return p.String(), nil
}

// verify reports whether the password is the stored one, and whether that was hashed at
// another cost. Without a stored one it takes as long, and is wrong.
func (h *hasher) verify(ctx context.Context, stored, password string) (right, old bool, err error) {
	p := h.cost.fresh()
	p.key = make([]byte, keyBytes)
	if stored != "" {
		if p, err = parsePHC(stored); err != nil {
			return false, false, err
		}
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer func() { <-h.places }()
	right = subtle.ConstantTimeCompare(p.derive(password), p.key) == 1 && stored != ""
	return right, p.cost != h.cost, nil
}

// cost is what hashing takes: KiB, rounds, and goroutines.
type cost struct {
	memory, passes uint32
	lanes          uint8
}

func (c cost) fresh() phc {
	p := phc{cost: c, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(p.salt) // it never fails
	return p
}

// phc is a hashed password with its cost, as the Password Hashing Competition writes it.
type phc struct {
	cost

	salt, key []byte
}

func (p *phc) derive(password string) []byte {
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, keyBytes)
}

// String returns $argon2id$v=19$m=..,t=..,p=..$salt$key.
func (p *phc) String() string {
	code := base64.RawStdEncoding.Strict()
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.lanes, code.EncodeToString(p.salt), code.EncodeToString(p.key))
}

// errPHC is a stored password that cannot be read. The error must not hold it.
var errPHC = errors.New("the stored password is not of argon2id, or costs too much")

// parsePHC reads what String writes. A cost of more than 256 MiB and 16 passes is none
// of ours.
func parsePHC(text string) (p phc, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return p, errPHC
	}
	_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes)
	if err != nil || p.memory < 8 || p.memory > 256<<10 || p.passes < 1 || p.passes > 16 || p.lanes < 1 || p.lanes > 16 {
		return p, errPHC
	}
	code := base64.RawStdEncoding.Strict()
	p.salt, err = code.DecodeString(parts[4])
	if err != nil {
		return p, errPHC
	}
	p.key, err = code.DecodeString(parts[5])
	if err != nil || len(p.key) != keyBytes || len(p.salt) < 8 || p.String() != text {
		return p, errPHC
	}
	return p, nil
}

// checkPassword says what is wrong with a password that somebody wants.
func checkPassword(name, password string) error {
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	switch {
	case !utf8.ValidString(password) || len(password) > maxPassword:
		return wrongOnPage(fmt.Sprintf("a password is UTF-8 of at most %d bytes", maxPassword), fmt.Sprintf("パスワードは UTF-8 で %d バイトまでです", maxPassword))
	case utf8.RuneCountInString(password) < minPassword:
		return wrongOnPage(fmt.Sprintf("a password has at least %d characters: a few words are easy to remember", minPassword), fmt.Sprintf("パスワードは %d 文字以上にしてください（いくつかの単語を並べると覚えやすくなります）", minPassword))
	case len(distinct) < minDistinct:
		return wrongOnPage(fmt.Sprintf("a password has at least %d different characters", minDistinct), fmt.Sprintf("パスワードには %d 種類以上の文字が必要です", minDistinct))
	case strings.Contains(strings.ToLower(password), name) && len(name) >= minPassword/2:
		return wrongOnPage("the password holds the name of the user", "パスワードにユーザー名が含まれています")
	}
	return nil
}
