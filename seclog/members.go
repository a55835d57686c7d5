package seclog

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// structMembers appends the fields of a struct under the names that encoding/json gives
// them. Fields that are no part of JSON are no part of logs.
func structMembers(members []member, v reflect.Value, depth int) []member {
	t := v.Type()
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("json")
		if tag == "-" || !field.IsExported() && !field.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		value := v.Field(i)
		if field.Anonymous && name == "" && depth < maxDepth {
			inner := value
			if inner.Kind() == reflect.Pointer && field.IsExported() {
				if inner.IsNil() {
					continue
				}
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				members = structMembers(members, inner, depth+1)
				continue
			}
		}
		if !field.IsExported() || hasOption(options, "omitempty") && isEmpty(value) || hasOption(options, "omitzero") && value.IsZero() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		members = append(members, member{name, value})
	}
	return members
}

func hasOption(options, want string) bool {
	return slices.Contains(strings.Split(options, ","), want)
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// maxMembers is how many members of a map are written, the first in the order of their
// names among those that were looked at.
const maxMembers = 1000

// mapMembers returns the members of a map, sorted by name.
func mapMembers(v reflect.Value) []member {
	members := make([]member, 0, min(v.Len(), maxMembers))
	for it := v.MapRange(); it.Next(); {
		if len(members) == maxMembers {
			members = append(members, member{"[cut]", reflect.ValueOf(v.Len() - maxMembers)})
			break
		}
		members = append(members, member{keyText(it.Key()), it.Value()})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return members
}

func keyText(key reflect.Value) string {
	if key.Kind() == reflect.Interface {
		key = key.Elem()
	}
	if key.Kind() == reflect.String {
		return key.String()
	}
	if !key.CanInterface() {
		return key.Type().String()
	}
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](key); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(key.Interface())
}
