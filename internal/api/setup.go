package api

import (
	"net/http"
	"net/url"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/auth"
)

func (p *people) setupView(r *http.Request, key string) *sheet {
	view := p.sheet(r, "/setup", url.Values{"key": {key}})
	view.Title = view.T.SetupTitle
	if p.accounts.IsSetup(key) {
		view.Key = key
	}
	return view
}

// setupPage is what the link of the first start shows.
func (p *people) setupPage(w http.ResponseWriter, r *http.Request) {
	view := p.setupView(r, r.URL.Query().Get("key"))
	if view.Key == "" {
		p.problem(w, r, "setup", view, access.ErrSetUp, "")
		return
	}
	p.show(w, r, http.StatusOK, "setup", view)
}

// setUp adds the first user, who is signed in then and led to the welcome.
func (p *people) setUp(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := p.encryptedOnly(r)
	if err == nil {
		err = form(r)
	}
	key := r.PostForm.Get("key")
	if err == nil {
		err = p.accounts.SetUp(r.Context(), key, auth.Peer(r), r.PostForm.Get("name"), r.PostForm.Get("password"))
	}
	view := p.setupView(r, key)
	if err != nil {
		view.Name = r.PostForm.Get("name")
		p.problem(w, r, "setup", view, err, "")
		return
	}
	l := p.knock(r)
	l.Name, l.Password = r.PostForm.Get("name"), r.PostForm.Get("password")
	secret, err := p.accounts.SignIn(r.Context(), l)
	if err != nil { // such as that too many sign in: the link below leads on
		view.Done = true
		p.show(w, r, http.StatusOK, "setup", view)
		return
	}
	p.gate.setCookie(w, r, secret)
	redirect(w, "/ui/welcome")
}
