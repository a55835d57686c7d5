// Package sample holds a configuration with every key of the server, explained, and a JSON
// schema for editors. Both are made of the types of the configuration and their comments;
// the test of the package makes them anew with -update.
package sample

import _ "embed"

//go:embed sasumata.yaml
var yaml string

//go:embed schema.json
var schema string

// YAML returns the configuration. Every key stands behind a #, with its default or an
// example; keys that exclude one of those stand behind ##.
func YAML() string { return yaml }

// Schema returns the JSON schema (draft 2020-12).
func Schema() string { return schema }
