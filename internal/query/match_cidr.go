package query

import (
	"net/netip"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

func (n *CIDR) scalar(v event.Value) bool {
	return v.Kind() == event.String && n.text(v.Str())
}

func (n *CIDR) text(s string) bool {
	addr, ok := parseAddr(s)
	if !ok {
		return false
	}
	for _, p := range n.Prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddr reads an address. IPv4 written as IPv6 becomes IPv4, and a zone is
// left out. netip would allocate an error for text that is none, so such text
// does not get that far.
func parseAddr(s string) (netip.Addr, bool) {
	if at := strings.IndexByte(s, '%'); at > 0 && at+1 < len(s) {
		s = s[:at]
		if strings.IndexByte(s, ':') < 0 {
			return netip.Addr{}, false
		}
	}
	if !isIPv4(s) && !isIPv6(s) {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil
}

func isIPv4(s string) bool {
	if len(s) < 7 || len(s) > 15 {
		return false
	}
	for part := range 4 {
		n, value := 0, 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			value = value*10 + int(s[n]-'0')
			n++
		}
		if n == 0 || n > 1 && s[0] == '0' || value > 255 {
			return false
		}
		if s = s[n:]; part == 3 {
			break
		}
		if s == "" || s[0] != '.' {
			return false
		}
		s = s[1:]
	}
	return s == ""
}

func isIPv6(s string) bool {
	if len(s) < 2 || len(s) > 45 || s[0] == ':' && s[1] != ':' {
		return false
	}
	groups, gap := 0, false
	for s != "" {
		if s[0] == ':' {
			if gap || len(s) < 2 || s[1] != ':' {
				return false
			}
			gap = true
			s = s[2:]
			continue
		}
		if isIPv4(s) {
			groups += 2
			break
		}
		n := 0
		for n < len(s) && n < 5 && isHex(s[n]) {
			n++
		}
		if n == 0 || n > 4 {
			return false
		}
		groups++
		s = s[n:]
		switch {
		case s == "":
		case s[0] != ':' || len(s) == 1:
			return false
		case s[1] != ':':
			s = s[1:] // "::" stays, it is read as the gap
		}
	}
	return groups == 8 && !gap || gap && groups < 8
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
