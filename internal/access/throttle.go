package access

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// The limits of logins that fail.
const (
	// maxAddressFailures is how many of one address may fail within throttleWindow, and
	// maxAccountFailures of one account; then there is none for throttleRest.
	maxAddressFailures, maxAccountFailures = 30, 10
	throttleWindow, throttleRest           = 15 * time.Minute, 15 * time.Minute
	// maxThrottled is how many addresses, and how many names of nobody, are counted;
	// further ones count as one.
	maxThrottled = 10_000
)

// ThrottledError is a login that was not looked at, because too many failed.
type ThrottledError struct {
	// After is when it may be tried again.
	After time.Duration
}

// Error says that it was.
func (*ThrottledError) Error() string { return "too many logins failed: try again later" }

// throttle counts logins that fail, by address and by account. What is locked survives a
// restart (lockout.go), what failed before is forgotten by it. The zero throttle is ready
// to use.
type throttle struct {
	mu        sync.Mutex
	addresses map[string]*failures
	accounts  map[string]*failures // of users: never more than there are
	nobodies  map[string]*failures // of names that nobody has
}

// failures are those of one address or account.
type failures struct {
	count        int
	since, until time.Time
}

// attempt is a login that is under way. It counts as failed until it succeeds: those that
// come together must not all be looked at.
type attempt struct {
	address, account *failures
	locked           bool                 // it was the one too many for the account
	locks            map[string]time.Time // what it locked, and until when
}

// The keys of what is counted begin with what it is.
const addressPrefix, accountPrefix, nobodyPrefix = "address ", "user ", "name "

// addressKey is empty for an address that is not counted.
func addressKey(address string) string {
	if n := network(address); n != "" {
		return addressPrefix + n
	}
	return ""
}

func accountKey(id string) string  { return accountPrefix + id }
func nobodyKey(name string) string { return nobodyPrefix + name }

// all returns where a key is counted, and how many of its kind.
func (t *throttle) all(key string) (all map[string]*failures, most int) {
	if t.addresses == nil {
		t.addresses, t.accounts, t.nobodies = map[string]*failures{}, map[string]*failures{}, map[string]*failures{}
	}
	switch {
	case strings.HasPrefix(key, addressPrefix):
		return t.addresses, maxThrottled
	case strings.HasPrefix(key, accountPrefix):
		return t.accounts, 2 * maxUsers
	}
	return t.nobodies, maxThrottled
}

// begin counts an attempt of an address at an account (accountKey, nobodyKey, or none), or
// returns ThrottledError. None is for an address that the user is signed in at: who guesses
// from elsewhere must not lock the user out.
func (t *throttle) begin(now time.Time, address, account string) (*attempt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	try := &attempt{address: &failures{}, account: &failures{}, locks: map[string]time.Time{}}
	address = addressKey(address)
	if address != "" {
		try.address = t.of(address, now)
	}
	if account != "" {
		try.account = t.of(account, now)
	}
	until := try.address.until
	if try.account.until.After(until) {
		until = try.account.until
	}
	if until.After(now) {
		return nil, &ThrottledError{until.Sub(now)}
	}
	if try.address.add(now, maxAddressFailures) && address != "" {
		try.locks[address] = try.address.until
	}
	if try.account.add(now, maxAccountFailures) && account != "" {
		try.locked = true
		try.locks[account] = try.account.until
	}
	return try, nil
}

// restore locks a key until then, as it was before a restart.
func (t *throttle) restore(now time.Time, key string, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.of(key, now)
	*f = failures{count: max(maxAddressFailures, maxAccountFailures), since: until.Add(-throttleRest), until: until}
}

// of returns the failures of a key, if need be those of all that have no room.
func (t *throttle) of(key string, now time.Time) *failures {
	all, most := t.all(key)
	if f, ok := all[key]; ok {
		f.age(now)
		return f
	}
	if len(all) >= most {
		for other, f := range all {
			if f.age(now); f.count == 0 {
				delete(all, other)
			}
		}
		if len(all) >= most {
			key = ""
		}
	}
	if all[key] == nil {
		all[key] = &failures{}
	}
	all[key].age(now)
	return all[key]
}

// age forgets what is long ago.
func (f *failures) age(now time.Time) {
	if now.Sub(f.since) >= throttleWindow && !f.until.After(now) {
		*f = failures{}
	}
}

// add counts one more; it reports whether that is the last one for now.
func (f *failures) add(now time.Time, most int) bool {
	if f.count == 0 {
		f.since = now
	}
	if f.count++; f.count < most {
		return false
	}
	f.until = now.Add(throttleRest)
	return true
}

// succeeded takes back what begin counted, and what else failed for the account. It reports
// whether that was locked: by others that came together with this one.
func (t *throttle) succeeded(try *attempt) (unlocked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	unlocked = !try.account.until.IsZero()
	*try.account = failures{}
	try.undo()
	return unlocked
}

// left takes back what begin counted: the attempt was not looked at to its end.
func (t *throttle) left(try *attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	try.undo()
	if f := try.account; f.count > 0 {
		if f.count--; f.count < maxAccountFailures {
			f.until = time.Time{}
		}
	}
}

func (try *attempt) undo() {
	if f := try.address; f.count > 0 {
		if f.count--; f.count < maxAddressFailures {
			f.until = time.Time{}
		}
	}
}

// forgive forgets the failures of a user.
func (t *throttle) forgive(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.accounts, accountKey(id))
}

// network returns what one party has of addresses: a /64 of IPv6. It is empty for this
// machine: a proxy on it asks for everybody.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.IsLoopback() {
		return ""
	}
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
