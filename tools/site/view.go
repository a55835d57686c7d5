package main

import "html/template"

// view is what the layout of a page is made of.
type view struct {
	Lang, Title, Source      string
	Style, Home              string
	Other, OtherLang, Switch string // the same page in the other language; empty when there is none
	Words                    words
	Nav                      []navGroup
	Contents                 []heading
	Body                     template.HTML
}

type navGroup struct {
	Title   string
	Entries []navEntry
}

type navEntry struct {
	Title, To string
	Here      bool
}

// words are the texts of the layout.
type words struct{ Pages, OnThisPage, Skip, Source string }

// view says what stands on a page. The body is what goldmark made of a document of the
// repository, without raw HTML.
func (s *site) view(p *page, body string) view {
	v := view{
		Lang: p.lang, Title: p.title, Source: s.source + p.src,
		Style: relative(p.out, "style.css"), Home: relative(p.out, "index.html"),
		Words: words{"Pages", "On this page", "To the text", "Markdown"},
		Body:  template.HTML(body), //nolint:gosec // see above
	}
	if p.lang == "ja" {
		v.Home = relative(p.out, "ja/index.html")
		v.Words = words{"ページ", "このページの内容", "本文へ", "Markdown"}
	}
	if p.other != nil {
		v.Other, v.OtherLang, v.Switch = relative(p.out, p.other.out), p.other.lang, "English"
		if p.other.lang == "ja" {
			v.Switch = "日本語"
		}
	}
	if len(p.toc) > 2 {
		v.Contents = p.toc
	}
	for _, g := range s.nav[p.lang] {
		shown := navGroup{Title: g.Title}
		for _, e := range g.Entries {
			shown.Entries = append(shown.Entries, navEntry{e.Title, relative(p.out, e.page.out), e.page == p})
		}
		v.Nav = append(v.Nav, shown)
	}
	return v
}
