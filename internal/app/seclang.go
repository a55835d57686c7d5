package app

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// secLangSuffix is what the names of files in SecLang end with.
const secLangSuffix = ".conf"

// loadSecLang reads the rules in SecLang: the Core Rule Set, the product's own and
// the user's. They are compiled when the first request comes, unless there are
// some of the user's, whose faults must be said now.
func (c *Content) loadSecLang(src Sources) error {
	files, err := readSecLang(content.FS(), "waf")
	if err != nil {
		return err
	}
	own := len(files)
	for _, name := range src.Patterns {
		more, err := loadFrom(name, readSecLang)
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	if c.SecLang, err = waf.NewRules(files); err != nil {
		return err
	}
	if len(files) > own {
		return c.SecLang.Check()
	}
	return nil
}

// readSecLang reads the files of rules below dir.
func readSecLang(fsys fs.FS, dir string) ([]crs.File, error) {
	var files []crs.File
	err := fs.WalkDir(fsys, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != secLangSuffix {
			return err
		}
		data, err := fs.ReadFile(fsys, file)
		files = append(files, crs.File{Name: file, Data: data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load rules in SecLang: %w", err)
	}
	return files, nil
}

// inspector returns what looks for attacks in requests.
func (c *Content) inspector() *waf.Inspector {
	return &waf.Inspector{Patterns: c.Patterns, Rules: c.SecLang}
}
