package sensor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// netlinkRoom is the size in bytes of the kernel's buffer for messages, if it allows so
	// much; audit and the process connector drop what does not fit.
	netlinkRoom = 8 << 20
	// netlinkMessage is the size of the longest message: those of the audit system have 8,970.
	netlinkMessage = 16 << 10
	// netlinkPause is how long a read may wait until it is looked whether to stop.
	netlinkPause = 200 * time.Millisecond
)

// netlink is a socket on which the kernel tells groups of listeners.
type netlink struct {
	fd   int
	lost atomic.Int64 // how often the buffer ran over
	buf  []byte
}

func openNetlink(protocol int, groups uint32) (*netlink, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("open a socket to the kernel: %w", err)
	}
	n := &netlink{fd: fd, buf: make([]byte, netlinkMessage)}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		return nil, errors.Join(fmt.Errorf("listen to the kernel: %w", err), n.close())
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, netlinkRoom) != nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, netlinkRoom)
	}
	wait := unix.NsecToTimeval(netlinkPause.Nanoseconds())
	if err = errors.Join(err, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare a socket to the kernel: %w", err), n.close())
	}
	return n, nil
}

func (n *netlink) close() error { return unix.Close(n.fd) }

// send sends a message to the kernel.
func (n *netlink) send(kind, flags uint16, body []byte) error {
	m := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body))

	binary.NativeEndian.PutUint32(m, uint32(unix.SizeofNlMsghdr+len(body)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], flags)
	binary.NativeEndian.PutUint32(m[8:], 1)
	return unix.Sendto(n.fd, append(m, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// errQuiet says that nothing came for a while.
var errQuiet = errors.New("nothing came")

// receive returns the messages of one read. A buffer that ran over is counted.
func (n *netlink) receive() ([]byte, error) {
	size, from, err := unix.Recvfrom(n.fd, n.buf, 0)
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return nil, errQuiet
	case errors.Is(err, unix.ENOBUFS):
		n.lost.Add(1)
		return nil, errQuiet
	case err != nil:
		return nil, fmt.Errorf("read what the kernel tells: %w", err)
	}
	if kernel, ok := from.(*unix.SockaddrNetlink); !ok || kernel.Pid != 0 {
		return nil, errQuiet // from another process
	}
	return n.buf[:size], nil
}

// messages calls each with the kind and the body of each message.
func messages(data []byte, each func(kind uint16, body []byte)) {
	for len(data) >= unix.SizeofNlMsghdr {
		size := int(binary.NativeEndian.Uint32(data))
		if size < unix.SizeofNlMsghdr || size > len(data) {
			// The kernel writes the length of the body alone into messages of the audit system.
			size = len(data)
		}
		each(binary.NativeEndian.Uint16(data[4:]), data[unix.SizeofNlMsghdr:size])
		data = data[min(len(data), (size+3)&^3):]
	}
}

// until reads until the context is done.
func (n *netlink) until(ctx context.Context, each func(kind uint16, body []byte)) error {
	for ctx.Err() == nil {
		data, err := n.receive()
		if errors.Is(err, errQuiet) {
			each(0, nil)
			continue
		}
		if err != nil {
			return err
		}
		messages(data, each)
	}
	return nil
}

func denied(err error) bool { return errors.Is(err, os.ErrPermission) }
