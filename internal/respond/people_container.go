package respond

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/evidence"
)

// Ask does what somebody asks for, in the name of the actor: a block, or something to a
// container. See Block.
func (e *Engine) Ask(ctx context.Context, q Request, actor string) (Record, error) {
	switch {
	case q.Action == "" || q.Action == Block:
		if q.Process != 0 {
			return Record{}, wrong("process is for the action %s", Kill)
		}
		return e.Block(ctx, q, actor)
	case !slices.Contains(ContainerActions(), q.Action):
		return Record{}, wrong("action %.40q, want %s, %s", q.Action, Block, strings.Join(ContainerActions(), ", "))
	}
	p, now := e.plan.Load(), e.opts.Now()
	w, err := p.wishOf(q, actor)
	if err != nil {
		return Record{}, err
	}
	w.action, w.kind = q.Action, KindContainer
	if err := e.point(ctx, p, &w, q); err != nil {
		return Record{}, err
	}
	return e.put(ctx, p, &w, now)
}

// point gives the wish the container, or the process, that somebody names.
func (e *Engine) point(ctx context.Context, p *plan, w *wish, q Request) error {
	ctx, cancel := context.WithTimeout(ctx, engineTime)
	defer cancel()
	_, c, err := e.held.inspect(ctx, strings.TrimPrefix(strings.TrimSpace(q.Target), "/"))
	switch {
	case errors.Is(err, errNoContainer):
		return wrong("there is no container %.100q", q.Target)
	case errors.Is(err, errNoEngine):
		return wrong("%v", err)
	case err != nil:
		return wrong("the engine of containers does not answer: %.300s", err.Error())
	}
	w.target = c.ID
	w.refusal, w.why = p.spared(c, e.held.self)
	if q.Process == 0 {
		return nil
	}
	if w.action != Kill {
		return wrong("process is for the action %s", Kill)
	}
	start, err := evidence.StartOf(e.held.proc, q.Process)
	if err != nil || q.Process < 2 || !evidence.InContainer(e.held.proc, q.Process, c.ID) {
		return wrong("the process %d is none of the container %s", q.Process, c.Name)
	}
	w.kind, w.target = KindProcess, process{c.ID, q.Process, start}.String()
	return nil
}

// CheckAction is Check for any action that a person may ask for.
func (e *Engine) CheckAction(ctx context.Context, action, target string) (Checked, error) {
	if action = cmp.Or(action, Block); action == Block {
		return e.Check(ctx, target)
	}
	if !slices.Contains(ContainerActions(), action) {
		return Checked{}, wrong("action %.40q, want %s, %s", action, Block, strings.Join(ContainerActions(), ", "))
	}
	p := e.plan.Load()
	w := wish{action: action}
	if err := e.point(ctx, p, &w, Request{Target: target}); err != nil {
		return Checked{}, err
	}
	out := Checked{Target: w.target, Refusal: w.refusal, Reason: w.why, DryRun: p.Mode != active}
	page, err := e.List(ctx, Filter{State: OpenState, Action: action, Target: w.target, Limit: 1})
	if len(page.Responses) > 0 {
		out.Open = &page.Responses[0]
	}
	return out, err
}
