package image

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"path"
	"strings"
)

// archive is what was found in one, by the names of its files.
type archive struct {
	descriptions map[string][]byte
	layers       map[string]*layer
	links        map[string]string
	seed         maphash.Seed

	blobs, entries, described, text int
	bytes                           *meter
}

// Read reads an archive of images, compressed or not. It returns its images, and notes
// about what was left out. The error says what is wrong with the archive; it is ErrNoImage
// or ErrLimit, or that of the context or of the input.
func Read(ctx context.Context, name string, in io.Reader, o Options) (images []*Document, notes []string, err error) {
	a := &archive{
		descriptions: map[string][]byte{}, layers: map[string]*layer{}, links: map[string]string{}, seed: maphash.MakeSeed(),
		bytes: &meter{ctx: ctx, left: maxBytes},
	}
	if err := a.read(in); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	images, notes, err = a.images(o)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range notes {
		notes[i] = name + ": " + notes[i]
	}
	return images, notes, nil
}

// Looks reports whether a file that begins with these bytes may be an archive: a tar
// archive, or something compressed.
func Looks(head []byte) bool {
	return len(head) >= 512 && string(head[257:262]) == "ustar" || packing(head) != ""
}

func (a *archive) read(in io.Reader) error {
	plain, closer, err := a.bytes.unpack(bufio.NewReaderSize(in, 1<<16))
	if err != nil {
		return err
	}
	defer closer()
	files := tar.NewReader(plain)
	for {
		h, err := files.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && a.blobs == 0 && !a.bytes.own(err):
			return fmt.Errorf("%w: it is no tar archive: %w", ErrNoImage, err)
		case err != nil:
			return fmt.Errorf("read the archive: %w", err)
		}
		if a.blobs++; a.blobs > maxBlobs {
			return fmt.Errorf("%w: more than %d files in the archive", ErrLimit, maxBlobs)
		}
		name, err := clean(h.Name)
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeReg:
			if err := a.blob(name, h.Size, files); err != nil {
				return fmt.Errorf("read the archive: %s: %w", Printable(name), err)
			}
		case tar.TypeSymlink:
			to, err := clean(path.Join(path.Dir(name), h.Linkname)) //nolint:gosec // a name in the archive, never one on this machine
			if err != nil {
				return err
			}
			a.links[name] = to
		case tar.TypeLink:
			to, err := clean(h.Linkname)
			if err != nil {
				return err
			}
			a.links[name] = to
		}
	}
}

// clean brings a name in an archive to the form a/b: nothing leads out of it.
func clean(name string) (string, error) {
	if len(name) > maxPath {
		return "", fmt.Errorf("%w: a path is longer than %d bytes", ErrLimit, maxPath)
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

// Printable is a name as it may stand in a message: the start of it, with what is not
// printable written out.
func Printable(name string) string {
	q := fmt.Sprintf("%.200q", name)
	if q == `"`+name+`"` {
		return name
	}
	return q
}

// blob reads a file of the archive: a description, a layer, or something else. A file
// deeper in folders than any layer is that of a file system, not of an image.
func (a *archive) blob(name string, size int64, in io.Reader) error {
	if strings.Count(name, "/") > 1 && !strings.HasPrefix(name, "blobs/") {
		return nil
	}
	r := bufio.NewReaderSize(in, 1<<12)
	head, err := r.Peek(1)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	if (head[0] == '{' || head[0] == '[') && size <= maxJSON {
		data, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
		if err != nil {
			return err
		}
		if json.Valid(data) {
			if a.described += len(data); a.described > maxJSONs {
				return fmt.Errorf("%w: descriptions of more than %d bytes", ErrLimit, maxJSONs)
			}
			a.descriptions[name] = data
			return nil
		}
		r = bufio.NewReaderSize(strings.NewReader(string(data)), 1<<12)
	}
	l, err := a.layer(r)
	if err != nil {
		return err
	}
	a.layers[name] = l
	return nil
}

// follow returns the file that a name is a link to.
func (a *archive) follow(name string) string {
	for range 8 {
		to, ok := a.links[name]
		if !ok {
			return name
		}
		name = to
	}
	return name
}
