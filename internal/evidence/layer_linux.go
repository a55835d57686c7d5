//go:build linux

package evidence

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// tarRoom is how many bytes an entry of an archive may take beside its contents, and the end
// of the archive.
const tarRoom = 16 << 10

// maxShare is the part of all bytes that one file may have: a large one of whoever is in the
// container must not keep all others out.
const maxShare = 4

// identity returns what two names of the same file share.
func identity(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprint(s.Dev, " ", s.Ino, " ", s.Mtim.Nano())
	}
	return ""
}

// layer captures what the container wrote to its file system, as an archive: names that were
// deleted are devices 0/0, as overlayfs has them.
func (k *capture) layer() error {
	if k.of.Upper == "" {
		k.problem("its writable layer is no folder of this machine")
		return nil
	}
	root, err := os.OpenRoot(k.of.Upper)
	if err != nil {
		k.problem("its writable layer: %v", err)
		return nil
	}
	defer root.Close()
	return k.add("layer.tar", func(w io.Writer) error {
		l := &layer{k: k, to: tar.NewWriter(w)}
		err := l.folder(root, "", 0)
		if l.left > 0 {
			k.limit("layer.tar: %d files were left out, or all but their beginning: the limit of all files is reached", l.left)
		}
		if errors.Is(err, errFull) {
			err = nil
		}
		return errors.Join(err, l.to.Close())
	})
}

type layer struct {
	k    *capture
	to   *tar.Writer
	seen int
	left int // files that were left out or cut
}

// folder writes the entries of a folder. No link is followed, and nothing but a file or a
// folder is opened: the container may have put anything there, and may go on.
func (l *layer) folder(root *os.Root, path string, depth int) error {
	f, err := root.Open(".")
	if err != nil {
		l.k.problem("layer.tar: %v", err)
		return nil
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(1000)
		for _, e := range entries {
			if l.seen++; l.seen > maxEntries {
				l.k.limit("layer.tar has the first %d entries", maxEntries)
				return errFull
			}
			if err := l.entry(root, path, e.Name(), depth); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			l.k.problem("layer.tar: the folder %.200q: %v", path, err)
			return nil
		}
	}
}

// entry writes one entry, and what is below it.
func (l *layer) entry(root *os.Root, path, name string, depth int) error {
	if err := l.k.ctx.Err(); err != nil {
		return err
	}
	path += name
	// A handle that opens nothing: what is looked at is what is read then.
	at, err := root.OpenFile(name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, fs.ErrNotExist) || err != nil {
		return l.symlink(root, path, name, err)
	}
	defer at.Close()
	info, err := at.Stat()
	if err != nil {
		l.k.problem("layer.tar: %.200q: %v", path, err)
		return nil
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return l.symlink(root, path, name, nil)
	}
	head, err := tar.FileInfoHeader(info, "")
	if err != nil { // a socket has no place in an archive
		l.k.problem("layer.tar: %.200q: %v", path, err)
		return nil
	}
	head.Uname, head.Gname = "", "" // they would be those of this machine
	head.Name, head.Format = path, tar.FormatPAX
	attributes(head, at)
	switch {
	case info.IsDir():
		head.Name += "/"
		if err := l.head(head); err != nil {
			return err
		}
		if depth >= maxDepth {
			l.k.limit("layer.tar: what is below %.200q was left out: it is nested too deep", path)
			return nil
		}
		below, err := root.OpenRoot(name)
		if err != nil {
			l.k.problem("layer.tar: the folder %.200q: %v", path, err)
			return nil
		}
		defer below.Close()
		return l.folder(below, head.Name, depth+1)
	case info.Mode().IsRegular():
		return l.file(head, at)
	default:
		return l.head(head)
	}
}

// symlink writes a symbolic link; err is why it could not be opened otherwise.
func (l *layer) symlink(root *os.Root, path, name string, err error) error {
	target, err2 := root.Readlink(name)
	if err2 != nil {
		l.k.problem("layer.tar: %.200q: %v", path, errors.Join(err, err2))
		return nil
	}
	info, err := root.Lstat(name)
	if err != nil {
		l.k.problem("layer.tar: %.200q: %v", path, err)
		return nil
	}
	return l.head(&tar.Header{Typeflag: tar.TypeSymlink, Name: path, Linkname: target, Mode: 0o777, ModTime: info.ModTime(), Format: tar.FormatPAX})
}

// head writes the head of an entry.
func (l *layer) head(head *tar.Header) error {
	if l.k.left < tarRoom {
		l.left++
		return nil
	}
	err := l.to.WriteHeader(head)
	if errors.Is(err, tar.ErrHeader) || isHeaderError(err) {
		l.k.problem("layer.tar: %.200q cannot be written: %v", head.Name, err)
		return nil
	}
	return err
}

// isHeaderError reports whether the archive has no form for an entry.
func isHeaderError(err error) bool {
	return err != nil && len(err.Error()) > 12 && err.Error()[:12] == "archive/tar:"
}

// file writes a file, or its beginning when there is no room for all of it.
func (l *layer) file(head *tar.Header, at *os.File) error {
	room := min(l.k.left-tarRoom, l.k.limits.MaxBytes/maxShare)
	if room <= 0 {
		l.left++
		return nil
	}
	f, err := os.Open("/proc/self/fd/" + strconv.Itoa(int(at.Fd())))
	if err != nil {
		l.k.problem("layer.tar: %.200q: %v", head.Name, err)
		return nil
	}
	defer f.Close()
	if head.Size > room {
		l.left++
		if head.PAXRecords == nil {
			head.PAXRecords = map[string]string{}
		}
		head.PAXRecords["SASUMATA.cut.size"] = strconv.FormatInt(head.Size, 10)
		head.Size = room
	}
	if err := l.to.WriteHeader(head); err != nil {
		if isHeaderError(err) {
			l.k.problem("layer.tar: %.200q cannot be written: %v", head.Name, err)
			return nil
		}
		return err
	}
	n, err := io.Copy(l.to, io.LimitReader(&reader{l.k.ctx, f}, head.Size))
	if l.k.ctx.Err() != nil {
		return l.k.ctx.Err()
	}
	if errors.Is(err, errFull) {
		return err
	}
	if n < head.Size { // it became shorter meanwhile, or cannot be read
		l.k.problem("layer.tar: %.200q has %d of %d bytes, the rest are zeros: %v", head.Name, n, head.Size, err)
		_, err = io.CopyN(l.to, zeros{}, head.Size-n)
		return err
	}
	return nil
}

// zeros are without end.
type zeros struct{}

// Read reads zeros.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// attributes notes those extended attributes that matter: capabilities of a file, and what
// overlayfs hides.
func attributes(head *tar.Header, at *os.File) {
	buf := make([]byte, 256)
	for _, name := range []string{"security.capability", "trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque"} {
		n, err := unix.Getxattr("/proc/self/fd/"+strconv.Itoa(int(at.Fd())), name, buf)
		if err != nil || n <= 0 {
			continue
		}
		if head.PAXRecords == nil {
			head.PAXRecords = map[string]string{}
		}
		head.PAXRecords["SCHILY.xattr."+name] = string(buf[:n])
	}
}
