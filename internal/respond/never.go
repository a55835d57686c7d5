package respond

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/respond/firewall"
)

// Never is what is never blocked, and the rule that says so.
type Never struct {
	Network netip.Prefix
	// Rule is one of the words of NeverRules.
	Rule string
}

// The rules of Never.
const (
	neverLoopback  = "loopback"
	neverPrivate   = "private"
	neverLinkLocal = "link_local"
	neverMulticast = "multicast"
	neverReserved  = "reserved"
	neverOwn       = "own_address"
	neverGateway   = "gateway"
	neverResolver  = "resolver"
	neverSession   = "session"
	neverLogin     = "login"
	neverSSH       = "ssh"
	neverProxy     = "proxy"
	neverNetwork   = "own_network"
	neverAllowed   = "allowlist"
)

// NeverRules returns all of them.
func NeverRules() []string {
	return []string{
		neverLoopback, neverPrivate, neverLinkLocal, neverMulticast, neverReserved, neverOwn, neverGateway, neverResolver,
		neverSession, neverLogin, neverSSH, neverProxy, neverNetwork, neverAllowed,
	}
}

// explained says of a rule what an address is that it is about.
func explained(rule string) string {
	switch rule {
	case neverLoopback:
		return "this machine itself"
	case neverPrivate:
		return "of a private network"
	case neverLinkLocal:
		return "of the local link"
	case neverMulticast:
		return "a multicast or broadcast address"
	case neverReserved:
		return "reserved, and nobody's"
	case neverOwn:
		return "an address of this machine"
	case neverGateway:
		return "the default gateway"
	case neverResolver:
		return "a name server of this machine"
	case neverSession:
		return "where somebody is signed in from"
	case neverLogin:
		return "where an admin or a responder signed in from of late"
	case neverSSH:
		return "where an SSH session of now comes from"
	case neverProxy:
		return "a proxy of http.trusted_proxies"
	case neverNetwork:
		return "of content.own_networks"
	default:
		return "in responses.never.allow"
	}
}

// always is what is never blocked on any machine.
func always() []Never {
	all := []struct{ rule, network string }{
		{neverLoopback, "127.0.0.0/8"},
		{neverLoopback, "::1/128"},
		{neverPrivate, "10.0.0.0/8"},
		{neverPrivate, "172.16.0.0/12"},
		{neverPrivate, "192.168.0.0/16"},
		{neverPrivate, "100.64.0.0/10"}, // RFC 6598
		{neverPrivate, "fc00::/7"},
		{neverLinkLocal, "169.254.0.0/16"},
		{neverLinkLocal, "fe80::/10"},
		{neverMulticast, "224.0.0.0/4"},
		{neverMulticast, "ff00::/8"},
		{neverMulticast, "255.255.255.255/32"},
		{neverReserved, "0.0.0.0/8"},
		{neverReserved, "240.0.0.0/4"},
		{neverReserved, "::/128"},
		{neverReserved, "::ffff:0:0/96"}, // IPv4 in IPv6: a packet has no such address
	}
	list := make([]Never, 0, len(all))
	for _, one := range all {
		list = append(list, Never{netip.MustParsePrefix(one.network), one.rule})
	}
	return list
}

// refresh is how old what is known of the machine and of logins may be.
const refresh = 10 * time.Second

// nevers keeps what is never blocked. Any number of goroutines may use it.
type nevers struct {
	host   func() ([]Never, error)
	logins func(ctx context.Context, since time.Time) (sessions, logins []netip.Addr, err error)
	ssh    func(ports []int) ([]netip.Addr, error)
	now    func() time.Time

	stale atomic.Bool // somebody signed in

	mu    sync.Mutex
	list  []Never
	asked time.Time
	of    *Config
}

// load returns the list, read anew when it is old or was of another configuration. Without
// an answer nothing may be blocked: the error says why there is none.
func (n *nevers) load(ctx context.Context, c *Config) ([]Never, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if !n.stale.Swap(false) && n.of == c && now.Sub(n.asked) < refresh && !now.Before(n.asked) {
		return n.list, nil
	}
	n.of = nil // should it fail
	list := always()
	add := func(rule string, networks ...netip.Prefix) {
		for _, p := range networks {
			list = append(list, Never{p, rule})
		}
	}
	host, err := n.host()
	if err != nil {
		return nil, fmt.Errorf("find out which addresses must never be blocked: %w", err)
	}
	list = append(list, host...)
	from, err := n.ssh(c.Never.ports())
	if err != nil {
		return nil, fmt.Errorf("find out from where people are signed in by SSH: %w", err)
	}
	for _, a := range from {
		add(neverSSH, single(a))
	}
	if n.logins != nil {
		sessions, logins, err := n.logins(ctx, now.Add(-c.Never.Logins))
		if err != nil {
			return nil, fmt.Errorf("find out from where people sign in: %w", err)
		}
		for _, a := range sessions {
			add(neverSession, single(a))
		}
		for _, a := range logins {
			add(neverLogin, single(a))
		}
	}
	list = append(list, c.never()...)
	n.list, n.asked, n.of = list, now, c
	return list, nil
}

// never is what is never blocked because the configuration says so.
func (c *Config) never() (list []Never) {
	for _, one := range []struct {
		rule     string
		networks []netip.Prefix
	}{{neverProxy, c.Proxies}, {neverNetwork, c.Own}, {neverAllowed, c.Never.networks}} {
		for _, p := range one.networks {
			list = append(list, Never{p, one.rule})
		}
	}
	return list
}

func single(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen())
}

// guard answers quickly whether something is never blocked.
type guard struct {
	list  []Never
	spans []firewall.Span // of all of them, in order, apart from each other
}

func guardOf(list []Never) *guard {
	networks := make([]netip.Prefix, len(list))
	for i := range list {
		networks[i] = list[i].Network
	}
	return &guard{list, firewall.Join(networks)}
}

// refused returns the rule by which the network is never blocked, and what to tell; "" when
// it may be.
func (g *guard) refused(p netip.Prefix) (rule, why string) {
	if g.touches(p) {
		for i := range g.list {
			if n := &g.list[i]; n.Network.Overlaps(p) {
				is := "is"
				if n.Network.Bits() > p.Bits() {
					is = "holds " + targetText(n.Network) + ", which is"
				}
				return n.Rule, fmt.Sprintf("%s is never blocked: it %s %s (%s)", targetText(p), is, explained(n.Rule), n.Rule)
			}
		}
	}
	if why := tooWide(p); why != "" {
		return RefusedByTarget, why
	}
	return "", ""
}

// touches reports whether any of the list has an address of the network.
func (g *guard) touches(p netip.Prefix) bool {
	// The first that does not end before the network.
	i, _ := slices.BinarySearchFunc(g.spans, p.Addr(), func(s firewall.Span, a netip.Addr) int { return s.Last.Compare(a) })
	return i < len(g.spans) && (p.Contains(g.spans[i].First) || g.spans[i].First.Less(p.Addr()))
}
