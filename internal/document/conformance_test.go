package document_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/test/conformance"
)

// floats turns whole numbers into what encoding/json makes of them.
func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case int64:
		return float64(v)
	}
	return v
}

// TestJSONInTheWild reads every JSON document at hand and compares it with what
// the standard library reads.
func TestJSONInTheWild(t *testing.T) {
	dir := conformance.Dir(t)
	compared := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var want, got any
		if len(data) > document.DefaultMaxBytes || !json.Valid(data) {
			return nil
		}
		if err := json.Unmarshal(data, &want); err != nil {
			return err
		}
		if err := document.Decode(path, data, &got, document.Options{}); err != nil {
			t.Error(err)
		} else if d := cmp.Diff(want, floats(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
		compared++
		return nil
	})
	if err != nil || compared == 0 {
		t.Fatalf("compared %d documents: %v", compared, err)
	}
	t.Logf("compared %d documents", compared)
}
