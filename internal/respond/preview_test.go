package respond

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

func TestPreview(t *testing.T) {
	f := func(p Policy, s *signal.Signal, want []Would) {
		t.Helper()
		c := Default()
		p.Name = "p"
		c.Policies, c.Never.Allow = []Policy{p}, []string{"198.51.100.0/24"}
		if faults := c.Check(document.Pos{}); len(faults) > 0 {
			t.Fatal(faults)
		}
		got, err := Preview(c, s)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v: %s", err, diff)
		}
	}
	about := func(addresses ...string) *signal.Signal {
		s := &signal.Signal{ID: "1", RuleID: "xss", Severity: signal.High}
		for _, a := range addresses {
			s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindIP, Value: a})
		}
		return s
	}
	high := Policy{Severity: []string{"high"}, Action: Block, Duration: time.Hour}
	would := Would{Policy: "p", Action: Block, Target: "203.0.113.7", State: DryRun, Lasts: time.Hour}
	f(high, about("203.0.113.7", "203.0.113.8"), []Would{would})
	f(Policy{Severity: []string{"critical"}, Action: Block}, about("203.0.113.7"), nil)
	f(high, about(), nil)

	planned := would
	planned.State = Planned
	acting := high
	acting.Mode = active
	f(acting, about("203.0.113.7"), []Would{planned})

	refused := func(target, why string) []Would {
		one := would
		one.Target, one.Refused = target, why
		return []Would{one}
	}
	f(high, about("10.0.0.7"), refused("10.0.0.7", "10.0.0.7 is never blocked: it is of a private network (private)"))
	f(high, about("198.51.100.7"), refused("198.51.100.7", "198.51.100.7 is never blocked: it is in responses.never.allow (allowlist)"))

	tried := about("203.0.113.7")
	tried.Simulated = true
	f(high, tried, nil)
}

func TestPreviewAsksNoBook(t *testing.T) {
	c := Default()
	c.Policies = []Policy{{Name: "p", Query: "@rule.id:xss", Action: Block}}
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	if _, err := Preview(c, &signal.Signal{}); !errors.Is(err, ErrPreviewQuery) {
		t.Error(err)
	}
}
