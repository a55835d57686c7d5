package workload

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The inputs are trees of maps, lists and scalars. What has another type than
// wanted reads as absent: how a tolerant reader treats hostile input.

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func asList(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case nil, map[string]any:
		return nil
	default:
		return []any{v}
	}
}

// asText returns a scalar as text; lists and maps have none.
func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool, int, int32, int64, uint, uint32, uint64:
		return fmt.Sprint(v)
	default:
		return ""
	}
}

func asBool(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		switch strings.ToLower(v) {
		case "true", "yes", "on", "y", "1":
			return true
		}
	}
	return false
}

func asInt(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint64:
		return int64(min(v, 1<<62)), true
	case float64:
		return int64(v), v >= -1<<62 && v <= 1<<62
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n, err == nil
	default:
		return 0, false
	}
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil
	default:
		n, ok := asInt(v)
		return float64(n), ok
	}
}

// texts returns the scalars of a list, or the one scalar there is.
func texts(v any) []string {
	list := asList(v)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if t := asText(item); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// keys returns the keys of a map in order.
func keys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// get follows keys through maps.
func get(v any, path ...string) any {
	for _, key := range path {
		v = asMap(v)[key]
	}
	return v
}

// size reads a number of bytes as the engine writes it: 512m, 1.5gb, 1Gi, 1024.
func size(v any) (int64, bool) {
	if n, ok := asInt(v); ok {
		return n, true
	}
	text := strings.ToLower(strings.TrimSpace(asText(v)))
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz ")
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, false
	}
	shift := map[byte]int{'k': 10, 'm': 20, 'g': 30, 't': 40, 'p': 50}
	if unit := strings.TrimSpace(text[len(digits):]); unit != "" && unit != "b" && unit != "e" {
		s, ok := shift[unit[0]]
		if !ok {
			return 0, false
		}
		f *= float64(int64(1) << s)
	}
	return int64(min(f, 1<<62)), true
}

// limit returns a size that limits something: 0 for none, -1 for one that is
// there but cannot be read, as ${LIMIT}.
func limit(v any) int64 {
	if v == nil || asText(v) == "" {
		return 0
	}
	n, ok := size(v)
	switch {
	case !ok:
		return -1
	case n <= 0:
		return 0
	default:
		return n
	}
}

// cores returns a limit of processor time in cores, with the same 0 and -1.
func cores(v any) float64 {
	if v == nil || asText(v) == "" {
		return 0
	}
	if milli, ok := strings.CutSuffix(asText(v), "m"); ok {
		if f, ok := asFloat(milli); ok {
			return max(f/1000, 0)
		}
	}
	f, ok := asFloat(v)
	switch {
	case !ok:
		return -1
	case f <= 0:
		return 0
	default:
		return f
	}
}
