package sensor

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
)

// Offsets in struct event of bpf/sensor.bpf.c.
const (
	exitSize   = 16
	headerSize = 176
)

var errShort = errors.New("an event of the kernel is shorter than it says")

// decode reads an event that a program in the kernel wrote. Boot is when the machine started,
// in nanoseconds since 1970. The event holds parts of one new string.
func decode(raw []byte, boot int64, e *Event) error {
	if len(raw) == 0 {
		return errShort
	}
	*e = Event{Kind: Kind(raw[0])}
	le := binary.LittleEndian
	if e.Kind == Exit {
		if len(raw) < exitSize {
			return errShort
		}
		e.PID, e.Start = le.Uint32(raw[4:]), le.Uint64(raw[8:])
		return nil
	}
	if e.Kind == 0 || e.Kind >= kinds || len(raw) < headerSize {
		return errShort
	}
	e.Stdio = [3]Stdio{Stdio(raw[2]), Stdio(raw[3]), Stdio(raw[4])}
	e.Cap, e.Flags = raw[5], Flags(le.Uint16(raw[6:]))
	e.PID, e.Parent, e.Grandparent, e.VPID = le.Uint32(raw[8:]), le.Uint32(raw[16:]), le.Uint32(raw[20:]), le.Uint32(raw[24:])
	e.UID, e.EUID, e.LoginUID = le.Uint32(raw[28:]), le.Uint32(raw[32:]), le.Uint32(raw[36:])
	e.Time, e.Start, e.Caps = boot+int64(le.Uint64(raw[40:])), le.Uint64(raw[48:]), le.Uint64(raw[64:])
	e.Ret, e.Arg, e.Target = int64(le.Uint64(raw[72:])), le.Uint64(raw[80:]), le.Uint32(raw[88:])
	if raw[1] != 0 {
		sport, dport := le.Uint16(raw[92:]), le.Uint16(raw[94:])
		e.Local, e.Peer = netip.AddrPortFrom(address(raw[1], raw[96:112]), sport), netip.AddrPortFrom(address(raw[1], raw[112:128]), dport)
	}
	// The texts stand in the order in which the program appends them, which depends on the kind:
	// container, terminal, and then what only some kinds have.
	n := func(at int) int { return int(le.Uint16(raw[at:])) }
	path, cwd, parent, object, container, tty, args := n(128), n(130), n(132), n(134), n(136), n(138), n(140)
	if headerSize+path+cwd+parent+object+container+tty+args > len(raw) {
		return errShort
	}
	rest := string(raw[144:])
	e.Name, e.ParentName = terminated(rest[:16]), terminated(rest[16:32])
	rest = rest[32:]
	next := func(n int) (s string) {
		n = min(n, len(rest))
		s, rest = rest[:n], rest[n:]
		return s
	}
	e.Container = containerID(next(container))
	e.TTY = next(tty)
	if e.Kind == Exec {
		e.Exe, e.CWD, e.ParentExe, e.Args = next(path), next(cwd), next(parent), next(args)
	} else {
		e.Object, e.Exe = next(object), next(path)
	}
	return nil
}

func terminated(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

// address returns an address of the family, which is 2 or 10; one of IPv4 in the form of IPv6
// is one of IPv4.
func address(family byte, raw []byte) netip.Addr {
	if family == 2 {
		return netip.AddrFrom4([4]byte(raw[:4]))
	}
	return netip.AddrFrom16([16]byte(raw)).Unmap()
}

// containerID returns the id of a container in the name of its control group, "" if it is none:
// ID, docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope.
func containerID(name string) string {
	const size = 64
	name = strings.TrimSuffix(name, ".scope")
	if len(name) < size {
		return ""
	}
	id, before := name[len(name)-size:], name[:len(name)-size]
	switch before {
	case "", "docker-", "cri-containerd-", "crio-", "libpod-":
	default:
		return ""
	}
	if strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}
