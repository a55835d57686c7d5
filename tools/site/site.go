package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
)

//go:embed style.css
var style []byte

//go:embed page.html
var layout string

// site is all pages, and what is wrong with them.
type site struct {
	root     fs.FS
	source   string
	markdown goldmark.Markdown
	pages    map[string]*page // by src
	assets   map[string]string
	nav      map[string][]group // by language
	faults   []error
}

// group is a part of the navigation.
type group struct {
	Title   string
	Entries []entry
}

// entry is a page in the navigation.
type entry struct {
	Title string
	page  *page
}

// read reads all documents and resolves their links.
func read(root fs.FS, source string) (*site, error) {
	s := &site{
		root: root, source: source, markdown: goldmark.New(goldmark.WithExtensions(extension.GFM)),
		pages: map[string]*page{}, assets: map[string]string{}, nav: map[string][]group{},
	}
	names, err := documents(root)
	if err != nil {
		return nil, err
	}
	at := map[string]*page{}
	for _, name := range names {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		p := s.parse(name, data)
		if twin := at[p.out]; twin != nil {
			return nil, fmt.Errorf("%s and %s are both %s", twin.src, name, p.out)
		}
		s.pages[name], at[p.out] = p, p
	}
	for _, p := range s.pages {
		if p.lang == "ja" {
			if en := at[strings.TrimPrefix(p.out, "ja/")]; en != nil {
				p.other, en.other = en, p
			}
		}
	}
	for lang, name := range map[string]string{"en": "docs/README.md", "ja": "docs/ja/README.md"} {
		if s.pages[name] == nil {
			return nil, fmt.Errorf("%s, the navigation, is not there", name)
		}
		s.nav[lang] = s.navigation(s.pages[name])
	}
	for _, p := range s.pages {
		s.links(p)
	}
	slices.SortFunc(s.faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return s, errors.Join(s.faults...)
}

// documents returns the names of all documents that are pages.
func documents(root fs.FS) (names []string, err error) {
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "content/runbooks/*/*.md", "content/policies/*.md"} {
		found, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return nil, errors.New("no documents: is -root the folder of the repository?")
	}
	return names, nil
}

// navigation reads the groups of an index page: a heading of the second level, and the
// first link of each item of the lists below it.
func (s *site) navigation(p *page) (groups []group) {
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				groups = append(groups, group{Title: plain(n, p.text)})
			}
		case *ast.List:
			for item := n.FirstChild(); item != nil && len(groups) > 0; item = item.NextSibling() {
				link := firstLink(item)
				if link == nil {
					s.fault(p, "an item without a link: %.60q", plain(item, p.text))
					continue
				}
				name, _, _ := strings.Cut(string(link.Destination), "#")
				if to := s.pages[path.Join(path.Dir(p.src), name)]; to != nil { // else links says so
					last := &groups[len(groups)-1]
					last.Entries = append(last.Entries, entry{plain(link, p.text), to})
				}
			}
		}
	}
	return groups
}

func firstLink(n ast.Node) (found *ast.Link) {
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			found = link
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

// links makes the links of a page those of the site.
func (s *site) links(p *page) {
	_ = ast.Walk(p.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			switch n := n.(type) {
			case *ast.Link:
				n.Destination = []byte(s.target(p, string(n.Destination), false))
			case *ast.Image:
				n.Destination = []byte(s.target(p, string(n.Destination), true))
			}
		}
		return ast.WalkContinue, nil
	})
}

// target returns where a link of a page leads to in the site.
func (s *site) target(p *page, link string, image bool) string {
	name, anchor, hasAnchor := strings.Cut(link, "#")
	if strings.Contains(name, "://") || strings.HasPrefix(name, "mailto:") {
		return link
	}
	file := p.src
	if name != "" {
		file = path.Join(path.Dir(p.src), name)
	}
	to := s.pages[file]
	switch _, err := fs.Stat(s.root, file); {
	case err != nil:
		s.fault(p, "%s leads nowhere", link)
	case image:
		out, _ := place(file)
		s.assets[file] = strings.TrimSuffix(out, ".html")
		return relative(p.out, s.assets[file])
	case to == nil:
		return s.source + file
	case hasAnchor && !to.ids[anchor]:
		s.fault(p, "%s: %s has no such heading", link, file)
	}
	switch {
	case to == nil || to == p && hasAnchor:
		return "#" + anchor
	case hasAnchor:
		return relative(p.out, to.out) + "#" + anchor
	default:
		return relative(p.out, to.out)
	}
}

// relative returns the way from one page to another.
func relative(from, to string) string {
	way, err := filepath.Rel(filepath.FromSlash(path.Dir(from)), filepath.FromSlash(to))
	if err != nil {
		panic("BUG: " + err.Error()) // both are below the site
	}
	return filepath.ToSlash(way)
}

func (s *site) fault(p *page, format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf("%s: "+format, append([]any{p.src}, args...)...))
}

// write writes the site into a folder, over what is there.
func (s *site) write(folder string) error {
	page, err := template.New("page").Parse(layout)
	if err != nil {
		return err
	}
	put := func(name string, data []byte) error {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // people read it
			return err
		}
		return os.WriteFile(name, data, 0o644) //nolint:gosec // people read it
	}
	for _, p := range s.pages {
		var body, whole bytes.Buffer
		if err := s.markdown.Renderer().Render(&body, p.text, p.doc); err != nil {
			return fmt.Errorf("%s: %w", p.src, err)
		}
		if err := page.Execute(&whole, s.view(p, body.String())); err != nil {
			return fmt.Errorf("%s: %w", p.src, err)
		}
		if err := put(p.out, whole.Bytes()); err != nil {
			return err
		}
	}
	for src, out := range s.assets {
		data, err := fs.ReadFile(s.root, src)
		if err != nil {
			return err
		}
		if err := put(out, data); err != nil {
			return err
		}
	}
	return put("style.css", style)
}
