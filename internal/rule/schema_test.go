package rule

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPagesKnowTheKeys compares the keys that the editor of the pages completes with those
// that are read.
func TestPagesKnowTheKeys(t *testing.T) {
	data, err := os.ReadFile("../../web/src/rules/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema := map[string]map[string][]string{}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	want, got := map[string][]string{}, map[string][]string{}
	keysOf(want, "", reflect.TypeFor[Rule]())
	delete(want, "groupByPrefix") // its keys are attributes
	for path, keys := range schema {
		for key := range keys {
			got[path] = append(got[path], key)
		}
		slices.Sort(got[path])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-read +completed):\n%s", d)
	}
}

// keysOf notes the keys of a struct and of those in it, by their path.
func keysOf(all map[string][]string, path string, of reflect.Type) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return
	}
	for field := range of.Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("doc"), ",")
		if key == "" {
			continue
		}
		all[path] = append(all[path], key)
		keysOf(all, strings.TrimPrefix(path+"."+key, "."), field.Type)
	}
	slices.Sort(all[path])
}
