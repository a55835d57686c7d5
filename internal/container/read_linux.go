package container

import (
	"errors"
	"io/fs"
	"syscall"
)

// readFile reads a file of the kernel into the buffer. An os.File would be made known to the
// poller and to the collector of garbage, a thousand times a second.
func readFile(path string, buf []byte) (n int, err error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	for n < len(buf) {
		more, err := syscall.Read(fd, buf[n:])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			_ = syscall.Close(fd) // it was only read
			return 0, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		if more <= 0 {
			break
		}
		n += more
	}
	_ = syscall.Close(fd) // it was only read
	return n, nil
}
