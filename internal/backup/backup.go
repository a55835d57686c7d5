// Package backup writes and reads archives of a server's data folder: tar, packed by
// zstd, with a manifest at the end that has the SHA-256 of every file. An archive without
// its end, or with anything in it that the manifest does not say, is no archive.
package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Format is the version of the archives that this program writes, and the newest that it
// reads.
const Format = 1

const (
	// manifestName is the last file of an archive.
	manifestName = "manifest.json"
	// maxManifest is the size in bytes of the largest manifest: of a million files.
	maxManifest = 256 << 20
	// maxFiles is how many files an archive may hold.
	maxFiles = 1_000_000
	// maxName is the length in bytes of the longest name of a file.
	maxName = 1000
	// maxWindow is how many bytes of memory unpacking may take.
	maxWindow = 64 << 20
)

// ErrDamaged says that an archive is not what was written. Errors of Read wrap it.
var ErrDamaged = errors.New("the backup is damaged")

// Manifest says what is in an archive.
type Manifest struct {
	// Format is the version of the archive.
	Format int `json:"format"`
	// Program is the version of the program that wrote it, Host the machine.
	Program string `json:"program"`
	Host    string `json:"host,omitempty"`
	// Began is when it was begun: all that the server had acknowledged by then is in it.
	Began time.Time `json:"began"`
	// Secrets reports that it holds what people and programs sign in with.
	Secrets bool `json:"secrets"`
	// Lacks says in sentences what is not in it.
	Lacks []string `json:"lacks,omitempty"`
	// Files are its files. Write fills them in.
	Files []Entry `json:"files"`
}

// Entry is a file of an archive.
type Entry struct {
	// Name is its path below the data folder, with slashes.
	Name string `json:"name"`
	// Size is its length in bytes.
	Size int64 `json:"size"`
	// SHA256 is its checksum in hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// Bytes returns how much the files hold together.
func (m *Manifest) Bytes() (n int64) {
	for i := range m.Files {
		n += m.Files[i].Size
	}
	return n
}

// File is a file to be put into an archive.
type File struct {
	// Name is its path below the data folder, with slashes.
	Name string
	// Size is how many of its bytes are taken, from the beginning.
	Size int64
	// Open opens it.
	Open func() (io.ReadCloser, error)
}

// Write writes an archive of the files, in their order, and returns what is in it.
func Write(w io.Writer, m Manifest, files []File) (*Manifest, error) {
	m.Format, m.Files = Format, make([]Entry, 0, len(files))
	pack, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)) // parts are packed already
	if err != nil {
		return nil, err
	}
	out := tar.NewWriter(pack)
	for i := range files {
		f := &files[i]
		if err := checkName(f.Name); err != nil {
			return nil, fmt.Errorf("back up: %w", err)
		}
		one, err := add(out, f, m.Began)
		if err != nil {
			return nil, fmt.Errorf("back up %s: %w", f.Name, err)
		}
		m.Files = append(m.Files, one)
	}
	text, err := json.MarshalIndent(&m, "", " ")
	if err != nil {
		return nil, err
	}
	if err := out.WriteHeader(header(manifestName, int64(len(text)), m.Began)); err != nil {
		return nil, err
	}
	if _, err := out.Write(text); err != nil {
		return nil, err
	}
	return &m, errors.Join(out.Close(), pack.Close())
}

func add(out *tar.Writer, f *File, at time.Time) (one Entry, err error) {
	in, err := f.Open()
	if err != nil {
		return one, err
	}
	defer in.Close()
	if err := out.WriteHeader(header(f.Name, f.Size, at)); err != nil {
		return one, err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(out, sum), in, f.Size); err != nil {
		return one, err
	}
	return Entry{f.Name, f.Size, hex.EncodeToString(sum.Sum(nil))}, nil
}

func header(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Name: name, Size: size, Mode: 0o600, Typeflag: tar.TypeReg, ModTime: at.Truncate(time.Second)}
}

// checkName refuses names that lead out of a folder, or that are ours.
func checkName(name string) error {
	if name == manifestName || len(name) > maxName || !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' || r == ':' || r == 0x7f }) {
		return fmt.Errorf("the name %q of a file", name)
	}
	return nil
}

// Read reads an archive to its end and hands each file to each, which may leave some of it
// unread. It returns what is in the archive once all of it was found to be what was
// written; until then, nothing that each was given may be believed.
func Read(r io.Reader, each func(name string, size int64, r io.Reader) error) (*Manifest, error) {
	unpack, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, damaged("%w", err)
	}
	defer unpack.Close()
	in := tar.NewReader(unpack)
	found := map[string]Entry{}
	for {
		h, err := in.Next()
		if err != nil {
			return nil, damaged("it has no end: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			return nil, damaged("%q is no file", h.Name)
		}
		if h.Name == manifestName {
			return finish(in, h.Size, found)
		}
		if err := checkName(h.Name); err != nil {
			return nil, damaged("%w", err)
		}
		if _, twice := found[h.Name]; twice || len(found) == maxFiles {
			return nil, damaged("%q is there twice, or there are more than %d files", h.Name, maxFiles)
		}
		sum := sha256.New()
		body := &summed{from: in, sum: sum}
		if err := each(h.Name, h.Size, body); err != nil {
			if body.failed != nil {
				return nil, damaged("%s: %w", h.Name, body.failed)
			}
			return nil, err
		}
		if _, err := io.Copy(sum, in); err != nil { //nolint:gosec // nothing of it is kept
			return nil, damaged("%s: %w", h.Name, err)
		}
		found[h.Name] = Entry{h.Name, h.Size, hex.EncodeToString(sum.Sum(nil))}
	}
}

// summed adds up what is read.
type summed struct {
	from   io.Reader
	sum    hash.Hash
	failed error // of the archive, not of who reads it
}

// Read reads from the archive.
func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}

// finish reads the manifest and compares it with what was found.
func finish(in *tar.Reader, size int64, found map[string]Entry) (*Manifest, error) {
	if size > maxManifest {
		return nil, damaged("its manifest has %d bytes", size)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, damaged("its manifest: %w", err)
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, damaged("its manifest: %w", err)
	}
	if m.Format < 1 || m.Format > Format {
		return nil, fmt.Errorf("the backup has format %d, this program reads up to %d: use the newer program", m.Format, Format)
	}
	if _, err := in.Next(); !errors.Is(err, io.EOF) {
		return nil, damaged("something stands behind its end: %v", err)
	}
	for i := range m.Files {
		want := m.Files[i]
		got, ok := found[want.Name]
		switch {
		case !ok:
			return nil, damaged("%q is missing", want.Name)
		case got != want:
			return nil, damaged("%s has %d bytes with the checksum %s, want %d with %s", want.Name, got.Size, got.SHA256, want.Size, want.SHA256)
		}
		delete(found, want.Name)
	}
	for name := range found {
		return nil, damaged("%q is not in the manifest, or twice", name)
	}
	return m, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}
