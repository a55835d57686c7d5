package respond

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"github.com/sasumata/sasumata/internal/respond/firewall"
)

// Wall is a firewall. See the package firewall.
type Wall interface {
	Load(blocks []firewall.Block, allow []netip.Prefix) error
	Add(blocks []firewall.Block) error
	Remove(networks []netip.Prefix) error
	Allow(networks []netip.Prefix) error
	Check() (firewall.Drift, error)
	Dropped() firewall.Dropped
	Close() error
}

var _ Wall = (*firewall.Firewall)(nil)

// blocker blocks addresses: bouncers fetch what is active, and this machine's firewall, if
// the configuration says so, blocks it itself.
type blocker struct {
	open func() (Wall, error)

	mu     sync.Mutex
	wall   Wall  // nil while it is not open
	wanted bool  // there is to be one
	broken error // why there is none, or why it could not be changed
}

var _ action = (*blocker)(nil)

func (*blocker) repeatable() bool { return true }
func (*blocker) extends() bool    { return true }

var errNoWall = errors.New("the firewall is not open yet")

func (b *blocker) apply(_ context.Context, tasks []task) []outcome {
	blocks := make([]firewall.Block, 0, len(tasks))
	for i := range tasks {
		if p, err := parseTarget(tasks[i].record.Target); err == nil {
			blocks = append(blocks, firewall.Block{Network: p, Until: tasks[i].record.Expires})
		}
	}
	return b.change(len(tasks), func(w Wall) error { return w.Add(blocks) })
}

func (b *blocker) undo(_ context.Context, tasks []task) []outcome {
	networks := make([]netip.Prefix, 0, len(tasks))
	for i := range tasks {
		if p, err := parseTarget(tasks[i].record.Target); err == nil {
			networks = append(networks, p)
		}
	}
	return b.change(len(tasks), func(w Wall) error { return w.Remove(networks) })
}

// change changes the firewall, if there is to be one, for so many tasks.
func (b *blocker) change(tasks int, do func(Wall) error) []outcome {
	all := make([]outcome, tasks)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.wanted {
		return all
	}
	err := b.broken
	if b.wall != nil {
		err = do(b.wall)
		b.broken = err
	} else if err == nil {
		err = errNoWall
	}
	for i := range all {
		all[i] = outcome{err: err, final: errors.Is(err, firewall.ErrPermission) || errors.Is(err, firewall.ErrUnsupported)}
	}
	return all
}

// keep opens the firewall with the blocks that are active, or looks whether it is as it
// should be. It takes it away when there is to be none.
func (b *blocker) keep(wanted bool, allow []netip.Prefix, active func() ([]firewall.Block, error)) (d firewall.Drift, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted = wanted
	defer func() { b.broken = err }()
	if !wanted {
		return d, b.close()
	}
	if b.wall == nil {
		wall, err := b.open()
		if err != nil {
			return d, err
		}
		blocks, err := active()
		if err != nil {
			return d, err
		}
		if err := wall.Load(blocks, allow); err != nil {
			return d, err
		}
		b.wall = wall
		return d, nil
	}
	if err := b.wall.Allow(allow); err != nil {
		return d, err
	}
	return b.wall.Check()
}

func (b *blocker) close() error {
	if b.wall == nil {
		return nil
	}
	err := b.wall.Close()
	b.wall = nil
	return err
}

// health returns whether this machine's firewall is to block, and why it cannot.
func (b *blocker) health() (wanted bool, broken error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wanted, b.broken
}

func (b *blocker) dropped() firewall.Dropped {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wall == nil {
		return firewall.Dropped{}
	}
	return b.wall.Dropped()
}
