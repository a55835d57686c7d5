//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// Lock locks the file until it is closed, or the program ends in whatever way. The error
// is ErrLocked when another run has it locked.
func Lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
