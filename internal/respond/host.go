package respond

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
)

// Host returns what is never blocked because of the machine that this runs on: its own
// addresses, its default gateways, its name servers.
func Host() ([]Never, error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var list []Never
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, Never{single(p.Addr()), neverOwn})
		}
	}
	for _, one := range []struct {
		path, rule string
		read       func([]byte) []netip.Addr
	}{
		{"/proc/net/route", neverGateway, gateways4},
		{"/proc/net/ipv6_route", neverGateway, gateways6},
		{"/etc/resolv.conf", neverResolver, resolvers},
	} {
		data, err := os.ReadFile(one.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // no Linux, or no IPv6
		}
		if err != nil {
			return nil, err
		}
		for _, a := range one.read(data) {
			list = append(list, Never{single(a), one.rule})
		}
	}
	return list, nil
}

// gateways4 reads the default gateways of /proc/net/route.
func gateways4(data []byte) (list []netip.Addr) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		raw, err := hex.DecodeString(f[2])
		if err != nil || len(raw) != 4 {
			continue
		}
		// The bytes stand in memory as the Internet has them, and are written as one number.
		a := netip.AddrFrom4([4]byte(binary.NativeEndian.AppendUint32(nil, binary.BigEndian.Uint32(raw))))
		if !a.IsUnspecified() {
			list = append(list, a)
		}
	}
	return list
}

// gateways6 reads the default gateways of /proc/net/ipv6_route.
func gateways6(data []byte) (list []netip.Addr) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 5 || strings.Trim(f[0], "0") != "" || f[1] != "00" {
			continue
		}
		if raw, err := hex.DecodeString(f[4]); err == nil && len(raw) == 16 {
			if a := netip.AddrFrom16([16]byte(raw)); !a.IsUnspecified() {
				list = append(list, a)
			}
		}
	}
	return list
}

// resolvers reads the name servers of /etc/resolv.conf.
func resolvers(data []byte) (list []netip.Addr) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 2 || f[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(f[1]); err == nil {
			list = append(list, a)
		}
	}
	return list
}
