package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/common/model"

	"github.com/sasumata/sasumata/internal/signal"
)

// Names of the receivers of the default routing.
const (
	nameConsole = "console"
	nameMail    = "mail"
	nameSlack   = "slack"
	// nameElsewhere is that of the Alertmanager that routes itself.
	nameElsewhere = "alertmanager"
)

// escalateAfter is the label of a route of escalation: the age at which it is told. A
// route's group_wait would begin anew with each restart.
const escalateAfter = "sasumata_after"

// routing is what the engine is told: the document of an alertmanager.yml, completed.
type routing struct {
	conf *config.Config
	own  map[string]*Receiver
	rota map[string]*Rota
	// warnings say who is not told, though all is right.
	warnings []Warning
}

// load reads the alertmanager.yml, or makes the default one.
func (c *Config) load() (*routing, error) {
	r := &routing{own: map[string]*Receiver{}, rota: map[string]*Rota{}}
	for i := range c.Receivers {
		r.own[c.Receivers[i].Name] = &c.Receivers[i]
	}
	for i := range c.OnCall {
		r.rota[c.OnCall[i].Name] = &c.OnCall[i]
	}
	var err error
	if c.File == "" {
		if c.Alertmanager != nil {
			r.own[nameElsewhere] = &Receiver{Name: nameElsewhere, Alertmanager: c.Alertmanager}
		} else if r.own[nameConsole] == nil {
			r.own[nameConsole] = &Receiver{Name: nameConsole, Console: &Console{}}
		}
		if r.conf, err = config.Load(c.standard(r)); err != nil {
			return nil, fmt.Errorf("BUG: the default routing: %w", err)
		}
	} else if r.conf, err = loadFile(c.File); err != nil {
		return nil, err
	}
	if err := r.complete(c); err != nil {
		return nil, err
	}
	return r, nil
}

// CheckRouting says what is wrong with the routing: the alertmanager.yml, its templates, and
// who is named and not there. The notes are about who will not be told, though all is right.
// The configuration was checked.
func (c *Config) CheckRouting() (notes []string, err error) {
	p, err := prepare(c, io.Discard, false, "", slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	for i := range p.warnings {
		notes = append(notes, p.warnings[i].Text)
	}
	return notes, nil
}

// maxRouting is the size in bytes of the largest alertmanager.yml.
const maxRouting = 4 << 20

// loadFile reads an alertmanager.yml. The error names the file, and the line where the
// engine's reader says it.
func loadFile(path string) (*config.Config, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the routing: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxRouting {
		return nil, fmt.Errorf("read the routing: %s is no file of at most %d bytes", path, maxRouting)
	}
	conf, err := config.LoadFile(path)
	if err == nil {
		return conf, nil
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("read the routing: %w", err)
	}
	var lines []string
	for text := range strings.Lines(err.Error()) {
		text = strings.TrimSpace(text)
		if text == "yaml: unmarshal errors:" {
			continue
		}
		text = strings.TrimPrefix(text, "yaml: ")
		if rest, ok := strings.CutPrefix(text, "line "); ok {
			lines = append(lines, path+":"+rest) // line N: what
			continue
		}
		lines = append(lines, path+": "+text)
	}
	return nil, errors.New(strings.Join(lines, "\n"))
}

// complete adds what an alertmanager.yml cannot say, and checks that all who are named are
// there.
func (r *routing) complete(c *Config) error {
	known := map[string]bool{}
	for i := range r.conf.Receivers {
		known[r.conf.Receivers[i].Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.own)) {
		if !known[name] {
			r.conf.Receivers = append(r.conf.Receivers, config.Receiver{Name: name})
			known[name] = true
		}
	}
	var faults []error
	for i := range c.OnCall {
		rota := &c.OnCall[i]
		known[rota.Name] = true
		for _, person := range rota.People {
			if !known[person] || r.rota[person] != nil {
				faults = append(faults, rota.Fault("%q of on_call %q is no receiver", person, rota.Name))
			}
		}
	}
	for i := range c.Escalation {
		step := &c.Escalation[i]
		if !known[step.Receiver] {
			faults = append(faults, step.Fault("%q is no receiver", step.Receiver))
		}
	}
	if len(c.Escalation) > 0 {
		r.escalate(c.Escalation)
	}
	r.deadEnds(r.conf.Route)
	r.unequal()
	reached := map[string]bool{}
	r.reach(r.conf.Route, reached)
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if !reached[name] {
			r.warn(WarnNoRoute, name, "receiver %s is in no route: nobody is told by it. alert.file names an alertmanager.yml, whose routes do", name)
		}
	}
	return errors.Join(faults...)
}

// reach notes who is told by a route or those below it.
func (r *routing) reach(route *config.Route, reached map[string]bool) {
	reached[route.Receiver] = true
	if rota := r.rota[route.Receiver]; rota != nil {
		for _, person := range rota.People {
			reached[person] = true
		}
	}
	for _, below := range route.Routes {
		r.reach(below, reached)
	}
}

// lookEvery is how often it is looked whether a notice is old enough for a step, at the least.
const lookEvery = 10 * time.Second

// escalate puts the steps before the routes that are there: each is asked, then go on the
// others.
func (r *routing) escalate(steps []Step) {
	old := r.conf.Route
	top := *old
	top.Routes = nil
	for i := range steps {
		now, seldom := model.Duration(0), model.Duration(4*time.Hour)
		often := model.Duration(min(lookEvery, steps[i].After/10)) // not late by more than that
		child := &config.Route{
			Receiver: steps[i].Receiver, GroupByAll: true, GroupByStr: []string{"..."}, Continue: true,
			GroupWait: &now, GroupInterval: &often, RepeatInterval: &seldom,
			Labels: model.LabelSet{escalateAfter: model.LabelValue(steps[i].After.String())},
		}
		for _, s := range steps[i].Severity {
			one := *child
			one.Match = map[string]string{labelSeverity: s}
			top.Routes = append(top.Routes, &one)
		}
	}
	top.Routes = append(top.Routes, old)
	r.conf.Route = &top
}

// standard returns the default routing, as an alertmanager.yml. What is not configured is
// left out, and noted.
func (c *Config) standard(r *routing) string {
	var b strings.Builder
	write := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	// Quoted, a text is the same in JSON and YAML.
	q := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	first := nameConsole
	if c.Alertmanager != nil {
		first = nameElsewhere
	}
	write("route:")
	write("  receiver: %s", first)
	write("  group_by: ['...']") // a group for each notice: one is not held up by another
	write("  group_wait: 0s")
	write("  group_interval: 10s") // how often a receiver that fails is tried
	write("  repeat_interval: %s", model.Duration(c.Suppress))
	if c.Alertmanager == nil { // it knows itself what is worse than what
		write("  routes:")
		c.standardRoutes(r, write)
		write("inhibit_rules:")
		// The expression on both sides: a label that is missing equals one that is missing.
		write(`  - source_matchers: [severity="critical", kind="signal", ip=~".+"]`)
		write(`    target_matchers: [severity=~"medium|low|info", kind="signal", ip=~".+"]`)
		write(`    equal: [ip]`)
	}
	write("receivers:")
	for _, name := range slices.Sorted(maps.Keys(r.own)) {
		if name != nameMail && name != nameSlack {
			write("  - name: %s", q(name))
		}
	}
	if r.has(c, nameMail) {
		write("  - name: %s", nameMail)
	}
	if e := c.Email; e != nil {
		write("    email_configs:")
		write("      - to: %s", q(strings.Join(e.To, ",")))
		write("        from: %s", q(e.From))
		write("        smarthost: %s", q(e.Smarthost))
		write("        require_tls: %t", !e.Plain)
		if e.CAFile != "" {
			write("        tls_config: {ca_file: %s}", q(e.CAFile))
		}
		if e.Username != "" {
			write("        auth_username: %s", q(e.Username))
			write("        auth_password_file: %s", q(e.PasswordFile))
		}
		write(`        headers: {Subject: '{{ template "sasumata.title" . }}'}`)
		write(`        text: '{{ template "sasumata.text" . }}'`)
		write(`        html: ''`)
	}
	if r.has(c, nameSlack) {
		write("  - name: %s", nameSlack)
	}
	if s := c.Slack; s != nil {
		write("    slack_configs:")
		write("      - api_url_file: %s", q(s.URLFile))
		if s.Channel != "" {
			write("        channel: %s", q(s.Channel))
		}
		write(`        title: '{{ template "sasumata.slack.title" . }}'`)
		write(`        title_link: ''`)
		write(`        text: '{{ template "sasumata.slack.text" . }}'`)
		write(`        fallback: '{{ template "sasumata.slack.title" . }}'`)
	}
	return b.String()
}

// has reports whether the default routing has the receiver.
func (r *routing) has(c *Config, name string) bool {
	return r.own[name] != nil || name == nameMail && c.Email != nil || name == nameSlack && c.Slack != nil
}

// standardRoutes writes who hears of which severity.
func (c *Config) standardRoutes(r *routing, write func(string, ...any)) {
	for _, one := range []struct {
		severity signal.Severity
		also     []string
	}{{signal.Critical, []string{nameMail, nameSlack}}, {signal.High, []string{nameMail}}} {
		for _, name := range one.also {
			if !r.has(c, name) {
				r.warn(WarnLeftOut, name, "no receiver %s: notices of severity %s go to the others", name, one.severity)
				continue
			}
			write("    - {receiver: %s, matchers: ['severity=%q'], continue: true}", name, one.severity)
		}
	}
	write("    - {receiver: %s}", nameConsole)
}
