package api

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// pagesPolicy is what a browser may do with our pages: run our scripts, ask our API, and
// nothing else. Text cannot become a script (Trusted Types without any policy), an event
// handler or a style.
const pagesPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Pages serves what a browser shows: one page, whose scripts know the others by the address.
type Pages struct {
	// Files are index.html, and below assets what it asks for, under names that change
	// with the content. Beside each may stand the same packed, with .br or .gz behind it.
	Files fs.FS
	// Runbook returns the Markdown text of a runbook, in Japanese where there is one and
	// it is wanted; "" when there is none.
	Runbook func(name string, japanese bool) string
}

// index serves the page. A browser asks each time whether there is another one.
func (p *Pages) index(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", pagesPolicy)
	h.Set("Cache-Control", "no-cache")
	p.send(w, r, "index.html")
}

// asset serves what the page asks for. Its name says what is in it, so it never changes.
func (p *Pages) asset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	p.send(w, r, path.Join("assets", r.PathValue("name")))
}

// send sends a file in the form that the browser takes and that is the smallest.
func (p *Pages) send(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
		name = "" // only as another form of what it packs
	}
	for _, form := range []struct{ encoding, ending string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
		if form.encoding != "" && !accepts(r.Header.Get("Accept-Encoding"), form.encoding) {
			continue
		}
		data, err := fs.ReadFile(p.Files, name+form.ending)
		if err != nil {
			continue
		}
		sum := sha256.Sum256(data)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", kind(name))
		if form.encoding != "" {
			h.Set("Content-Encoding", form.encoding)
		}
		h.Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data) // who asked may be gone
		return
	}
	h.Set("Cache-Control", "no-store")
	say(w, http.StatusNotFound, "there is no such file")
}

// kind returns the type of a file by its name. The tables of the system could say anything.
func kind(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

// accepts reports whether the header Accept-Encoding takes the encoding.
func accepts(header, encoding string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			weight, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			q, err := strconv.ParseFloat(weight, 64)
			return !ok || err == nil && q > 0
		}
	}
	return false
}

// runbook answers with the text that a rule names.
func (p *Pages) runbook(r *http.Request) (any, error) {
	params, err := known(r, "name", "lang")
	if err != nil {
		return nil, err
	}
	if lang := params.Get("lang"); lang != "" && lang != "en" && lang != "ja" {
		return nil, wrong(fmt.Errorf("lang %q, want en or ja", lang))
	}
	if name := params.Get("name"); name == "" || !fs.ValidPath(name) {
		return nil, wrong(errors.New("name: want that of a runbook, such as network/rate_limit"))
	}
	text := p.Runbook(params.Get("name"), params.Get("lang") == "ja")
	if text == "" {
		return nil, &problem{http.StatusNotFound, "there is no such runbook"}
	}
	return struct {
		Text string `json:"text"`
	}{text}, nil
}
