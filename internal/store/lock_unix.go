//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks the file until it is closed, or the program ends in whatever way.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errors.New("another run is writing to it: wait until it is done")
	}
	return err
}
