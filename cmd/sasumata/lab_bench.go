package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/demo/lab"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/signal"
)

// What the lab lets people change.
const (
	// labRule is copied with labFailures in the place of 5 failed logins.
	labRule     = "brute_force_by_ip_and_user"
	labFailures = 3
	// labSeverity is what the policy acts on, labStricter what is tried instead.
	labSeverity = "[high, critical]"
	labStricter = "[critical]"
)

// labBench is the folder of the lab, and the product's own parts at work there.
type labBench struct {
	dir     string
	lang    string
	content map[string]*app.Content // by the folder of rules that it was read with
}

func (b *labBench) path(names ...string) string {
	return filepath.Join(append([]string{b.dir}, names...)...)
}

// files writes the block list, the copy of a rule and the configuration.
func (b *labBench) files() error {
	ruleText, err := fs.ReadFile(content.FS(), "rules/authentication/"+labRule+".yaml")
	if err != nil {
		return err
	}
	changed := strings.ReplaceAll(string(ruleText), ">= 5", ">= "+strconv.Itoa(labFailures))
	config := fmt.Sprintf(`# What the lab asks for who is told and what is done. Nothing is sent and nothing is blocked.
data: %q
alert:
  suppress: 5m
  email: {smarthost: "mail.example.com:25", from: sasumata@example.com, to: [ops@example.com]}
  slack: {url_file: %q}
responses:
  policies:
    - {name: block attackers, severity: %s, action: block, duration: 4h}
`, b.path("data"), b.path("slack.url"), labSeverity)
	return errors.Join(
		os.Mkdir(b.path("rules"), 0o750),
		os.WriteFile(b.path("rules", labRule+".yaml"), []byte(changed), 0o600),
		os.WriteFile(b.path("blocklist.txt"), []byte(lab.Blocked+"\n"), 0o600),
		os.WriteFile(b.path("slack.url"), []byte("https://slack.example.com/lab\n"), 0o600),
		os.WriteFile(b.path("sasumata.yaml"), []byte(config), 0o600),
	)
}

// labRun is what an analysis found.
type labRun struct {
	lines    int64
	findings []signal.Finding // those that opened a signal or went on with it
	signals  []*signal.Signal // as they were in the end, in the order in which they opened
}

// analyze does what "sasumata analyze" does, over the logs of a folder.
func (b *labBench) analyze(ctx context.Context, dir, rules string) (*labRun, error) {
	loaded, err := b.load(rules)
	if err != nil {
		return nil, err
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return nil, err
	}
	run := &labRun{}
	result, err := app.Analyze(ctx, app.AnalyzeOptions{
		Intake:  app.Intake{Clock: dates.Clock{Now: lab.Start().AddDate(0, 0, 1), Location: time.UTC}},
		Content: loaded, Inputs: logs,
		Found: func(f signal.Finding) error {
			if f.Change != signal.Closed {
				run.findings = append(run.findings, f)
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	run.lines = result.Summary.Lines
	run.signals = slices.SortedStableFunc(result.Signals.All(), func(a, b *signal.Signal) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), strings.Compare(a.RuleID, b.RuleID), strings.Compare(a.ID, b.ID))
	})
	return run, nil
}

// load reads the content, once.
func (b *labBench) load(rules string) (*app.Content, error) {
	if loaded := b.content[rules]; loaded != nil {
		return loaded, nil
	}
	src := app.Sources{Blocklists: []string{b.path("blocklist.txt")}}
	if rules != "" {
		src.Rules = []string{rules}
	}
	loaded, err := app.LoadContent(src)
	if err == nil {
		b.content[rules] = loaded
	}
	return loaded, err
}

// failures returns the number of failed logins that the copy of the rule has now.
func (b *labBench) failures() (string, error) {
	path := b.path("rules", labRule+".yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(`failed_logins >= (\d+)`).FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s has no condition of the form failed_logins >= 5 any more", path)
	}
	return string(found[1]), nil
}

// labAlert is an alert as "sasumata notify simulate" reads it; its id is its place in the
// findings.
type labAlert struct {
	ID        int    `json:"id"`
	Timestamp string `json:"timestamp"`
	Rule      string `json:"rule"`
	IP        string `json:"network.client.ip,omitempty"`
	Source    string `json:"source,omitempty"`
	Severity  string `json:"severity"`

	severity signal.Severity
}

// alerts writes what was found as alerts, one a line.
func (b *labBench) alerts(run *labRun) ([]labAlert, error) {
	list := make([]labAlert, len(run.findings))
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for i, f := range run.findings {
		s := f.Signal
		at := s.LastSeen
		if f.Change == signal.Opened {
			at = s.Time
		}
		list[i] = labAlert{ID: i, Timestamp: time.Unix(0, at).UTC().Format(time.RFC3339Nano), Rule: s.RuleID, Severity: s.Severity.String(), severity: s.Severity}
		if n := slices.IndexFunc(s.Entities, func(e signal.Entity) bool { return e.Kind == signal.KindIP }); n >= 0 {
			list[i].IP = s.Entities[n].Value
		} else {
			list[i].Source = s.Entity()
		}
		if err := lines.Encode(&list[i]); err != nil {
			return nil, err
		}
	}
	return list, os.WriteFile(b.path("alerts.jsonl"), text.Bytes(), 0o600)
}

// labNotice is something that people are told.
type labNotice struct {
	change   int // its place in the findings; -1 for what was gathered
	at       time.Time
	severity signal.Severity
	rule     string
	entity   string
	targets  []string
}

// labRoute is what becomes of the alerts.
type labRoute struct {
	list     []labNotice
	gathered int             // how many of the list are about several alerts of low severity
	from     signal.Severity // from which on each alert is one of its own
	suppress time.Duration
}

// route says which alerts are told, and to whom, by the configuration.
func (b *labBench) route(alerts []labAlert) (*labRoute, error) {
	loaded, err := config.Load(b.path("sasumata.yaml"))
	if err != nil {
		return nil, err
	}
	if loaded.Alert == nil {
		return nil, errors.New(b.path("sasumata.yaml") + " has no alert: nobody is told anything")
	}
	c := loaded.Alert
	lines, err := b.simulate(c)
	if err != nil {
		return nil, err
	}
	r := &labRoute{from: c.Quiet.Severity, suppress: c.Suppress}
	opts := alert.Options{Config: c, Console: io.Discard, Hostname: "localhost", Now: lab.Start, Log: slog.New(slog.DiscardHandler)}
	for line := range bytes.Lines(lines) {
		var n struct {
			Timestamp        time.Time
			Kind             alert.Kind
			Entity, Severity string
			Rules            []struct{ Rule string }
			Alerts           []int
		}
		if err := json.Unmarshal(line, &n); err != nil {
			return nil, err
		}
		severity, _ := alert.ParseSeverity(n.Severity) // the desk wrote it
		one := labNotice{change: -1, at: n.Timestamp, severity: severity, entity: n.Entity}
		if len(n.Rules) > 0 {
			one.rule = n.Rules[0].Rule
		}
		if severity >= r.from && len(n.Alerts) == 1 {
			n.Kind, one.change, one.entity = alert.KindSignal, n.Alerts[0], cmp.Or(alerts[n.Alerts[0]].IP, alerts[n.Alerts[0]].Source)
		} else {
			r.gathered++
		}
		told, err := alert.Preview(opts, &alert.Notice{Kind: n.Kind, Rule: one.rule, Severity: severity, Labels: []alert.Label{{Name: "ip", Value: one.entity}}}, n.Timestamp)
		if err != nil {
			return nil, err
		}
		for i := range told {
			if told[i].Muted != "" {
				continue
			}
			for _, target := range told[i].Targets {
				name, _, _ := strings.Cut(target, "/")
				one.targets = append(one.targets, name)
			}
		}
		r.list = append(r.list, one)
	}
	return r, nil
}

// routed is what the logs come to: signals, the alerts of them, and who is told.
func (b *labBench) routed(ctx context.Context) (run *labRun, alerts []labAlert, told *labRoute, err error) {
	if run, err = b.analyze(ctx, b.path("logs"), ""); err == nil {
		alerts, err = b.alerts(run)
	}
	if err == nil {
		told, err = b.route(alerts)
	}
	return run, alerts, told, err
}

// simulate does what "sasumata notify simulate" does with the alerts.
func (b *labBench) simulate(c *alert.Config) ([]byte, error) {
	in, err := os.Open(b.path("alerts.jsonl"))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out bytes.Buffer
	err = alert.Simulate(in, &out, c)
	return out.Bytes(), err
}

// notices counts what is told when the same is held back for so long, and all else is the
// default.
func (b *labBench) notices(suppress time.Duration) (int, error) {
	c := alert.Default()
	c.Suppress = suppress
	lines, err := b.simulate(c)
	return bytes.Count(lines, []byte("\n")), err
}

// respond says which addresses a configuration would have blocked, and in words what it
// would have done about each finding.
func (l *learningLab) respond(configured string, findings []signal.Finding) (blocked []string, would map[int]string, err error) {
	c, err := config.Parse(l.path("sasumata.yaml"), []byte(configured))
	if err != nil {
		return nil, nil, err
	}
	all, would := map[string]bool{}, map[int]string{}
	for i, f := range findings {
		if f.Change == signal.Updated || c.Responses == nil {
			continue // nothing new to do
		}
		list, err := respond.Preview(c.Responses, f.Signal)
		if err != nil {
			return nil, nil, err
		}
		var words []string
		for _, w := range list {
			if w.Refused != "" {
				words = append(words, l.t.Refused+" "+w.Refused)
				continue
			}
			if w.Action == respond.Block {
				all[w.Target] = true
			}
			words = append(words, fmt.Sprintf(l.t.WouldF, w.Action, w.Target, brief(w.Lasts)))
		}
		would[i] = strings.Join(words, "; ")
	}
	return slices.Sorted(maps.Keys(all)), would, nil
}
