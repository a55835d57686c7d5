package access

// Cheaper makes hashing cheap, for tests that are not about its cost.
func (a *Accounts) Cheaper() { a.hasher.cost = cost{64, 1, 1} }

// CodeAt returns the code of a secret of TOTP in base32's bytes.
func CodeAt(secret []byte, unix int64) string { return code(secret, unix/30) }

// Counted returns how many addresses and names are counted.
func (a *Accounts) Counted() int {
	a.throttle.mu.Lock()
	defer a.throttle.mu.Unlock()
	return len(a.throttle.addresses) + len(a.throttle.accounts) + len(a.throttle.nobodies)
}
