package app

import (
	"context"
	"net/netip"

	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/signal"
)

// DemoOptions is a run over simulated traffic.
type DemoOptions struct {
	Intake

	// Content decides what events mean; its tables are replaced.
	Content *Content
	// Scenario is the day to simulate.
	Scenario demo.Scenario
	// Step is told the name of each attack when its first line has been read.
	Step func(name string) error
	// Found sees every finding, in order, while the run goes on.
	Found func(signal.Finding) error
}

// Demo analyses a simulated day as Analyze does with logs: the lines go the whole
// way, and nothing tells the detection which of them are attacks.
func Demo(ctx context.Context, opts DemoOptions) (*Analysis, error) {
	content := *opts.Content
	content.Tables = lookup.NewTables()
	content.Tables.AddThreats(Blocklist, addressList(opts.Scenario.Blocklist()))
	lines := newDemoLines(opts.Scenario)
	defer lines.stop()
	f := flow{engine: newEngine(&content, nil, nil), parse: opts.parser(&content, true)}
	a, err := f.analyse(ctx, lines.next, func(e *event.Event) error {
		if name := lines.step(e.Line); name != "" {
			return opts.Step(name)
		}
		return nil
	}, opts.Found)
	a.Summary.Lines, a.Summary.Bytes = lines.count, lines.bytes
	return a, err
}

func addressList(texts []string) *lookup.List {
	var all []netip.Prefix
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
		} else if network, err := netip.ParsePrefix(text); err == nil {
			all = append(all, network)
		}
	}
	return lookup.NewList(all...)
}
