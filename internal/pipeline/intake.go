package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// intake takes one raw line apart: the envelope that a transport put around it
// (docker's json-file, a container runtime's line, the journal, a syslog header), a JSON document, and the source.
type intake struct {
	set  *Set
	e    *event.Event
	m    *Machine
	hint *Hint

	json  bool // the attributes are those of a JSON document
	inner bool // the text inside a JSON document is under way
}

// jsonIntake is what Datadog's intake does to a JSON log.
func jsonIntake() event.JSONOptions { return event.JSONOptions{DropEmpty: true, ExpandDots: true} }

// run reports whether anything was understood.
func (in *intake) run() bool {
	e := in.e
	e.Message = withoutColours(strings.TrimSpace(e.Raw))
	if in.mergeJSON() {
		if frame, ok := in.unwrapJournal(); ok {
			return in.framed(&frame)
		}
		if !in.unwrapDocker() {
			return in.jsonSource()
		}
		if in.mergeJSON() {
			return in.jsonSource()
		}
	}
	return in.text()
}

// text finds the source of a line that is no JSON document.
func (in *intake) text() bool {
	if in.unwrapCRI() && in.mergeJSON() {
		return in.jsonSource()
	}
	if frame, ok := parseSyslog(in.e.Message, in.m); ok {
		return in.framed(&frame)
	}
	return in.detect()
}

// framed finds the source of what stands behind a header that names the program.
func (in *intake) framed(frame *syslogFrame) bool {
	e := in.e
	frame.apply(e)
	in.repeated()
	if in.trySelf() {
		return true
	}
	apps := in.set.ofApp(frame.app)
	if in.tryEach(apps) {
		return true
	}
	if in.mergeJSON() {
		return in.jsonSource()
	}
	if len(apps) > 0 {
		// Whoever named the source may know better than the program's name; the
		// shape of a text that a known program wrote proves nothing.
		if src := in.hint.src; src != nil && !slices.Contains(apps, src) && in.try(src) {
			return true
		}
		e.Source = apps[0].name
		return true
	}
	in.detect()
	return true
}

// trySelf tries the source that the beginning of the message names.
func (in *intake) trySelf() bool {
	src := in.set.begun(in.e.Message)
	return src != nil && in.try(src)
}

// mergeJSON reads the message as a JSON object into the attributes; its own
// message becomes the official one.
func (in *intake) mergeJSON() bool {
	e := in.e
	if len(e.Message) < 2 || e.Message[0] != '{' || !e.MergeJSON(e.Message, jsonIntake()) {
		return false
	}
	if v, ok := e.Key(e.Root(), "message"); ok && v.Kind() == event.String {
		e.Message = v.Str()
		e.DeleteKey(e.Root(), "message")
	}
	return true
}

// unwrapDocker takes the line out of docker's json-file form: exactly the keys
// log, stream and time, and attrs when labels are logged.
func (in *intake) unwrapDocker() bool {
	e := in.e
	line, isLine := e.Key(e.Root(), "log")
	stamp, isStamp := e.Key(e.Root(), "time")
	_, isStream := e.Key(e.Root(), "stream")
	if !isLine || !isStamp || !isStream || line.Kind() != event.String {
		return false
	}
	e.Message = strings.TrimSpace(line.Str())
	if ns, n := in.m.syslogTime(stamp.Str()); n > 0 {
		e.Time = ns
	}
	for _, key := range [...]string{"log", "time", "stream", "attrs"} {
		e.DeleteKey(e.Root(), key)
	}
	return true
}

// jsonSource finds the source of a JSON event and runs its pipeline.
func (in *intake) jsonSource() bool {
	e := in.e
	in.json = true
	named := e.Text("ddsource")
	if named != "" {
		if src := in.set.byName[strings.ToLower(named)]; src != nil {
			in.try(src)
			return true
		}
		e.Source = named
	}
	if named == "" && in.hint.src == nil {
		named = in.hint.name
	}
	if src := in.hint.src; src != nil && src.loaded.json == nil {
		// A pipeline that knows text lines by their shape says nothing about a JSON
		// line that it does not match.
		matched := in.try(src)
		if matched && len(src.globs) > 0 && e.Text(event.ClientIP) == "" {
			in.wholeJSON()
		}
		if matched || len(src.globs) == 0 {
			return true
		}
	}
	for _, src := range in.set.json {
		if src.loaded.json.Match(e) {
			in.try(src)
			if takesAll(src) > 0 {
				e.Source = cmp.Or(named, e.Source) // a name that we do not know is a name all the same
				in.messageSource()
			}
			return true
		}
	}
	in.messageSource()
	if e.Source == "" {
		e.Source = in.hint.name
	}
	return true
}

// wholeJSON lets the source of all JSON lines add what the source that knows the
// message did not tell.
func (in *intake) wholeJSON() {
	name := in.e.Source
	for _, src := range in.set.json {
		if takesAll(src) > 0 {
			in.try(src)
		}
	}
	in.e.Source = name
}

// messageSource looks at the message of a JSON event of which nobody said how it
// ended: shippers and loggers put whole text lines there.
func (in *intake) messageSource() {
	e := in.e
	if in.inner || e.Message == "" || e.Message[0] == '{' || e.Text(event.EvtOutcome) != "" && e.Text(event.ClientIP) != "" {
		return
	}
	in.inner = true
	source, hint, stamp := e.Source, in.hint, e.Time
	if source == "" {
		source = hint.name
	}
	if in.hint.src != nil && in.hint.src.loaded.json != nil {
		in.hint = &Hint{}
	}
	if !in.text() {
		e.Source = source
	}
	in.hint = hint
	if stamp != 0 {
		e.Time = stamp // the document's own date has a year and a zone
	}
}

// detect finds the pipeline of a line without an envelope: the hint's, or the
// first whose shape fits and whose grok parsers match.
func (in *intake) detect() bool {
	if in.hint.src != nil && in.try(in.hint.src) {
		return true
	}
	if in.trySelf() {
		return true
	}
	var known *shape // access logs come first, and are most: they need no shape
	for i, src := range in.set.lines {
		if i == 1 {
			known = &in.m.shape
			known.set(in.e.Message)
		}
		if src == in.hint.src || !src.fits(in.e.Message, known) {
			continue
		}
		text := in.e.Message
		if in.try(src) {
			if in.e.Message != text {
				in.messageSource() // the pipeline unwrapped it
			}
			return true
		}
	}
	if isLogfmt(in.e.Message) {
		return in.logfmt()
	}
	in.e.Source = in.hint.name
	if in.hint.src != nil {
		in.e.Source = in.hint.src.name
	}
	return false
}

// try runs a source's pipeline and reports whether one of its grok parsers
// matched.
func (in *intake) try(src *source) bool {
	in.e.Source = src.name
	in.m.grokMatched = false
	src.pipeline.Process(in.e, in.m)
	return in.m.grokMatched
}

// tryEach tries the sources that a program's lines may be of, one program
// writes an access log and an error log, until one matches. The hint's is first.
func (in *intake) tryEach(sources []*source) bool {
	if slices.Contains(sources, in.hint.src) && in.try(in.hint.src) {
		return true
	}
	for _, src := range sources {
		if src != in.hint.src && in.try(src) {
			return true
		}
	}
	return false
}

// fits reports whether one of the source's patterns matches the line, whose shape
// may be known.
func (s *source) fits(line string, known *shape) bool {
	for i := range s.globs {
		if (known == nil || known.has(s.globs[i].need)) && s.globs[i].match(line) {
			return true
		}
	}
	return false
}

// maxRepeat bounds what a line may claim to stand for.
const maxRepeat = 1000

// repeated unpacks rsyslog's "message repeated 5 times: [ text]".
func (in *intake) repeated() {
	rest, ok := strings.CutPrefix(in.e.Message, "message repeated ")
	if !ok {
		return
	}
	count, rest, ok := strings.Cut(rest, " times: [")
	if !ok || !strings.HasSuffix(rest, "]") {
		return
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return
	}
	in.e.Repeat = min(n, maxRepeat)
	in.e.Message = strings.TrimSpace(rest[:len(rest)-1])
}

// logfmt reads key=value pairs: a JSON log in another spelling.
func (in *intake) logfmt() bool {
	(&logfmtParser{source: "message"}).Process(in.e, in.m)
	return in.jsonSource()
}

// isLogfmt reports whether the line begins with a pair and has the ones that every
// logger writes.
func isLogfmt(line string) bool {
	n := 0
	for n < len(line) && (alphanumeric(line[n]) || line[n] == '_' || line[n] == '.' || line[n] == '@') {
		n++
	}
	if n == 0 || n == len(line) || line[n] != '=' {
		return false
	}
	return (strings.Contains(line, "level=") || strings.Contains(line, "lvl=")) && strings.Contains(line, "msg=")
}
