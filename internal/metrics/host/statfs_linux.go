package host

import "syscall"

// statfs asks a file system for its bytes and files.
func statfs(mount string) (size, free, avail, files, filesFree float64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(mount, &s); err != nil {
		return 0, 0, 0, 0, 0, err
	}
	unit := float64(s.Bsize)
	return float64(s.Blocks) * unit, float64(s.Bfree) * unit, float64(s.Bavail) * unit, float64(s.Files), float64(s.Ffree), nil
}
