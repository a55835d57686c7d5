package pipeline

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// auditdParser is the auditd-parser processor: records of the Linux audit system,
//
//	type=USER_LOGIN msg=audit(1364481363.243:24287): pid=1 .. msg='op=login acct="root" ..'
//
// as auditd, audispd and the kernel write them. The records of one event may be
// joined, one a line.
type auditdParser struct{ source, target string }

var _ Processor = (*auditdParser)(nil)

// Process writes type, serial, node and the fields below the target, those of the
// inner message among them; of equal names the first counts, which is the
// kernel's. Text that the audit system had to encode in hexadecimal is decoded.
// Arguments of EXECVE become target.argv and target.command_line. What is unknown
// ("?", "(null)") is left out. The record's time is the official one.
//
// Of joined records, type is a list, and event_type the record that says what
// happened: the first, or EXECVE. The fields of a PATH record are those of an
// object in paths; its name and nametype stand beside the others'. SYSCALL's a0 to
// a3, mere pointers for an execution, are left out beside EXECVE.
func (p *auditdParser) Process(e *event.Event, m *Machine) {
	text, joined, _ := strings.Cut(sourceText(e, p.source), "\n")
	h, ok := parseAuditHeader(text)
	if !ok {
		return
	}
	w := auditWriter{e: e, m: m, kind: h.kind, object: e.NewObject()}
	e.SetKey(w.object, "type", event.StringValue(h.kind))
	e.SetKey(w.object, "serial", event.IntValue(h.serial))
	if h.node != "" {
		e.SetKey(w.object, "node", event.StringValue(h.node))
		if e.Host == "" {
			e.Host = h.node
		}
	}
	w.execution = h.kind == "EXECVE" || h.executes(joined)
	w.record(h.rest)
	if joined != "" {
		w.joined(&h, joined)
	}
	if w.argv.Kind() == event.Array {
		e.SetKey(w.object, "argv", w.argv)
		e.SetKey(w.object, "command_line", event.StringValue(w.e.Intern(w.command)))
	}
	place(e, p.target, w.object)
	e.Time = h.time
	m.grokMatched = true
}

type auditHeader struct {
	node, kind string
	time       int64 // ns
	serial     int64
	rest       string
}

// parseAuditHeader reads everything up to the colon behind the serial.
func parseAuditHeader(s string) (h auditHeader, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "audit: ")
	if after, isNode := strings.CutPrefix(s, "node="); isNode {
		if h.node, s, ok = strings.Cut(after, " "); !ok {
			return h, false
		}
	}
	after, ok := strings.CutPrefix(s, "type=")
	if !ok {
		return h, false
	}
	kind, s, ok := strings.Cut(after, " ")
	if !ok || kind == "" || len(kind) > maxTag {
		return h, false
	}
	h.kind = auditKind(kind)
	s, ok = strings.CutPrefix(strings.TrimPrefix(strings.TrimLeft(s, " "), "msg="), "audit(")
	if !ok {
		return h, false
	}
	stamp, s, ok := strings.Cut(s, ")")
	if !ok || len(stamp) > 48 {
		return h, false
	}
	clock, serial, ok := strings.Cut(stamp, ":")
	if !ok {
		return h, false
	}
	seconds, fraction, _ := strings.Cut(clock, ".")
	sec, err := strconv.ParseInt(seconds, 10, 34)
	if err != nil || sec < 0 {
		return h, false
	}
	milli, _ := digits(fraction, 0, 3)
	h.time = sec*1e9 + int64(milli)*1e6
	if h.serial, err = strconv.ParseInt(serial, 10, 64); err != nil {
		return h, false
	}
	h.rest = strings.TrimPrefix(s, ":")
	return h, true
}

// auditKind names the commonest numbers; the kernel prints numbers when no auditd
// runs.
func auditKind(kind string) string {
	switch kind {
	case "1100":
		return "USER_AUTH"
	case "1101":
		return "USER_ACCT"
	case "1103":
		return "CRED_ACQ"
	case "1104":
		return "CRED_DISP"
	case "1105":
		return "USER_START"
	case "1106":
		return "USER_END"
	case "1108":
		return "USER_CHAUTHTOK"
	case "1109":
		return "USER_ERR"
	case "1110":
		return "CRED_REFR"
	case "1112":
		return "USER_LOGIN"
	case "1113":
		return "USER_LOGOUT"
	case "1114":
		return "ADD_USER"
	case "1115":
		return "DEL_USER"
	case "1116":
		return "ADD_GROUP"
	case "1117":
		return "DEL_GROUP"
	case "1123":
		return "USER_CMD"
	case "1130":
		return "SERVICE_START"
	case "1131":
		return "SERVICE_STOP"
	case "1300":
		return "SYSCALL"
	case "1302":
		return "PATH"
	case "1305":
		return "CONFIG_CHANGE"
	case "1307":
		return "CWD"
	case "1309":
		return "EXECVE"
	case "1326":
		return "SECCOMP"
	case "1327":
		return "PROCTITLE"
	case "1400":
		return "AVC"
	case "1700":
		return "ANOM_PROMISCUOUS"
	case "1701":
		return "ANOM_ABEND"
	default:
		return kind
	}
}

// auditWriter writes the fields of one record.
type auditWriter struct {
	e       *event.Event
	m       *Machine
	kind    string
	object  event.Value
	argv    event.Value
	command []byte
	n       int

	execution bool        // the event holds an EXECVE record
	path      event.Value // of a PATH record among others
	first     string      // the record that says what happened
	types     event.Value
	paths     event.Value
}

// maxCommand is the length in bytes at which a command line is cut.
const maxCommand = 16 << 10

// fields reads key=value pairs. Values stand in double quotes, in single quotes,
// in escaped double quotes, or end at a space; msg='..' holds fields of its own.
func (w *auditWriter) fields(s string, outer bool) {
	for s != "" && w.n < maxPairs {
		s = strings.TrimLeft(s, " ,\x1d\t:")
		end := strings.IndexAny(s, "= ")
		if end < 0 {
			end = len(s)
		}
		if end >= len(s) || s[end] != '=' {
			s = w.word(s, end)
			continue
		}
		key := strings.TrimLeft(s[:end], "(")
		s = s[end+1:]
		value, rest, quoted := auditValue(key, s)
		if quoted && key == "msg" && outer {
			w.fields(value, false)
			s = rest
			continue
		}
		if key == "op" && !quoted {
			value, rest = auditOp(s)
		}
		s = rest
		if key == "" || len(key) > maxTag {
			continue
		}
		w.put(key, value, quoted)
	}
}

// word passes over a word without a value; the kernel's access decisions (avc:
// denied { read } for ..) say what they have to say in words.
func (w *auditWriter) word(s string, end int) string {
	switch s[:end] {
	case "denied", "granted":
		put(w.e, w.object, "result", event.StringValue(s[:end]))
	case "{":
		if inside, rest, ok := strings.Cut(s[end:], "}"); ok {
			put(w.e, w.object, "permissions", event.StringValue(strings.TrimSpace(inside)))
			return rest
		}
	}
	return s[end:]
}

// auditValue returns the value at the start of s and what follows it.
func auditValue(key, s string) (value, rest string, quoted bool) {
	var quote string
	switch {
	case strings.HasPrefix(s, `\"`):
		quote = `\"`
	case strings.HasPrefix(s, `"`):
		quote = `"`
	case strings.HasPrefix(s, `'`):
		quote = `'`
	default:
		end := strings.IndexAny(s, " \x1d")
		if end < 0 {
			end = len(s)
		}
		value = strings.TrimSuffix(s[:end], ",")
		if strings.IndexByte(value, '(') < 0 {
			value = strings.TrimRight(value, "),'")
		}
		return value, s[end:], false
	}
	s = s[len(quote):]
	end := strings.Index(s, quote)
	if key == "msg" {
		end = strings.LastIndex(s, quote) // quotes of the same kind may stand inside
	}
	if end < 0 {
		return s, "", true
	}
	return s[:end], s[end+len(quote):], true
}

// auditOp returns an operation such as "adding group to /etc/group", which ends
// where the next key begins.
func auditOp(s string) (value, rest string) {
	for i := range len(s) {
		if s[i] == '=' {
			start := keyStart(s[:i])
			if start > 0 && start < i && s[start-1] == ' ' {
				return strings.Trim(s[:start], " ,"), s[start:]
			}
			break
		}
	}
	value, rest, _ = auditValue("op", s)
	return value, rest
}

func (w *auditWriter) put(key, value string, quoted bool) {
	if value == "?" || value == "(null)" {
		return
	}
	w.n++
	if w.path.Kind() == event.Object {
		w.putPath(key, value, quoted)
		return
	}
	if w.kind == "EXECVE" && len(key) > 1 && key[0] == 'a' && key[1] >= '0' && key[1] <= '9' {
		if !strings.HasSuffix(key, "_len") {
			w.argument(w.decoded(value, quoted), strings.IndexByte(key, '[') > 0 && !strings.HasSuffix(key, "[0]"))
		}
		return
	}
	switch key {
	case "proctitle", "acct", "exe", "comm", "cmd", "cwd", "name", "path", "dir", "data", "key", "vm", "file", "new-disk", "old-disk", "watch", "grp":
		put(w.e, w.object, key, event.StringValue(w.decoded(value, quoted)))
	case "arch", "a0", "a1", "a2", "a3":
		if w.execution && key[0] == 'a' && len(key) == 2 {
			return
		}
		put(w.e, w.object, key, event.StringValue(value))
	default:
		v := event.StringValue(value)
		if !quoted {
			v = bare(value)
		}
		put(w.e, w.object, key, v)
	}
}

// decoded undoes the encoding of text that is not in quotes. Zero bytes between
// arguments become spaces.
func (w *auditWriter) decoded(value string, quoted bool) string {
	if quoted || len(value)%2 != 0 || len(value) < 2 {
		return value
	}
	for i := range len(value) {
		if c := value[i]; (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return value
		}
	}
	buf, err := hex.AppendDecode(w.m.buf[:0], []byte(value))
	if err != nil {
		return value
	}
	w.m.buf = buf
	for i, c := range buf {
		if c == 0 {
			buf[i] = ' '
		}
	}
	w.m.decoded = true
	return w.e.Intern(buf)
}

// argument adds an argument, or goes on with the last one, which was too long for
// one field.
func (w *auditWriter) argument(text string, more bool) {
	if w.argv.Kind() != event.Array {
		if w.argv = w.e.NewArray(); w.argv.Kind() != event.Array {
			return
		}
	} else if !more {
		w.command = append(w.command, ' ')
	}
	w.e.Append(w.argv, event.StringValue(text))
	if room := maxCommand - len(w.command); room > 0 {
		w.command = append(w.command, text[:min(room, len(text))]...)
	}
}
