package alert

import (
	"context"
	_ "embed" // the page
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Links serves the pages behind the links in notifications, at /alert/ack. A link is the
// permission: no other is needed. Opening one changes nothing, for mail servers open links
// too; its buttons do.
func (m *Manager) Links() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "the form is wrong", http.StatusBadRequest)
			return
		}
		key, id, err := m.linked(r.Form)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		form := url.Values{}
		for _, name := range []string{"n", "s", "until", "sig"} {
			form.Set(name, r.Form.Get(name))
		}
		if key == "" && m.opts.Book != nil {
			if key, err = m.keyOfSignal(r.Context(), id); err != nil {
				m.unnoted(w, err)
				return
			}
		}
		page := linkPage{Form: form, Japanese: m.conf.Load().Language == "ja"}
		if r.Method == http.MethodPost {
			switch err := m.answer(r, key, id).(type) { //nolint:errorlint // it is made here
			case nil:
				page.Done = true
			case formError:
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			default:
				m.unnoted(w, err)
				return
			}
		}
		m.describe(r.Context(), &page, key, id)
		if err := linkPages().Execute(w, page); err != nil {
			m.log.DebugContext(r.Context(), "a page could not be sent", "error", err) // who asked may be gone
		}
	})
}

// unnoted answers that something cannot be done now.
func (m *Manager) unnoted(w http.ResponseWriter, err error) {
	m.wrong(err)
	w.Header().Set("Retry-After", "5")
	http.Error(w, "it could not be noted: try again", http.StatusServiceUnavailable)
}

// formError is what is wrong with what somebody filled in.
type formError string

// Error says it.
func (e formError) Error() string { return string(e) }

// describe fills in what a page says of its notice.
func (m *Manager) describe(ctx context.Context, page *linkPage, key, id string) {
	if e, ok := m.outbox.entry(key); ok && key != "" {
		page.Title = e.Notice.Title
	}
	if id == "" || m.opts.Book == nil {
		return
	}
	d, err := m.opts.Book.Get(ctx, id)
	if err != nil {
		if !errors.Is(err, triage.ErrMissing) {
			m.wrong(err)
		}
		return
	}
	if n, err := fromSignal(&d.Signal); err == nil {
		page.Title = n.Title
	}
	page.State, page.Assignee, page.Link = d.State.String(), d.Assignee, "../signals/"+url.PathEscape(id)
}

// answer does what the form says.
func (m *Manager) answer(r *http.Request, key, id string) error {
	by := strings.TrimSpace(r.PostForm.Get("by"))
	if by == "" {
		return formError("who are you?")
	}
	if utf8.RuneCountInString(by) > maxWho || strings.ContainsFunc(by, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return formError(fmt.Sprintf("a name has at most %d characters that can be seen", maxWho))
	}
	text := r.PostForm.Get("snooze")
	if text == "" {
		return m.takeUp(r.Context(), key, id, by)
	}
	hours, err := strconv.Atoi(text)
	if err != nil || hours < 1 || time.Duration(hours)*time.Hour > longestSnooze {
		return formError(fmt.Sprintf("snooze wants a number of hours up to %d", int(longestSnooze.Hours())))
	}
	if key == "" {
		return formError("there is no such signal any more")
	}
	if err := m.snooze(r.Context(), key, by, time.Duration(hours)*time.Hour); err != nil {
		return err
	}
	for _, id := range m.signalsOf(key, id) {
		e := triage.Edit{Comment: fmt.Sprintf("notices are silenced for %d h", hours)}
		if _, err := m.opts.Book.Edit(r.Context(), id, e, actor(by)); err != nil && !errors.Is(err, triage.ErrMissing) {
			return err
		}
	}
	return nil
}

// actor is who did what a link was used for. Nobody checked the name: it is not that of a
// user.
func actor(by string) string { return "link: " + by }

// signalsOf returns the signals that a notice stands for.
func (m *Manager) signalsOf(key, id string) []string {
	if m.opts.Book == nil {
		return nil
	}
	ids := []string{id}
	if e, ok := m.outbox.entry(key); ok {
		ids = append(append(ids, e.Also...), e.Notice.ID)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// takeUp notes that somebody takes care: a signal is under review then. Of what is no
// signal the outbox knows.
func (m *Manager) takeUp(ctx context.Context, key, id, by string) error {
	ids := m.signalsOf(key, id)
	if len(ids) == 0 {
		return m.outbox.acknowledge(key, by, m.now().Add(m.conf.Load().AckFor))
	}
	for _, id := range ids {
		if err := m.review(ctx, id, by); err != nil {
			return err
		}
	}
	return nil
}

// review puts a signal that is open under review. What others decided stays.
func (m *Manager) review(ctx context.Context, id, by string) error {
	const tries = 5
	for try := 1; ; try++ {
		d, err := m.opts.Book.Get(ctx, id)
		if errors.Is(err, triage.ErrMissing) || err == nil && d.State != triage.Open {
			return nil
		}
		if err != nil {
			return err
		}
		state := triage.UnderReview
		e := triage.Edit{State: &state, Version: d.Version}
		if d.Assignee == "" {
			e.Assignee = &by
		}
		if _, err = m.opts.Book.Edit(ctx, id, e, actor(by)); !errors.Is(err, triage.ErrChanged) || try == tries {
			return err
		}
	}
}

type linkPage struct {
	Form                   url.Values
	Title, State, Assignee string
	Link                   string // to the signal
	Japanese, Done         bool
}

// linkHTML is the page behind a link. Its addresses are relative: a proxy may have put the
// server below a path. It looks like the pages of api, whose style sheet it uses.
//
//go:embed templates/link.html
var linkHTML string

func linkPages() *template.Template { return template.Must(template.New("").Parse(linkHTML)) }
