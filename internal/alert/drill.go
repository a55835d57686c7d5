package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"

	"github.com/sasumata/sasumata/internal/signal"
)

// Tried is what came of a test of one integration.
type Tried struct {
	Target string
	Took   time.Duration
	Err    error
	// Title and Text are what our templates made of the notice.
	Title, Text string
}

// Drill returns a notice that says of itself that it is an exercise.
func Drill(now time.Time) Notice {
	return Notice{
		Kind: KindDrill, Rule: "Drill", Severity: signal.Critical, Title: "A drill of Sasumata", TitleJA: "Sasumata の訓練通知", Began: now,
		Labels: []Label{{signal.KindIP, "192.0.2.1"}, {signal.KindHost, "drill.example.com"}}, Events: 1,
		Message: "If you can read this, you would have been told.", MessageJA: "この通知が読めていれば、本番の通知も届きます。",
		Lines: []string{"Jan 16 09:00:00 drill sshd[1]: Failed password for drill from 192.0.2.1 port 22 ssh2"},
	}
}

// Test tells one receiver of a notice, at once and past routes, limits and silences, and
// says what came of it for each of its integrations.
func Test(ctx context.Context, opts Options, receiver string, n *Notice) ([]Tried, error) {
	p, err := prepare(opts.Config, opts.Console, opts.Color, opts.Hostname, opts.Log)
	if err != nil {
		return nil, err
	}
	return p.try(ctx, &opts, receiver, n, func(ctx context.Context, i *notify.Integration, _ string, a *alert.Alert) error {
		_, err := i.Notify(ctx, a)
		return err
	})
}

// NoReceiverError says that there is no such receiver.
type NoReceiverError struct {
	// Name is what was asked for, Known are those that there are.
	Name  string
	Known []string
}

// Error says which there are.
func (e *NoReceiverError) Error() string {
	return fmt.Sprintf("no receiver %q, only %s", e.Name, strings.Join(e.Known, ", "))
}

// ErrNoIntegration says that a receiver tells nobody.
var ErrNoIntegration = errors.New("the receiver has no integration: it tells nobody")

// try tells each integration of a receiver of a notice, one behind the other; call does it
// for one of them.
func (p *plan) try(ctx context.Context, opts *Options, receiver string, n *Notice, call func(context.Context, *notify.Integration, string, *alert.Alert) error) ([]Tried, error) {
	now := opts.Now()
	if rota := p.rota[receiver]; rota != nil {
		receiver = rota.On(now)
	}
	integrations, ok := p.receivers[receiver]
	if !ok {
		return nil, &NoReceiverError{receiver, slices.Sorted(maps.Keys(p.receivers))}
	}
	if len(integrations) == 0 {
		return nil, fmt.Errorf("receiver %s: %w", receiver, ErrNoIntegration)
	}
	a := n.alert(now, now.Add(alive))
	a.UpdatedAt = now
	ctx = notified(ctx, "test:"+now.Format(time.RFC3339Nano), receiver, now)
	text, err := rendered(ctx, p.tmpl, []*alert.Alert{&a}, opts.Log)
	if err != nil {
		return nil, err
	}
	var list []Tried
	for i := range integrations {
		one := Tried{Target: target(receiver, &integrations[i]), Title: text.Title, Text: text.Text}
		began := opts.Now()
		one.Err = call(ctx, &integrations[i], one.Target, &a)
		one.Took = opts.Now().Sub(began)
		list = append(list, one)
	}
	return list, nil
}

// notified returns the context of a notification that the engine did not make.
func notified(ctx context.Context, group, receiver string, now time.Time) context.Context {
	ctx = notify.WithGroupKey(ctx, group)
	ctx = notify.WithGroupLabels(ctx, model.LabelSet{})
	ctx = notify.WithReceiverName(ctx, receiver)
	ctx = notify.WithRepeatInterval(ctx, time.Hour)
	ctx = notify.WithNotificationReason(ctx, notify.ReasonFirstNotification)
	return notify.WithNow(ctx, now)
}

const (
	// maxTests is how many tests and drills there may be within testsWithin: whoever may
	// test must not be able to flood.
	maxTests, testsWithin = 10, time.Minute
	// testTimeout is how long a test may take with all integrations of a receiver.
	testTimeout = 30 * time.Second
)

// TooManyTestsError says that too many tests were made lately.
type TooManyTestsError struct {
	// After is when there may be another one.
	After time.Duration
}

// Error says so.
func (*TooManyTestsError) Error() string {
	return fmt.Sprintf("there may be %d tests and drills within %s", maxTests, testsWithin)
}

// tests counts tests.
type tests struct {
	mu    sync.Mutex
	times []time.Time
}

// mayTest takes one of the tests that there may be.
func (m *Manager) mayTest() error {
	err := m.tests.take(m.now())
	if err != nil {
		m.counters.testsRefused.Add(1)
		return err
	}
	m.counters.tests.Add(1)
	return nil
}

func (t *tests) take(now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = slices.DeleteFunc(t.times, func(at time.Time) bool { return now.Sub(at) >= testsWithin })
	if len(t.times) >= maxTests {
		return &TooManyTestsError{testsWithin - now.Sub(t.times[0])}
	}
	t.times = append(t.times, now)
	return nil
}

// Test tells a receiver of a drill, at once and past routes, limits and silences, and says
// what came of it for each of its integrations. The history has it. An integration that
// takes it and rested is asked again at once for what waits. The errors are
// *NoReceiverError, ErrNoIntegration and *TooManyTestsError.
func (m *Manager) Test(ctx context.Context, receiver string) ([]Tried, error) {
	if err := m.mayTest(); err != nil {
		return nil, err
	}
	// Who asked may go: what was begun is told to the end, and noted.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), testTimeout)
	defer cancel()
	n, p := Drill(m.now()), m.plan.Load()
	return p.try(ctx, &m.opts, receiver, &n, func(ctx context.Context, i *notify.Integration, target string, a *alert.Alert) error {
		pace := m.paceOf(target)
		err := pace.hangs()
		if err == nil {
			_, err = pace.call(ctx, i, []*alert.Alert{a}, func(error) {})
		}
		if err == nil {
			pace.rested()
		}
		one := Attempt{At: m.now(), Key: alertKey(a), Target: target}
		if err != nil {
			one.Error = clip(Visible(err.Error()), maxText)
		}
		text, _ := rendered(ctx, p.tmpl, []*alert.Alert{a}, m.log) // it was rendered before
		one.Title, one.Text = text.Title, text.Text
		m.wrong(m.outbox.attempted(one))
		return err
	})
}

// Drill tells of a drill all who are told of a critical signal, by the way of a real one:
// routes, limits, time intervals and escalation. The error is *TooManyTestsError, or that it
// could not be kept.
func (m *Manager) Drill(ctx context.Context, severity signal.Severity) error {
	now := m.now()
	if err := m.mayTest(); err != nil {
		return err
	}
	n := Drill(now)
	n.Severity = severity
	n.Labels = append(n.Labels, Label{"drill", now.UTC().Format("20060102T150405.000Z")}) // each is one of its own
	return m.Put(ctx, n)
}
