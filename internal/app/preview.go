package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/signal"
)

// maxPreviewed is how many signals a preview remembers.
const maxPreviewed = 100_000

// SuppressionPreview is what suppressions would have hidden in past logs.
type SuppressionPreview struct {
	// Events is the number of events.
	Events int64
	// Without and With count the signals without the suppressions and with them.
	Without, With signal.Counts
	// Suppressions is what each did.
	Suppressions []report.Suppression
	// Hidden are the signals that only show without the suppressions, as they were in
	// the end, in the order in which they closed.
	Hidden []HiddenSignal
	// Rules are the rules with a different number of signals, by their ids.
	Rules []RulePreview
	// Changed is the number of signals that only show with the suppressions: when
	// events are kept out, a signal opens at another event and has another id.
	Changed int
	// Unlisted is the number of signals that were not remembered, beyond the first
	// 100,000: Hidden and Changed do not know of them.
	Unlisted int64
}

// HiddenSignal is a signal that nobody would have heard of.
type HiddenSignal struct {
	Signal *signal.Signal
	// By names the suppression that holds it back, "" when its events were kept out.
	By string
}

// RulePreview counts the signals of one rule.
type RulePreview struct {
	ID            string
	Without, With int64
}

// PreviewSuppressions runs the rules over the inputs with the content's
// suppressions and without them, side by side, and says what differs. Found of the
// options is not used.
func PreviewSuppressions(ctx context.Context, opts AnalyzeOptions) (*SuppressionPreview, error) {
	p := &SuppressionPreview{}
	bare := *opts.Content
	bare.Suppressions = nil
	shown, by := map[string]bool{}, map[string]string{}
	without := signal.NewBook(1)
	var all []*signal.Signal
	opts.also = &observer{engine: newEngine(&bare, nil, nil), found: func(f signal.Finding) {
		without.Apply(f)
		switch {
		case f.Change != signal.Closed:
		case len(all) == maxPreviewed:
			p.Unlisted++
		default:
			all = append(all, f.Signal)
		}
	}}
	opts.held = func(i int, s *signal.Signal) {
		if len(by) < maxPreviewed {
			by[s.ID] = opts.Content.Suppressions[i].Name
		}
	}
	opts.Found = func(f signal.Finding) error {
		if f.Change == signal.Opened && len(shown) < maxPreviewed {
			shown[f.Signal.ID] = true
		}
		return nil
	}
	a, err := Analyze(ctx, opts)
	if a == nil {
		return nil, err
	}
	p.Events, p.Suppressions = a.Engine.Events, a.Summary.Suppressions
	p.Without, p.With = without.Counts(), a.Signals.Counts()
	for _, s := range all {
		if shown[s.ID] {
			delete(shown, s.ID)
			continue
		}
		p.Hidden = append(p.Hidden, HiddenSignal{Signal: s, By: by[s.ID]})
	}
	p.Changed = len(shown)
	for _, r := range opts.Content.Rules {
		if one := (RulePreview{r.ID, without.Rule(r.ID), a.Signals.Rule(r.ID)}); one.Without != one.With {
			p.Rules = append(p.Rules, one)
		}
	}
	slices.SortFunc(p.Rules, func(a, b RulePreview) int { return cmp.Compare(a.ID, b.ID) })
	return p, err
}
