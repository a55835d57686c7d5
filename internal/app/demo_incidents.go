package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/signal"
)

// containersDemo is a demo on a real engine while it runs.
type containersDemo struct {
	ContainersDemoOptions

	engine  *container.Engine
	server  *Server
	stopped chan struct{} // is closed when the server is
	news    chan demoNews

	mu  sync.Mutex
	ids map[string]*provoked // by the id of the container
}

// provoked is an incident that was provoked. Only the goroutine of run changes it.
type provoked struct {
	*demo.Incident

	id     string    // of the container
	since  time.Time // of its start
	signal string    // the id of what was found
	wrong  bool
}

// demoNews is what was found about a container of the demo.
type demoNews struct {
	of      *provoked
	finding signal.Finding
	at      time.Time
}

// take takes what the server finds, on the server's goroutine. What is found about others is
// none of the demo's.
func (d *containersDemo) take(f signal.Finding) error {
	if f.Change != signal.Opened {
		return nil
	}
	d.mu.Lock()
	var of *provoked
	for _, e := range f.Signal.Entities {
		if found := d.ids[e.Value]; found != nil && e.Kind == signal.KindContainer {
			of = found
		}
	}
	d.mu.Unlock()
	if of == nil {
		return nil
	}
	select {
	case d.news <- demoNews{of, f, d.Now()}:
	default: // far more than there are incidents: the first ones are shown
	}
	return nil
}

// begin waits until containers are watched, and the sensor runs if there is to be one, and
// returns why there is none.
func (d *containersDemo) begin(ctx context.Context, unsensed string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, demoBegins)
	defer cancel()
	err := d.until(ctx, func(context.Context) (bool, error) {
		w := d.server.watcher.Load()
		return w != nil && w.View().Connected, nil
	})
	if err != nil {
		return "", fmt.Errorf("watch the containers: %w", err)
	}
	if unsensed != "" {
		return unsensed, nil
	}
	err = d.until(ctx, func(context.Context) (bool, error) {
		n := &d.server.sensing
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.at != nil, n.err
	})
	if err != nil {
		return err.Error(), nil
	}
	return "", nil
}

// until waits until it is so.
func (d *containersDemo) until(ctx context.Context, so func(context.Context) (bool, error)) error {
	for {
		if done, err := so(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.stopped:
			return errors.New("the server of the demo stopped")
		case <-time.After(demoLooks):
		}
	}
}

// run provokes the incidents, one after another, and contains one.
func (d *containersDemo) run(ctx context.Context, sensed bool) (*ContainersDemo, error) {
	var all []*provoked
	var contain *provoked
	finding, cancel := context.WithTimeout(ctx, demoFindsAll)
	defer cancel()
	for i := range d.Incidents {
		if d.Incidents[i].Sensor && !sensed {
			continue
		}
		one, err := d.provoke(ctx, &d.Incidents[i])
		if err != nil {
			return nil, err
		}
		if all = append(all, one); one.Contained {
			contain = one
		}
		if one.Rule == "" {
			continue
		}
		if err := d.listen(ctx, finding, demoFinds, []*provoked{one}); err != nil {
			return nil, err
		}
	}
	if err := d.listen(ctx, finding, demoFinds, all); err != nil { // for those that are late
		return nil, err
	}
	result := &ContainersDemo{}
	if contain != nil {
		if err := d.contain(ctx, contain); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			result.Uncontained = err.Error()
		}
	}
	if err := d.listen(ctx, ctx, 0, all); err != nil { // what came meanwhile
		return nil, err
	}
	for _, one := range all {
		if one.Rule != "" {
			result.Expected++
		}
		if one.Rule != "" && one.signal == "" {
			result.Missed = append(result.Missed, one.Incident)
		}
		if one.wrong {
			result.Wrong = append(result.Wrong, one.Incident)
		}
	}
	return result, nil
}

// provoke starts the container of an incident.
func (d *containersDemo) provoke(ctx context.Context, i *demo.Incident) (*provoked, error) {
	if err := d.Begin(i); err != nil {
		return nil, err
	}
	id, err := d.engine.Create(ctx, &i.Container)
	if err != nil {
		return nil, err
	}
	one := &provoked{Incident: i, id: id, since: d.Now()}
	d.mu.Lock()
	d.ids[id] = one
	d.mu.Unlock()
	return one, d.engine.Start(ctx, id)
}

// listen tells what is found until each of them was, at most for so long and until the context
// finding is done. What came already is told in any case.
func (d *containersDemo) listen(ctx, finding context.Context, most time.Duration, wanted []*provoked) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		select {
		case n := <-d.news:
			if err := d.tell(n); err != nil {
				return err
			}
			continue
		default:
		}
		if !slices.ContainsFunc(wanted, func(p *provoked) bool { return p.Rule != "" && p.signal == "" }) {
			return nil
		}
		select {
		case n := <-d.news:
			if err := d.tell(n); err != nil {
				return err
			}
		case <-timer.C:
			return nil
		case <-finding.Done():
			return ctx.Err() // nil when only the time to find is over
		case <-d.stopped:
			return errors.New("the server of the demo stopped")
		}
	}
}

// tell tells of what was found.
func (d *containersDemo) tell(n demoNews) error {
	switch n.of.Rule { // others may well see the same: who fills his memory is near the limit first
	case "":
		n.of.wrong = true
	case n.finding.Signal.RuleID:
		n.of.signal = n.finding.Signal.ID
	}
	return d.Found(n.of.Incident, n.finding, n.at.Sub(n.of.since))
}

// contain cuts a container off, freezes it, captures evidence, verifies that and lets the
// container go.
func (d *containersDemo) contain(ctx context.Context, one *provoked) error {
	ctx, cancel := context.WithTimeout(ctx, demoContains)
	defer cancel()
	responses := d.server.respond
	asked, err := responses.Ask(ctx, respond.Request{Action: respond.Contain, Target: one.id, Reason: one.Title, Signal: one.signal, For: "10m"}, demoActor)
	if err != nil {
		return err
	}
	reach := func(states ...string) (r respond.Record, err error) {
		err = d.until(ctx, func(ctx context.Context) (bool, error) {
			detail, err := responses.Get(ctx, asked.ID)
			r = detail.Record
			return slices.Contains(states, r.State), err
		})
		return r, err
	}
	did, err := reach(respond.Active, respond.Failed)
	if err != nil {
		return err
	}
	if err := d.Contained(one.Incident, &did); err != nil {
		return err
	}
	if did.State != respond.Active || did.Error != "" || did.Container == nil || did.Container.Evidence == "" {
		return fmt.Errorf("contain: %s: %s", did.State, did.Error)
	}
	manifest, err := responses.EvidenceOf(did.Container.Evidence)
	if err != nil {
		return err
	}
	verdict, err := responses.VerifyEvidence(ctx, did.Container.Evidence)
	if err != nil {
		return err
	}
	if err := d.Verified(manifest, verdict); err != nil {
		return err
	}
	if len(verdict.Wrong) > 0 {
		return fmt.Errorf("the evidence is not as it was captured: %s", verdict.Wrong[0])
	}
	since := d.Now()
	if _, err := responses.Undo(ctx, asked.ID, respond.Verdict{Reason: one.Title}, demoActor); err != nil {
		return err
	}
	if did, err = reach(respond.Undone, respond.Failed); err != nil {
		return err
	}
	c, err := d.engine.Inspect(ctx, one.id)
	if err != nil {
		return err
	}
	if did.State != respond.Undone || c.Status != "running" {
		return fmt.Errorf("release: %s, the container is %s: %s", did.State, c.Status, did.Error)
	}
	return d.Released(d.Now().Sub(since))
}
