package container

import (
	"bytes"
	"path/filepath"
	"strconv"
)

// traffic is what the kernel counts for a network namespace.
type traffic struct {
	received, sent int64 // bytes since the namespace began, without the loopback
	tcp, udp       int64 // sockets that are in use
}

// traffic reads what the namespace of a process says: not its tables of connections, which
// take a hundred times as long.
func (k *kernel) traffic(pid int) (t traffic, err error) {
	folder := filepath.Join(k.proc, strconv.Itoa(pid), "net")
	text, err := k.read(folder + "/sockstat")
	if err != nil {
		return traffic{}, err
	}
	t.tcp, t.udp = inUse(text, "TCP:"), inUse(text, "UDP:")
	if text, err = k.read(folder + "/sockstat6"); err == nil { // none without IPv6
		t.tcp += inUse(text, "TCP6:")
		t.udp += inUse(text, "UDP6:")
	}
	if text, err = k.read(folder + "/dev"); err != nil {
		return traffic{}, err
	}
	t.received, t.sent = bytesOf(text)
	return t, nil
}

// inUse returns the number behind "inuse" in the line of a protocol.
func inUse(text []byte, protocol string) int64 {
	for line := range bytes.Lines(text) {
		rest, ok := bytes.CutPrefix(line, []byte(protocol))
		if !ok {
			continue
		}
		fields := bytes.Fields(rest)
		for i := 0; i+1 < len(fields); i += 2 {
			if string(fields[i]) == "inuse" {
				return count(fields[i+1])
			}
		}
	}
	return 0
}

// bytesOf adds up what the interfaces received and sent; loopback is none.
func bytesOf(text []byte) (received, sent int64) {
	for line := range bytes.Lines(text) {
		name, rest, ok := bytes.Cut(line, []byte(":"))
		if !ok || string(bytes.TrimSpace(name)) == "lo" {
			continue // the two lines of the head have no colon
		}
		if fields := bytes.Fields(rest); len(fields) >= 9 {
			received += count(fields[0])
			sent += count(fields[8])
		}
	}
	return received, sent
}

// count reads a number of the kernel; what is none is 0.
func count(text []byte) int64 {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}
