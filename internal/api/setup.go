package api

import (
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/auth"
)

//go:embed setup.html
var setupFile embed.FS

// setupView is what the page of the first start shows.
type setupView struct {
	Key, Problem string
	Japanese     bool
	Done         bool
}

func (p *people) show(w http.ResponseWriter, r *http.Request, code int, view setupView) {
	page, err := template.ParseFS(setupFile, "setup.html")
	if err != nil {
		p.gate.failed(w, r, err)
		return
	}
	view.Japanese = strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "ja")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = page.Execute(w, view) // who asked may be gone
}

// setupPage is what the link of the first start shows.
func (p *people) setupPage(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	if !p.accounts.IsSetup(key) {
		p.show(w, r, http.StatusForbidden, setupView{Problem: access.ErrSetUp.Error()})
		return
	}
	p.show(w, r, http.StatusOK, setupView{Key: key})
}

// setUp adds the first user.
func (p *people) setUp(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := p.encryptedOnly(r)
	if err == nil {
		err = r.ParseForm()
	}
	if err != nil {
		p.show(w, r, http.StatusBadRequest, setupView{Problem: err.Error()})
		return
	}
	key := r.PostForm.Get("key")
	if err := p.accounts.SetUp(r.Context(), key, auth.Peer(r), r.PostForm.Get("name"), r.PostForm.Get("password")); err != nil {
		view := setupView{Problem: err.Error()}
		if p.accounts.IsSetup(key) {
			view.Key = key
		}
		p.show(w, r, http.StatusForbidden, view)
		return
	}
	p.show(w, r, http.StatusOK, setupView{Done: true})
}
