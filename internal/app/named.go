package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/pipeline"
)

// loadFrom runs a loader over a directory or one file of the user's.
func loadFrom[T any](name string, load func(fs.FS, string) ([]T, error)) ([]T, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return load(os.DirFS(name), ".")
	}
	return load(os.DirFS(filepath.Dir(name)), filepath.Base(name))
}

// checkNames refuses files of which nothing would be read. In a directory files of
// other kinds are left alone, but whoever names a file wants it read.
func (src *Sources) checkNames() error {
	errs := make([]error, 0, len(src.Pipelines)+len(src.Patterns))
	for _, name := range src.Pipelines {
		errs = append(errs, checkName("pipelines", name, ".yaml", ".yml", ".json"))
	}
	for _, name := range src.Patterns {
		errs = append(errs, checkName("patterns", name, ".yaml", ".yml", ".json", secLangSuffix))
	}
	return errors.Join(errs...)
}

// checkName refuses a file whose name has none of the endings, or is that of tests,
// and suggests what may have been meant.
func checkName(flag, name string, endings ...string) error {
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	ending := filepath.Ext(name)
	known := slices.Contains(endings, ending)
	if info.IsDir() || pipeline.IsDocument(name) || known && ending == secLangSuffix {
		return nil
	}
	want := "want a name that ends in " + strings.Join(endings, ", ")
	if known {
		want = "these are tests, want what they test"
	}
	hint := ""
	if meant := beside(name, endings); meant != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", meant)
	} else if ending == secLangSuffix {
		hint = " (did you mean --patterns?)"
	}
	return fmt.Errorf("--%s %s: %s%s", flag, name, want, hint)
}

// beside returns the file of the same name, or the one that is tested, with another
// of the endings; "" when there is none.
func beside(name string, endings []string) string {
	base := strings.TrimSuffix(name, filepath.Ext(name))
	base = strings.TrimSuffix(strings.TrimSuffix(base, "_tests"), "_test")
	for _, ending := range endings {
		if info, err := os.Stat(base + ending); err == nil && info.Mode().IsRegular() {
			return base + ending
		}
	}
	return ""
}
