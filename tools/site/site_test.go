package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// small is a repository with a page in both languages, another one, and a file that is no page.
func small(more map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	put("docs/README.md", "# Documentation\n\n## Start\n\n- [A](a.md)\n- [Architecture](../ARCHITECTURE.md)\n")
	put("docs/ja/README.md", "# ドキュメント\n\n## はじめに\n\n- [あ](a.md)\n")
	put("docs/a.md", "# A `page`\n\n![p](images/P.png) [b](#two-words-1) [rules](../content/rules) [arch](../ARCHITECTURE.md)\n\n## Two words\n\n## Two, words!\n\n## Third_one\n")
	put("docs/ja/a.md", "# あ\n\n[図](../images/P.png) [節](#二つ目の節)\n\n## 二つ目の、節\n")
	put("docs/images/P.png", "png")
	put("content/rules/x.yaml", "")
	put("ARCHITECTURE.md", "# Architecture\n\n[a](docs/a.md#third_one) <https://example.com/>\n")
	for name, text := range more {
		put(name, text)
	}
	return files
}

func TestSite(t *testing.T) {
	s, err := read(small(nil), "https://source.example/")
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := s.write(to); err != nil {
		t.Fatal(err)
	}
	f := func(name string, want ...string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(string(data), part) {
				t.Errorf("%s lacks %s:\n%s", name, part, data)
			}
		}
	}
	f("index.html", `<li><a href="a.html">A</a></li>`, `<li><a href="architecture.html">Architecture</a></li>`, `hreflang="ja" lang="ja">日本語`)
	f("a.html", `<title>A page · Sasumata</title>`, `src="images/p.png"`, `href="#two-words-1"`, `<h2 id="two-words-1">`, `href="https://source.example/content/rules"`,
		`href="architecture.html"`, `aria-current="page"`, `<summary>On this page</summary>`, `href="ja/a.html"`)
	f("ja/a.html", `<html lang="ja">`, `href="../a.html" hreflang="en"`, `href="../style.css"`, `<h2 id="二つ目の節">`, `<li><a href="a.html" aria-current="page">あ</a></li>`)
	f("architecture.html", `href="a.html#third_one"`, `href="https://example.com/"`)
	f("images/p.png", "png")
	f("style.css", "prefers-color-scheme: dark")
}

func TestFaults(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := read(small(map[string]string{"docs/b.md": text}), "https://source.example/")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	f("# B\n\n[x](missing.md)\n", "docs/b.md: missing.md leads nowhere")
	f("# B\n\n[x](a.md#none)\n", "docs/b.md: a.md#none: docs/a.md has no such heading")
	f("# B\n\n[x](#none)\n", "docs/b.md: #none: docs/b.md has no such heading")
	f("# B\n\n<b>x</b>\n", "docs/b.md: raw HTML")
	f("# B\n\n<table>\n</table>\n", "docs/b.md: raw HTML")
	f("no heading\n", "docs/b.md: no heading of the first level")
	_, err := read(small(map[string]string{"docs/b.md": "x\n\n[y](z.md)\n"}), "")
	if err == nil || strings.Count(err.Error(), "docs/b.md") != 2 {
		t.Errorf("not all faults at once: %v", err)
	}
}
