// Package coreruleset holds the files of the OWASP Core Rule Set, as published,
// inside the program.
package coreruleset

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	upstream "github.com/corazawaf/coraza-coreruleset/v4"
)

const folder = "@owasp_crs"

// File is one file of rules, or of words that rules look for.
type File struct {
	Name string
	Data []byte
}

// Rules returns the rule files that look at requests, in the order in which they
// are to be loaded.
func Rules() ([]File, error) { return files("REQUEST-*.conf") }

// Data returns the text of a file of words, as @pmFromFile names it.
func Data(name string) ([]byte, error) {
	if name != path.Base(name) || !strings.HasSuffix(name, ".data") {
		return nil, fmt.Errorf("the core rule set has no word list %q", name)
	}
	data, err := fs.ReadFile(upstream.FS, folder+"/"+name)
	if err != nil {
		return nil, fmt.Errorf("read word list %s: %w", name, err)
	}
	return data, nil
}

func files(pattern string) ([]File, error) {
	names, err := fs.Glob(upstream.FS, folder+"/"+pattern) // sorted
	switch {
	case err != nil:
		return nil, fmt.Errorf("find rule files: %w", err)
	case len(names) == 0:
		return nil, fmt.Errorf("find rule files: there is no %s", pattern)
	}
	list := make([]File, len(names))
	for i, name := range names {
		data, err := fs.ReadFile(upstream.FS, name)
		if err != nil {
			return nil, fmt.Errorf("read rule file %s: %w", name, err)
		}
		list[i] = File{path.Base(name), data}
	}
	return list, nil
}
