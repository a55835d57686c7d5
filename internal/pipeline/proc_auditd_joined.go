package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// The bounds of an event of several records.
const (
	maxAuditRecords = 512
	maxAuditPaths   = 64
)

// record reads the fields of one record.
func (w *auditWriter) record(rest string) {
	w.n = 0
	w.path = event.Value{}
	w.fields(rest, true)
}

// joined reads the records behind the first one, whose header is h. A line that is
// no record of the same event is passed over.
func (w *auditWriter) joined(h *auditHeader, text string) {
	w.first = w.kind
	if w.types = w.e.NewArray(); w.types.Kind() != event.Array {
		return
	}
	w.addType(w.kind)
	if w.kind == "PATH" {
		w.pathFirst()
	}
	for n := 0; text != "" && n < maxAuditRecords; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		next, ok := h.another(line)
		if !ok || next.kind == "EOE" || next.kind == "1320" {
			continue
		}
		w.kind = next.kind
		w.addType(next.kind)
		if next.kind == "PATH" {
			w.addPath(next.rest)
			continue
		}
		w.record(next.rest)
	}
	if w.e.Len(w.types) < 2 && w.e.Len(w.paths) == 0 {
		return
	}
	if w.execution && w.first == "SYSCALL" {
		w.first = "EXECVE"
	}
	w.e.SetKey(w.object, "type", w.types)
	w.e.SetKey(w.object, "event_type", event.StringValue(w.first))
	if w.e.Len(w.paths) > 0 {
		w.e.SetKey(w.object, "paths", w.paths)
	}
}

// another reads the header of a record, false if it is of another event.
func (h *auditHeader) another(line string) (next auditHeader, ok bool) {
	next, ok = parseAuditHeader(auditRecordIn(line))
	return next, ok && next.serial == h.serial && next.time == h.time
}

// executes reports whether an EXECVE record of the event is among those behind the
// first one. Names of files are chosen by whoever is watched: one that reads like a
// record must not hide what a call was given.
func (h *auditHeader) executes(text string) bool {
	if !strings.Contains(text, "type=EXECVE ") && !strings.Contains(text, "type=1309 ") {
		return false
	}
	for n := 0; text != "" && n < maxAuditRecords; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if next, ok := h.another(line); ok && next.kind == "EXECVE" {
			return true
		}
	}
	return false
}

// auditRecordIn returns the record in a line that may have a syslog header.
func auditRecordIn(line string) string {
	for _, start := range [...]string{"node=", "type="} {
		if at := strings.Index(line, start); at == 0 || at > 0 && line[at-1] == ' ' {
			if start == "node=" && !strings.HasPrefix(afterSpace(line[at:]), "type=") {
				continue
			}
			return line[at:]
		}
	}
	return line
}

func afterSpace(s string) string {
	_, rest, _ := strings.Cut(s, " ")
	return rest
}

// addType adds the type of a record, each once.
func (w *auditWriter) addType(kind string) {
	w.addOnce(w.types, kind)
}

// addOnce adds a text to an array that does not hold it.
func (w *auditWriter) addOnce(array event.Value, text string) {
	n := 0
	for _, v := range w.e.Items(array) {
		if v.Str() == text {
			return
		}
		n++
	}
	if n < maxAuditPaths {
		w.e.Append(array, event.StringValue(text))
	}
}

// addPath reads a PATH record into an object of its own.
func (w *auditWriter) addPath(rest string) {
	if w.paths.Kind() != event.Array {
		if w.paths = w.e.NewArray(); w.paths.Kind() != event.Array {
			return
		}
	}
	if w.e.Len(w.paths) >= maxAuditPaths {
		return
	}
	w.n = 0
	if w.path = w.e.NewObject(); w.path.Kind() != event.Object {
		return
	}
	w.fields(rest, true)
	w.e.Append(w.paths, w.path)
	w.path = event.Value{}
}

// pathFirst copies what the first record, a PATH, has written into the list of
// paths.
func (w *auditWriter) pathFirst() {
	if w.paths = w.e.NewArray(); w.paths.Kind() != event.Array {
		return
	}
	path := w.e.NewObject()
	for key, v := range w.e.Items(w.object) {
		if key != "type" && key != "serial" && key != "node" {
			w.e.SetKey(path, key, v)
		}
	}
	w.e.Append(w.paths, path)
}

// putPath writes a field of a PATH record; names are what rules look for, so they
// stand beside those of the other records, too.
func (w *auditWriter) putPath(key, value string, quoted bool) {
	v := event.StringValue(value)
	switch {
	case key == "name":
		v = event.StringValue(w.decoded(value, quoted))
		w.beside(key, v.Str())
	case key == "nametype":
		w.beside(key, value)
	case !quoted:
		v = bare(value)
	}
	put(w.e, w.path, key, v)
}

// beside adds a text to those that stand under the key already.
func (w *auditWriter) beside(key, text string) {
	have, ok := w.e.Key(w.object, key)
	switch {
	case !ok:
		w.e.SetKey(w.object, key, event.StringValue(text))
	case have.Kind() == event.Array:
		w.addOnce(have, text)
	case have.Text() != text:
		w.e.AddKey(w.object, key, event.StringValue(text))
	}
}
