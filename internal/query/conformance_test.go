package query

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/test/conformance"
)

// Every query of the public pipelines (filters and categories) and rules must
// parse, and print as it was written.
func TestPublicQueries(t *testing.T) {
	dir := conformance.Dir(t)
	check := func(name, root, suffix, skip string, decode func([]byte, any) error) {
		t.Helper()
		files, queries := 0, map[string]bool{}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) || strings.HasSuffix(path, skip) {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var doc any
			if err := decode(data, &doc); err != nil {
				t.Logf("%s: %v", path, err)
				return nil
			}
			files++
			collectQueries(doc, queries)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(queries) == 0 {
			t.Fatalf("%s: no queries in %s", name, root)
		}
		failed := 0
		for text := range queries {
			if !roundTrips(t, text) {
				failed++
			}
		}
		t.Logf("%s: %d files, %d distinct queries, %d failed", name, files, len(queries), failed)
	}
	check("pipelines", filepath.Join(dir, "datadog", "pipelines"), ".yaml", "_tests.yaml", yaml.Unmarshal)
	check("rules", filepath.Join(dir, "datadog", "rules"), ".json", "\x00", json.Unmarshal)
}

// collectQueries finds the texts under the key "query".
func collectQueries(doc any, into map[string]bool) {
	switch doc := doc.(type) {
	case map[string]any:
		for key, v := range doc {
			if s, ok := v.(string); ok && key == "query" {
				into[s] = true
			}
			collectQueries(v, into)
		}
	case []any:
		for _, v := range doc {
			collectQueries(v, into)
		}
	}
}

func roundTrips(t *testing.T, text string) bool {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return false
	}
	if got, want := withoutBlanks(q.String()), withoutBlanks(text); got != want {
		t.Errorf("%s: prints as %s", text, q)
		return false
	}
	again, err := Parse(q.String())
	if err != nil || again.String() != q.String() {
		t.Errorf("%s: prints as %s, and that as %v, %v", text, q, again, err)
		return false
	}
	return true
}
