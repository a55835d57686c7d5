package main

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// page is one document.
type page struct {
	src   string // slash path below the root of the repository
	out   string // slash path below the site
	lang  string // en or ja
	title string
	text  []byte
	doc   ast.Node
	ids   map[string]bool // the anchors of its headings
	toc   []heading       // those of the second level
	other *page           // the same in the other language, if there is one
}

// heading is a heading that can be linked to.
type heading struct{ ID, Text string }

// place says where the page of a document stands in the site, and in which language it is.
// docs and content are left out of the path, Japanese pages are below ja.
func place(src string) (out, lang string) {
	lang = "en"
	name := strings.TrimSuffix(src, ".md")
	if rest, ok := strings.CutPrefix(name, "docs/ja/"); ok {
		name, lang = "docs/"+rest, "ja"
	} else if rest, ok := strings.CutSuffix(name, ".ja"); ok {
		name, lang = rest, "ja"
	}
	if name == "README" {
		name = "overview" // index is the page of docs
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "docs/"), "content/")
	if path.Base(name) == "README" {
		name = path.Join(path.Dir(name), "index")
	}
	out = strings.ToLower(name) + ".html"
	if lang == "ja" {
		out = "ja/" + out
	}
	return out, lang
}

// parse reads a document: it gives headings the anchors that GitHub gives them.
func (s *site) parse(src string, data []byte) *page {
	p := &page{src: src, text: data, ids: map[string]bool{}}
	p.out, p.lang = place(src)
	p.doc = s.markdown.Parser().Parse(text.NewReader(data))
	_ = ast.Walk(p.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML:
			s.fault(p, "raw HTML, which the site would leave out: %.60q", string(n.Text(data))) //nolint:staticcheck // the text of raw HTML has no other name
		case *ast.Heading:
			words := plain(n, data)
			id := slug(words)
			for base, i := id, 1; p.ids[id]; i++ {
				id = fmt.Sprintf("%s-%d", base, i)
			}
			p.ids[id] = true
			n.SetAttributeString("id", []byte(id))
			if n.Level == 1 && p.title == "" {
				p.title = words
			}
			if n.Level == 2 {
				p.toc = append(p.toc, heading{id, words})
			}
		}
		return ast.WalkContinue, nil
	})
	if p.title == "" {
		s.fault(p, "no heading of the first level")
	}
	return p
}

// plain returns the text of a node without its marks.
func plain(n ast.Node, data []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			switch n := n.(type) {
			case *ast.Text:
				b.Write(n.Segment.Value(data))
				if n.SoftLineBreak() {
					b.WriteByte(' ')
				}
			case *ast.String:
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// slug makes an anchor of a heading as GitHub does: letters in lower case, digits, _ and -
// stay, spaces become -, everything else goes.
func slug(words string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, words)
}
