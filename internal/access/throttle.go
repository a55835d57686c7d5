package access

import (
	"net/netip"
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

// throttle counts logins that fail, by address and by account. A restart forgets them.
// The zero throttle is ready to use.
type throttle struct {
	mu        sync.Mutex
	addresses map[string]*failures
	accounts  map[string]*failures // of users, by id: never more than there are users
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
	locked           bool // it was the one too many for the account
}

// begin counts an attempt, or returns ThrottledError. A user is known by the id, nobody
// by the name. An address that the user is signed in at is trusted: who guesses from
// elsewhere must not lock the user out.
func (t *throttle) begin(now time.Time, address, id, name string, trusted bool) (*attempt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.addresses == nil {
		t.addresses, t.accounts, t.nobodies = map[string]*failures{}, map[string]*failures{}, map[string]*failures{}
	}
	try := &attempt{address: &failures{}, account: &failures{}}
	if key := network(address); key != "" {
		try.address = of(t.addresses, key, now, maxThrottled)
	}
	switch {
	case id != "" && trusted:
	case id != "":
		try.account = of(t.accounts, id, now, 2*maxUsers)
	default:
		try.account = of(t.nobodies, name, now, maxThrottled)
	}
	until := try.address.until
	if try.account.until.After(until) {
		until = try.account.until
	}
	if until.After(now) {
		return nil, &ThrottledError{until.Sub(now)}
	}
	try.address.add(now, maxAddressFailures)
	try.locked = try.account.add(now, maxAccountFailures)
	return try, nil
}

// of returns the failures of a key, if need be those of all that have no room.
func of(all map[string]*failures, key string, now time.Time, most int) *failures {
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

// succeeded takes back what begin counted, and what else failed for the account.
func (t *throttle) succeeded(try *attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*try.account = failures{}
	try.undo()
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
	delete(t.accounts, id)
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
