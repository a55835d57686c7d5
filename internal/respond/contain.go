package respond

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/container"
)

// The actions on containers, which are also the steps of Contain.
const (
	// Quarantine cuts a container off all networks.
	Quarantine = "quarantine"
	// Freeze stops its processes where they are.
	Freeze = "freeze"
	// Evidence captures what is known of it.
	Evidence = "evidence"
	// Snapshot writes its files into an image.
	Snapshot = "snapshot"
	// Kill ends it, or one of its processes. Nothing undoes that.
	Kill = "kill"
	// Contain does several of these, in their order.
	Contain = "contain"
	// Resume is the step of Contain that lets the processes go on, in quarantine.
	Resume = "resume"
)

// KindContainer and KindProcess are the kinds of target of actions on containers. A process is
// written ID/PID@START, where START are the ticks since the machine began.
const (
	KindContainer = "container"
	KindProcess   = "process"
)

// ContainerActions returns the actions on containers.
func ContainerActions() []string {
	return []string{Quarantine, Freeze, Evidence, Snapshot, Kill, Contain}
}

// containSteps are those of Contain, in the order in which they are done.
func containSteps() []string { return []string{Quarantine, Freeze, Evidence, Snapshot, Resume, Kill} }

// defaultSteps are those of Contain when nobody names any.
func defaultSteps() []string { return []string{Quarantine, Freeze, Evidence} }

// lasting reports whether what the action did holds, so that it can be undone.
func lasting(action string) bool {
	return action != Evidence && action != Snapshot && action != Kill
}

// The ways of a quarantine.
const (
	// byNamespace is a table of nftables in the network namespace of the container.
	byNamespace = "nftables"
	// byDisconnect takes it off its networks, through its engine.
	byDisconnect = "disconnect"
	// byFreeze stops its processes, as nothing else can be done.
	byFreeze = "freeze"
)

// Containers is what an engine of containers does. See container.Engine.
type Containers interface {
	Inspect(ctx context.Context, id string) (*container.Container, error)
	Diff(ctx context.Context, id string) ([]container.Change, error)
	Logs(ctx context.Context, id string, wanted container.Output, stdout, stderr io.Writer) (cut bool, err error)
	Pause(ctx context.Context, id string) error
	Unpause(ctx context.Context, id string) error
	Stop(ctx context.Context, id string, grace time.Duration) error
	Commit(ctx context.Context, id, reference, comment string, pause bool) (image string, err error)
	RemoveImage(ctx context.Context, image string) error
	Disconnect(ctx context.Context, networkID, id string, force bool) error
	Connect(ctx context.Context, n *container.Network, id string) error
	Remote() bool
}

var _ Containers = (*container.Engine)(nil)

// Containment is what a response did to a container.
type Containment struct {
	// Container is its id; Name and Image are what people know it by.
	Container string `json:"container"`
	Name      string `json:"name"`
	Image     string `json:"image,omitempty"`
	// Steps are to be done, in this order; Done were, with what came of them.
	Steps []string `json:"steps"`
	Done  []Step   `json:"done"`
	// Quarantine is how it is cut off: nftables, disconnect or freeze; "" when it is not.
	// Namespace is the number of its network namespace, Networks what it was taken off.
	Quarantine string `json:"quarantine,omitempty"`
	Namespace  uint64 `json:"namespace,omitempty"`
	Networks   []Link `json:"networks,omitempty"`
	// Frozen says that its processes are stopped by us.
	Frozen bool `json:"frozen,omitempty"`
	// Evidence is the name of what was captured, Manifest the hash of its manifest.
	Evidence string `json:"evidence,omitempty"`
	Manifest string `json:"manifest_sha256,omitempty"`
	// Snapshot is the name of the image.
	Snapshot string `json:"snapshot,omitempty"`
	// Restored counts how often somebody else undid it, and it was done again.
	Restored int `json:"restored,omitempty"`
}

// Step is one that was done, or that failed.
type Step struct {
	Step string    `json:"step"`
	At   time.Time `json:"at"`
	// Took is in microseconds.
	Took int64 `json:"took_us"`
	// How says in which way, Error what went wrong.
	How   string `json:"how,omitempty"`
	Error string `json:"error,omitempty"`
}

// Link is a connection to a network, as it is made again.
type Link struct {
	Name    string       `json:"name"`
	ID      string       `json:"id"`
	Static  []netip.Addr `json:"static,omitempty"`
	Aliases []string     `json:"aliases,omitempty"`
}

// holds reports whether anything is in effect, or may be.
func (m *Containment) holds() bool { return m.Quarantine != "" || m.Frozen }

// did reports whether the step was done.
func (m *Containment) did(step string) bool {
	return slices.ContainsFunc(m.Done, func(s Step) bool { return s.Step == step && s.Error == "" })
}

// errors returns what went wrong with steps that were never done, in a line.
func (m *Containment) errors() string {
	var all []string
	for i := range m.Done {
		if s := &m.Done[i]; s.Error != "" && !m.did(s.Step) {
			all = append(all, s.Step+": "+s.Error)
		}
	}
	return strings.Join(slices.Compact(all), "; ")
}

// summary says what was done, in a line.
func (m *Containment) summary() string {
	var all []string
	for _, s := range m.Done {
		if s.Error == "" {
			all = append(all, fmt.Sprintf("%s (%s, %.1f ms)", s.Step, s.How, float64(s.Took)/1000))
		}
	}
	return strings.Join(all, ", ")
}

// note notes a step; what failed before and is tried again has its last word only.
func (m *Containment) note(s Step) {
	m.Done = slices.DeleteFunc(m.Done, func(old Step) bool { return old.Step == s.Step })
	m.Done = append(m.Done, s)
}

// stepsOf returns what is to be done for a response.
func (p *plan) stepsOf(action, policy string) []string {
	if action != Contain {
		return []string{action}
	}
	for i := range p.Policies {
		if one := &p.Policies[i]; one.Name == policy && one.Action == Contain {
			return one.Steps
		}
	}
	return defaultSteps()
}
