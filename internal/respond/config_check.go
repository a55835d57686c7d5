package respond

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// Limits of a configuration: each signal is compared with every policy.
const (
	maxPolicies = 200
	maxActions  = 100
	maxAllow    = 10_000
	maxName     = 100
)

// Check fills in what follows from the rest, and returns what is wrong. Here is the place
// of faults that have none of their own.
func (c *Config) Check(here document.Pos) document.Faults {
	k := checker{document.Checker{Here: here}}
	k.oneOf(c.Mode, c.At, "mode", dryRun, active)
	k.Fault(c.PerHour < 0 || c.PerHour > 1_000_000, c.At, "per_hour", "per_hour wants a number up to 1000000; 0 is no limit")
	k.between(c.Approval, time.Minute, 30*24*time.Hour, c.At, "approve_within")
	k.between(c.History, time.Hour, 10*365*24*time.Hour, c.At, "history")
	k.between(c.Never.Logins, 0, 366*24*time.Hour, c.Never.At, "logins")
	k.Fault(len(c.Never.Ports) > maxPorts || slices.ContainsFunc(c.Never.Ports, func(p int) bool { return p < 1 || p > math.MaxUint16 }), c.Never.At, "ssh_ports", "ssh_ports wants at most %d ports from 1 to 65535", maxPorts)
	k.Fault(len(c.Never.Allow) > maxAllow, c.Never.At, "allow", "allow wants at most %d addresses and networks", maxAllow)
	c.Never.networks = nil
	for _, text := range c.Never.Allow {
		p, err := ParseNetwork(text)
		k.Fault(err != nil, c.Never.At, "allow", "allow: %q is no address or network", text)
		if err == nil {
			c.Never.networks = append(c.Never.networks, p)
		}
	}
	for _, by := range c.Block.By {
		k.oneOf(by, c.Block.At, "by", byNftables, byBouncers)
	}
	k.Fault(len(c.Block.By) == 0, c.Block.At, "by", "by wants nftables, bouncers or both")
	k.between(c.Block.Duration, time.Second, LongestBlock, c.Block.At, "duration")
	k.Fault(c.Block.Max < 1 || c.Block.Max > maxOpen/2, c.Block.At, "max", "max wants a number from 1 to %d", maxOpen/2)
	k.containers(&c.Containers)
	k.Fault(len(c.Actions) > maxActions, c.At, "actions", "actions wants at most %d", maxActions)
	actions := append([]string{Block}, ContainerActions()...)
	for i := range c.Actions {
		a := &c.Actions[i]
		k.Fault(slices.Contains(actions, a.Name), a.At, "name", "two actions have the name %q", a.Name)
		k.name(a.Name, a.At)
		actions = append(actions, a.Name)
		k.action(a)
	}
	k.Fault(len(c.Policies) > maxPolicies, c.At, "policies", "policies wants at most %d", maxPolicies)
	names := map[string]bool{}
	for i := range c.Policies {
		p := &c.Policies[i]
		k.Fault(names[p.Name], p.At, "name", "two policies have the name %q", p.Name)
		k.name(p.Name, p.At)
		names[p.Name] = true
		k.policy(p, c, actions)
	}
	return k.Faults
}

// checker collects what is wrong with values that could be read.
type checker struct{ document.Checker }

func (k *checker) policy(p *Policy, c *Config, actions []string) {
	var err error
	p.query, err = query.Parse(cmp.Or(p.Query, "*"))
	k.Fault(err != nil, p.At, "query", "query: %v", err)
	k.Fault(p.Query == "" && len(p.Severity)+len(p.Rules)+len(p.Tags) == 0, map[string]document.Pos{"": p.Pos}, "", "policy %q wants query, severity, rules or tags: query '*' is every signal", p.Name)
	for _, s := range p.Severity {
		k.oneOf(s, p.At, "severity", severities()...)
	}
	if p.Action != "" {
		k.oneOf(p.Action, p.At, "action", actions...)
	}
	if p.Mode = cmp.Or(p.Mode, c.Mode); p.Mode != c.Mode {
		k.oneOf(p.Mode, p.At, "mode", dryRun, active)
	}
	switch {
	case p.Action == Block:
		p.Target = cmp.Or(p.Target, signal.KindIP)
		k.oneOf(p.Target, p.At, "target", signal.KindIP, signal.KindNetwork)
	case slices.Contains(ContainerActions(), p.Action):
		p.Target = cmp.Or(p.Target, signal.KindContainer)
		k.oneOf(p.Target, p.At, "target", signal.KindContainer)
		k.contain(p)
	default:
		p.Target = cmp.Or(p.Target, KindSignal)
		k.oneOf(p.Target, p.At, "target", append(entityKinds(), KindSignal)...)
	}
	if p.Duration == 0 {
		p.Duration = c.Block.Duration
	}
	k.Fault(p.Steps != nil && p.Action != Contain, p.At, "steps", "steps are of the action %s", Contain)
	k.between(p.Duration, time.Second, LongestBlock, p.At, "duration")
}

func (k *checker) name(name string, at map[string]document.Pos) {
	wrong := len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
	k.Fault(wrong, at, "name", "name %.50q, want at most %d bytes without control characters", name, maxName)
}

func (k *checker) oneOf(value string, at map[string]document.Pos, key string, known ...string) {
	if slices.Contains(known, value) {
		return
	}
	k.Fault(true, at, key, "%s %q, want %s", key, value, strings.Join(known, ", "))
	k.Faults[len(k.Faults)-1].Suggestion = document.Suggest(value, known)
}

func (k *checker) between(d, least, most time.Duration, at map[string]document.Pos, key string) {
	k.Fault(d < least || d > most, at, key, "%s wants a duration from %s to %s", key, least, most)
}

func severities() []string {
	all := make([]string, 0, signal.Critical+1)
	for s := signal.Info; s <= signal.Critical; s++ {
		all = append(all, s.String())
	}
	return all
}

// ParseNetwork reads an address or a network as people write it.
func ParseNetwork(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return plain(p), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// plain returns the network without what stands behind its length; one of IPv4 that is
// written as IPv6 is one of IPv4.
func plain(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}
