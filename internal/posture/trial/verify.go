package trial

import (
	"context"
	"slices"

	"github.com/sasumata/sasumata/internal/posture/harden"
)

// order is that in which changes are laid over a service one after the other: what gives
// comes before what takes, else the service would break for want of it.
func order() []string {
	return []string{"tmpfs", "cap_add", "security_opt", "deploy", "user", "healthcheck", "cap_drop", "read_only"}
}

// verify starts a service with its changes, and takes those back with which it does not
// start.
func (r *run) verify(ctx context.Context, plan *harden.Plan, t *harden.Trial) error {
	var all []harden.Change
	for _, c := range plan.Changes {
		switch {
		case c.Service != t.Service:
		case slices.Contains(order(), c.Key):
			all = append(all, c)
		default: // files of secrets are not there yet, and nobody comes to the ports
			t.LeftOut = append(t.LeftOut, r.lang.Say("the change of %s", c.Key))
		}
	}
	if len(all) == 0 {
		return nil
	}
	whole, err := r.try(ctx, t.Service, all)
	if err != nil || whole.fine() {
		return err
	}
	r.Told(r.lang.Say("%s does not start with all that is proposed: looking for what breaks it", t.Service))
	for i, c := range all {
		rest, err := r.try(ctx, t.Service, slices.Delete(slices.Clone(all), i, i+1))
		if err != nil {
			return err
		}
		if rest.fine() {
			t.Taken = []harden.Taken{{Change: c, Why: whole.why, Log: whole.log}}
			break
		}
	}
	if t.Taken == nil {
		if err := r.build(ctx, t, all); err != nil {
			return err
		}
	}
	plan.Changes = slices.DeleteFunc(plan.Changes, func(c harden.Change) bool {
		return slices.ContainsFunc(t.Taken, func(taken harden.Taken) bool { return c.Service == taken.Service && c.Key == taken.Key })
	})
	return nil
}

// build lays one change after the other over a service that more than one breaks, and
// keeps those with which it starts.
func (r *run) build(ctx context.Context, t *harden.Trial, all []harden.Change) error {
	last, err := r.try(ctx, t.Service, nil)
	if err != nil {
		return err
	}
	if !last.fine() {
		t.Unverified = r.lang.Say("it does not start any more as it is: %s", last.why)
		return nil
	}
	var kept []harden.Change
	for _, key := range order() {
		i := slices.IndexFunc(all, func(c harden.Change) bool { return c.Key == key })
		if i < 0 {
			continue
		}
		with := append(slices.Clone(kept), all[i])
		if last, err = r.try(ctx, t.Service, with); err != nil {
			return err
		}
		if last.fine() {
			kept = with
		} else {
			t.Taken = append(t.Taken, harden.Taken{Change: all[i], Why: last.why, Log: last.log})
		}
	}
	if !last.fine() { // others go on with what starts
		if last, err = r.try(ctx, t.Service, kept); err != nil {
			return err
		}
	}
	if !last.fine() {
		t.Taken, t.Unverified = nil, r.lang.Say("it starts at one time and not at another: %s", last.why)
	}
	return nil
}
