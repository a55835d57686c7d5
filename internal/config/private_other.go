//go:build !unix

package config

import "io/fs"

// handedByRoot reports whether the file is one that a service manager hands out.
func handedByRoot(fs.FileInfo) bool { return false }
