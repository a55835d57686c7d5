package sensor

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// Of linux/audit.h.
const (
	auditGet       = 1000
	auditListRules = 1013
	auditReaders   = 1 // the group of those that may read along
	auditFirst     = 1300
	auditLast      = 1399
	auditEnd       = 1320
	auditExit      = 4 // the filter of rules about system calls
	auditFields    = 12
	execveAMD64    = 59
	execveARM64    = 221
	nlRequest      = unix.NLM_F_REQUEST | unix.NLM_F_ACK
)

// AuditSource is the source of the records of the audit system: their pipeline reads them.
const AuditSource = "auditd"

const (
	// maxAuditEvents is how many events of the audit system may be unfinished at a time.
	maxAuditEvents = 256
	// maxAuditEvent is the length in bytes of the longest one.
	maxAuditEvent = 256 << 10
	// auditPatience is how many times netlinkPause an answer of the audit system may take.
	auditPatience = 10
	// auditWait is how long an event waits for its last record.
	auditWait = time.Second
)

// auditWatch tells what the audit system tells all who listen.
type auditWatch struct {
	sensor *Sensor
	socket *netlink
	join   auditJoin
}

func openAudit(s *Sensor) (watcher, error) {
	socket, err := openNetlink(unix.NETLINK_AUDIT, auditReaders)
	if err != nil {
		return nil, err
	}
	return &auditWatch{sensor: s, socket: socket}, nil
}

// tryAudit says why the audit system cannot be listened to, or tells nothing of interest.
func tryAudit() (why, fix string) {
	socket, err := openNetlink(unix.NETLINK_AUDIT, auditReaders)
	if err == nil {
		defer func() { _ = socket.close() }() // it was only looked at
		var watched bool
		watched, err = execWatched(socket)
		if err == nil && !watched {
			return "no rule of the audit system is about programs that start", "auditctl -a always,exit -F arch=b64 -S execve -k sasumata"
		}
	}
	switch {
	case err == nil:
		return "", ""
	case denied(err):
		return "this program may not: it lacks CAP_AUDIT_READ and CAP_AUDIT_CONTROL", capabilityFix("CAP_AUDIT_READ CAP_AUDIT_CONTROL", "--cap-add AUDIT_READ --cap-add AUDIT_CONTROL --net host --pid host")
	default:
		return err.Error(), ""
	}
}

var errAuditSilent = errors.New("the audit system does not answer")

// execWatched reports whether the audit system is on and has a rule about execve.
func execWatched(socket *netlink) (watched bool, err error) {
	enabled := false
	ask := func(kind uint16, each func(kind uint16, body []byte) (done bool)) error {
		if err := socket.send(kind, nlRequest, nil); err != nil {
			return fmt.Errorf("ask the audit system: %w", err)
		}
		const most = 10_000 // messages, others among them
		quiet := 0
		for range most {
			data, err := socket.receive()
			if errors.Is(err, errQuiet) {
				if quiet++; quiet < auditPatience {
					continue // a thread of the kernel answers
				}
				return errAuditSilent
			}
			if err != nil {
				return err
			}
			var failed error
			done := false
			messages(data, func(kind uint16, body []byte) {
				if kind == unix.NLMSG_ERROR && len(body) >= 4 {
					if code := int32(binary.NativeEndian.Uint32(body)); code != 0 {
						failed = unix.Errno(-code)
					}
					return
				}
				done = each(kind, body) || done
			})
			if failed != nil || done {
				return failed
			}
		}
		return errAuditSilent
	}
	if err := ask(auditGet, func(kind uint16, body []byte) bool {
		if kind == auditGet && len(body) >= 8 {
			enabled = binary.NativeEndian.Uint32(body[4:]) != 0
		}
		return kind == auditGet
	}); err != nil {
		return false, err
	}
	err = ask(auditListRules, func(kind uint16, body []byte) bool {
		watched = watched || kind == auditListRules && aboutExec(body)
		return kind == unix.NLMSG_DONE
	})
	return enabled && watched, err
}

// aboutExec reports whether a rule (struct audit_rule_data) is about execve.
func aboutExec(rule []byte) bool {
	const masks = 64
	if len(rule) < auditFields+4*masks || binary.NativeEndian.Uint32(rule) != auditExit {
		return false
	}
	has := func(call uint32) bool {
		return binary.NativeEndian.Uint32(rule[auditFields+4*(call/32):])&(1<<(call%32)) != 0
	}
	return has(execveAMD64) || has(execveARM64)
}

func (w *auditWatch) run(ctx context.Context) error {
	w.join.done = func(text string) {
		w.sensor.hand(ctx, record.Record{
			Text: text, Source: AuditSource, Service: AuditSource, Host: w.sensor.opts.Hostname, Received: w.sensor.opts.Now().UnixNano(), Whole: true,
		})
	}
	return w.socket.until(ctx, func(kind uint16, body []byte) {
		w.join.add(kind, body, w.sensor.opts.Now())
	})
}

func (w *auditWatch) losses() map[Kind]int64 { return map[Kind]int64{Exec: w.socket.lost.Load()} }
func (*auditWatch) repeats() map[Kind]int64  { return nil }

// Close stops listening.
func (w *auditWatch) Close() error { return w.socket.close() }

// auditJoin puts the records of an event together, as auditd writes them.
type auditJoin struct {
	done  func(text string)
	order []string
	texts map[string]*auditText
}

type auditText struct {
	strings.Builder

	began time.Time
}

// add takes a record; kind 0 is none, and lets those go that have waited for long.
func (j *auditJoin) add(kind uint16, body []byte, now time.Time) {
	if j.texts == nil {
		j.texts = map[string]*auditText{}
	}
	for len(j.order) > 0 && (len(j.order) > maxAuditEvents || now.Sub(j.texts[j.order[0]].began) > auditWait) {
		j.finish(j.order[0])
	}
	body = bytes.TrimRight(body, "\x00\n")
	serial := serialOf(body)
	if serial == "" {
		return
	}
	if kind == auditEnd {
		j.finish(serial)
		return
	}
	line := "type=" + auditType(kind) + " msg=" + string(body)
	if kind < auditFirst || kind > auditLast {
		j.done(line)
		return
	}
	one := j.texts[serial]
	if one == nil {
		one = &auditText{began: now}
		j.texts[serial], j.order = one, append(j.order, serial)
	}
	if one.Len()+len(line) < maxAuditEvent {
		if one.Len() > 0 {
			one.WriteByte('\n')
		}
		one.WriteString(line)
	}
}

func (j *auditJoin) finish(serial string) {
	one := j.texts[serial]
	if one == nil {
		return
	}
	delete(j.texts, serial)
	for i := range j.order {
		if j.order[i] == serial {
			j.order = append(j.order[:i], j.order[i+1:]...)
			break
		}
	}
	j.done(one.String())
}

// serialOf returns time and number of an event: of audit(1767225600.243:24287): what is in
// the brackets.
func serialOf(body []byte) string {
	rest, ok := bytes.CutPrefix(body, []byte("audit("))
	serial, _, found := bytes.Cut(rest, []byte(")"))
	if !ok || !found || len(serial) > 64 {
		return ""
	}
	return string(serial)
}

// auditType returns the name of a kind of record, as auditd writes it.
func auditType(kind uint16) string {
	switch kind {
	case 1100:
		return "USER_AUTH"
	case 1101:
		return "USER_ACCT"
	case 1103:
		return "CRED_ACQ"
	case 1104:
		return "CRED_DISP"
	case 1105:
		return "USER_START"
	case 1106:
		return "USER_END"
	case 1110:
		return "CRED_REFR"
	case 1112:
		return "USER_LOGIN"
	case 1113:
		return "USER_LOGOUT"
	case 1114:
		return "ADD_USER"
	case 1115:
		return "DEL_USER"
	case 1116:
		return "ADD_GROUP"
	case 1117:
		return "DEL_GROUP"
	case 1123:
		return "USER_CMD"
	case 1130:
		return "SERVICE_START"
	case 1131:
		return "SERVICE_STOP"
	case 1300:
		return "SYSCALL"
	case 1302:
		return "PATH"
	case 1303:
		return "IPC"
	case 1304:
		return "SOCKETCALL"
	case 1305:
		return "CONFIG_CHANGE"
	case 1306:
		return "SOCKADDR"
	case 1307:
		return "CWD"
	case 1309:
		return "EXECVE"
	case 1318:
		return "OBJ_PID"
	case 1321:
		return "BPRM_FCAPS"
	case 1325:
		return "NETFILTER_CFG"
	case 1326:
		return "SECCOMP"
	case 1327:
		return "PROCTITLE"
	case 1330:
		return "KERN_MODULE"
	case 1400:
		return "AVC"
	case 1700:
		return "ANOM_PROMISCUOUS"
	case 1701:
		return "ANOM_ABEND"
	default:
		return "UNKNOWN[" + strconv.Itoa(int(kind)) + "]"
	}
}

var _ watcher = (*auditWatch)(nil)
