package document

import (
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// shorten makes text fit into a message.
func shorten(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// describe names what a node holds.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	switch v := scalar(n).(type) {
	case string:
		return fmt.Sprintf("the text %q", shorten(v))
	case bool:
		return "the truth value " + n.Value
	default:
		return "the number " + shorten(n.Value)
	}
}
