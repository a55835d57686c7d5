package config

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/source"
)

// The limits of joined lines.
const (
	maxMultilineLines = 10_000
	maxMultilineBytes = 512 << 10
	maxMultilineWait  = time.Minute
)

// Stdin returns what is said of the standard input, nil when it is not to be read.
func (c *Config) Stdin() *File {
	i := slices.IndexFunc(c.Files, func(f File) bool { return f.Path == Stdin })
	if i < 0 {
		return nil
	}
	return &c.Files[i]
}

func (k *checker) files(all []File) {
	stdin := false
	for i := range all {
		f := &all[i]
		k.file(f)
		k.Fault(stdin && f.Path == Stdin, f.At, "path", "path %q stands here twice: there is one standard input", f.Path)
		stdin = stdin || f.Path == Stdin
	}
}

func (k *checker) file(f *File) {
	k.label(&f.Label, f.At)
	k.from(f.From, f.At)
	k.multiline(f)
	if f.Path == Stdin {
		_, said := f.At["from"]
		k.Fault(said, f.At, "from", "from is for files: the standard input is read as it comes")
		return
	}
	_, err := filepath.Match(f.Path, "")
	k.Fault(err != nil, f.At, "path", "path %q is no pattern: a [ is not closed", f.Path)
	k.Fault(f.Path != "" && !filepath.IsAbs(f.Path), f.At, "path", "path %q wants to begin with /: a server has no current folder", f.Path)
}

// multiline reads which lines are joined.
func (k *checker) multiline(f *File) {
	var err error
	f.Join, err = source.ParseJoin(f.Multiline)
	k.Fault(err != nil, f.At, "multiline", "multiline %q: %v", f.Multiline, err)
	k.Fault(f.MultilineLines != 0 && (f.MultilineLines < 2 || f.MultilineLines > maxMultilineLines), f.At, "multiline_max_lines",
		"multiline_max_lines wants a number from 2 to %d", maxMultilineLines)
	k.Fault(f.MultilineBytes != 0 && (f.MultilineBytes < 1<<10 || f.MultilineBytes > maxMultilineBytes), f.At, "multiline_max_bytes",
		"multiline_max_bytes wants a number from 1024 to %d", maxMultilineBytes)
	_, said := f.At["multiline_timeout"]
	k.Fault(said && (f.MultilineWait < 100*time.Millisecond || f.MultilineWait > maxMultilineWait), f.At, "multiline_timeout",
		"multiline_timeout wants a duration from 100ms to %s", maxMultilineWait)
	f.Join.MaxLines, f.Join.MaxBytes = f.MultilineLines, f.MultilineBytes
	for _, key := range []string{"multiline_max_lines", "multiline_max_bytes", "multiline_timeout"} {
		_, said := f.At[key]
		k.Fault(said && err == nil && !f.Join.Joins(), f.At, key, "%s means nothing without multiline: auto, or an expression", key)
	}
}
