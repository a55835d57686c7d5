package evidence

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Socket is one of the network namespace of a container.
type Socket struct {
	// Protocol is tcp, tcp6, udp, udp6, raw or raw6.
	Protocol string `json:"protocol"`
	Local    string `json:"local"`
	Remote   string `json:"remote"`
	State    string `json:"state"`
	UID      int    `json:"uid"`
	Inode    uint64 `json:"inode"`
	// PIDs are the processes of the container that have it open.
	PIDs []int `json:"pids"`
}

// network captures the sockets of the namespace: as the kernel tells them, and read.
func (k *capture) network(list []Process) error {
	owners := map[string][]int{}
	for i := range list {
		for _, f := range list[i].Files {
			if inode, ok := strings.CutPrefix(f.Path, "socket:["); ok {
				owners[strings.TrimSuffix(inode, "]")] = append(owners[strings.TrimSuffix(inode, "]")], list[i].PID)
			}
		}
	}
	sockets := []Socket{}
	first := slices.IndexFunc(list, func(p Process) bool { return !p.Gone })
	if first < 0 {
		return nil
	}
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix", "packet", "route", "ipv6_route", "arp", "dev"} {
		data, more, err := readUpTo(filepath.Join(k.proc, strconv.Itoa(list[first].PID), "net", name), maxNet)
		if err != nil {
			continue // a kernel without it
		}
		if more {
			k.limit("net/%s was cut after %d bytes", name, maxNet)
		}
		if err := k.add("net/"+name, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
		if name == "unix" || name == "packet" || !strings.ContainsAny(name[:1], "tur") || strings.HasSuffix(name, "route") {
			continue
		}
		for _, s := range parseSockets(name, string(data)) {
			if s.PIDs = owners[strconv.FormatUint(s.Inode, 10)]; s.PIDs == nil {
				s.PIDs = []int{}
			}
			slices.Sort(s.PIDs)
			s.PIDs = slices.Compact(s.PIDs)
			sockets = append(sockets, s)
		}
	}
	return k.addJSON("sockets.json", sockets)
}

// parseSockets reads a table of sockets of the kernel; what cannot be read is left out, and
// stands in the table itself.
func parseSockets(protocol, table string) (list []Socket) {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
			continue
		}
		local, ok := socketAddress(f[1])
		remote, ok2 := socketAddress(f[2])
		uid, err := strconv.Atoi(f[7])
		inode, err2 := strconv.ParseUint(f[9], 10, 64)
		if !ok || !ok2 || err != nil || err2 != nil {
			continue
		}
		list = append(list, Socket{Protocol: protocol, Local: local, Remote: remote, State: socketState(f[3]), UID: uid, Inode: inode})
	}
	return list
}

// socketAddress reads an address: each 32 bits are a number of the machine's.
func socketAddress(text string) (string, bool) {
	address, port, found := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if !found || err != nil || err2 != nil || len(raw) != 4 && len(raw) != 16 {
		return "", false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a, _ := netip.AddrFromSlice(raw) // it has 4 or 16 bytes
	return netip.AddrPortFrom(a, uint16(number)).String(), true
}

// socketState says the state of a socket in words of the kernel.
func socketState(number string) string {
	names := []string{"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"}
	n, err := strconv.ParseUint(number, 16, 8)
	if err != nil || n == 0 || int(n) >= len(names) {
		return number
	}
	return names[n]
}
