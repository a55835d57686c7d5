package container

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxWritten is how many files of a container that is not to write are told of.
	maxWritten = 1000
	// maxEntries is how many entries of its folder are looked at, once a second: a container
	// that does not write has next to none.
	maxEntries = 2000
)

// errEnough ends a walk.
var errEnough = errors.New("there are enough")

// written returns the files that a container wrote to its own file system, of the folder
// where its storage driver keeps them. Folders are made for mounts, too, and are not counted.
func written(c *Container) (files []string, err error) {
	entries := 0
	err = filepath.WalkDir(c.UpperDir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == c.UpperDir {
				return err
			}
			return nil // it went away while it was looked at
		}
		if entries++; entries > maxEntries || len(files) >= maxWritten {
			return errEnough
		}
		if inside := path.Clean("/" + strings.TrimPrefix(name, c.UpperDir)); !d.IsDir() && !c.mounted(inside) {
			files = append(files, inside)
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
		if len(files) < maxWritten { // nothing hides behind thousands of folders
			files = append(files, "/ (more than "+strconv.Itoa(maxEntries)+" entries)")
		}
	}
	return files, err
}

// mounted reports whether something is mounted at the place, so that an engine had to make it.
func (c *Container) mounted(name string) bool {
	switch name {
	case "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab", "/.dockerenv", "/run/.containerenv", "/dev/console":
		return true
	}
	return slices.ContainsFunc(c.Mounts, func(m Mount) bool { return m.Destination == name })
}

// asked returns the same by asking the engine, for those whose folder is not visible here.
func (e *Engine) written(ctx context.Context, c *Container) (files []string, err error) {
	changes, err := e.Diff(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	folders := map[string]bool{}
	for _, one := range changes {
		for parent := path.Dir(one.Path); len(parent) > 1 && !folders[parent]; parent = path.Dir(parent) {
			folders[parent] = true
		}
	}
	for _, m := range c.Mounts {
		for parent := m.Destination; len(parent) > 1; parent = path.Dir(parent) {
			folders[parent] = true
		}
	}
	for _, one := range changes {
		if !folders[one.Path] && !c.mounted(one.Path) && len(files) < maxWritten {
			files = append(files, one.Path)
		}
	}
	return files, nil
}
