package backup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/sasumata/sasumata/internal/disk"
)

// reserve is how many bytes of a disk an archive leaves free.
const reserve = 64 << 20

// Verify reads an archive to its end and compares all checksums.
func Verify(r io.Reader) (*Manifest, error) {
	return Read(r, func(string, int64, io.Reader) error { return nil })
}

// Extract makes the files of an archive in an empty folder, each on the disk and readable
// by its owner only. After an error the folder holds what is not to be believed.
func Extract(r io.Reader, dir string) (*Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return Read(r, func(name string, size int64, r io.Reader) error {
		if free, err := disk.Free(dir); err == nil && (free < reserve || uint64(size) > free-reserve) {
			return fmt.Errorf("%s needs %d bytes, and %d are free in %s", name, size, free, dir)
		}
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return err
		}
		f, err := root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if _, err = io.Copy(f, r); err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	})
}
