package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

// Syslog takes notifications as RFC 5424; over TCP each with its length before it.
type Syslog struct {
	// Protocol is udp, tcp or unix.
	Protocol string `doc:"protocol"`
	// Address is host:port, or the path of a socket.
	Address string `doc:"address,required"`

	At map[string]document.Pos `doc:",positions"`
}

const (
	facilityAlert = 13 // log audit
	// maxSyslog is the length in bytes of the longest message: what a datagram holds.
	maxSyslog = 8 << 10
	// dialTimeout is for how long a connection is waited for.
	dialTimeout = 10 * time.Second
)

func (k *checker) syslog(s *Syslog) {
	if s.Protocol == "" {
		s.Protocol = "udp"
	}
	k.oneOf(s.Protocol, s.At, "protocol", "udp", "tcp", "unix")
	k.Fault(s.Protocol != "unix" && s.Address != "" && !hostPort(s.Address), s.At, "address", "address %q wants the form 192.0.2.1:514", s.Address)
}

type syslogSender struct {
	Syslog

	hostname string
}

func (s *syslogSender) send(ctx context.Context, d *delivery) (retry bool, err error) {
	network := s.Protocol
	if network == "unix" {
		network = "unixgram"
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, s.Address)
	if err != nil {
		return true, fmt.Errorf("send to syslog: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	text := s.format(d)
	if network == "tcp" {
		text = strconv.Itoa(len(text)) + " " + text
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		return true, fmt.Errorf("send to syslog: %w", err)
	}
	return false, nil
}

// format returns the message: the title, and the identity of each notice.
func (s *syslogSender) format(d *delivery) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%d>1 %s %s sasumata - notice - ", facilityAlert*8+syslogSeverity(d.Severity),
		d.At.UTC().Format("2006-01-02T15:04:05.000Z"), syslogName(s.hostname))
	b.WriteString("\ufeff" + Visible(d.Title))
	for _, n := range d.Notices {
		b.WriteString(" |")
		for _, name := range slices.Sorted(maps.Keys(n.Labels)) {
			fmt.Fprintf(&b, " %s=%q", name, n.Labels[name])
		}
	}
	return clip(b.String(), maxSyslog)
}

// syslogName returns what may stand as the name of a host.
func syslogName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return clip(s, 255)
}

func syslogSeverity(name string) int {
	switch name {
	case signal.Critical.String():
		return 2
	case signal.High.String():
		return 3
	case signal.Medium.String():
		return 4
	case signal.Low.String():
		return 5
	default:
		return 6
	}
}
