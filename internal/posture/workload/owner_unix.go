//go:build unix

package workload

import (
	"io/fs"
	"syscall"
)

// owners returns the numbers of the user and group that a file belongs to.
func owners(info fs.FileInfo) (user, group uint32, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return s.Uid, s.Gid, true
}
