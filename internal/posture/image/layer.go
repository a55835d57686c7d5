package image

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"path"
	"slices"
	"strings"
)

// layer is what one changes in the file system. Of most files only hashes of their paths
// are kept: they say what a later layer covers.
type layer struct {
	kept map[string]*entry
	// paths are all of them, solid those of what is no folder, gone those that are removed,
	// opaque the folders of which nothing below remains: sorted hashes.
	paths, solid, gone, opaque []uint64
	caches                     map[string]*Cache // by the folder
	classes                    map[string]int    // how many files are kept of each
	omitted                    int
	fault                      error
}

// entry is a file that matters.
type entry struct {
	path     string
	classes  []string
	mode     int64
	uid, gid int
	folder   bool
	content  []byte // of the files of accounts
}

// layer reads one. What is no archive, or damaged, is a layer with a fault: it may be
// something that no image needs.
func (a *archive) layer(in *bufio.Reader) (*layer, error) {
	l := &layer{kept: map[string]*entry{}, caches: map[string]*Cache{}, classes: map[string]int{}}
	plain, closer, err := a.bytes.unpack(in)
	if err != nil {
		l.fault = err
		return l, a.own(err)
	}
	defer closer()
	files := tar.NewReader(plain)
	for {
		h, err := files.Next()
		if err == nil {
			err = a.entry(l, h, files)
		}
		switch {
		case errors.Is(err, io.EOF):
			for _, list := range []*[]uint64{&l.paths, &l.solid, &l.gone, &l.opaque} {
				slices.Sort(*list)
			}
			return l, nil
		case err != nil:
			l.fault = err
			return l, a.own(err)
		}
	}
}

// own returns an error that ends the reading of the whole archive.
func (a *archive) own(err error) error {
	if a.bytes.own(err) {
		return err
	}
	return nil
}

func (a *archive) hash(name string) uint64 { return maphash.String(a.seed, name) }

// entry reads one file of a layer.
func (a *archive) entry(l *layer, h *tar.Header, in io.Reader) error {
	if a.entries++; a.entries > maxEntries {
		return fmt.Errorf("%w: more than %d files in the layers", ErrLimit, maxEntries)
	}
	name, err := clean(h.Name)
	if err != nil || name == "" {
		return err
	}
	folder, base := path.Dir(name), path.Base(name)
	switch {
	case base == ".wh..wh..opq":
		l.opaque = append(l.opaque, a.hash(folder))
		return nil
	case strings.HasPrefix(base, ".wh..wh."): // what AUFS notes for itself
		return nil
	case strings.HasPrefix(base, ".wh."):
		l.gone = append(l.gone, a.hash(path.Join(folder, strings.TrimPrefix(base, ".wh."))))
		return nil
	}
	id := a.hash(name)
	l.paths = append(l.paths, id)
	if h.Typeflag != tar.TypeDir {
		l.solid = append(l.solid, id)
	}
	delete(l.kept, name) // the last of a name is the one that is unpacked
	if h.Typeflag == tar.TypeReg {
		l.cached(name, h.Size)
	}
	e := &entry{path: name, mode: h.Mode & 0o7777, uid: h.Uid, gid: h.Gid, folder: h.Typeflag == tar.TypeDir}
	var head []byte
	if h.Typeflag == tar.TypeReg && telling(name) {
		if head, err = io.ReadAll(io.LimitReader(in, maxContent)); err != nil {
			return fmt.Errorf("%s: %w", Printable(name), err)
		}
	}
	e.classes = classify(e, h.Typeflag, h.Size, head)
	if len(e.classes) == 0 {
		return nil
	}
	if e.classes[0] == accounts {
		e.content = head
	}
	return a.keep(l, e)
}

// keep keeps a file, or counts it when there are too many of its classes.
func (a *archive) keep(l *layer, e *entry) error {
	if a.text += len(e.path) + len(e.content); a.text > maxText {
		if e.classes[0] == accounts {
			return fmt.Errorf("%w: the paths and contents of files that matter take more than %d MB", ErrLimit, maxText>>20)
		}
		l.omitted++
		return nil
	}
	if !slices.ContainsFunc(e.classes, func(c string) bool { return l.classes[c] < maxKept }) {
		l.omitted++
		return nil
	}
	for _, c := range e.classes {
		l.classes[c]++
	}
	l.kept[e.path] = e
	return nil
}

// cached adds a file to the cache that it is in.
func (l *layer) cached(name string, size int64) {
	kind, folder := cacheOf(name)
	if kind == "" || size <= 0 {
		return
	}
	c := l.caches[folder]
	if c == nil {
		c = &Cache{Kind: kind, Folder: "/" + folder}
		l.caches[folder] = c
	}
	c.Bytes += min(size, maxBytes)
}

func has(list []uint64, id uint64) bool {
	_, ok := slices.BinarySearch(list, id)
	return ok
}
