package seclog

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies says which proxies are believed when they name the client of a request.
type Proxies struct {
	// Trusted are the networks of your own proxies. Nobody is believed by default.
	Trusted []netip.Prefix
	// Socket believes whoever is connected by a Unix socket, which has no address.
	Socket bool
	// Header is the one header in which your proxies name the client: "X-Forwarded-For"
	// by default, "Forwarded" (RFC 7239), or one with a single address such as "X-Real-IP".
	// Others are not looked at: a proxy passes on those that it does not know, and the
	// client may have written them.
	Header string
}

// maxHops is how many proxies a request may have come through.
const maxHops = 32

// maxForwarded is how many bytes of one line of the header are looked at, from its end.
const maxForwarded = 4 << 10

// Client returns the address of the client of a request: the one that is connected, or
// when that is a trusted proxy, the last one in the header that is none. What stands
// before it anybody may have written, and is not looked at. Where a proxy names no address
// ("unknown"), the proxy is the client as far as one can tell. The address has no zone and
// is an IPv4 one if it is mapped to IPv6; it is not valid if there is none.
func (p *Proxies) Client(r *http.Request) netip.Addr {
	client, trusted := p.peer(r)
	if !trusted {
		return client
	}
	lines := r.Header.Values(p.header())
	hops := 0
	for _, rest := range slices.Backward(lines) {
		if len(rest) > maxForwarded {
			rest = rest[len(rest)-maxForwarded:]
		}
		for more := true; more; {
			var entry string
			if at := strings.LastIndexByte(rest, ','); at >= 0 {
				rest, entry = rest[:at], rest[at+1:]
			} else {
				entry, more = rest, false
			}
			addr, ok := p.parse(strings.TrimSpace(entry))
			if hops++; !ok || hops > maxHops {
				return client
			}
			client = addr
			if !p.trusts(addr) {
				return client
			}
		}
	}
	return client
}

// IsTrusted reports whether the request comes from a proxy that is believed.
func (p *Proxies) IsTrusted(r *http.Request) bool {
	_, trusted := p.peer(r)
	return trusted
}

// peer returns who is connected, and whether it is a proxy to believe.
func (p *Proxies) peer(r *http.Request) (addr netip.Addr, trusted bool) {
	addr, ok := parseNode(r.RemoteAddr)
	if !ok {
		// Only a Unix socket has no address: "" or "@".
		return addr, p.Socket && strings.Trim(r.RemoteAddr, "@") == ""
	}
	return addr, p.trusts(addr)
}

func (p *Proxies) header() string {
	if p.Header == "" {
		return "X-Forwarded-For"
	}
	return p.Header
}

func (p *Proxies) trusts(addr netip.Addr) bool {
	for _, network := range p.Trusted {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

func (p *Proxies) parse(entry string) (netip.Addr, bool) {
	if !strings.EqualFold(p.header(), "Forwarded") {
		return parseNode(entry)
	}
	// The parameters of RFC 7239. A quoted value with a comma has been cut in pieces,
	// of which none names a node then: better than to let a client's lonely quote
	// swallow what the proxy appended.
	found := ""
	for rest, more := entry, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, ";")
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || strings.Count(value, `"`)%2 != 0 {
			return netip.Addr{}, false
		}
		if strings.EqualFold(strings.TrimSpace(name), "for") {
			if found != "" {
				return netip.Addr{}, false
			}
			found = strings.TrimSpace(value)
			if inner, quoted := strings.CutPrefix(found, `"`); quoted {
				if found, quoted = strings.CutSuffix(inner, `"`); !quoted {
					return netip.Addr{}, false
				}
			}
		}
	}
	return parseNode(found)
}

// maxNode is the length in bytes of the longest address with a zone and a port.
const maxNode = 128

// parseNode reads 203.0.113.7, 203.0.113.7:80, 2001:db8::1, [2001:db8::1] and
// [2001:db8::1]:80.
func parseNode(text string) (netip.Addr, bool) {
	if text == "" || len(text) > maxNode {
		return netip.Addr{}, false
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		address, port, closed := strings.Cut(inner, "]")
		if !closed || port != "" && !isPort(port) || !strings.Contains(address, ":") {
			return netip.Addr{}, false
		}
		text = address
	} else if i := strings.IndexByte(text, ':'); i >= 0 && i == strings.LastIndexByte(text, ':') {
		if !isPort(text[i:]) {
			return netip.Addr{}, false
		}
		text = text[:i]
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap().WithZone(""), err == nil
}

func isPort(text string) bool {
	return len(text) > 1 && len(text) <= 6 && text[0] == ':' && strings.Trim(text[1:], "0123456789") == ""
}
