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

// Usage returns how full the folder's file system is, in per cent as df says it, and how many
// bytes it has.
func Usage(dir string) (percent float64, size uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	used := s.Blocks - s.Bfree
	if used+s.Bavail > 0 {
		percent = 100 * float64(used) / float64(used+s.Bavail)
	}
	return percent, s.Blocks * uint64(s.Bsize), nil
}
