//go:build !linux

package container

import (
	"errors"
	"io"
	"os"
)

// readFile reads a file into the buffer.
func readFile(path string, buf []byte) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(f, buf)
	_ = f.Close() // it was only read
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	return n, nil
}
