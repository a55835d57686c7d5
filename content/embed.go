// Package content holds what the product knows by default: pipelines, policies, rules,
// patterns, runbooks, lists and the feeds of threat lists, each file with its test
// beside it; and what is told to, and added to, the OWASP Core Rule Set; rules for conftest.
package content

import (
	"embed"
	"io/fs"
)

//go:embed conftest dashboards pipelines policies rules patterns runbooks lists metrics sigma threats waf
var files embed.FS

// FS returns the default content as a read-only file tree.
func FS() fs.FS { return files }
