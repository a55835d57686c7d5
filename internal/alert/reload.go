package alert

import (
	"context"
	"fmt"

	"github.com/prometheus/alertmanager/notify"
)

// use puts a plan to work.
func (m *Manager) use(ctx context.Context, c *Config, p *plan) {
	for i := range p.warnings {
		m.log.WarnContext(ctx, "who is told", "note", p.warnings[i].Text)
	}
	m.conf.Store(c)
	m.plan.Store(p)
	m.engine.apply(p, func(name string, i notify.Integration) notify.Integration {
		r := &recorded{m: m, next: i, receiver: name, target: target(name, &i), limit: m.limitOf(c, p, name), pace: m.paceOf(target(name, &i)), plan: p}
		return notify.NewIntegration(r, &i, i.Name(), i.Index(), name)
	}, m.stages(p))
}

// limitOf returns the limit of a receiver; what it used and holds back survives a reload.
func (m *Manager) limitOf(c *Config, p *plan, name string) *limit {
	m.mu.Lock()
	defer m.mu.Unlock()
	perHour := c.PerHour
	if own := p.own[name]; own != nil {
		switch {
		case own.PerHour != nil:
			perHour = *own.PerHour
		case own.Console != nil || own.File != nil || own.Alertmanager != nil:
			perHour = 0 // nobody is called
		}
	}
	l := m.limits[name]
	if l == nil {
		l = &limit{}
		m.limits[name] = l
	}
	l.change(perHour)
	return l
}

// paceOf returns the pace of a target, which survives a reload, too.
func (m *Manager) paceOf(target string) *pace {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.paces[target]
	if p == nil {
		p = &pace{}
		m.paces[target] = p
	}
	return p
}

// Reload looks whether another configuration is right, which changes nothing, and returns
// what puts it to work. The heartbeat and for how many notices a day the desk aims stay what
// they are at the start.
func (m *Manager) Reload(c *Config) (use func(context.Context), err error) {
	p, err := m.prepare(c)
	if err != nil {
		return nil, fmt.Errorf("who is told: %w", err)
	}
	return func(ctx context.Context) {
		m.reload.Lock()
		defer m.reload.Unlock()
		m.use(ctx, c, p)
		m.wrong(m.keep(ctx))
	}, nil
}
