//go:build linux || darwin

package disk

import "syscall"

// Free returns how many bytes of the folder's disk are free, for those who are not root.
func Free(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
