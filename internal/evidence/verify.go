package evidence

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Verdict is what became of evidence since it was captured.
type Verdict struct {
	ID string `json:"id"`
	// Manifest is the hash of the manifest: the response of the server has the one of when it
	// was written.
	Manifest string `json:"manifest_sha256"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	// Wrong says what is not as it was; empty when all is.
	Wrong []string `json:"wrong"`
}

// maxWrong is how many faults a Verdict names.
const maxWrong = 100

func (v *Verdict) wrong(format string, args ...any) {
	if len(v.Wrong) < maxWrong {
		v.Wrong = append(v.Wrong, fmt.Sprintf(format, args...))
	}
}

// Verify compares all files of evidence with its manifest.
func (s *Store) Verify(ctx context.Context, id string) (*Verdict, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	root, err := s.root(id)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return verify(ctx, root)
}

// VerifyPath is Verify for a folder, or for an archive as Export writes it.
func VerifyPath(ctx context.Context, place string) (*Verdict, error) {
	info, err := os.Stat(place)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(place)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return verify(ctx, root)
	}
	f, err := os.Open(place)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return VerifyArchive(ctx, f)
}

func verify(ctx context.Context, root *os.Root) (*Verdict, error) {
	have := map[string]File{}
	v := &Verdict{Wrong: []string{}}
	var manifest []byte
	var sum string
	err := fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil || e.IsDir() {
			return err
		}
		if !e.Type().IsRegular() {
			v.wrong("%s is no file", name)
			return nil
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return look(ctx, name, f, have, &manifest, &sum)
	})
	if err != nil {
		return nil, fmt.Errorf("verify the evidence: %w", err)
	}
	return v.compare(manifest, sum, have), nil
}

// look reads a file of evidence.
func look(ctx context.Context, name string, r io.Reader, have map[string]File, manifest *[]byte, sum *string) error {
	if len(have) > 2*maxProcesses+1000 {
		return errors.New("there are too many files")
	}
	switch name {
	case manifestName:
		data, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
		*manifest = data
		return err
	case sumName:
		data, err := io.ReadAll(io.LimitReader(r, 1000))
		*sum, _, _ = strings.Cut(string(data), " ")
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(hash, &reader{ctx, r})
	have[name] = File{Path: name, Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))}
	return err
}

// compare compares what there is with what there was.
func (v *Verdict) compare(manifest []byte, sum string, have map[string]File) *Verdict {
	if manifest == nil {
		v.wrong("%s is missing", manifestName)
		return v
	}
	v.Manifest = hashOf(manifest)
	if v.Manifest != sum {
		v.wrong("%s is not as it was: its hash is %s, and %s says %.64q", manifestName, v.Manifest, sumName, sum)
	}
	m, _, err := parseManifest(manifest)
	if err != nil {
		v.wrong("%v", err)
		return v
	}
	v.ID = m.ID
	for _, want := range m.Files {
		got, found := have[want.Path]
		delete(have, want.Path)
		v.Files++
		v.Bytes += got.Size
		switch {
		case !found:
			v.wrong("%s is missing", want.Path)
		case got.Size != want.Size:
			v.wrong("%s has %d bytes, and had %d", want.Path, got.Size, want.Size)
		case got.SHA256 != want.SHA256:
			v.wrong("%s is not as it was", want.Path)
		}
	}
	for name := range have {
		v.wrong("%s was not captured", name)
	}
	return v
}

// Export writes evidence as a tar archive, packed by gzip, below a folder of its name.
func (s *Store) Export(ctx context.Context, id string, w io.Writer) error {
	zip := gzip.NewWriter(w)
	to := tar.NewWriter(zip)
	if err := s.Pack(ctx, id, "", to); err != nil {
		return err
	}
	return errors.Join(to.Close(), zip.Close())
}

// Pack adds the files of evidence to an archive, below a folder and one of its name.
func (s *Store) Pack(ctx context.Context, id, folder string, to *tar.Writer) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	root, err := s.root(id)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if err := to.WriteHeader(&tar.Header{Name: path.Join(folder, id, name), Mode: 0o600, Size: info.Size(), ModTime: info.ModTime(), Format: tar.FormatPAX}); err != nil {
			return err
		}
		_, err = io.CopyN(to, &reader{ctx, f}, info.Size())
		return err
	})
}

// VerifyArchive is Verify for what Export wrote.
func VerifyArchive(ctx context.Context, r io.Reader) (*Verdict, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("verify the evidence: %w", err)
	}
	have := map[string]File{}
	v := &Verdict{Wrong: []string{}}
	var manifest []byte
	var sum string
	for from := tar.NewReader(zip); ; {
		head, err := from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			v.wrong("the archive is broken: %v", err)
			break
		}
		_, name, found := strings.Cut(path.Clean(head.Name), "/")
		if head.Typeflag != tar.TypeReg || !found {
			v.wrong("%.200q is no file of evidence", head.Name)
			continue
		}
		if _, twice := have[name]; twice {
			v.wrong("%.200q is there twice", name)
		}
		if err := look(ctx, name, from, have, &manifest, &sum); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			v.wrong("%.200q: %v", name, err)
			break
		}
	}
	return v.compare(manifest, sum, have), nil
}
