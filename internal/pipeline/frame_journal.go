package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// maxJournalMessage is the number of bytes that are read of a message that the
// journal exports as an array of numbers.
const maxJournalMessage = 64 << 10

// unwrapJournal takes the message out of an entry of systemd's journal as
// journalctl -o json prints it, so that it goes the way of the program that wrote
// it. Of the journal's own fields a few stay, below journald; fields that a
// program added stay where they are.
func (in *intake) unwrapJournal() (f syslogFrame, ok bool) {
	e := in.e
	root := e.Root()
	message, isMessage := e.Key(root, "MESSAGE")
	stamp, isStamp := e.Key(root, "__REALTIME_TIMESTAMP")
	if !isMessage || !isStamp {
		return f, false
	}
	f.priority = -1
	if f.rest, ok = in.journalText(message); !ok {
		return f, false
	}
	f.rest = strings.TrimSpace(f.rest)
	if us, ok := stamp.Number(); ok && us > 0 && us < 1<<53 {
		f.time = int64(us) * 1000
	}
	f.host = journalField(e, "_HOSTNAME")
	if f.app = journalField(e, "SYSLOG_IDENTIFIER"); f.app == "" {
		f.app = journalField(e, "_COMM")
	}
	if f.pid = journalField(e, "_PID"); f.pid == "" {
		f.pid = journalField(e, "SYSLOG_PID")
	}
	if priority, known := e.Key(root, "PRIORITY"); known {
		if n, ok := priority.Number(); ok && n >= 0 && n <= 7 {
			e.Status = syslogStatus(int(n))
		}
	}
	journal := e.NewObject()
	for _, keep := range [...][2]string{
		{"_SYSTEMD_UNIT", "unit"},
		{"_UID", "uid"},
		{"_EXE", "exe"},
		{"_CMDLINE", "cmdline"},
		{"_TRANSPORT", "transport"},
		{"CONTAINER_NAME", "container_name"},
	} {
		if v, ok := e.Key(root, keep[0]); ok && v.IsScalar() {
			e.SetKey(journal, keep[1], v)
		}
	}
	for {
		name := ""
		for key := range e.Items(root) {
			if strings.HasPrefix(key, "_") || strings.HasPrefix(key, "SYSLOG_") || key == "MESSAGE" || key == "PRIORITY" || key == "MESSAGE_ID" || key == "CONTAINER_NAME" {
				name = key
				break
			}
		}
		if name == "" {
			break
		}
		e.DeleteKey(root, name)
	}
	if e.Len(journal) > 0 {
		e.Set("journald", journal)
	}
	return f, true
}

// journalText returns a message, which the journal writes as an array of bytes
// when it is not printable UTF-8.
func (in *intake) journalText(v event.Value) (string, bool) {
	if v.Kind() == event.String {
		return v.Str(), true
	}
	if v.Kind() != event.Array {
		return "", false
	}
	buf := in.m.buf[:0]
	for _, b := range in.e.Items(v) {
		n, ok := b.Number()
		if !ok || n < 0 || n > 255 || len(buf) >= maxJournalMessage {
			break
		}
		buf = append(buf, byte(n))
	}
	in.m.buf, in.m.decoded = buf, true
	return in.e.Intern(buf), true
}

func journalField(e *event.Event, name string) string {
	v, _ := e.Key(e.Root(), name)
	if v.Kind() == event.Array { // a field that was written several times
		for _, first := range e.Items(v) {
			return first.Text()
		}
	}
	return v.Text()
}
