package alert

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
)

// plan is a routing that is ready to be applied.
type plan struct {
	*routing

	routes    *dispatch.Route
	tmpl      *template.Template
	receivers map[string][]notify.Integration
	intervals map[string][]timeinterval.TimeInterval
	targets   map[string][]string // of each receiver, the names of its integrations
	builtIn   map[string]int      // of each receiver, how many of them the engine made
}

// prepare builds all that can go wrong.
func prepare(c *Config, console io.Writer, color bool, hostname string, log *slog.Logger) (*plan, error) {
	r, err := c.load()
	if err != nil {
		return nil, err
	}
	p := &plan{routing: r, receivers: map[string][]notify.Integration{}, intervals: map[string][]timeinterval.TimeInterval{}, targets: map[string][]string{}, builtIn: map[string]int{}}
	if p.tmpl, err = c.templates(c.Language, r.conf.Templates); err != nil {
		return nil, err
	}
	p.routes = dispatch.NewRoute(r.conf.Route, nil)
	for i := range r.conf.Receivers {
		name := r.conf.Receivers[i].Name
		list, err := receiver.BuildReceiverIntegrations(r.conf.Receivers[i], p.tmpl, log)
		if err != nil {
			return nil, fmt.Errorf("receiver %s: %w", name, err)
		}
		p.builtIn[name] = len(list)
		if own := r.own[name]; own != nil {
			senders, kinds := own.senders(console, color, hostname)
			for k := range senders {
				list = append(list, notify.NewIntegration(&adapter{senders[k], p.tmpl, name, log}, never{}, kinds[k], k, name))
			}
		}
		if len(list) == 0 {
			p.warn(WarnNoIntegration, name, "receiver %s tells nobody: it has no integration", name)
		}
		p.receivers[name] = list
		for k := range list {
			p.targets[name] = append(p.targets[name], target(name, &list[k]))
		}
	}
	for _, t := range r.conf.MuteTimeIntervals {
		p.intervals[t.Name] = t.TimeIntervals
	}
	for _, t := range r.conf.TimeIntervals {
		p.intervals[t.Name] = t.TimeIntervals
	}
	return p, nil
}

// templates returns those of a language, which know where the server is.
func (c *Config) templates(lang string, globs []string) (*template.Template, error) {
	t, err := newTemplate(lang, c.Zone, globs)
	if err != nil {
		return nil, err
	}
	t.ExternalURL, err = url.Parse(strings.TrimRight(c.URL, "/"))
	return t, err
}

func target(receiver string, i *notify.Integration) string {
	return fmt.Sprintf("%s/%s[%d]", receiver, i.Name(), i.Index())
}

// never sends no word that something is over: what was an event cannot be undone.
type never struct{}

// SendResolved implements notify.ResolvedSender.
func (never) SendResolved() bool { return false }
