package alert

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/template"

	"github.com/sasumata/sasumata/internal/signal/triage"
)

// maxRendered is the size in bytes of the largest text of a preview: templates are anybody's.
const maxRendered = 64 << 10

// languages are those of the texts.
func languages() []string { return []string{"en", "ja"} }

// Rendered is what an integration gets, in a language.
type Rendered struct {
	// Target is the receiver and its integration.
	Target   string `json:"target"`
	Language string `json:"language"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	// Approximate says that the integration has a form of its own, and that this is the text
	// that our templates make. Error is what is wrong with the templates.
	Approximate bool   `json:"approximate,omitempty"`
	Error       string `json:"error,omitempty"`
}

// Previewed is what a running manager would do with a notice now.
type Previewed struct {
	// Labels are those that matchers look at.
	Labels map[string]string
	Told   []Told
	// Held says what holds it back: a silence, or a worse notice; "" is nothing. Silences are
	// the ids of those that do.
	Held     string
	Silences []string
}

// Preview says what would be done with a notice now, by the routing, the silences and the
// worse notices of this moment, and what each receiver would get.
func (m *Manager) Preview(ctx context.Context, n *Notice) (*Previewed, error) {
	p, c, now := m.plan.Load(), m.conf.Load(), m.now()
	if n.Began.IsZero() {
		n.Began = now
	}
	told, err := p.told(c, n, now)
	if err != nil {
		return nil, err
	}
	set := (&entry{Notice: *n}).labelSet()
	out := &Previewed{Labels: n.labels(), Told: told, Held: m.engine.muted(ctx, set)}
	holding, _, err := m.engine.silences.Query(ctx, silence.QState(silence.SilenceStateActive), silence.QMatches(set))
	if err != nil {
		return nil, fmt.Errorf("look at the silences: %w", err)
	}
	for _, s := range holding {
		out.Silences = append(out.Silences, s.Id)
	}
	a := n.alert(n.Began, now.Add(alive))
	a.UpdatedAt = now
	for _, lang := range languages() {
		t, err := c.templates(lang, p.conf.Templates)
		if err != nil {
			return nil, err
		}
		for i := range out.Told {
			one := &out.Told[i]
			receiver := cmp.Or(one.Person, one.Receiver)
			one.Texts = append(one.Texts, p.texts(notified(ctx, "preview", receiver, now), t, lang, receiver, &a, m.log)...)
		}
	}
	return out, nil
}

// PreviewSignal is Preview of the notice of a signal, as it is now. The error is
// triage.ErrMissing when there is none.
func (m *Manager) PreviewSignal(ctx context.Context, id string) (*Previewed, error) {
	if m.opts.Book == nil {
		return nil, triage.ErrMissing
	}
	d, err := m.opts.Book.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	n, err := fromSignal(&d.Signal)
	if err != nil {
		return nil, err
	}
	n.Link, n.Began = m.signalLink(id), d.Recorded
	return m.Preview(ctx, &n)
}

// texts returns what each integration of a receiver gets of an alert.
func (p *plan) texts(ctx context.Context, t *template.Template, lang, receiver string, a *alert.Alert, log *slog.Logger) []Rendered {
	data := notify.GetTemplateData(ctx, t, []*alert.Alert{a}, log)
	list := make([]Rendered, 0, len(p.receivers[receiver]))
	for i := range p.receivers[receiver] {
		one := &p.receivers[receiver][i]
		r := Rendered{Target: target(receiver, one), Language: lang}
		title, text, html, exact := p.wording(receiver, i)
		r.Approximate = !exact
		var err error
		if r.Title, err = t.ExecuteTextString(title, data); err == nil {
			if html {
				r.Text, err = t.ExecuteHTMLString(text, data)
			} else {
				r.Text, err = t.ExecuteTextString(text, data)
			}
		}
		if err != nil {
			r.Error = clip(Visible(err.Error()), maxText)
		}
		r.Title, r.Text = clip(Visible(r.Title), maxText), clip(paragraphs(strings.TrimSpace(r.Text)), maxRendered)
		list = append(list, r)
	}
	return list
}

// wording returns the templates of what an integration is sent, by its place among those of
// the receiver. Html says that the text is markup, exact that it is sent just that.
func (p *plan) wording(receiver string, at int) (title, text string, html, exact bool) {
	title, text = `{{ template "sasumata.title" . }}`, `{{ template "sasumata.text" . }}`
	if at >= p.builtIn[receiver] {
		return title, text, false, true
	}
	i := &p.receivers[receiver][at]
	conf := p.conf.Receivers[slices.IndexFunc(p.conf.Receivers, func(r config.Receiver) bool { return r.Name == receiver })]
	switch i.Name() {
	case "email":
		e := conf.EmailConfigs[i.Index()]
		return cmp.Or(e.Headers["Subject"], config.DefaultEmailSubject), cmp.Or(e.Text, e.HTML), e.Text == "", true
	case "slack":
		s := conf.SlackConfigs[i.Index()]
		return s.Title, s.Text, false, true
	default:
		return title, text, false, false
	}
}
