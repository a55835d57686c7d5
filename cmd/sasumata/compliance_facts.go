package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/report/compliance"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// The limits of what is counted.
const (
	// maxAudited is how many entries of the audit trail, maxCounted how many signals.
	maxAudited = 500_000
	maxCounted = 100_000
)

// gatherFacts asks a server for all there is. What the token may not read, and what the server
// has nothing of, is noted; other faults end it.
func gatherFacts(ctx context.Context, c *api.Client, f *compliance.Facts) error {
	f.Unread, f.Absent = map[compliance.Topic]string{}, map[compliance.Topic]bool{}
	g := gathering{f}
	for _, one := range []struct {
		ask    func(context.Context, *api.Client) error
		topics []compliance.Topic
	}{
		{g.users, []compliance.Topic{compliance.Factors, compliance.Accounts}},
		{g.tokens, []compliance.Topic{compliance.Tokens}},
		{g.audit, []compliance.Topic{compliance.Trail, compliance.Backups}},
		{g.signals, []compliance.Topic{compliance.Signals}},
		{g.held, []compliance.Topic{compliance.Held}},
		{g.responses, []compliance.Topic{compliance.Responses}},
		{g.alerting, []compliance.Topic{compliance.Notices}},
		{g.rules, []compliance.Topic{compliance.Rules}},
		{g.assets, []compliance.Topic{compliance.Assets}},
		{g.metrics, []compliance.Topic{compliance.Retention, compliance.Sources, compliance.Clocks}},
	} {
		err := one.ask(ctx, c)
		if err == nil {
			continue
		}
		refused, ok := errors.AsType[*api.RefusedError](err)
		if !ok || refused.Code == http.StatusUnauthorized {
			return err
		}
		for _, t := range one.topics {
			if refused.Code == http.StatusNotFound {
				f.Absent[t] = true
			} else {
				f.Unread[t] = refused.Text
			}
		}
	}
	f.Settle()
	return nil
}

// gathering fills facts.
type gathering struct{ *compliance.Facts }

func (g gathering) users(ctx context.Context, c *api.Client) (err error) {
	g.Users, err = c.Users(ctx)
	return err
}

func (g gathering) tokens(ctx context.Context, c *api.Client) (err error) {
	g.Tokens, err = c.Tokens(ctx)
	return err
}

func (g gathering) audit(ctx context.Context, c *api.Client) error {
	return c.Audit(ctx, g.From, g.To, func(e audit.Entry) bool {
		if g.Audit.Entries >= maxAudited {
			g.Audit.Cut = true
			return false
		}
		g.Audit.Add(&e)
		return true
	})
}

func (g gathering) signals(ctx context.Context, c *api.Client) error {
	n := 0
	var broken error
	left, err := c.SignalsBetween(ctx, g.From, g.To, func(s *triage.Signal) bool {
		if n++; n > maxCounted {
			g.SignalsCut = fmt.Sprintf("more than %d", maxCounted)
			return false
		}
		one, err := saidOf(s)
		if err != nil {
			broken = err
			return false
		}
		g.AddSignal(one.Severity, s)
		return true
	})
	if left > 0 && g.SignalsCut == "" {
		g.SignalsCut = fmt.Sprintf("%d are too old to be searched", left)
	}
	return errors.Join(err, broken)
}

func (g gathering) held(ctx context.Context, c *api.Client) error {
	for cursor := ""; ; {
		page, err := c.Suppressions(ctx, suppress.Active, cursor, suppress.MaxPage)
		if err != nil {
			return err
		}
		g.Suppressions = append(g.Suppressions, page.Suppressions...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	list, err := c.Silences(ctx)
	if refused, ok := errors.AsType[*api.RefusedError](err); ok && refused.Code == http.StatusNotFound {
		return nil // nobody is told, so nothing is silenced
	}
	for i := range list {
		if list[i].Status.State == "active" {
			g.Silences = append(g.Silences, compliance.Silence{Comment: list[i].Comment, By: list[i].CreatedBy, Ends: list[i].EndsAt})
		}
	}
	return err
}

func (g gathering) responses(ctx context.Context, c *api.Client) (err error) {
	g.Responses, err = c.ResponsesSummary(ctx)
	return err
}

func (g gathering) alerting(ctx context.Context, c *api.Client) (err error) {
	g.Alerting, err = c.Alerting(ctx)
	return err
}

func (g gathering) assets(ctx context.Context, c *api.Client) (err error) {
	g.Assets, err = c.Assets(ctx)
	return err
}

func (g gathering) rules(ctx context.Context, c *api.Client) error {
	list, err := c.Rules(ctx)
	techniques := map[string]bool{}
	for i := range list {
		r := &list[i]
		switch r.Mode {
		case "simulate":
			g.Rules.Simulated++
			continue
		case "disabled":
			g.Rules.Disabled++
			continue
		}
		if r.NotRun != "" {
			g.Rules.Broken = append(g.Rules.Broken, r.ID)
			continue
		}
		g.Rules.Enabled++
		if r.Origin != "shipped" {
			g.Rules.Own++
		}
		for _, tag := range r.Tags {
			if id, ok := strings.CutPrefix(tag, "technique:"); ok {
				id, _, _ = strings.Cut(id, "-")
				techniques[id] = true
			}
		}
	}
	g.Rules.Techniques = int64(len(techniques))
	return err
}

func (g gathering) metrics(ctx context.Context, c *api.Client) error {
	list, err := c.Metrics(ctx)
	if err != nil {
		return err
	}
	said := map[string]bool{}
	sources := map[string]*compliance.SourceFacts{}
	for i := range list {
		s := &list[i]
		name, ours := strings.CutPrefix(s.Name, "sasumata_")
		if !ours {
			continue
		}
		said[name] = true
		if strings.HasPrefix(name, "source_") {
			key := s.Labels["source"]
			if s.Labels["kind"] == "own" {
				continue // the server itself
			}
			if sources[key] == nil {
				sources[key] = &compliance.SourceFacts{Name: key}
			}
			sourceFact(sources[key], name, s.Value)
			continue
		}
		g.measure(name, s)
	}
	for _, one := range sources {
		g.Sources = append(g.Sources, *one)
	}
	slices.SortFunc(g.Sources, func(a, b compliance.SourceFacts) int { return cmp.Compare(a.Name, b.Name) })
	switch {
	case !said["store_events"]:
		g.Absent[compliance.Retention] = true
	case !said["store_retention_seconds"]:
		g.Unread[compliance.Retention] = "the server does not say for how long it keeps logs: it is older than this program"
	}
	if !said["clock_skewed_senders"] {
		g.Unread[compliance.Clocks] = "the server does not say"
	}
	return nil
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

func moment(v float64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(v*1e9)).UTC()
}

func sourceFact(of *compliance.SourceFacts, name string, v float64) {
	switch name {
	case "source_records_total":
		of.Records = int64(v)
	case "source_dropped_total":
		of.Dropped = int64(v)
	case "source_last_record_seconds":
		of.Last = moment(v)
	case "source_silent":
		of.Silent = v == 1
	}
}

// measure takes in a metric that is of no source.
func (g gathering) measure(name string, s *api.Sample) {
	r := &g.Retention
	switch name {
	case "store_retention_seconds":
		if s.Labels["of"] == "all" {
			r.Logs = seconds(s.Value)
			return
		}
		r.Limits = append(r.Limits, compliance.Limit{Of: s.Labels["of"], Name: s.Labels["name"], Age: seconds(s.Value)})
	case "signal_retention_seconds":
		r.Signals = seconds(s.Value)
	case "store_oldest_event_timestamp_seconds":
		r.Oldest = moment(s.Value)
	case "store_events":
		r.Events = int64(s.Value)
	case "store_removed_events_total":
		if why := s.Labels["reason"]; why == "size" || why == "disk" {
			r.Early += int64(s.Value)
		}
	case "sources_lacking":
		g.Lacking = int64(s.Value)
	case "clock_skewed_senders":
		g.Skewed = int64(s.Value)
	}
}
