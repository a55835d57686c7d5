package api

import (
	"bytes"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

// pagePolicy is what the pages may load: nothing but what is ours, and no script in them.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

// maxNext is the length in bytes of the longest place to go to after a sign-in.
const maxNext = 2000

// sheet is what all pages for people show.
type sheet struct {
	Lang, Title string
	T           *words
	Languages   []pageLink
	// Problem is what went wrong, Note what went well.
	Problem, Note string
	// Name is the user's, or what was typed.
	Name string
	// Passkeys reports that there can be some.
	Passkeys bool

	// Of the sign-in: where to go then, what stands for the password, and how to begin again.
	Next, Ticket, Again string
	Providers           []pageLink

	// Of the first start.
	Key  string
	Done bool
}

// pageLink is a link; of languages, the current one is none.
type pageLink struct {
	Href, Lang, Name, Label string
	Current                 bool
}

// sheet returns what all pages show, with links to the page at the path in the other
// language, which keep the values.
func (p *people) sheet(r *http.Request, at string, keep url.Values) *sheet {
	lang := language(r)
	view := &sheet{Lang: lang, T: english(), Passkeys: p.gate.party(r).Can()}
	if lang == "ja" {
		view.T = japanese()
	}
	for _, one := range []pageLink{{Lang: "en", Name: "English"}, {Lang: "ja", Name: "日本語"}} {
		query := url.Values{"lang": {one.Lang}}
		maps.Copy(query, keep)
		one.Href, one.Current = at+"?"+query.Encode(), one.Lang == lang
		view.Languages = append(view.Languages, one)
	}
	return view
}

// show answers with a page. A language that was chosen is kept.
func (p *people) show(w http.ResponseWriter, r *http.Request, code int, name string, view *sheet) {
	var text bytes.Buffer
	if err := p.pages.ExecuteTemplate(&text, name, view); err != nil {
		p.gate.failed(w, r, err)
		return
	}
	if r.URL.Query().Get("lang") == view.Lang {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where the connection is
			Name: languageCookie, Value: view.Lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: p.gate.encrypted(r), SameSite: http.SameSiteLaxMode,
		})
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes()) // who asked may be gone
}

// problem shows what went wrong on a page.
func (p *people) problem(w http.ResponseWriter, r *http.Request, name string, view *sheet, err error, provider string) {
	code, text, known := view.T.say(err, view.Lang, provider)
	if !known && r.Context().Err() == nil {
		p.gate.Log.ErrorContext(r.Context(), "a request failed", "path", r.URL.Path, "error", err)
	}
	view.Problem = text
	p.show(w, r, code, name, view)
}

// newPeople returns what serves people.
func newPeople(gate *Gate) *people {
	return &people{gate.Accounts, gate, template.Must(template.ParseFS(pageFiles, "pages/*.html"))} // they are embedded
}

// asset serves a file that the pages load.
func (p *people) asset(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	data, err := pageFiles.ReadFile("pages/" + name)
	if err != nil {
		p.gate.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind(name))
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(data) //nolint:gosec // it is embedded; who asked may be gone
}

// local returns the place to go to, if it is one of this server, and / otherwise: nobody
// is sent to another site by a link to ours.
func local(next string) string {
	if len(next) > maxNext || strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == '�' }) {
		return "/"
	}
	at, err := url.Parse(next)
	if err != nil || at.Scheme != "" || at.Opaque != "" || at.Host != "" || at.User != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(at.Path, "//") || strings.Contains(at.Path, `\`) {
		return "/"
	}
	if strings.HasPrefix(path.Clean(at.Path), "/login") || path.Clean(at.Path) == "/logout" {
		return "/"
	}
	return (&url.URL{Path: at.Path, RawPath: at.RawPath, RawQuery: at.RawQuery, Fragment: at.Fragment, RawFragment: at.RawFragment}).String()
}
