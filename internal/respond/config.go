package respond

import (
	"net/netip"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// The values of what a Config does not say.
const (
	// DefaultPerHour is how many responses policies may begin within an hour.
	DefaultPerHour = 100
	// DefaultApproval is for how long somebody may approve a response.
	DefaultApproval = 24 * time.Hour
	// DefaultHistory is for how long responses are kept that are over.
	DefaultHistory = 90 * 24 * time.Hour
	// DefaultLogins is for how long the address of a login is never blocked.
	DefaultLogins = 7 * 24 * time.Hour
	// DefaultBlock is how long a block lasts, LongestBlock the longest.
	DefaultBlock = 4 * time.Hour
	LongestBlock = 30 * 24 * time.Hour
	// DefaultBlocks is how many blocks there are at a time.
	DefaultBlocks = 50_000
)

// The modes.
const (
	dryRun = "dry-run"
	active = "active"
)

// The ways in which addresses are blocked.
const (
	byNftables = "nftables"
	byBouncers = "bouncers"
)

// Config says what is done about signals. Its comments are the reference in
// docs/responses.md.
type Config struct {
	// Mode is dry-run or active, of people and of policies that do not say it themselves.
	Mode string `doc:"mode"`
	// PerHour is how many responses policies may begin within an hour; what is beyond is
	// refused, counted and shown. 0 is no limit.
	PerHour int `doc:"per_hour"`
	// Approval is for how long somebody may approve a response.
	Approval time.Duration `doc:"approve_within"`
	// History is for how long responses are kept that are over.
	History time.Duration `doc:"history"`
	// Never says what is never blocked, beside what never may be.
	Never NeverConfig `doc:"never"`
	// Block says how addresses are blocked.
	Block BlockConfig `doc:"block"`
	// Containers says what is done to containers, and to which nothing is.
	Containers ContainersConfig `doc:"containers"`
	// Actions are programs and webhooks, by name.
	Actions []ActionConfig `doc:"actions"`
	// Policies say what is done about which signals.
	Policies []Policy `doc:"policies"`

	At map[string]document.Pos `doc:",positions"`

	// Proxies and Own are addresses of the rest of the configuration that are never blocked.
	Proxies, Own []netip.Prefix
}

// NeverConfig says what is never blocked.
type NeverConfig struct {
	// Allow are addresses and networks.
	Allow []string `doc:"allow,single"`
	// Logins is for how long the address is safe from which an admin or a responder signed
	// in; sessions are as long as they last.
	Logins time.Duration `doc:"logins"`
	// SSH keeps those from being blocked who are signed in by SSH; Ports are those of sshd,
	// nil means those of its configuration.
	SSH   bool  `doc:"ssh"`
	Ports []int `doc:"ssh_ports,single"`

	At map[string]document.Pos `doc:",positions"`

	networks []netip.Prefix
}

// ports returns the ports whose sessions are looked for.
func (n *NeverConfig) ports() []int {
	switch {
	case !n.SSH:
		return nil
	case len(n.Ports) > 0:
		return n.Ports
	default:
		return sshPorts("/")
	}
}

// BlockConfig says how addresses are blocked.
type BlockConfig struct {
	// By are nftables, which is this machine's firewall, and bouncers, which fetch decisions.
	// Bouncers may always; without nftables only they block.
	By []string `doc:"by,single"`
	// Duration is how long a block lasts that does not say it itself.
	Duration time.Duration `doc:"duration"`
	// Max is how many blocks there are at a time.
	Max int `doc:"max"`

	At map[string]document.Pos `doc:",positions"`
}

// nftables reports whether this machine's firewall blocks.
func (b *BlockConfig) nftables() bool {
	return slices.Contains(b.By, byNftables)
}

// ActionConfig is a program or a webhook.
type ActionConfig struct {
	document.Pos

	// Name is that under which policies name it.
	Name string `doc:"name,required"`
	// Exec is a program.
	Exec *Exec `doc:"exec"`
	// Webhook is an address that takes a request.
	Webhook *Webhook `doc:"webhook"`

	At map[string]document.Pos `doc:",positions"`
}

// Policy says what is done about which signals. All that it asks for must hold.
type Policy struct {
	document.Pos

	// Name is what people know it by.
	Name string `doc:"name,required"`
	// Query is a search over signals.
	Query string `doc:"query"`
	// Severity, Rules and Tags are those of the signals, one of each; nil means any.
	Severity []string `doc:"severity,single"`
	Rules    []string `doc:"rules,single"`
	Tags     []string `doc:"tags,single"`
	// Action is block or the name of an action.
	Action string `doc:"action,required"`
	// Steps are what contain does, in this order: quarantine, freeze, evidence, snapshot, resume,
	// kill.
	Steps []string `doc:"steps,single"`
	// Target is the kind of entity that it acts on, or signal; Every takes all of that kind,
	// and not only the first.
	Target string `doc:"target"`
	Every  bool   `doc:"every"`
	// Duration is how long it lasts.
	Duration time.Duration `doc:"duration"`
	// Approval asks a person first. What kills does so unless it says no.
	Approval bool `doc:"approval"`
	// Mode is dry-run or active.
	Mode string `doc:"mode"`

	At map[string]document.Pos `doc:",positions"`

	query *query.Query
}

// Default returns the configuration of a server that was told nothing: it does nothing.
func Default() *Config {
	return &Config{
		Mode: dryRun, PerHour: DefaultPerHour, Approval: DefaultApproval, History: DefaultHistory, Never: NeverConfig{Logins: DefaultLogins, SSH: true},
		Block: BlockConfig{By: []string{byNftables, byBouncers}, Duration: DefaultBlock, Max: DefaultBlocks}, Containers: defaultContainers(),
	}
}

// Acts reports whether anything of it is more than a dry run.
func (c *Config) Acts() bool {
	if c.Mode == active {
		return true
	}
	for i := range c.Policies {
		if c.Policies[i].Mode == active {
			return true
		}
	}
	return false
}

// entityKinds are the kinds that a policy may act on.
func entityKinds() []string {
	return []string{signal.KindIP, signal.KindUser, signal.KindHost, signal.KindContainer, signal.KindService, signal.KindNetwork, signal.KindValue}
}
