// Package lookup answers questions about one value: is this address on that
// list, does that table hold this word.
//
// Everything here is built once and then only read, so it may be asked by any
// number of goroutines. A new version of a list is a new value.
package lookup

import "net/netip"

// Public reports whether an address can be somebody on the internet. Unspecified,
// loopback, private (RFC 1918, RFC 4193), shared (RFC 6598), link-local, multicast
// and broadcast addresses, and all of 0.0.0.0/8, are not; neither is the zero
// Addr. An IPv4 address inside IPv6 counts as IPv4.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	switch {
	case !a.IsValid(), a.IsUnspecified(), a.IsLoopback(), a.IsPrivate(),
		a.IsLinkLocalUnicast(), a.IsMulticast(), a.IsInterfaceLocalMulticast():
		return false
	case a.Is4():
		b := a.As4()
		return b[0] != 0 && b != [4]byte{255, 255, 255, 255} && (b[0] != 100 || b[1]&0xc0 != 64)
	default:
		return true
	}
}

// ParseAddr reads the address that text is: IPv4, IPv6 with or without brackets
// and zone. An IPv4 address inside IPv6 comes back as IPv4. Text that is no
// address costs no memory.
func ParseAddr(text string) (netip.Addr, bool) {
	if len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']' {
		text = text[1 : len(text)-1]
	}
	if !looksLikeAddr(text) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err == nil
}

// looksLikeAddr spares the parser, whose errors allocate, what is plainly no
// address.
func looksLikeAddr(s string) bool {
	if len(s) < 2 || len(s) > 64 {
		return false
	}
	separators := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'f':
		case c == '.', c == ':':
			separators++
		case c == '%' && separators > 1:
			return true
		default:
			return false
		}
	}
	return separators > 1
}
