package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal/suppress"
)

// maxHeldCounts is of how many pairs of a suppression and a rule metrics tell; further ones
// are counted together.
const maxHeldCounts = 5000

// heldCounts counts what suppressions held back since the start, those of files as well.
// Any number of goroutines may use it.
type heldCounts struct {
	mu  sync.Mutex
	all map[heldPair]*heldCount
}

type heldPair struct{ key, rule string }

type heldCount struct{ signals, findings int64 }

func (h *heldCounts) add(one *detect.Held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := heldPair{one.Key, one.RuleID}
	n := h.all[of]
	if n == nil && len(h.all) >= maxHeldCounts {
		of = heldPair{"others", "others"}
		n = h.all[of]
	}
	if n == nil {
		if h.all == nil {
			h.all = map[heldPair]*heldCount{}
		}
		n = &heldCount{}
		h.all[of] = n
	}
	n.signals += one.Signals
	n.findings += one.Findings
}

// suppressMetrics writes what suppressions do.
func (s *Server) suppressMetrics(ctx context.Context, x *exposition) {
	x.gauge("suppressions_at_work", "Suppressions that people made which detection knows, those that expired of late among them.", float64(s.metrics.suppressions.Load()))
	x.gauge("suppressions_broken", "Suppressions in the state database that make no sense to this program.", float64(s.metrics.suppressBroken.Load()))
	x.counter("suppressions_load_errors_total", "How often suppressions could not be read from the state database: the last known ones stayed at work.", s.metrics.suppressErrors.Load())
	x.counter("suppressions_count_errors_total", "How often what suppressions held back could not be counted in the state database, and had to wait.", s.metrics.countErrors.Load())
	if counts, err := s.suppressions.Counts(ctx); err == nil {
		x.family("suppressions", "gauge", "Suppressions that people made, by state.")
		for _, state := range suppress.States() {
			x.value("suppressions", labels("state", state), float64(counts[state]))
		}
	}
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	pairs := slices.SortedFunc(maps.Keys(s.held.all), func(a, b heldPair) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.rule, b.rule)) })
	each := func(name, help string, value func(*heldCount) int64) {
		x.family(name, "counter", help)
		for _, of := range pairs {
			x.value(name, labels("suppression", of.key, "rule", of.rule), float64(value(s.held.all[of])))
		}
	}
	each("suppressed_signals_total", "Signals that a suppression began to hold back, by suppression (user:ID or file:NAME) and rule.", func(n *heldCount) int64 { return n.signals })
	each("suppressed_findings_total", "Openings, escalations and updates of signals that a suppression held back.", func(n *heldCount) int64 { return n.findings })
}

// chooseRules finds rules of the content at work, as detection does.
func (s *Server) chooseRules(q *query.Query) suppress.Chosen {
	rules := s.knows.Load().Rules
	chosen, w := suppress.Chosen{Of: len(rules)}, detect.Suppression{RuleQuery: q}
	for _, r := range rules {
		if w.ForRule(r) {
			chosen.IDs = append(chosen.IDs, r.ID)
		}
	}
	return chosen
}
