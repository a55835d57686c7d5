package sensor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Of linux/connector.h and linux/cn_proc.h.
const (
	cnProc       = 1
	cnListen     = 1
	cnIgnore     = 2
	cnHeader     = 20
	procWhat     = cnHeader
	procBody     = cnHeader + 16
	procExec     = 2
	procExit     = 0x80000000
	procLength   = procBody + 8
	connectorAck = 500 * time.Millisecond
)

// procWatch tells what the process connector says, and what /proc knows of it.
type procWatch struct {
	sensor *Sensor
	socket *netlink
}

func openProc(s *Sensor) (watcher, error) {
	socket, err := openConnector()
	if err != nil {
		return nil, err
	}
	return &procWatch{sensor: s, socket: socket}, nil
}

func openConnector() (*netlink, error) {
	socket, err := openNetlink(unix.NETLINK_CONNECTOR, cnProc)
	if err != nil {
		return nil, err
	}
	if err := connector(socket, cnListen); err != nil {
		return nil, errors.Join(fmt.Errorf("ask the process connector to tell: %w", err), socket.close())
	}
	return socket, nil
}

// connector tells the process connector to begin or to end.
func connector(socket *netlink, what uint32) error {
	m := make([]byte, cnHeader+4)
	binary.NativeEndian.PutUint32(m, cnProc)
	binary.NativeEndian.PutUint32(m[4:], cnProc)
	binary.NativeEndian.PutUint16(m[16:], 4)
	binary.NativeEndian.PutUint32(m[cnHeader:], what)
	return socket.send(unix.NLMSG_DONE, 0, m)
}

// tryProc says why the process connector cannot be used.
func tryProc() (why, fix string) {
	if !hostProcesses() {
		return "/proc shows the processes of this container only", "docker run --pid host --net host --cap-add NET_ADMIN"
	}
	socket, err := openConnector()
	if err != nil {
		if denied(err) {
			return "this program may not: it lacks CAP_NET_ADMIN", capabilityFix("CAP_NET_ADMIN", "--cap-add NET_ADMIN --net host --pid host")
		}
		return err.Error(), ""
	}
	defer func() { _ = socket.close() }() // it was only looked at
	if err := errors.Join(connectorAnswers(socket), connector(socket, cnIgnore)); err != nil {
		return err.Error(), "run it in the network of the host: docker run --net host"
	}
	return "", ""
}

var errNoConnector = errors.New("the process connector does not answer: it does only in the first network namespace")

// connectorAnswers reports whether the connector acknowledges listening.
func connectorAnswers(socket *netlink) error {
	for range int(connectorAck/netlinkPause) + 1 {
		data, err := socket.receive()
		if err == nil && len(data) > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, errQuiet) {
			return err
		}
	}
	return errNoConnector
}

func (w *procWatch) run(ctx context.Context) error {
	own := uint32(os.Getpid())
	return w.socket.until(ctx, func(_ uint16, body []byte) {
		e, ok := connectorEvent(body)
		if !ok || e.PID == own {
			return
		}
		if e.Kind == Exec {
			e.Incomplete = !complete(&e)
		}
		w.sensor.tell(ctx, &e)
	})
}

// connectorEvent reads a message of the connector.
func connectorEvent(body []byte) (e Event, ok bool) {
	if len(body) < procLength || binary.NativeEndian.Uint32(body) != cnProc {
		return e, false
	}
	thread, process := binary.NativeEndian.Uint32(body[procBody:]), binary.NativeEndian.Uint32(body[procBody+4:])
	switch binary.NativeEndian.Uint32(body[procWhat:]) {
	case procExec:
		e.Kind = Exec
	case procExit:
		if thread != process {
			return e, false
		}
		e.Kind = Exit
	default:
		return e, false
	}
	e.PID, e.LoginUID = process, NoLogin
	return e, true
}

func (w *procWatch) losses() map[Kind]int64 { return map[Kind]int64{Exec: w.socket.lost.Load()} }
func (*procWatch) repeats() map[Kind]int64  { return nil }

// Close stops listening.
func (w *procWatch) Close() error {
	return errors.Join(connector(w.socket, cnIgnore), w.socket.close())
}

var _ watcher = (*procWatch)(nil)
