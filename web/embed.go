// Package web holds the pages that a browser shows, as they were built from src, so that
// nobody needs Node to build the program.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns what was built: index.html, and below assets what it and its scripts ask for.
// Beside each file stands the same packed, with .br and .gz behind its name.
func FS() fs.FS {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("BUG: " + err.Error()) // the path is a constant
	}
	return built
}
