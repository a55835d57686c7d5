package seclog

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// stamp is the layout of the time in the name of a rotated file, access.log.<stamp>[.gz]:
// their names sort by time, and access.log* is the whole log.
const stamp = "20060102T150405.000000Z"

// packer compresses rotated files and removes old ones, beside the writer.
type packer struct {
	dir      string
	keep     int // how many rotated files of a log stay; all if negative
	compress bool
	trouble  func(error)

	mu     sync.Mutex
	came   sync.Cond
	files  []string
	closed bool
	done   chan struct{}
}

func newPacker(dir string, keep int, compress bool, trouble func(error)) *packer {
	p := &packer{dir: dir, keep: keep, compress: compress, trouble: trouble, done: make(chan struct{})}
	p.came.L = &p.mu
	go p.run()
	return p
}

// add takes up what an earlier program left: files that it rotated and did not compress.
func (p *packer) add(name string) {
	for _, old := range p.rotated(name) {
		if !strings.HasSuffix(old, ".gz") {
			p.pack(filepath.Join(p.dir, old))
		}
	}
}

// freeName returns the name that a file gets when it is rotated now.
func (*packer) freeName(path string, now time.Time) (string, error) {
	for i := range 1000 {
		name := path + "." + now.UTC().Add(time.Duration(i)*time.Microsecond).Format(stamp)
		_, err := os.Lstat(name)
		_, zipped := os.Lstat(name + ".gz")
		if errors.Is(err, fs.ErrNotExist) && errors.Is(zipped, fs.ErrNotExist) {
			return name, nil
		}
	}
	return "", fmt.Errorf("rotate %s: no name is free", path)
}

func (p *packer) pack(path string) {
	p.mu.Lock()
	p.files = append(p.files, path)
	p.mu.Unlock()
	p.came.Signal()
}

// close waits until everything is compressed.
func (p *packer) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.came.Signal()
	<-p.done
}

func (p *packer) run() {
	defer close(p.done)
	for {
		p.mu.Lock()
		for len(p.files) == 0 && !p.closed {
			p.came.Wait()
		}
		if len(p.files) == 0 {
			p.mu.Unlock()
			return
		}
		path := p.files[0]
		p.files = p.files[1:]
		p.mu.Unlock()
		if p.compress {
			if err := squeeze(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				p.trouble(fmt.Errorf("compress %s: %w", path, err))
			}
		}
		name, _, _ := strings.Cut(filepath.Base(path), ".log.")
		p.prune(name + ".log")
	}
}

// rotated returns the names of the rotated files of a log, the oldest first.
func (p *packer) rotated(name string) []string {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		rest, ok := strings.CutPrefix(entry.Name(), name+".")
		if _, err := time.Parse(stamp, strings.TrimSuffix(rest, ".gz")); ok && err == nil && entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names
}

// prune removes the oldest files of a log.
func (p *packer) prune(name string) {
	names := p.rotated(name)
	if p.keep < 0 || len(names) <= p.keep {
		return
	}
	for _, old := range names[:len(names)-p.keep] {
		if err := os.Remove(filepath.Join(p.dir, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			p.trouble(err)
		}
	}
}

// squeeze makes path.gz of the file. Until that is whole and on the disk, the file stays.
func squeeze(path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	half := path + ".gz.tmp"
	out, err := os.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640) //nolint:gosec // as the log itself
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(out)
	_, err = io.Copy(zip, in)
	err = errors.Join(err, zip.Close(), out.Chmod(0o640), out.Sync(), out.Close())
	if err == nil {
		err = os.Rename(half, path+".gz")
	}
	if err != nil {
		return errors.Join(err, os.Remove(half))
	}
	return os.Remove(path)
}
