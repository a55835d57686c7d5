package evidence

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// errFull is a file for which there is no more room within the limits.
var errFull = errors.New("the limit of bytes is reached")

// capture is one that goes on. It belongs to one goroutine.
type capture struct {
	ctx    context.Context
	root   *os.Root
	now    func() time.Time
	proc   string
	left   int64 // bytes
	limits Limits
	of     *Subject
	m      *Manifest
}

// capture fills the folder.
func (s *Store) capture(ctx context.Context, work string, c Case, of *Subject, limits Limits, most int64) (*Manifest, string, error) {
	root, err := os.OpenRoot(work)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	host, _ := os.Hostname() // one without a name is one
	k := &capture{ctx: ctx, root: root, now: s.opts.Now, proc: s.opts.Proc, left: most, limits: limits, of: of, m: &Manifest{
		Format: Format, ID: c.ID, Container: Container{of.ID, of.Name, of.Image, of.ImageID}, Response: c.Response, Signal: c.Signal, By: c.By,
		Host: host, Version: s.opts.Version, Began: s.opts.Now().UTC(), Files: []File{}, Limits: []string{}, Problems: []string{},
	}}
	// What passes first comes first.
	for _, step := range []func() error{k.processes, k.inspect, k.changes, k.output, k.layer} {
		if err := errors.Join(ctx.Err(), step()); err != nil {
			return nil, "", err
		}
	}
	k.m.Ended = k.now().UTC()
	data, err := json.MarshalIndent(k.m, "", "  ")
	if err != nil {
		return nil, "", err
	}
	sum := hashOf(data)
	k.left = 1 << 62 // without it nothing else is of use
	for name, data := range map[string][]byte{manifestName: data, sumName: []byte(sum + "  " + manifestName + "\n")} {
		if _, err := k.write(name, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return nil, "", err
		}
	}
	return k.m, sum, nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// limit notes that something was cut or left out, problem that it could not be had.
func (k *capture) limit(format string, args ...any) { k.note(&k.m.Limits, format, args...) }

func (k *capture) problem(format string, args ...any) { k.note(&k.m.Problems, format, args...) }

func (k *capture) note(list *[]string, format string, args ...any) {
	if len(*list) >= maxNotes {
		k.m.MoreNotes++
		return
	}
	text := fmt.Sprintf(format, args...)
	*list = append(*list, text[:min(len(text), 500)])
}

// add writes a file and names it in the manifest. An error is one of the disk; one that was
// cut at the limit is there, and noted.
func (k *capture) add(name string, fill func(io.Writer) error) error {
	f, err := k.write(name, fill)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f.Path, f.Taken = name, k.now().UTC()
	k.m.Files = append(k.m.Files, f)
	k.m.Bytes += f.Size
	return nil
}

// addJSON is add for a value.
func (k *capture) addJSON(name string, value any) error {
	return k.add(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(value)
	})
}

// write writes a file to the disk.
func (k *capture) write(name string, fill func(io.Writer) error) (File, error) {
	if folder := filepath.Dir(name); folder != "." {
		if err := k.root.MkdirAll(folder, 0o700); err != nil {
			return File{}, err
		}
	}
	f, err := k.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	w := &counted{to: bufio.NewWriterSize(f, 1<<16), sum: sha256.New(), left: &k.left, ctx: k.ctx}
	switch err = fill(w); {
	case w.broken != nil: // of the disk, or the context
		err = w.broken
	case errors.Is(err, errFull):
		k.limit("%s was cut after %d bytes: the limit of all files is reached", name, w.n)
		err = nil
	case err != nil:
		k.problem("%s is not whole: %v", name, err)
		err = nil
	}
	err = errors.Join(err, w.to.Flush(), f.Sync(), f.Close())
	return File{Size: w.n, SHA256: hex.EncodeToString(w.sum.Sum(nil))}, err
}

// counted is a file with a hash and a limit.
type counted struct {
	ctx context.Context
	to  *bufio.Writer
	sum interface {
		io.Writer
		Sum([]byte) []byte
	}
	n      int64
	left   *int64
	broken error
}

// Write writes up to the limit.
func (c *counted) Write(p []byte) (int, error) {
	if c.broken == nil {
		c.broken = c.ctx.Err()
	}
	if c.broken != nil {
		return 0, c.broken
	}
	fits := p[:min(int64(len(p)), *c.left)]
	n, err := c.to.Write(fits)
	_, _ = c.sum.Write(fits[:n]) // a hash takes everything
	c.n += int64(n)
	*c.left -= int64(n)
	if err != nil {
		c.broken = err
		return n, err
	}
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}
