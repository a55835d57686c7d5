package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"strconv"
	"time"
)

// manager is the service manager that started the program, told by the protocol of
// sd_notify(3): READY=1 when the server runs, WATCHDOG=1 for as long as it answers. The
// zero manager is nobody.
type manager struct {
	conn     net.Conn
	watchdog time.Duration // how often it wants to hear; 0 never
}

// newManager finds out from the environment who the manager is.
func newManager(ctx context.Context, getenv func(string) string) (*manager, error) {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return &manager{}, nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", path) // a leading @ is a name without a file
	if err != nil {
		return &manager{}, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	m := &manager{conn: conn}
	if text := getenv("WATCHDOG_USEC"); text != "" {
		usec, err := strconv.ParseInt(text, 10, 64)
		if err != nil || usec <= 0 || usec > math.MaxInt64/1000 {
			return m, fmt.Errorf("WATCHDOG_USEC %q is no time", text)
		}
		m.watchdog = time.Duration(usec) * time.Microsecond
	}
	return m, nil
}

// watch tells the manager when the server runs, that it does, and when it stops.
func (m *manager) watch(ctx context.Context, ready func() bool) {
	if m.conn == nil {
		return
	}
	every := time.Second
	if m.watchdog > 0 {
		every = min(every, m.watchdog/3)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for told := false; ; {
		if !told && ready() {
			told = true
			m.tell("READY=1")
		}
		if m.watchdog > 0 {
			_ = ready() // it answers
			m.tell("WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			m.tell("STOPPING=1")
			return
		case <-tick.C:
		}
	}
}

// tell sends a line. A manager that is gone needs none.
func (m *manager) tell(state string) { _, _ = m.conn.Write([]byte(state)) }

func (m *manager) close() {
	if m.conn != nil {
		_ = m.conn.Close()
	}
}
