package auth

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// maxHops is how many proxies may stand one behind the other.
const maxHops = 20

// Proxies are networks of proxies that are believed: each says in X-Forwarded-For from
// which address it was asked.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks, such as 192.0.2.1 and 2001:db8::/32.
func ParseProxies(texts []string) (Proxies, error) {
	var all Proxies
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			ip, wrong := netip.ParseAddr(text)
			if wrong != nil || ip.Zone() != "" {
				return nil, fmt.Errorf("%q is no address and no network, want the form 192.0.2.1 or 2001:db8::/32", text)
			}
			prefix = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen())
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("%q is everybody: anybody could write which address he has", text)
		}
		if prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("%q: write networks of IPv4 as 192.0.2.0/24", text)
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

func (p Proxies) has(ip netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// Client returns the address of the client: where the connection comes from, or, if that
// is a proxy that is believed, the last address of X-Forwarded-For that is of no such
// proxy. What stands before that one can be written by anybody and is not looked at.
func (p Proxies) Client(r *http.Request) string {
	peer, ok := address(r.RemoteAddr)
	if !ok {
		return direct(r)
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for range maxHops {
		if !p.has(peer) || len(said) == 0 {
			break
		}
		next, ok := address(strings.TrimSpace(said[len(said)-1]))
		if !ok {
			break
		}
		peer, said = next, said[:len(said)-1]
	}
	return peer.String()
}

// address reads an address, with or without a port.
func address(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return ip, false
	}
	return ip.Unmap().WithZone(""), true
}

// peerKey is what the context of a request has the client's address by.
type peerKey struct{}

// Behind serves requests with Peer returning what Client does; proxies is asked for each.
func Behind(proxies func() Proxies, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := proxies(); len(p) > 0 {
			r = r.WithContext(context.WithValue(r.Context(), peerKey{}, p.Client(r)))
		}
		next.ServeHTTP(w, r)
	})
}

// Peer returns the address that the request comes from, without its port: that of the
// client where it came through Behind.
func Peer(r *http.Request) string {
	if peer, ok := r.Context().Value(peerKey{}).(string); ok {
		return peer
	}
	return direct(r)
}

func direct(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return peer
}
