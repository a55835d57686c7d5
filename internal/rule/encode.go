package rule

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// AppendJSON appends the rule as one JSON object: the keys that the document gave
// and those that have a value, in the order of the fields of Rule, then the keys
// that no field knows, by name. A rule that was decoded and not changed is written
// as the same JSON value.
func (r *Rule) AppendJSON(dst []byte) []byte {
	out := *r
	if !r.given("id") && r.ID == r.derivedID {
		out.ID = ""
	}
	return appendStruct(dst, reflect.ValueOf(&out).Elem())
}

// MarshalJSON returns what AppendJSON appends.
func (r *Rule) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// implied reports whether a value that the document does not give is the default
// that Decode filled in.
func implied(key string, v reflect.Value) bool {
	switch key {
	case "isEnabled":
		return v.Bool()
	case "type":
		return v.String() == TypeLogs
	case "aggregation":
		return v.String() == AggregateCount
	case "detectionMethod":
		return v.String() == MethodThreshold
	default:
		return v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
	}
}

// appendStruct writes the fields of a struct that embeds Source.
func appendStruct(dst []byte, v reflect.Value) []byte {
	source, _ := reflect.TypeAssert[Source](v.FieldByName("Source"))
	dst = append(dst, '{')
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("doc"), ",")
		field := v.Field(i)
		if key == "" || !source.given(key) && implied(key, field) {
			continue
		}
		dst = appendKey(dst, key)
		dst = appendValue(dst, field)
	}
	for _, key := range slices.Sorted(maps.Keys(source.Extra)) {
		dst = appendKey(dst, key)
		dst = appendAny(dst, source.Extra[key])
	}
	return append(dst, '}')
}

func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(event.AppendJSONString(dst, key), ':')
}

func appendValue(dst []byte, v reflect.Value) []byte {
	if f, ok := reflect.TypeAssert[Feature](v); ok {
		return event.AppendJSONString(dst, f.Text)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(dst, "null"...)
		}
		return appendValue(dst, v.Elem())
	case reflect.Struct:
		return appendStruct(dst, v)
	case reflect.Slice:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, v.Index(i))
		}
		return append(dst, ']')
	case reflect.Map:
		return appendMap(dst, v)
	case reflect.String:
		return event.AppendJSONString(dst, v.String())
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool())
	case reflect.Int64:
		return strconv.AppendInt(dst, v.Int(), 10)
	default:
		return appendAny(dst, v.Interface())
	}
}

// appendMap writes a map with its keys in order.
func appendMap(dst []byte, v reflect.Value) []byte {
	if values, ok := reflect.TypeAssert[map[string]any](v); ok {
		return appendAny(dst, values)
	}
	dst = append(dst, '{')
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		dst = appendKey(dst, key.String())
		dst = appendValue(dst, v.MapIndex(key))
	}
	return append(dst, '}')
}

// appendAny writes a value of the kinds that package document makes.
func appendAny(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return event.AppendJSONString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		e := event.Event{}
		return e.AppendJSON(dst, event.FloatValue(v))
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendAny(dst, element)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for _, key := range slices.Sorted(maps.Keys(v)) {
			dst = appendKey(dst, key)
			dst = appendAny(dst, v[key])
		}
		return append(dst, '}')
	default:
		return append(dst, "null"...)
	}
}
