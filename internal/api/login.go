package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/auth"
)

// loginPage returns the page of the sign-in, which leads to next.
func (p *people) loginPage(r *http.Request, next string) *sheet {
	keep := url.Values{}
	if next != "/" {
		keep.Set("next", next)
	}
	view := p.sheet(r, "/login", keep)
	view.Title, view.Next = view.T.SignInTitle, next
	view.Again = "/login?" + keep.Encode()
	for _, one := range p.gate.Providers {
		view.Providers = append(view.Providers, pageLink{Href: "/login/oidc/" + one.Name() + "?" + keep.Encode(), Label: fmt.Sprintf(view.T.provider, one.Name())})
	}
	return view
}

// showLogin shows the form; who is signed in needs none.
func (p *people) showLogin(w http.ResponseWriter, r *http.Request) {
	next := local(r.URL.Query().Get("next"))
	if who, err := p.gate.who(r); err == nil && who.Session != "" {
		redirect(w, next)
		return
	}
	view := p.loginPage(r, next)
	if r.URL.Query().Has("out") {
		view.Note = view.T.SignedOut
	}
	p.show(w, r, http.StatusOK, "login", view)
}

// takeLogin takes the form: name and password, or the code of the second step.
func (p *people) takeLogin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := p.encryptedOnly(r)
	if err == nil {
		err = form(r)
	}
	next := local(r.PostForm.Get("next"))
	view := p.loginPage(r, next)
	if err != nil {
		p.problem(w, r, "login", view, err, "")
		return
	}
	l := p.knock(r)
	l.Name, l.Password, l.Ticket, l.Code = r.PostForm.Get("name"), r.PostForm.Get("password"), r.PostForm.Get("ticket"), r.PostForm.Get("code")
	secret, err := p.accounts.SignIn(r.Context(), l)
	if want, ok := errors.AsType[*access.SecondError](err); ok {
		view.Ticket, view.Passkeys = want.Ticket, want.Passkey && view.Passkeys
		p.show(w, r, http.StatusOK, "login", view)
		return
	}
	if err != nil {
		if errors.Is(err, access.ErrRefused) {
			view.Ticket = l.Ticket // of the second step; another try does not need the password again
			view.Passkeys = view.Passkeys && (l.Ticket == "" || r.PostForm.Has("passkeys"))
		}
		view.Name = l.Name
		p.problem(w, r, "login", view, err, "")
		return
	}
	p.gate.setCookie(w, r, secret)
	redirect(w, next)
}

// takeLogout ends the session of a browser, and shows the form.
func (p *people) takeLogout(w http.ResponseWriter, r *http.Request) {
	who, err := p.gate.who(r)
	if err == nil && who.Session != "" {
		err = p.accounts.EndSession(r.Context(), who, access.Actor{Name: who.Name, From: auth.Peer(r)}, who.Session)
	}
	if err != nil && !errors.Is(err, access.ErrUnknown) { // the session is still there
		p.problem(w, r, "login", p.loginPage(r, "/"), err, "")
		return
	}
	p.gate.setCookie(w, r, "")
	redirect(w, "/login?out")
}

// account shows who is signed in, and signs out without a script. What belongs to the person
// is changed on the page of the settings, which needs scripts, as passkeys do.
func (p *people) account(w http.ResponseWriter, r *http.Request) {
	who, err := p.gate.who(r)
	if err == nil && who.Session == "" {
		err = access.ErrUnknown
	}
	if errors.Is(err, access.ErrUnknown) {
		redirect(w, "/login?next=%2Faccount")
		return
	}
	view := p.sheet(r, "/account", nil)
	view.Title, view.Name = view.T.AccountTitle, who.Name
	if err != nil {
		p.problem(w, r, "account", view, err, "")
		return
	}
	p.show(w, r, http.StatusOK, "account", view)
}

// knock returns what a request says of who signs in by it.
func (p *people) knock(r *http.Request) access.Login {
	l := access.Login{From: auth.Peer(r), Agent: r.UserAgent()}
	if cookie, err := r.Cookie(p.gate.cookie(r)); err == nil {
		l.Session = cookie.Value
	}
	return l
}

// form reads a form of the pages.
func form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &problem{http.StatusBadRequest, "the form cannot be read"}
	}
	return nil
}

// redirect sends a browser to a place of this server, which it gets anew.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
