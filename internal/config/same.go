package config

import (
	"reflect"

	"github.com/sasumata/sasumata/internal/document"
)

// Same reports whether two values of a configuration, or pieces of it, say the same: where
// that stands in the file does not matter.
func Same(a, b any) bool { return same(reflect.ValueOf(a), reflect.ValueOf(b)) }

func same(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return a.IsValid() == b.IsValid() && !a.IsValid()
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return same(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			f := a.Type().Field(i)
			tag := f.Tag.Get("doc")
			if f.Type == reflect.TypeFor[document.Pos]() || tag == ",positions" || tag == "" && !f.Anonymous {
				continue // it says where something stands, or is read from the others
			}
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false // no list and an empty one differ: files
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false
		}
		for each := a.MapRange(); each.Next(); {
			if !same(each.Value(), b.MapIndex(each.Key())) {
				return false
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

// Fixed returns c as it can take the place of the configuration that the program started
// with, and the keys that it changes and that are what they are until a restart. What is
// read of the standard input is up to who reads it.
func (c *Config) Fixed(running *Config) (*Config, []string) {
	next := *c
	var keys []string
	keep := func(key string, changed bool) {
		if changed {
			keys = append(keys, key)
		}
	}
	keep("data", c.Data != running.Data)
	keep("queue", !Same(c.Queue, running.Queue))
	keep("state", !Same(c.State, running.State))
	keep("access", !Same(c.Access, running.Access))
	keep("store.disabled", c.Store.Disabled != running.Store.Disabled)
	keep("alert", (c.Alert == nil) != (running.Alert == nil))
	if c.Alert != nil && running.Alert != nil {
		keep("alert.heartbeat", !Same(c.Alert.Heartbeat, running.Alert.Heartbeat))
		keep("alert.quiet.per_day", c.Alert.Quiet.PerDay != running.Alert.Quiet.PerDay)
	}
	keep("metrics", (c.Metrics == nil) != (running.Metrics == nil))
	if c.Metrics != nil && running.Metrics != nil {
		keep("metrics (retention, instance, query_*, remote_write)", !Same(c.Metrics.Settings(), running.Metrics.Settings()))
	}
	keep("files (the standard input)", !Same(c.Stdin(), running.Stdin()))
	next.Data, next.Queue, next.State, next.Access, next.Store.Disabled = running.Data, running.Queue, running.State, running.Access, running.Store.Disabled
	return &next, keys
}
