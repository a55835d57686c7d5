package respond

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/respond/firewall"
)

// errShared is a network namespace that others use, too.
var errShared = errors.New("others use its network, too")

// quarantine cuts the container off all networks.
func (w *work) quarantine(ctx context.Context) (string, error) {
	defer w.lock(w.c.ID)()
	return w.cut(ctx)
}

// cut is quarantine with the lock. It takes the way that harms nobody else and that nobody in
// the container can undo: in its own namespace, else through its engine, else by freezing.
func (w *work) cut(ctx context.Context) (string, error) {
	if w.m.Quarantine == "" {
		others, err := w.memories.others(ctx, w.task.record.ID, w.c.ID)
		if err != nil {
			return "", err
		}
		// What another response took it off is connected again by the last of them.
		for _, o := range others {
			w.m.Networks = mergeLinks(w.m.Networks, o.Networks)
		}
	}
	way := byNamespace
	switch {
	case !w.c.Running():
		// As soon as it runs it is cut off; see guard.
	case hostNetwork(w.c):
		way = byFreeze
	default:
		err := w.shut(ctx)
		switch {
		case errors.Is(err, errShared) || errors.Is(err, firewall.ErrOwnNamespace):
			way = byFreeze
		case err != nil || w.mayUndo():
			way = byDisconnect
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	if way == byDisconnect {
		if err := w.disconnect(ctx); err != nil {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			way = byFreeze
		}
	}
	w.m.Quarantine = way
	if way == byFreeze {
		how, err := w.frozen(ctx)
		if err != nil {
			return "", fmt.Errorf("freeze it, as nothing else cuts it off: %w", err)
		}
		return byFreeze + ": " + how, nil
	}
	return way, w.remember(ctx)
}

// hostNetwork reports whether the container has no network of its own.
func hostNetwork(c *container.Container) bool {
	return c.NetworkMode == "host" || len(c.NetworkMode) > 10 && c.NetworkMode[:10] == "container:"
}

// mayUndo reports whether processes of the container could undo what is done in its namespace.
func (w *work) mayUndo() bool {
	c := w.c
	return c.Privileged || slices.Contains(c.CapAdd, "CAP_NET_ADMIN") || slices.Contains(c.CapAdd, "ALL") || mayAdminNetwork(w.proc, c.Pid)
}

// shut cuts off the namespace. That it does is on the disk before.
func (w *work) shut(ctx context.Context) error {
	if w.engine.Remote() {
		return errors.New("its engine is another machine's")
	}
	cell, err := openCell(w.proc, w.c.Pid, w.c.ID)
	if err != nil {
		return err
	}
	defer cell.Close()
	if err := alone(w.proc, w.c.ID, cell.ID()); err != nil {
		return err
	}
	if w.m.Quarantine == "" || w.m.Namespace != cell.ID() {
		w.m.Namespace = cell.ID()
		if w.m.Quarantine == "" {
			w.m.Quarantine = byNamespace
		}
		if err := w.remember(ctx); err != nil {
			return err
		}
	}
	w.passing("contain: before it is shut")
	return cell.Shut()
}

// disconnect takes the container off its networks. Which they are is on the disk before.
func (w *work) disconnect(ctx context.Context) error {
	links := make([]Link, 0, len(w.c.Networks))
	for _, n := range w.c.Networks {
		links = append(links, Link{Name: n.Name, ID: n.ID, Static: n.Static, Aliases: n.Aliases})
	}
	w.m.Networks, w.m.Quarantine = mergeLinks(w.m.Networks, links), byDisconnect
	if err := w.remember(ctx); err != nil {
		return err
	}
	var all error
	for _, n := range links {
		if n.Name == "none" {
			continue
		}
		w.passing("contain: before a network is taken")
		err := w.engine.Disconnect(ctx, n.ID, w.c.ID, true)
		if err != nil && !errors.Is(err, container.ErrNotFound) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// mergeLinks returns the connections of both.
func mergeLinks(a, b []Link) []Link {
	for _, one := range b {
		if !slices.ContainsFunc(a, func(l Link) bool { return l.ID == one.ID && l.Name == one.Name }) {
			a = append(a, one)
		}
	}
	return a
}

// open lets the container reach its networks again, unless another response holds it. The
// lock is held.
func (w *work) open(ctx context.Context) error {
	others, err := w.memories.others(ctx, w.task.record.ID, w.c.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(others, func(o *Containment) bool { return o.Quarantine != "" }) {
		if err := errors.Join(w.unshut(), w.connect(ctx)); err != nil {
			return err
		}
	}
	w.m.Quarantine, w.m.Namespace, w.m.Networks = "", 0, nil
	return w.remember(ctx)
}

// unshut lets all through again in the namespace that was cut off. With another one nothing
// is left of that.
func (w *work) unshut() error {
	if w.m.Namespace == 0 || !w.c.Running() {
		return nil
	}
	cell, err := openCell(w.proc, w.c.Pid, w.c.ID)
	if errors.Is(err, firewall.ErrOwnNamespace) {
		return nil // it was never cut off
	}
	if err != nil {
		return err
	}
	defer cell.Close()
	if cell.ID() != w.m.Namespace {
		return nil
	}
	return cell.Free()
}

// connect makes the connections again that were taken.
func (w *work) connect(ctx context.Context) error {
	var all error
	for _, l := range w.m.Networks {
		if l.Name == "none" || slices.ContainsFunc(w.c.Networks, func(n container.Network) bool { return n.Name == l.Name }) {
			continue
		}
		w.passing("contain: before a network is given back")
		err := w.engine.Connect(ctx, &container.Network{Name: l.Name, ID: l.ID, Static: l.Static, Aliases: l.Aliases}, w.c.ID)
		if errors.Is(err, container.ErrNotFound) {
			continue // the network is gone
		}
		all = errors.Join(all, err)
	}
	return all
}
