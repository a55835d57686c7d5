//go:build unix

package app

import (
	"io/fs"
	"syscall"
)

// groupOf returns the group that a file belongs to.
func groupOf(info fs.FileInfo) (gid uint32, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return stat.Gid, true
}
