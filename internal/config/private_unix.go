//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// handedByRoot reports whether root hands a file to this program without making it the
// program's own, as service managers do: it belongs to root, nobody can change it, and its
// group, which may read it, is root's or the program's own. Kubernetes gives secrets this
// form (0440 with fsGroup), and systemd credentials, whose access list shows as it.
func handedByRoot(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && owner.Uid == 0 && info.Mode().Perm()&0o237 == 0 && (owner.Gid == 0 || int(owner.Gid) == os.Getegid())
}
