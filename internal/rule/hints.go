package rule

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// Hints returns advice about a rule that is right but perhaps not what was meant:
// keys that nobody knows but that look like one (they are kept and mean nothing),
// queries of one case that can never come together, a signal that closes before the
// next bucket can match, and what the search syntax has to say. They are in the order of their positions within each kind.
func (r *Rule) Hints() []document.Fault {
	hints := misspelt(nil, reflect.ValueOf(r).Elem())
	together := r.Options.DetectionMethod == MethodThreshold || r.Options.DetectionMethod == MethodIsolationForest
	for i := range r.Queries {
		q := &r.Queries[i]
		if n := len(r.Queries[0].GroupByFields); len(q.GroupByFields) != n && together {
			hints = append(hints, q.at("groupByFields").Fault("the query %s groups by %d fields and %s by %d: they never count together",
				q.Ref, len(q.GroupByFields), r.Queries[0].Ref, n))
		}
		if q.Expr == nil || q.CustomQueryExtension != "" {
			continue
		}
		for _, h := range q.Expr.Hints() {
			hints = append(hints, q.at("query").Fault("query: column %d: %s", h.Col, h.Message))
		}
	}
	if f := r.Options.IsolationForest; f != nil && r.Options.DetectionMethod == MethodIsolationForest {
		if bucket := cmp.Or(f.BucketDuration, defaultForestBucket); r.Options.KeepAlive > 0 && r.Options.KeepAlive <= bucket {
			hints = append(hints, r.Options.at("keepAlive").Fault(
				"keepAlive (%d) is not longer than a bucket (%d): each strange bucket is a signal of its own", int64(r.Options.KeepAlive), int64(bucket)))
		}
	}
	return hints
}

// misspelt appends a hint for each unknown key near a known one, in the struct and
// all below it.
func misspelt(hints []document.Fault, v reflect.Value) []document.Fault {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			hints = misspelt(hints, v.Elem())
		}
	case reflect.Slice:
		if elem := v.Type().Elem().Kind(); elem != reflect.Struct {
			return hints
		}
		for i := range v.Len() {
			hints = misspelt(hints, v.Index(i))
		}
	case reflect.Struct:
		field := v.FieldByName("Source")
		if !field.IsValid() {
			return hints
		}
		source, _ := reflect.TypeAssert[Source](field)
		var known []string
		for i := range v.NumField() {
			if key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("doc"), ","); key != "" {
				known = append(known, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(source.Extra)) {
			if near := document.Suggest(key, known); near != "" {
				f := source.at(key).Fault("nobody knows the key %q; it is kept and means nothing", clip(key))
				f.Suggestion = near
				hints = append(hints, f)
			}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("doc") != "" {
				hints = misspelt(hints, v.Field(i))
			}
		}
	default:
	}
	return hints
}

// String returns the id and the name.
func (r *Rule) String() string { return fmt.Sprintf("%s (%s)", r.ID, r.Name) }
