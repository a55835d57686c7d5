//go:build !linux

package host

import "errors"

// statfs is Linux's.
func statfs(string) (size, free, avail, files, filesFree float64, err error) {
	return 0, 0, 0, 0, 0, errors.ErrUnsupported
}
