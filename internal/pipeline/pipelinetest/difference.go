package pipelinetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// difference compares the result that a test of Datadog's wants with the one that
// came out: everything but tags of the source, and a date of 1 ms, which stands
// for none.
func difference(want, got map[string]any) []string {
	want, got = compared(want), compared(got)
	if sameDocument(want["message"], got["message"]) {
		delete(want, "message")
		delete(got, "message")
	}
	var all []string
	diff("", want, got, &all)
	return all
}

// sameDocument reports whether both messages are the same JSON object after what
// the intake does to it.
func sameDocument(want, got any) bool {
	w, ok := want.(string)
	g, isText := got.(string)
	if !ok || !isText {
		return false
	}
	a, b := event.New(), event.New()
	opts := event.JSONOptions{DropEmpty: true, ExpandDots: true}
	if !a.MergeJSON(strings.TrimSpace(w), opts) || !b.MergeJSON(strings.TrimSpace(g), opts) {
		return false
	}
	x, err := decode(string(a.AppendJSON(nil, a.Root())))
	y, errY := decode(string(b.AppendJSON(nil, b.Root())))
	return err == nil && errY == nil && equalObjects(x, y)
}

func equalObjects(a, b map[string]any) bool {
	var all []string
	diff("", a, b, &all)
	return len(all) == 0
}

// compared returns the result without what is not compared.
func compared(result map[string]any) map[string]any {
	out := maps.Clone(result)
	if tags, ok := out["tags"].([]any); ok {
		var kept []string
		for _, tag := range tags {
			if text := fmt.Sprint(tag); !strings.HasPrefix(text, "source:") {
				kept = append(kept, text)
			}
		}
		slices.Sort(kept)
		out["tags"] = strings.Join(kept, " ")
	}
	if out["tags"] == nil || out["tags"] == "" {
		delete(out, "tags")
	}
	if number(out["timestamp"]) == 1 {
		delete(out, "timestamp")
	}
	if custom, ok := out["custom"].(map[string]any); ok && len(custom) == 0 {
		delete(out, "custom")
	}
	return out
}

func diff(path string, want, got any, all *[]string) {
	w, isObject := want.(map[string]any)
	g, ok := got.(map[string]any)
	if !isObject || !ok {
		if !equal(want, got) {
			*all = append(*all, fmt.Sprintf("%s is %v, want %v", strings.TrimPrefix(path, "."), got, want))
		}
		return
	}
	keys := slices.Sorted(maps.Keys(w))
	for _, key := range slices.Sorted(maps.Keys(g)) {
		if _, wanted := w[key]; !wanted {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		wv, wanted := w[key]
		gv, there := g[key]
		switch {
		case !there:
			*all = append(*all, fmt.Sprintf("%s is missing, want %v", strings.TrimPrefix(path+"."+key, "."), wv))
		case !wanted:
			*all = append(*all, fmt.Sprintf("%s is %v, want nothing", strings.TrimPrefix(path+"."+key, "."), gv))
		default:
			diff(path+"."+key, wv, gv, all)
		}
	}
}

// equal compares scalars and lists; numbers by value.
func equal(want, got any) bool {
	if isNumber(want) && isNumber(got) {
		return number(want) == number(got)
	}
	w, isList := want.([]any)
	g, ok := got.([]any)
	if !isList || !ok {
		return reflect.DeepEqual(want, got)
	}
	return slices.EqualFunc(w, g, func(a, b any) bool {
		var all []string
		diff("", a, b, &all)
		return len(all) == 0
	})
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	default:
		return false
	}
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	default:
		return 0
	}
}
