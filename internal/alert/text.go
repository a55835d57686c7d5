package alert

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"github.com/prometheus/alertmanager/template"
)

// texts are the templates, one file a language; every notification is made of the same
// two, sasumata.title and sasumata.text.
//
//go:embed templates/*.tmpl
var texts embed.FS

// Visible returns the text with its control and bidirectional characters written as
// escapes, so that what an attacker wrote cannot steer a terminal, end a line or change
// how the rest reads.
func Visible(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if !strings.ContainsFunc(s, steers) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case steers(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// steers reports whether a character is for devices, or changes the direction of others.
func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// paragraphs is Visible for a text of several lines.
func paragraphs(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = Visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

// markup makes a text harmless where some characters are markup: a log line must not call
// everybody, hide a link or close a block.
func markup(preset, s string) string {
	var pairs []string
	switch preset {
	case "slack":
		pairs = []string{"&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "ʼ"}
	case presetGoogleChat:
		pairs = []string{"<", "‹", ">", "›", "`", "ʼ"}
	case presetZulip:
		pairs = []string{"@", "＠", "`", "ʼ", "[", "［", "]", "］"}
	case presetChatwork:
		pairs = []string{"[", "［", "]", "］"}
	default: // the others show text as it is
		return s
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// newTemplate returns the templates of a language, and those of the user behind them.
func newTemplate(lang string, zone *time.Location, globs []string) (*template.Template, error) {
	functions := map[string]any{
		"visible": Visible,
		"slack":   func(s string) string { return markup("slack", s) },
		"indent":  func(s string) string { return strings.ReplaceAll(s, "\n", "\n    ") },
		"clock":   func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04:05 MST") },
		"entity": func(name string) bool {
			return identifier(name) && name != labelReceiver
		},
	}
	t, err := template.FromGlobs(nil, func(text *texttemplate.Template, html *htmltemplate.Template) {
		text.Funcs(functions)
		html.Funcs(functions)
	})
	if err != nil {
		return nil, err
	}
	own, err := texts.Open("templates/" + lang + ".tmpl")
	if err != nil {
		return nil, err
	}
	defer func() { _ = own.Close() }() // it is in memory
	if err := t.Parse(own); err != nil {
		return nil, err
	}
	for _, glob := range globs {
		if err := t.FromGlob(glob); err != nil {
			return nil, fmt.Errorf("read the templates %s: %w", glob, err)
		}
	}
	return t, nil
}

// message is a notification as text.
type message struct{ Title, Text string }

// render returns the notification that the data makes.
func render(t *template.Template, data *template.Data) (message, error) {
	title, err := t.ExecuteTextString(`{{ template "sasumata.title" . }}`, data)
	if err != nil {
		return message{}, fmt.Errorf("render the title: %w", err)
	}
	text, err := t.ExecuteTextString(`{{ template "sasumata.text" . }}`, data)
	if err != nil {
		return message{}, fmt.Errorf("render the text: %w", err)
	}
	return message{Title: clip(Visible(title), maxText), Text: paragraphs(strings.TrimRight(text, "\n"))}, nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
