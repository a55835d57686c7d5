package workload

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// source is one file of a compose project with the places of what stands in it.
type source struct {
	file string
	root document.Node
}

// places finds lines in the files of a project: later files lay over earlier ones.
// Lines are those of the first, which findings name; what only stands in another has none.
type places []source

// find returns the value under the keys in the last file that has it, and the line
// of the last key.
func (p places) find(path ...string) (n document.Node, file string, line int) {
	for i, s := range slices.Backward(p) {
		n, line := s.root, 0
		found := true
		for _, key := range path {
			next, ok := n.Get(key)
			if !ok {
				found = false
				break
			}
			line = n.KeyPos(key).Line
			n = next
		}
		if i > 0 {
			line = 0
		}
		if found {
			return n, s.file, line
		}
	}
	return document.Node{}, "", 0
}

// item returns the line of the item of a list that holds the text, otherwise that of
// the list.
func (p places) item(text string, path ...string) int {
	n, file, line := p.find(path...)
	if len(p) > 0 && file != p[0].file {
		return 0
	}
	for item := range n.Items() {
		if item.Kind() == document.Scalar && (item.Text() == text || text != "" && strings.Contains(item.Text(), text)) {
			return item.Pos().Line
		}
		for _, v := range item.Pairs() {
			if v.Kind() == document.Scalar && v.Text() == text && text != "" {
				return item.Pos().Line
			}
		}
	}
	return line
}

// lines returns the lines of the keys of a mapping.
func (p places) lines(path ...string) map[string]int {
	out := map[string]int{}
	for _, s := range p[:min(len(p), 1)] {
		n := s.root
		for _, key := range path {
			n, _ = n.Get(key)
		}
		for key := range n.Pairs() {
			out[key] = n.KeyPos(key).Line
		}
	}
	return out
}

// written returns the pairs of a mapping, or of a list of KEY=VALUE, as they were
// written: value and line by key.
func (p places) written(path ...string) map[string]written {
	out := map[string]written{}
	for i, s := range p {
		line := func(at document.Pos) int {
			if i > 0 {
				return 0
			}
			return at.Line
		}
		n := s.root
		for _, key := range path {
			n, _ = n.Get(key)
		}
		for key, v := range n.Pairs() {
			out[key] = written{v.Text(), line(n.KeyPos(key))}
		}
		for item := range n.Items() {
			key, value, _ := strings.Cut(item.Text(), "=")
			out[key] = written{value, line(item.Pos())}
		}
	}
	return out
}

type written struct {
	text string
	line int
}
