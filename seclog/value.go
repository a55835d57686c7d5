package seclog

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/seclog/redact"
)

// Limits of one line. What is left out is said in its place.
const (
	// maxText is the length in bytes of one text: a URL that a client sends is not longer.
	maxText = 8 << 10
	// maxName is the length in bytes of a name.
	maxName = 256
	// maxValue is how many bytes of the line one nested value may fill before the rest of
	// it is left out.
	maxValue = 32 << 10
	// maxLine is how many bytes a line may have before further attributes are left out.
	maxLine = 64 << 10
	// maxDepth is how deep values may nest: more has a cycle, or is for nobody to read.
	maxDepth = 16
)

// attr writes an attribute as a member, unless it is empty. A group without a name is
// part of what holds it.
func (l *line) attr(c *core, a slog.Attr, root reserved) {
	v := a.Value
	if v.Kind() == slog.KindLogValuer {
		v = v.Resolve()
	}
	if a.Key == "" && v.Kind() != slog.KindGroup && v.Equal(slog.Value{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		attrs := v.Group()
		if a.Key == "" {
			for _, member := range attrs {
				l.attr(c, member, root)
			}
			return
		}
		if len(attrs) == 0 {
			return
		}
	}
	if len(l.b) > maxLine {
		l.more()
		return
	}
	mark := len(l.b)
	name := a.Key
	if root.has(name) {
		name = "attr." + name
	}
	l.memberKey(name)
	if v.Kind() == slog.KindGroup && c.secretKind(a.Key, false) == "" {
		start := len(l.b)
		l.b = append(l.b, '{')
		for _, member := range v.Group() {
			l.attr(c, member, 0)
		}
		if len(l.b) == start+1 {
			l.b = l.b[:mark]
			return
		}
		l.b = append(l.b, '}')
		return
	}
	l.value(c, a.Key, v)
}

// memberKey begins a member whose name may come from outside: keys of a map.
func (l *line) memberKey(name string) {
	l.separate()
	l.cut(clean(name), maxName)
	l.b = append(l.b, ':')
}

// more notes once that attributes are left out.
func (l *line) more() {
	const note = `"cut":"attributes"`
	if n := len(l.b) - len(note); n < 0 || string(l.b[n:]) != note {
		l.separate()
		l.b = append(l.b, note...)
	}
}

// value writes what goes by the name. It never fails: what cannot be written says why.
func (l *line) value(c *core, name string, v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		l.text(c, name, v.String())
	case slog.KindInt64:
		l.integer(c, name, v.Int64())
	case slog.KindUint64:
		l.number(c, name, strconv.FormatUint(v.Uint64(), 10))
	case slog.KindFloat64:
		l.float(c, name, v.Float64())
	case slog.KindBool:
		l.b = strconv.AppendBool(l.b, v.Bool())
	case slog.KindDuration:
		l.integer(c, name, int64(v.Duration()))
	case slog.KindTime:
		l.time(v.Time())
	case slog.KindLogValuer:
		l.value(c, name, v.Resolve())
	default:
		l.any(c, name, v.Any())
	}
}

// text writes a text, or what takes the place of its secrets.
func (l *line) text(c *core, name, text string) {
	if text == "" {
		l.b = append(l.b, `""`...)
		return
	}
	if kind := c.secretKind(name, false); kind != "" {
		l.quote(redact.Mark(kind))
		return
	}
	l.cut(clean(text), maxText)
}

func (l *line) integer(c *core, name string, n int64) {
	// Only a card number is a secret by itself; it has at least 13 digits.
	if n < 1e12 && n > -1e12 && c.secretKind(name, true) == "" {
		l.b = strconv.AppendInt(l.b, n, 10)
		return
	}
	l.number(c, name, strconv.FormatInt(n, 10))
}

func (l *line) number(c *core, name, digits string) {
	if kind := c.secretKind(name, true); kind != "" {
		l.quote(redact.Mark(kind))
		return
	}
	if mark, found := redact.Text(digits); found {
		l.quote(mark)
		return
	}
	l.b = append(l.b, digits...)
}

func (l *line) float(c *core, name string, f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		l.quote(strconv.FormatFloat(f, 'g', -1, 64))
		return
	}
	l.number(c, name, strconv.FormatFloat(f, 'g', -1, 64))
}

// any writes a value of whatever type. A panic of its methods ends here.
func (l *line) any(c *core, name string, v any) {
	start := len(l.b)
	defer func() {
		if p := recover(); p != nil {
			l.b = l.b[:start]
			if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
				l.b = append(l.b, "null"...)
				return
			}
			l.text(c, name, panicText(p))
		}
	}()
	w := walker{l: l, c: c, limit: start + maxValue}
	w.walk(name, reflect.ValueOf(v), 0)
}

// panicText says what a value's method panicked with, whose own methods may panic, too.
func panicText(p any) (text string) {
	defer func() {
		if recover() != nil {
			text = "!PANIC"
		}
	}()
	return fmt.Sprintf("!PANIC: %v", p)
}

// walker writes a value by what reflection shows of it, so that every leaf is judged,
// with the name that it goes by, wherever it stands.
type walker struct {
	l     *line
	c     *core
	limit int // length of the line from which on the rest is left out
}

func (w *walker) walk(name string, v reflect.Value, depth int) {
	if !v.IsValid() || isNil(v) {
		w.l.b = append(w.l.b, "null"...)
		return
	}
	if depth > maxDepth {
		w.l.quote("[cut: too deep]")
		return
	}
	if v.Kind() != reflect.Bool && w.composite(v) {
		if kind := w.c.secretKind(name, false); kind != "" {
			w.l.quote(redact.Mark(kind))
			return
		}
	}
	if w.byMethod(name, v, depth) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		w.walk(name, v.Elem(), depth+1)
	case reflect.Bool:
		w.l.b = strconv.AppendBool(w.l.b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.l.integer(w.c, name, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		w.l.number(w.c, name, strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		w.l.float(w.c, name, v.Float())
	case reflect.String:
		w.l.text(w.c, name, v.String())
	case reflect.Struct:
		w.object(structMembers(nil, v, 0), depth)
	case reflect.Map:
		w.object(mapMembers(v), depth)
	case reflect.Slice, reflect.Array:
		w.array(name, v, depth)
	default:
		w.l.quote("[" + v.Type().String() + "]")
	}
}

func (*walker) composite(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		return true
	default:
		return false
	}
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return v.IsNil()
	default:
		return false
	}
}

// byMethod writes a value that says itself how it is logged, and reports whether it did.
// What it says is judged like anything else.
func (w *walker) byMethod(name string, v reflect.Value, depth int) bool {
	if !v.CanInterface() {
		return false
	}
	if v.Kind() != reflect.Pointer && v.CanAddr() {
		v = v.Addr() // methods of the pointer, too
	}
	switch x := v.Interface().(type) {
	case *slog.Value:
		w.logged(name, *x, depth)
	case slog.Value:
		w.logged(name, x, depth)
	case *slog.Attr:
		w.logged(name, slog.GroupValue(*x), depth)
	case slog.Attr:
		w.logged(name, slog.GroupValue(x), depth)
	case *url.URL:
		w.l.text(w.c, name, x.Redacted())
	case url.URL:
		w.l.text(w.c, name, x.Redacted())
	case *url.Userinfo:
		w.l.text(w.c, name, x.Username())
	case slog.LogValuer:
		w.logged(name, slog.AnyValue(x).Resolve(), depth)
	case json.Marshaler:
		w.marshaled(name, x, depth)
	case error:
		w.l.text(w.c, name, x.Error())
	case encoding.TextMarshaler:
		if text, err := x.MarshalText(); err == nil {
			w.l.text(w.c, name, string(text))
		} else {
			w.l.text(w.c, name, "!ERROR: "+err.Error())
		}
	case fmt.Stringer:
		if base := reflect.Indirect(v); base.Kind() != reflect.Struct || len(structMembers(nil, base, 0)) > 0 {
			return false // what is in it says more
		}
		w.l.text(w.c, name, x.String())
	default:
		return false
	}
	return true
}

// logged writes what a LogValuer stands for.
func (w *walker) logged(name string, v slog.Value, depth int) {
	switch v.Kind() {
	case slog.KindGroup:
		if kind := w.c.secretKind(name, false); kind != "" {
			w.l.quote(redact.Mark(kind))
			return
		}
		members := make([]member, 0, len(v.Group()))
		for _, a := range v.Group() {
			members = append(members, member{a.Key, reflect.ValueOf(a.Value)})
		}
		w.object(members, depth)
	case slog.KindAny:
		if _, again := v.Any().(slog.LogValuer); again {
			w.l.quote("[cut: too deep]") // Resolve gave up
			return
		}
		w.walk(name, reflect.ValueOf(v.Any()), depth+1)
	default:
		w.l.value(w.c, name, v)
	}
}

// marshaled writes the JSON that a value makes of itself.
func (w *walker) marshaled(name string, m json.Marshaler, depth int) {
	if t, ok := m.(*time.Time); ok {
		w.l.time(*t)
		return
	}
	if t, ok := m.(time.Time); ok {
		w.l.time(t)
		return
	}
	data, err := m.MarshalJSON()
	if err != nil {
		w.l.text(w.c, name, "!ERROR: "+err.Error())
		return
	}
	w.json(name, data, depth)
}

// json writes JSON of somebody else. What is none is a text.
func (w *walker) json(name string, data []byte, depth int) {
	var v any
	if len(data) > 8*maxValue || json.Unmarshal(data, &v) != nil {
		w.l.text(w.c, name, string(data))
		return
	}
	w.walk(name, reflect.ValueOf(v), depth+1)
}

// member is one member of an object under way.
type member struct {
	name  string
	value reflect.Value
}

func (w *walker) object(members []member, depth int) {
	w.l.b = append(w.l.b, '{')
	hidden := w.namesSecret(members)
	for i, m := range members {
		if len(w.l.b) > w.limit {
			w.l.intMember("[cut]", int64(len(members)-i))
			break
		}
		w.l.memberKey(m.name)
		if hidden != "" && isValueName(m.name) {
			w.l.quote(redact.Mark(hidden))
			continue
		}
		w.walk(m.name, m.value, depth+1)
	}
	w.l.b = append(w.l.b, '}')
}

// namesSecret looks for {"name": "Authorization", "value": ".."}, and returns the kind of
// secret that the value then is.
func (w *walker) namesSecret(members []member) string {
	for _, m := range members {
		if !isNameName(m.name) {
			continue
		}
		if text, ok := plainText(m.value); ok && len(text) <= 128 {
			if kind := w.c.secretKind(text, false); kind != "" {
				return kind
			}
		}
	}
	return ""
}

func isNameName(name string) bool {
	for _, word := range [...]string{"name", "key", "k", "header", "field", "param", "parameter"} {
		if is(name, word) {
			return true
		}
	}
	return false
}

func isValueName(name string) bool {
	for _, word := range [...]string{"value", "values", "val", "v", "content", "data"} {
		if is(name, word) {
			return true
		}
	}
	return false
}

// plainText returns the text of a value that is one.
func plainText(v reflect.Value) (string, bool) {
	for range 4 {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			v = v.Elem()
		case reflect.String:
			return v.String(), true
		case reflect.Struct:
			if s, ok := attrValue(v); ok && s.Kind() == slog.KindString {
				return s.String(), true
			}
			return "", false
		default:
			return "", false
		}
	}
	return "", false
}

func attrValue(v reflect.Value) (slog.Value, bool) {
	if !v.CanInterface() {
		return slog.Value{}, false
	}
	return reflect.TypeAssert[slog.Value](v)
}

// array writes a list. Bytes are text, or base64. What follows the name of a secret, as
// in ["--password", "hunter2"], is one.
func (w *walker) array(name string, v reflect.Value, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		data := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(data), v)
		if utf8.Valid(data) {
			w.l.text(w.c, name, string(data))
		} else {
			w.l.text(w.c, name, base64.StdEncoding.EncodeToString(data[:min(len(data), maxText)]))
		}
		return
	}
	w.l.b = append(w.l.b, '[')
	hidden := ""
	for i := range v.Len() {
		w.l.separate()
		if len(w.l.b) > w.limit {
			w.l.quote("[cut: " + strconv.Itoa(v.Len()-i) + " more]")
			break
		}
		text, isText := plainText(v.Index(i))
		if hidden != "" && isText && len(text) > 0 && text[0] != '-' {
			w.l.quote(redact.Mark(hidden))
			hidden = ""
			continue
		}
		hidden = ""
		if isText && len(text) <= 64 {
			hidden = redact.Kind(text)
		}
		w.walk(name, v.Index(i), depth+1)
	}
	w.l.b = append(w.l.b, ']')
}
