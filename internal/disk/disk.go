// Package disk says how much room there is on a disk, and keeps two runs from using the
// same files.
package disk

import (
	"errors"
	"os"
)

// ErrLocked says that another run has locked a file.
var ErrLocked = errors.New("another run is using it: wait until it is done")

// LockFile makes the file if need be and locks it: see Lock. Closing it lets go.
func LockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := Lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
