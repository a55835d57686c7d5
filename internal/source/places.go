package source

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// The limits of connections.
const (
	// DefaultMaxConns is how many connections a listener serves at a time: an idle one takes
	// 8 to 18 kB and a file of those that the program may have open.
	DefaultMaxConns = 10_000
	// DefaultMaxPerHost is how many of them one host may have: a proxy or a relay has
	// hundreds, and nobody takes all places from the others.
	DefaultMaxPerHost = 512
)

// Places are those of the connections of a listener. Any number of goroutines may use
// them.
type Places struct {
	// Max is how many connections there may be, PerHost how many of one host, which for
	// IPv6 is a network of 64 bits; 0 means the defaults. They do not change any more.
	Max, PerHost int
	// RefusedTotal and RefusedHost count connections that were refused because there were
	// too many, of all or of one host.
	RefusedTotal, RefusedHost atomic.Int64
	// Log, unless it is nil, is told of some of them; Now is its clock.
	Log *slog.Logger
	Now func() time.Time

	told  told
	mu    sync.Mutex
	taken int
	hosts map[netip.Prefix]int
}

// Taken returns how many connections there are.
func (p *Places) Taken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

// Enter takes a place for a connection from the address, and returns what leaves it; it is
// called once. Nil says that there is none.
func (p *Places) Enter(from net.Addr) (leave func()) {
	host := hostPrefix(from)
	most, perHost := p.limits()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.taken >= most:
		p.RefusedTotal.Add(1)
		p.refused(from, "there are too many connections")
		return nil
	case p.hosts[host] >= perHost:
		p.RefusedHost.Add(1)
		p.refused(from, "its host has too many connections")
		return nil
	}
	if p.hosts == nil {
		p.hosts = map[netip.Prefix]int{}
	}
	p.taken++
	p.hosts[host]++
	return func() { p.leave(host) }
}

func (p *Places) leave(host netip.Prefix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.hosts[host]--; p.hosts[host] == 0 {
		delete(p.hosts, host)
	}
}

func (p *Places) limits() (most, perHost int) {
	most, perHost = p.Max, p.PerHost
	if most <= 0 {
		most = DefaultMaxConns
	}
	if perHost <= 0 {
		perHost = DefaultMaxPerHost
	}
	return most, perHost
}

func (p *Places) refused(peer net.Addr, why string) {
	if p.Log != nil && p.told.tells(p.Now()) {
		most, perHost := p.limits()
		p.Log.Warn("a connection was refused", "because", why, "peer", peer.String(), "max", most, "max_per_host", perHost)
	}
}

// hostPrefix returns what counts as one host: whoever has an address of IPv6 has all of its
// network. Addresses of no IP are one host.
func hostPrefix(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := at.Addr().Unmap().WithZone(""), 32
	if ip.Is6() {
		bits = 64
	}
	host, _ := ip.Prefix(bits) // bits are in range
	return host
}
