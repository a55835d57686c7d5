package app

import (
	"context"
	"net/netip"
	"sync"

	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/reputation"
)

// maxExempt is how many addresses that nobody is asked about may stand before those
// that are asked about.
const maxExempt = 100

// AskReputation asks the services about the top worst addresses of a run, all of
// them at the same time. Addresses that are not public, one's own and allowed ones
// are never asked about. The notes say what is missing.
func AskReputation(ctx context.Context, services []*reputation.Client, s *report.Summary, exempt *threat.Exempt, top int) (said map[string][]reputation.Verdict, notes []string) {
	if len(services) == 0 {
		return nil, nil
	}
	var (
		texts []string
		addrs []netip.Addr
	)
	for _, suspect := range s.Suspects(top + maxExempt) {
		if len(addrs) == top {
			break
		}
		if a, ok := lookup.ParseAddr(suspect.Address); ok && exempt.Reason(a) == threat.NotExempt {
			texts, addrs = append(texts, suspect.Address), append(addrs, a)
		}
	}
	answers := make([]reputation.Answers, len(services))
	var asking sync.WaitGroup
	for i, c := range services {
		asking.Go(func() { answers[i] = c.Ask(ctx, addrs) })
	}
	asking.Wait()
	said = map[string][]reputation.Verdict{}
	for _, one := range answers {
		for i, a := range addrs {
			if v, ok := one.Verdicts[a]; ok {
				said[texts[i]] = append(said[texts[i]], v)
			}
		}
		if one.Note != "" {
			notes = append(notes, one.Note)
		}
	}
	return said, notes
}
