package source

import "strings"

// auditLine is the head of a line of the Linux audit system,
//
//	type=SYSCALL msg=audit(1767225600.243:24290): ..
//
// as auditd writes it, with node= before it, or behind a syslog header.
type auditLine struct {
	kind   string
	event  string // time and serial, which all lines of one event share
	origin string // the host that the line names
}

// maxAuditHead is the number of bytes in which the head of an audit line ends.
const maxAuditHead = 512

// parseAudit reads the head of an audit line. A text that somebody else put
// further inside a line is none: such a line would vanish in an event.
func parseAudit(line string) (a auditLine, ok bool) {
	if len(line) < len("type=X audit(1.0:1):") {
		return a, false
	}
	s := line[:min(len(line), maxAuditHead)]
	switch c := s[0]; {
	case c == 't', c == 'n', c == 'a':
	case c == '<', c >= 'A' && c <= 'Z' && s[3] == ' ', c >= '0' && c <= '9' && s[4] == '-':
		if !strings.Contains(s, "audit(") {
			return a, false
		}
		if a.origin, s, ok = auditSyslog(s); !ok {
			return a, false
		}
	default:
		return a, false
	}
	s = strings.TrimPrefix(s, "audit: ")
	if node, isNode := strings.CutPrefix(s, "node="); isNode {
		if a.origin, s, ok = strings.Cut(node, " "); !ok {
			return a, false
		}
	}
	s, ok = strings.CutPrefix(s, "type=")
	if !ok {
		return a, false
	}
	if a.kind, s, ok = strings.Cut(s, " "); !ok || a.kind == "" {
		return a, false
	}
	s, ok = strings.CutPrefix(strings.TrimPrefix(s, "msg="), "audit(")
	if !ok {
		return a, false
	}
	a.event, s, ok = strings.Cut(s, ")")
	return a, ok && strings.HasPrefix(s, ":") && isAuditStamp(a.event)
}

// isAuditStamp reports seconds.milliseconds:serial.
func isAuditStamp(s string) bool {
	seconds, serial, ok := strings.Cut(s, ":")
	return ok && isNumber(serial, 20) && isNumber(strings.Replace(seconds, ".", "", 1), 20)
}

func isNumber(s string, most int) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// auditSyslog passes over a syslog header of a program that writes audit lines.
// The fields are counted from the beginning: a program's text cannot look like
// its header.
func auditSyslog(s string) (host, rest string, ok bool) {
	if s[0] == '<' {
		_, s, ok = strings.Cut(s, ">")
		if !ok || s == "" {
			return "", "", false
		}
	}
	if after, is5424 := strings.CutPrefix(s, "1 "); is5424 {
		var fields [6]string // time, host, program, process, message id, structured data
		for i := range fields {
			if fields[i], after, ok = strings.Cut(after, " "); !ok {
				return "", "", false
			}
		}
		return fields[1], after, fields[5] == "-" && isAuditProgram(fields[2])
	}
	words := 1 // of the date
	if s[0] > '9' {
		words = 3
	}
	for range words {
		if _, s, ok = strings.Cut(s, " "); !ok {
			return "", "", false
		}
		s = strings.TrimLeft(s, " ")
	}
	if host, s, ok = strings.Cut(s, " "); !ok {
		return "", "", false
	}
	program, s, ok := strings.Cut(s, ": ")
	name, pid, hasPID := strings.Cut(program, "[")
	if !ok || hasPID && !isNumber(strings.TrimSuffix(pid, "]"), 10) || !isAuditProgram(name) {
		return "", "", false
	}
	if uptime, isKernel := strings.CutPrefix(s, "["); isKernel && name == "kernel" {
		uptime, s, ok = strings.Cut(uptime, "] ")
		if !ok || !isNumber(strings.Replace(strings.TrimLeft(uptime, " "), ".", "", 1), 20) {
			return "", "", false
		}
	}
	return host, s, true
}

// isAuditProgram reports who writes audit lines to syslog.
func isAuditProgram(name string) bool {
	switch name {
	case "audispd", "auditd", "audisp-syslog", "audit", "kernel":
		return true
	default:
		return false
	}
}

// last reports whether no line of the event follows: it is the mark of the end,
// or comes from a program, whose events have one line.
func (a *auditLine) last() bool {
	if a.kind == "EOE" || a.kind == "1320" {
		return true
	}
	if c := a.kind[0]; c >= '0' && c <= '9' {
		return len(a.kind) == 4 && (a.kind[:2] == "11" || c == '2')
	}
	for _, start := range [...]string{"USER_", "CRED_", "GRP_", "ADD_", "DEL_", "ACCT_", "ROLE_", "SERVICE_", "SYSTEM_", "DAEMON_", "CRYPTO_", "VIRT_"} {
		if strings.HasPrefix(a.kind, start) {
			return true
		}
	}
	return false
}
