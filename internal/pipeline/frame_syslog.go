package pipeline

import (
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// syslogFrame is what a syslog header says: RFC 3164 as programs really write
// it, RFC 5424, and the ISO dates of rsyslog and syslog-ng.
type syslogFrame struct {
	time     int64 // ns, 0 unknown
	priority int   // -1 unknown
	host     string
	app      string
	pid      string
	msgID    string // RFC 5424 only
	data     string // the structured data of RFC 5424, with its brackets
	rest     string // what the program said
}

// parseSyslog splits a line into header and message. It reports false for a line
// without a header that it knows.
func parseSyslog(line string, m *Machine) (f syslogFrame, ok bool) {
	f.priority = -1
	rest := line
	if strings.HasPrefix(rest, "<") {
		if f.priority, rest, ok = syslogPriority(rest); !ok {
			return f, false
		}
		if after, is5424 := strings.CutPrefix(rest, "1 "); is5424 {
			return f, f.parse5424(after)
		}
	}
	var n int
	if f.time, n = m.syslogTime(rest); n == 0 {
		// Of text behind a date with a blank in it only the strict form is a header.
		if f.time, n = m.blankTime(rest); n > 0 {
			return f, f.parseBare(strings.TrimLeft(rest[n:], " "))
		}
		return f, f.parseBare(rest) || f.content(rest)
	}
	old := rest[0] > '9' // the name of a month
	rest = strings.TrimLeft(rest[n:], " ")
	if strings.HasPrefix(rest, "<") {
		if _, after, isPriority := syslogPriority(rest); isPriority {
			rest = after
		}
	}
	return f, f.parseTagged(rest, old) || f.content(rest)
}

// syslogPriority reads <0> to <191>, and the <auth.info> and <4.6> forms that
// some daemons write, whose number stays unknown.
func syslogPriority(s string) (priority int, rest string, ok bool) {
	end := strings.IndexByte(s[:min(len(s), 24)], '>')
	if end < 2 {
		return -1, s, false
	}
	rest = strings.TrimLeft(s[end+1:], " ")
	n := 0
	for _, c := range []byte(s[1:end]) {
		if c < '0' || c > '9' {
			return -1, rest, isFacilityWord(s[1:end])
		}
		n = n*10 + int(c-'0')
	}
	return n, rest, n <= 191
}

func isFacilityWord(s string) bool {
	dot := false
	for _, c := range []byte(s) {
		switch {
		case c == '.':
			dot = true
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return dot
}

// parse5424 reads what follows the version: time, host, app, process id,
// message id, structured data, message.
func (f *syslogFrame) parse5424(s string) bool {
	stamp, s, ok := strings.Cut(s, " ")
	if !ok {
		return false
	}
	if stamp != "-" {
		t, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			return false
		}
		f.time = nanos(t)
	}
	var fields [4]string
	for i := range fields {
		if fields[i], s, ok = strings.Cut(s, " "); !ok {
			return false
		}
		if fields[i] == "-" {
			fields[i] = ""
		}
	}
	f.host, f.app, f.pid, f.msgID = fields[0], fields[1], fields[2], fields[3]
	rest := skipStructuredData(s)
	if strings.HasPrefix(s, "[") {
		f.data = s[:len(s)-len(rest)]
		if rest == "" && !strings.Contains(f.data, `="`) {
			f.data, rest = "", s // brackets of the program's own
		}
	}
	f.rest = strings.TrimPrefix(strings.TrimLeft(rest, " "), "\ufeff")
	return true
}

// skipStructuredData returns what follows "-" or the [..] elements. A quoted
// value may hold escaped brackets.
func skipStructuredData(s string) string {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return rest
	}
	for strings.HasPrefix(s, "[") {
		quoted, end := false, -1
		for i := 1; i < len(s) && end < 0; i++ {
			switch c := s[i]; {
			case c == '\\' && quoted:
				i++
			case c == '"':
				quoted = !quoted
			case c == ']' && !quoted:
				end = i
			}
		}
		if end < 0 {
			return s
		}
		s = s[end+1:]
	}
	return s
}

// parseTagged reads "host app[pid]: message"; the host may be missing. Behind an
// old date, one with the name of a month, the app may stand in brackets.
func (f *syslogFrame) parseTagged(s string, old bool) bool {
	if app, pid, rest, ok := anyTag(s, old); ok {
		f.app, f.pid, f.rest = app, pid, rest
		return true
	}
	host, rest, ok := strings.Cut(s, " ")
	if !ok || host == "" || len(host) > 255 || strings.ContainsAny(host, "()<>") {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	// Relays name the host twice.
	if again, found := strings.CutPrefix(rest, host); found && strings.HasPrefix(again, " ") {
		rest = strings.TrimLeft(again, " ")
	}
	if app, pid, message, ok := anyTag(rest, old); ok {
		f.host, f.app, f.pid, f.rest = host, app, pid, message
		return true
	}
	// "message repeated 2 times: [ .. ]" and "last message repeated" have a host
	// and no tag in some daemons.
	if strings.Contains(rest, "message repeated ") {
		f.host, f.rest = host, rest
		return true
	}
	return false // whatever stands first may be a host, or the message
}

// content takes what follows a priority, or stands where the host and the tag
// should, for the message: devices that leave the tag out are known by how their
// message begins.
func (f *syslogFrame) content(s string) bool {
	if !untagged(s) {
		host, rest, ok := strings.Cut(s, " ")
		rest = strings.TrimLeft(rest, " :")
		if ok && host != "" && len(host) <= 255 && untagged(rest) {
			f.host, f.rest = host, rest
			return true
		}
		if f.priority < 0 {
			return false
		}
	}
	f.rest = s
	return true
}

// untagged reports the beginnings of messages that come without a tag.
func untagged(s string) bool {
	if len(s) < 2 {
		return false
	}
	switch s[0] {
	case '%':
		return s[1] >= 'A' && s[1] <= 'Z' // Cisco's facility
	case 'C', 'L', 't', 'n', 'd', 'i':
	default:
		return false
	}
	for _, start := range [...]string{"CEF:", "LEEF:", "type=", "node=", "date=", "id=", "device="} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}

// parseBare reads the short form without a time: "host app[pid]: message" or
// "app[pid]: message". The process id must be there, or any text would do.
func (f *syslogFrame) parseBare(s string) bool {
	if app, pid, rest, ok := syslogTag(s); ok && pid != "" {
		f.app, f.pid, f.rest = app, pid, rest
		return true
	}
	host, rest, ok := strings.Cut(s, " ")
	if !ok || host == "" || len(host) > 255 || strings.IndexByte("[({\"'", host[0]) >= 0 {
		return false
	}
	app, pid, message, ok := syslogTag(rest)
	if !ok || pid == "" {
		return false
	}
	f.host, f.app, f.pid, f.rest = host, app, pid, message
	return true
}

// maxTag is the length of the longest program name taken for one. RFC 3164 says
// 32, containers and units have longer ones.
const maxTag = 96

// syslogTag reads "app[pid]: " or "app: ".
func syslogTag(s string) (app, pid, rest string, ok bool) {
	i := 0
	for i < len(s) && i < maxTag && s[i] > ' ' && s[i] != '[' && s[i] != ':' && s[i] != '"' && s[i] != '=' && s[i] != ',' && s[i] != '<' && s[i] < 0x7f {
		i++
	}
	if i == 0 || i >= len(s) || s[0] == '%' { // Cisco's messages begin with %ASA-6-605004
		return "", "", "", false
	}
	app, rest = s[:i], s[i:]
	if inside, found := strings.CutPrefix(rest, "["); found {
		end := strings.IndexByte(inside[:min(len(inside), maxTag)], ']')
		if end < 1 {
			return "", "", "", false
		}
		pid, rest = inside[:end], inside[end+1:]
	}
	rest, found := strings.CutPrefix(rest, ":")
	if !found || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", "", "", false
	}
	return app, pid, strings.TrimLeft(rest, " \t"), true
}

// anyTag reads what syslogTag does, and the name in brackets that some loggers
// write: "[app]: ", "[app] ", "[app][pid] ". Behind an ISO date a word in brackets
// may as well be a level or a thread; only the old dates are sure to be a header.
func anyTag(s string, brackets bool) (app, pid, rest string, ok bool) {
	if app, pid, rest, ok = syslogTag(s); ok {
		return app, pid, rest, true
	}
	inside, found := strings.CutPrefix(s, "[")
	if !brackets {
		return "", "", "", false
	}
	i := 0
	for i < len(inside) && i < maxTag && (inside[i] >= 'a' && inside[i] <= 'z' || i > 0 && (inside[i] == '-' || inside[i] == '_' || inside[i] >= '0' && inside[i] <= '9')) {
		i++
	}
	if !found || i == 0 || i >= len(inside) || inside[i] != ']' {
		return "", "", "", false
	}
	app, rest = inside[:i], inside[i+1:]
	if number, isPID := strings.CutPrefix(rest, "["); isPID {
		if pid, rest, found = strings.Cut(number, "]"); !found || len(pid) > maxTag {
			return "", "", "", false
		}
	}
	rest = strings.TrimPrefix(rest, ":")
	if rest == "" || rest[0] != ' ' {
		return "", "", "", false
	}
	return app, pid, strings.TrimLeft(rest, " "), true
}

// apply writes the header to the event: official fields, and the syslog.*
// attributes.
func (f *syslogFrame) apply(e *event.Event) {
	e.Message = f.rest
	if f.time != 0 {
		e.Time = f.time
	}
	if f.host != "" {
		e.Host = f.host
		e.Set(event.SyslogHostname, event.StringValue(f.host))
	}
	if f.app != "" {
		e.Set(event.SyslogAppname, event.StringValue(f.app))
	}
	if f.pid != "" {
		if n, ok := event.StringValue(f.pid).Number(); ok {
			e.Set(event.ProcessPID, event.IntValue(int64(n)))
		} else {
			e.Set(event.ProcessPID, event.StringValue(f.pid))
		}
	}
	if f.msgID != "" {
		e.Set("syslog.msgid", event.StringValue(f.msgID))
	}
	if f.data != "" {
		f.structured(e)
	}
	if f.priority >= 0 {
		e.Status = syslogStatus(f.priority & 7)
		e.Set("syslog.severity", event.IntValue(int64(f.priority&7)))
		e.Set("syslog.facility", event.IntValue(int64(f.priority>>3)))
	}
}
