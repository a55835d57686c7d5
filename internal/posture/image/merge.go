package image

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// merge lays the layers over each other, and fills in what the files say.
func (a *archive) merge(d *Document, layers []*layer) (omitted int, err error) {
	content := map[string][]byte{}
	steps := 0
	type listed struct{ file, class string }
	seen := map[listed]bool{}
	for n, l := range layers {
		omitted += l.omitted
		for _, folder := range sorted(l.caches) {
			c := *l.caches[folder]
			c.Layer = n + 1
			d.Caches = append(d.Caches, c)
		}
		for _, name := range sorted(l.kept) {
			e := l.kept[name]
			ids := a.ancestors(name)
			if steps += (len(layers) - n) * len(ids); steps > maxSteps {
				return 0, fmt.Errorf("%w: files lie too deep, in too many layers", ErrLimit)
			}
			gone := slices.ContainsFunc(layers[n+1:], func(later *layer) bool { return later.covers(ids) })
			for _, class := range e.classes {
				switch {
				case class == accounts:
					if !gone {
						content[name] = e.content
					}
				case !gone || class == "secret" && !seen[listed{name, class}]: // what is secret stays in the layer
					seen[listed{name, class}] = true
					d.Files = append(d.Files, File{
						Path: "/" + name, Class: class, Mode: strconv.FormatInt(e.mode, 8), UID: e.uid, GID: e.gid, Folder: e.folder, Layer: n + 1, Gone: gone,
					})
				}
			}
		}
	}
	// What is in the image counts, not what was there before of the same name.
	final := map[listed]bool{}
	for _, f := range d.Files {
		if !f.Gone {
			final[listed{f.Path, f.Class}] = true
		}
	}
	d.Files = slices.DeleteFunc(d.Files, func(f File) bool { return f.Gone && final[listed{f.Path, f.Class}] })
	slices.SortFunc(d.Files, func(x, y File) int {
		return cmp.Or(cmp.Compare(x.Class, y.Class), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Layer, y.Layer))
	})
	classes := map[string]int{}
	d.Files = slices.DeleteFunc(d.Files, func(f File) bool {
		classes[f.Class]++
		if classes[f.Class] > maxListed {
			omitted++
		}
		return classes[f.Class] > maxListed
	})
	for _, name := range accountFiles() {
		d.accounts(name, content[name])
	}
	return omitted, nil
}

// ancestors returns the hashes of a path and of the folders above it, the path first.
func (a *archive) ancestors(name string) []uint64 {
	var out []uint64
	for ; name != "."; name = path.Dir(name) {
		out = append(out, a.hash(name))
	}
	return out
}

// covers reports whether the layer replaces or removes what lies below it, by the hashes
// of its path and of the folders above.
func (l *layer) covers(ids []uint64) bool {
	if has(l.paths, ids[0]) {
		return true
	}
	for i, id := range ids {
		if has(l.gone, id) || i > 0 && (has(l.solid, id) || has(l.opaque, id)) {
			return true
		}
	}
	return false
}

// accounts adds the users and groups of a file. A line that is none is passed over, as
// the C library does.
func (d *Document) accounts(file string, text []byte) {
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(d.Accounts) >= maxListed || len(fields) < 3 || fields[0] == "" || strings.HasPrefix(fields[0], "#") || len(fields[0]) > 256 {
			continue
		}
		one := Account{Kind: "user", Name: fields[0], ID: -1, File: "/" + file, Open: fields[1] == ""}
		if file == "etc/group" {
			one.Kind, one.Open = "group", false // an empty one means that it has none
		}
		if file != "etc/shadow" {
			id, err := strconv.ParseUint(fields[2], 10, 32)
			if err != nil {
				continue
			}
			one.ID = int(id)
		}
		d.Accounts = append(d.Accounts, one)
	}
}

// root says whether a user is root: by number, or by what the image's files say of the
// name.
func (d *Document) root() string {
	name, _, _ := strings.Cut(strings.TrimSpace(d.User), ":")
	if name == "" {
		return "yes" // who says nothing is root
	}
	if id, err := strconv.ParseUint(name, 10, 32); err == nil {
		return map[bool]string{true: "yes", false: "no"}[id == 0]
	}
	if name == "root" {
		return "yes"
	}
	for _, one := range d.Accounts {
		if one.File == "/etc/passwd" && one.Name == name {
			return map[bool]string{true: "yes", false: "no"}[one.ID == 0]
		}
	}
	return "unknown"
}
