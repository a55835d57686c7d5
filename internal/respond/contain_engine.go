package respond

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/container"
)

// openContainers makes ready what is done to containers.
func (e *Engine) openContainers() error {
	proc := cmp.Or(e.opts.Proc, "/proc")
	self, err := Self(proc)
	if err != nil {
		return fmt.Errorf("find out in which container this runs: %w", err)
	}
	engine := e.opts.Containers
	if engine == nil {
		engine = func() Containers { return nil }
	}
	e.held = &containers{
		engine: engine, evidence: e.opts.Evidence, memories: memories{e.opts.DB}, plan: e.plan.Load, now: e.opts.Now, proc: proc, self: self,
		passing: e.passing, captures: make(chan struct{}, maxCaptures), locks: map[string]*hold{},
	}
	e.wide = newWideLane(e)
	return nil
}

// idsOf returns the ids of responses.
func idsOf(list []row) []int64 {
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].id
	}
	return ids
}

// fillContained adds to responses what they did to containers.
func fillContained(ctx context.Context, tx *sql.Tx, list []Record) error {
	var ids []int64
	for i := range list {
		if slices.Contains(ContainerActions(), list[i].Action) {
			ids = append(ids, list[i].ID)
		}
	}
	did, err := contained(ctx, tx, ids)
	for i := range list {
		list[i].Container = did[list[i].ID]
	}
	return err
}

// identify gives wishes about containers the id for the name that a signal has, and the rule
// that refuses them. When the engine does not answer at once, the name is looked up when it
// is done: nothing else may wait for that.
func (e *Engine) identify(ctx context.Context, p *plan, list []wish) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for i := range list {
		w := &list[i]
		if !slices.Contains(ContainerActions(), w.action) || ctx.Err() != nil {
			continue
		}
		_, c, err := e.held.inspect(ctx, w.target)
		switch {
		case errors.Is(err, errNoContainer):
			w.refusal, w.why = RefusedByTarget, err.Error()
		case err == nil:
			w.target = c.ID
			w.refusal, w.why = p.spared(c, e.held.self)
		}
	}
}

// guardPace is how often the containers are looked at that responses hold.
const guardPace = time.Second

// guard looks after containers that responses hold until the context is done: one that its
// engine started again has another network namespace, and somebody may have let it go.
func (e *Engine) guard(ctx context.Context) {
	tick := time.NewTicker(max(guardPace, e.opts.Tick))
	defer tick.Stop()
	prune := time.NewTicker(time.Hour)
	defer prune.Stop()
	e.wrong(e.held.prune())
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-prune.C:
			e.wrong(e.held.prune())
			continue
		case <-tick.C:
		}
		err := e.hold(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != told {
			e.wrong(err)
		}
		if told = ""; err != nil {
			told = err.Error()
		}
	}
}

// prune removes evidence that is too old or too much.
func (a *containers) prune() error {
	if a.evidence == nil {
		return nil
	}
	_, err := a.evidence.Prune(a.plan().limits())
	return err
}

// hold does again what somebody else undid.
func (e *Engine) hold(ctx context.Context) error {
	var list []row
	var did map[int64]*Containment
	err := e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if list, err = all(ctx, tx, "open = 1 AND "+ofContainers()+" AND state = 'active' AND ending = '' AND held_until >= expires ORDER BY id LIMIT 1000", Block); err == nil {
			did, err = contained(ctx, tx, idsOf(list))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look after containers: %w", err)
	}
	var wrong error
	for i := range list {
		m := did[list[i].id]
		if m == nil || !m.holds() || ctx.Err() != nil || e.wide.isBusy(list[i].id) {
			continue
		}
		w := &work{containers: e.held, task: &task{record: list[i].record()}, m: m}
		how, err := w.again(ctx)
		wrong = errors.Join(wrong, err)
		if how != "" && err == nil {
			e.counters.recontained.Add(1)
			e.log.WarnContext(ctx, "a container was let go while a response held it: it is held again", "response", list[i].id, "container", m.Name, "how", how)
			wrong = errors.Join(wrong, e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
				return audit.Add(ctx, tx, audit.Entry{Time: e.opts.Now(), Actor: ownName, Action: "response.restore", Object: objectOf(list[i].id), Outcome: "done", Detail: how})
			}))
		}
	}
	return wrong
}

// again holds a container as it should be held, and says what of that was not so.
func (w *work) again(ctx context.Context) (how string, err error) {
	defer w.lock(w.m.Container)()
	// It may have been let go since it was found: then it is to stay so.
	if w.m, err = w.memories.held(ctx, w.task.record.ID); err != nil || w.m == nil {
		return "", err
	}
	if w.engine, w.c, err = w.inspect(ctx, w.m.Container); err != nil {
		if errors.Is(err, errNoContainer) {
			return "", nil
		}
		return "", err
	}
	if !w.c.Running() {
		return "", nil
	}
	free, err := w.isFree()
	if err != nil {
		return "", err
	}
	if free {
		way, err := w.cut(ctx)
		if err != nil {
			return "", err
		}
		how = "quarantine: " + way
	}
	if w.m.Frozen && !w.c.Paused() {
		if _, err := w.frozen(ctx); err != nil {
			return "", err
		}
		how += " freeze"
	}
	if how == "" {
		return "", nil
	}
	w.m.Restored++
	return how, w.remember(ctx)
}

// isFree reports whether a container reaches networks that should not.
func (w *work) isFree() (bool, error) {
	switch w.m.Quarantine {
	case byNamespace:
		cell, err := openCell(w.proc, w.c.Pid, w.c.ID)
		if err != nil {
			return false, err
		}
		defer cell.Close()
		shut, err := cell.IsShut()
		return !shut, err
	case byDisconnect:
		return slices.ContainsFunc(w.c.Networks, func(n container.Network) bool { return n.Name != "none" }), nil
	}
	return false, nil
}
