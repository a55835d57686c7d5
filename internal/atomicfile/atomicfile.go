// Package atomicfile writes files as a whole: whoever opens one gets what was there
// before or all of what is new, also when the program or the machine stops meanwhile.
package atomicfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Write makes the data the contents of the file. See Fill.
func Write(path string, mode fs.FileMode, data []byte) error {
	return Fill(path, mode, func(w io.Writer) error {
		_, err := bytes.NewReader(data).WriteTo(w)
		return err
	})
}

// Fill makes what fill writes the contents of the file, which gets the permissions of
// the mode, whatever it had before. It is written beside its place under a hidden
// name, and gets its own when it is whole and on the disk; its folder must exist. An
// error, also one of fill, leaves the file that was there and nothing beside it.
func Fill(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	commit, err := Begin(path, mode, fill)
	if err != nil {
		return err
	}
	return commit()
}

// Begin is the first half of Fill, which ends when fill has written all. What it returns
// is the second, the one that waits for the disk: it is called once, by any goroutine.
func Begin(path string, mode fs.FileMode, fill func(io.Writer) error) (commit func() error, err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, hidden+"*") // nobody else may read it yet
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(f)
	if err = fill(w); err == nil {
		err = w.Flush()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return func() error {
		err := errors.Join(f.Chmod(mode), f.Sync())
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			return errors.Join(err, os.Remove(f.Name()))
		}
		syncFolder(folder)
		return nil
	}, nil
}

// hidden is how names begin of files that are being written.
const hidden = ".new-"

// Sweep removes what a program left that was killed while it wrote files in the folder.
// Nobody may be writing there.
func Sweep(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), hidden)
		if ok && strings.Trim(number, "0123456789") == "" && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(folder, e.Name())) // it only takes room
		}
	}
}

// syncFolder puts the new name on the disk, too. Not every system can: the file is
// whole under either name.
func syncFolder(folder string) {
	dir, err := os.Open(folder)
	if err != nil {
		return
	}
	_ = dir.Sync()
	_ = dir.Close()
}
