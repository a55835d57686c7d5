package detect

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// The limits of what one event may do to the groups of one rule.
const (
	// maxElements is the number of different values of an array that are used.
	maxElements = 16
	// maxKeys is the number of groups of one rule that an event counts in.
	maxKeys = 16
	// maxText is the length of a value; what is longer is told apart by its hash.
	maxText = 256
)

// noValue stands for a group value that an event does not have, if the rule
// takes such events.
const noValue = "N/A"

// field is a place in an event whose values rules group by or count.
type field struct {
	kind fieldKind
	// name is the path without @, or the key of the tag.
	name string
	// prefix is "name:" of a tag.
	prefix string
	// network groups addresses.
	network network
	// at has what the event has at the path, for all fields of an engine that ask; nil
	// is looked up.
	at *attribute
}

// attribute is a path of events. It is looked up once for an event, whoever asks.
type attribute struct {
	event int64 // the number of the event that has the value
	value event.Value
	found bool
}

// get returns what the event of that number has at the field's path.
func (f *field) get(e *event.Event, number int64) (event.Value, bool) {
	a := f.at
	if a == nil || number == 0 {
		return e.Get(f.name)
	}
	if a.event != number {
		a.event = number
		a.value, a.found = e.Get(f.name)
	}
	return a.value, a.found
}

// shared returns the field with the attribute of the engine.
func (en *Engine) shared(f field) field {
	if f.kind != fieldAttribute && f.kind != fieldTag {
		return f
	}
	if en.attributes[f.name] == nil {
		en.attributes[f.name] = &attribute{}
	}
	f.at = en.attributes[f.name]
	return f
}

// fields reads the fields, and shares them.
func (en *Engine) fields(texts []string) []field {
	fields := newFields(texts)
	for i := range fields {
		fields[i] = en.shared(fields[i])
	}
	return fields
}

// network is how many bits of an address stay; 0 are all.
type network struct{ v4, v6 uint8 }

type fieldKind uint8

const (
	fieldAttribute fieldKind = iota
	fieldTag                 // a tag, or the attribute of that path
	fieldCalculated
	fieldHost
	fieldService
	fieldSource
	fieldStatus
	fieldMessage
	fieldTraceID
)

// newField reads a field as rules write it: @path, a reserved name, or a tag.
func newField(text string) field {
	if path, ok := strings.CutPrefix(text, "@"); ok {
		return field{name: path}
	}
	f := field{kind: fieldTag, name: text, prefix: text + ":"}
	switch text {
	case "host":
		f.kind = fieldHost
	case "service":
		f.kind = fieldService
	case "source":
		f.kind = fieldSource
	case "status":
		f.kind = fieldStatus
	case "message":
		f.kind = fieldMessage
	case "trace_id":
		f.kind = fieldTraceID
	default:
		if text != "" && text[0] == '#' {
			f.kind = fieldCalculated
		}
	}
	return f
}

func newFields(texts []string) []field {
	fields := make([]field, len(texts))
	for i, text := range texts {
		fields[i] = newField(text)
	}
	return fields
}

// entityKind returns what kind of entity the values of a field are.
func (f *field) entityKind() string {
	switch {
	case f.network != network{}:
		return signal.KindNetwork
	case f.kind == fieldHost || f.name == event.SyslogHostname || f.name == "host":
		return signal.KindHost
	case f.kind == fieldSource || f.kind == fieldService:
		return signal.KindService
	case strings.HasSuffix(f.name, "client.ip") || strings.HasSuffix(f.name, "client_ip") || f.name == event.DestinationIP:
		return signal.KindIP
	case strings.HasPrefix(f.name, "usr."):
		return signal.KindUser
	case strings.HasPrefix(f.name, "container") || strings.HasPrefix(f.name, "docker.container"):
		return signal.KindContainer
	default:
		return signal.KindValue
	}
}

// single returns the text of the field without a copy, if the field is an
// attribute with one text or the official host.
func (f *field) single(e *event.Event, number int64) (string, bool) {
	switch f.kind {
	case fieldAttribute:
		v, ok := f.get(e, number)
		return v.Str(), ok && v.Kind() == event.String
	case fieldHost:
		return e.Host, true
	case fieldTag:
		// A path without @ reaches the attribute of that name when no tag has it.
		if len(e.Tags) > 0 {
			return "", false
		}
		v, ok := f.get(e, number)
		return v.Str(), ok && v.Kind() == event.String
	default:
		return "", false
	}
}

// span is a value in the bytes of a values.
type span struct{ from, to int }

// values collects the texts of fields. It is used again for every event.
type values struct {
	buf     []byte
	spans   []span
	cut     bool    // elements were left out
	network network // of the field that is read
	event   int64   // the number of the event that is read; 0 when it has none
}

// reset empties the values, for the event of that number.
func (v *values) reset(number int64) {
	v.buf, v.spans, v.cut, v.event = v.buf[:0], v.spans[:0], false, number
}

func (v *values) text(i int) []byte { return v.buf[v.spans[i].from:v.spans[i].to] }

// read appends the different values of the field, at most maxElements, and
// returns their number. Empty text, null and objects are no value.
func (v *values) read(e *event.Event, f *field) int {
	first := len(v.spans)
	v.network = f.network
	switch f.kind {
	case fieldAttribute:
		v.attribute(e, f, first)
	case fieldTag:
		for _, tag := range e.Tags {
			if rest, ok := strings.CutPrefix(tag, f.prefix); ok && !v.add(rest, first) {
				break
			}
		}
		if len(v.spans) == first {
			v.attribute(e, f, first)
		}
	case fieldCalculated:
		if value, ok := e.Key(e.Root(), f.name); ok {
			v.value(e, value, first)
		}
	case fieldHost:
		v.add(e.Host, first)
	case fieldService:
		v.add(e.Service, first)
	case fieldSource:
		v.add(e.Source, first)
	case fieldStatus:
		v.add(e.Status, first)
	case fieldMessage:
		v.add(e.Message, first)
	case fieldTraceID:
		v.add(e.TraceID, first)
	}
	return len(v.spans) - first
}

func (v *values) attribute(e *event.Event, f *field, first int) {
	if value, ok := f.get(e, v.event); ok {
		v.value(e, value, first)
	}
}

func (v *values) value(e *event.Event, value event.Value, first int) {
	if value.Kind() == event.Array {
		for _, element := range e.Items(value) {
			if element.IsScalar() && !v.scalar(element, first) {
				return
			}
		}
		return
	}
	if value.IsScalar() {
		v.scalar(value, first)
	}
}

// scalar takes a value and reports whether there is room for more.
func (v *values) scalar(value event.Value, first int) bool {
	if value.Kind() == event.String {
		return v.add(value.Str(), first)
	}
	from := len(v.buf)
	v.buf = value.AppendText(v.buf)
	return v.keep(from, first)
}

func (v *values) add(text string, first int) bool {
	if text == "" {
		return true
	}
	from := len(v.buf)
	switch {
	case len(text) > maxText:
		v.buf = appendLong(v.buf, text)
	case v.network != network{}:
		v.buf = v.network.append(v.buf, text)
	default:
		v.buf = append(v.buf, text...)
	}
	return v.keep(from, first)
}

// append appends the network of an address, or the address if it is alone in it,
// and other text as it is.
func (n network) append(dst []byte, text string) []byte {
	if n.v4 == 0 && strings.IndexByte(text, ':') < 0 {
		return append(dst, text...) // there is one way to write such an address
	}
	// No address has other bytes: text that is none costs no error.
	if strings.Trim(text, "0123456789abcdefABCDEF.:") != "" {
		return append(dst, text...)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return append(dst, text...)
	}
	addr = addr.Unmap()
	bits := n.v6
	if addr.Is4() {
		bits = n.v4
	}
	if bits == 0 || int(bits) == addr.BitLen() {
		return addr.AppendTo(dst)
	}
	p, err := addr.Prefix(int(bits))
	if err != nil {
		return append(dst, text...)
	}
	return p.AppendTo(dst)
}

// keep makes a value of the bytes from there on, unless the field has it already,
// and reports whether there is room for more.
func (v *values) keep(from, first int) bool {
	one := v.buf[from:]
	for i := first; i < len(v.spans); i++ {
		if string(v.text(i)) == string(one) {
			v.buf = v.buf[:from]
			return true
		}
	}
	if len(v.spans)-first >= maxElements {
		v.buf, v.cut = v.buf[:from], true
		return false
	}
	v.spans = append(v.spans, span{from, len(v.buf)})
	return true
}

// appendLong appends the beginning of a text and the SHA-256 of all of it, so
// that different texts stay different.
func appendLong(dst []byte, text string) []byte {
	const hashed = 2 * sha256.Size
	h := sha256.New()
	h.Write([]byte(text))
	dst = append(dst, strings.ToValidUTF8(text[:maxText-hashed-len("…#")], "")...)
	dst = append(dst, "…#"...)
	return hex.AppendEncode(dst, h.Sum(nil))
}

// appendPart appends a value to a group's key, with its length, so that no two
// lists of values have the same key.
func appendPart(key, value []byte) []byte {
	return append(binary.AppendUvarint(key, uint64(len(value))), value...)
}

// keyParts splits a group's key into its values, which share its memory.
func keyParts(key string) []string {
	var parts []string
	for key != "" {
		from, to := partOf(key)
		parts = append(parts, key[from:to])
		key = key[to:]
	}
	return parts
}

// keyPart returns the value of a group's key at the place with its length, as
// appendPart wrote it; empty when there is none.
func keyPart(key string, place int) string {
	for ; key != ""; place-- {
		_, to := partOf(key)
		if place == 0 {
			return key[:to]
		}
		key = key[to:]
	}
	return ""
}

// partOf returns where the first value of a key is. A key that no appendPart wrote
// gives what there is.
func partOf[T string | []byte](key T) (from, to int) {
	var n uint64
	for shift := 0; from < len(key) && shift < 64; shift += 7 {
		c := key[from]
		from++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	return from, from + int(min(n, uint64(len(key)-from)))
}

// HasField reports whether the event has a value for a field as rules name it:
// @path, a reserved name, or a tag.
func HasField(e *event.Event, name string) bool {
	f := newField(name)
	var v values
	return v.read(e, &f) > 0
}
