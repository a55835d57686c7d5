package respond

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// grace is from when on a connection to sshd is a session: sshd ends those in which nobody
	// has signed in after two minutes (LoginGraceTime), and who guesses passwords is connected,
	// too, until then.
	grace = 130 * time.Second
	// maxConnections is how many connections to sshd are remembered.
	maxConnections = 10_000
)

// sshSessions finds from where people are signed in by SSH. Any number of goroutines may use
// it.
type sshSessions struct {
	root string // of the files of the system
	now  func() time.Time

	mu    sync.Mutex
	since map[connection]time.Time
}

// connection is one to a port of this machine.
type connection struct {
	local, remote netip.AddrPort
	inode         string
}

// from returns the addresses. Without ports it returns none. A session is a connection whose
// process sshd named for a user, one that holds longer than sshd waits for a password, and a
// record of utmp whose process is there.
func (s *sshSessions) from(ports []int) (list []netip.Addr, err error) {
	if len(ports) == 0 {
		return nil, nil
	}
	var all []connection
	for _, name := range []string{"tcp", "tcp6"} {
		data, err := os.ReadFile(filepath.Join(s.root, "proc/net", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // no Linux, or no IPv6
		}
		if err != nil {
			return nil, err
		}
		all = append(all, connections(data, ports)...)
	}
	signedIn := map[string]bool{}
	if len(all) > 0 {
		signedIn = s.signedIn()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, since := s.now(), make(map[connection]time.Time, len(all))
	for _, c := range all[:min(len(all), maxConnections)] {
		first, known := s.since[c]
		if !known || first.After(now) {
			first = now
		}
		since[c] = first
		if signedIn[c.inode] || now.Sub(first) >= grace {
			list = append(list, c.remote.Addr())
		}
	}
	s.since = since
	for _, path := range []string{"run/utmp", "var/run/utmp"} {
		data, err := os.ReadFile(filepath.Join(s.root, path))
		if err != nil {
			continue // systems of today have none
		}
		for _, one := range utmp(data) {
			if _, err := os.Stat(filepath.Join(s.root, "proc", strconv.Itoa(one.pid))); err == nil {
				list = append(list, one.from)
			}
		}
		break
	}
	return list, nil
}

// connections reads the established connections to the ports of /proc/net/tcp or tcp6.
func connections(data []byte, ports []int) (list []connection) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 10 || f[3] != "01" { // TCP_ESTABLISHED
			continue
		}
		local, remote := addrPort(f[1]), addrPort(f[2])
		for _, port := range ports {
			if local.IsValid() && remote.IsValid() && int(local.Port()) == port {
				list = append(list, connection{local, remote, f[9]})
			}
		}
	}
	return list
}

// addrPort reads 0100007F:0016: words of 32 bits as they are in memory, and the port.
func addrPort(text string) netip.AddrPort {
	host, portText, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	port, other := strconv.ParseUint(portText, 16, 16)
	if err != nil || other != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a, _ := netip.AddrFromSlice(raw) // as long as it was
	return netip.AddrPortFrom(a.Unmap(), uint16(port))
}

// signedIn returns the sockets of the processes that sshd named for somebody who signed in,
// such as "sshd: alice@pts/0"; before that a name ends with [priv], [net] or [accepted]. Who
// may not look at processes of others finds none.
func (s *sshSessions) signedIn() map[string]bool {
	sockets := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(s.root, "proc/[0-9]*/cmdline"))
	if err != nil {
		return sockets
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil || !isSession(string(data)) {
			continue
		}
		folder := filepath.Join(filepath.Dir(name), "fd")
		files, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, f := range files {
			to, err := os.Readlink(filepath.Join(folder, f.Name()))
			if inode, is := strings.CutPrefix(to, "socket:["); is && err == nil {
				sockets[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	return sockets
}

// isSession reports whether sshd named a process for somebody who signed in.
func isSession(name string) bool {
	name = strings.TrimRight(name, "\x00 ")
	rest, is := strings.CutPrefix(name, "sshd: ")
	if !is {
		rest, is = strings.CutPrefix(name, "sshd-session: ")
	}
	return is && strings.Contains(rest, "@") && !strings.ContainsAny(rest, "[]\x00")
}

// login is a record of utmp.
type login struct {
	pid  int
	from netip.Addr
}

// utmp reads who is signed in from elsewhere: records of 384 bytes, as Linux has them.
func utmp(data []byte) (list []login) {
	const size, kind, pid, from, userProcess = 384, 0, 4, 348, 7
	for ; len(data) >= size; data = data[size:] {
		if binary.NativeEndian.Uint16(data[kind:]) != userProcess {
			continue
		}
		raw := [16]byte(data[from : from+16])
		a := netip.AddrFrom16(raw).Unmap()
		if [12]byte(raw[4:]) == [12]byte{} { // an address of IPv4
			a = netip.AddrFrom4([4]byte(raw[:4]))
		}
		if id := int32(binary.NativeEndian.Uint32(data[pid:])); id > 0 && !a.IsUnspecified() {
			list = append(list, login{int(id), a})
		}
	}
	return list
}

// sshPorts returns the ports of sshd: those of its configuration, else 22.
func sshPorts(root string) (ports []int) {
	files, _ := filepath.Glob(filepath.Join(root, "etc/ssh/sshd_config.d/*.conf")) // the pattern is right
	for _, name := range append(files, filepath.Join(root, "etc/ssh/sshd_config")) {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			f := strings.FieldsFunc(lines.Text(), func(r rune) bool { return r == ' ' || r == '\t' || r == '=' || r == '"' })
			if len(f) < 2 {
				continue
			}
			text := ""
			switch strings.ToLower(f[0]) {
			case "port":
				text = f[1]
			case "listenaddress":
				if at, err := netip.ParseAddrPort(f[1]); err == nil {
					text = strconv.Itoa(int(at.Port()))
				}
			}
			if port, err := strconv.ParseUint(text, 10, 16); err == nil && port > 0 && len(ports) < maxPorts {
				ports = append(ports, int(port))
			}
		}
	}
	if len(ports) == 0 {
		return []int{22}
	}
	return ports
}

// maxPorts is how many ports of sshd are looked at.
const maxPorts = 20
