package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func pagesHandler(t *testing.T) http.Handler {
	t.Helper()
	h := newMatrixHouse(t)
	opts := h.options()
	opts.Pages = &Pages{
		Files: fstest.MapFS{
			"index.html": {Data: []byte("<p>plain")}, "index.html.br": {Data: []byte("brotli")}, "index.html.gz": {Data: []byte("gzip")},
			"assets/a-1.js": {Data: []byte("script")}, "assets/b-2.svg": {Data: []byte("<svg/>")},
		},
		Runbook: func(name string, japanese bool) string {
			if name != "network/rate_limit" {
				return ""
			}
			if japanese {
				return "# 手順"
			}
			return "# What to do"
		},
	}
	return handler(opts.routes(), h.Gate)
}

// TestPages: one page for all addresses that are not of the intake, in the form that the
// browser takes, which it keeps only as long as it is the same.
func TestPages(t *testing.T) {
	serve := pagesHandler(t)
	ask := func(path, encodings, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Header.Set("Accept-Encoding", encodings)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		serve.ServeHTTP(w, r)
		return w
	}
	f := func(path, encodings, body, encoding, kind, cache string) {
		t.Helper()
		w := ask(path, encodings, "")
		got := []string{w.Body.String(), w.Header().Get("Content-Encoding"), w.Header().Get("Content-Type"), w.Header().Get("Cache-Control")}
		want := []string{body, encoding, kind, cache}
		if strings.Join(got, "|") != strings.Join(want, "|") || w.Code != http.StatusOK {
			t.Errorf("%s (%s): %d %q, want %q", path, encodings, w.Code, got, want)
		}
		if again := ask(path, encodings, w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s again: %d", path, again.Code)
		}
	}
	const html, forEver = "text/html; charset=utf-8", "public, max-age=31536000, immutable"
	for _, path := range []string{"/", "/?q=severity:high", "/signals/abc", "/ui/logs", "/ui/no/such/page"} {
		f(path, "gzip, deflate, br, zstd", "brotli", "br", html, "no-cache")
	}
	f("/", "gzip", "gzip", "gzip", html, "no-cache")
	f("/", "gzip;q=0.5, br;q=0", "gzip", "gzip", html, "no-cache")
	f("/", "gzip; q=0.0, br;q=x", "<p>plain", "", html, "no-cache")
	f("/", "", "<p>plain", "", html, "no-cache")
	f("/ui/assets/a-1.js", "br", "script", "", "text/javascript; charset=utf-8", forEver)
	f("/ui/assets/b-2.svg", "br", "<svg/>", "", "image/svg+xml", forEver)

	missing := func(path string) {
		t.Helper()
		if w := ask(path, "br", ""); w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	missing("/ui/assets/c-3.js")
	missing("/ui/assets/..%2findex.html.br")
	missing("/ui/assets/..%2findex.html.gz")

	policy := ask("/", "", "").Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
}

// TestRunbook: whoever may look at signals may read what is to be done about them.
func TestRunbook(t *testing.T) {
	serve := pagesHandler(t)
	f := func(query string, code int, want string) {
		t.Helper()
		w := (&somebody{bearer: "a-token-of-a-reader-here"}).ask(serve, http.MethodGet, "/api/v1/runbook?"+query)
		if w.Code != code || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s, want %d %s", query, w.Code, w.Body, code, want)
		}
	}
	f("name=network/rate_limit", http.StatusOK, "What to do")
	f("name=network/rate_limit&lang=ja", http.StatusOK, "手順")
	f("name=network/none", http.StatusNotFound, "no such runbook")
	f("name=../secret", http.StatusBadRequest, "such as")
	f("", http.StatusBadRequest, "such as")
	f("name=a&lang=fr", http.StatusBadRequest, "want en or ja")
	f("name=a&x=1", http.StatusBadRequest, "unknown")
}
