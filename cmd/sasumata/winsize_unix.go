//go:build linux || darwin

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// windowSize returns the size of the terminal that w is.
func windowSize(w any) (columns, rows int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, 0, false
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 0, 0, false
	}
	return int(size.Col), int(size.Row), true
}
