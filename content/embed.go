// Package content holds what the product knows by default: pipelines, rules,
// patterns, runbooks, lists and the feeds of threat lists, each file with its test
// beside it; and what is told to, and added to, the OWASP Core Rule Set.
package content

import (
	"embed"
	"io/fs"
)

//go:embed pipelines rules patterns runbooks lists sigma threats waf
var files embed.FS

// FS returns the default content as a read-only file tree.
func FS() fs.FS { return files }
