package respond

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/evidence"
)

const (
	// maxCaptures is how much evidence is captured, and how many images are written, at a time.
	maxCaptures = 2
	// captureTime is how long one of them may take.
	captureTime = 15 * time.Minute
	// engineTime is how long an engine may take to answer a person.
	engineTime = 5 * time.Second
)

// errNoEngine is a server without an engine of containers.
var errNoEngine = errors.New("the server knows no engine of containers: see docker in its configuration")

// errNoContainer is a container that is gone.
var errNoContainer = errors.New("there is no such container, any more")

// containers does all that is done to containers. Any number of goroutines may use it.
type containers struct {
	engine   func() Containers // may return nil
	evidence *evidence.Store   // may be nil
	memories memories
	plan     func() *plan
	now      func() time.Time
	proc     string
	self     []string
	passing  func(step string)
	captures chan struct{}

	mu    sync.Mutex
	locks map[string]*hold
}

// hold is the lock of one container.
type hold struct {
	sync.Mutex
	users int
}

var _ action = (*containers)(nil)

// repeatable: each step finds out what was done already.
func (*containers) repeatable() bool { return true }
func (*containers) extends() bool    { return false }

func (a *containers) apply(ctx context.Context, tasks []task) []outcome {
	return oneByOne(tasks, func(t *task) outcome { return a.contain(ctx, t) })
}

func (a *containers) undo(ctx context.Context, tasks []task) []outcome {
	return oneByOne(tasks, func(t *task) outcome { return a.release(ctx, t) })
}

// lock lets one goroutine at a time cut a container off, or let it go. It returns what ends
// that.
func (a *containers) lock(id string) (unlock func()) {
	a.mu.Lock()
	h := a.locks[id]
	if h == nil {
		h = &hold{}
		a.locks[id] = h
	}
	h.users++
	a.mu.Unlock()
	h.Lock()
	return func() {
		h.Unlock()
		a.mu.Lock()
		defer a.mu.Unlock()
		if h.users--; h.users == 0 {
			delete(a.locks, id)
		}
	}
}

// inspect asks the engine for a container.
func (a *containers) inspect(ctx context.Context, id string) (Containers, *container.Container, error) {
	engine := a.engine()
	if engine == nil {
		return nil, nil, errNoEngine
	}
	c, err := engine.Inspect(ctx, id)
	if errors.Is(err, container.ErrNotFound) {
		return engine, nil, errNoContainer
	}
	return engine, c, err
}

// work is one response at work. It belongs to one goroutine.
type work struct {
	*containers

	engine  Containers
	task    *task
	c       *container.Container
	m       *Containment
	process process // the one to kill, of a target of KindProcess
}

// contain does what is left of the steps of a response.
func (a *containers) contain(ctx context.Context, t *task) outcome {
	w := &work{containers: a, task: t}
	id := t.record.Target
	if t.record.Kind == KindProcess {
		var err error
		if w.process, err = parseProcess(id); err != nil {
			return outcome{err: err, final: true}
		}
		id = w.process.container
	}
	var err error
	if w.m, err = a.memories.load(ctx, t.record.ID); err != nil {
		return outcome{err: err}
	}
	if w.engine, w.c, err = a.inspect(ctx, id); err != nil {
		gone := errors.Is(err, errNoContainer)
		if gone && w.m != nil { // nothing is left to do
			return outcome{output: w.m.summary(), partly: err.Error()}
		}
		return outcome{err: err, final: gone || errors.Is(err, errNoEngine)}
	}
	if rule, why := a.plan().spared(w.c, a.self); rule != "" {
		return outcome{refusal: rule, err: errors.New(why), final: true}
	}
	if w.m == nil {
		w.m = &Containment{Container: w.c.ID, Name: w.c.Name, Image: w.c.Image, Steps: a.plan().stepsOf(t.record.Action, t.record.Policy), Done: []Step{}}
	}
	for _, step := range w.m.Steps {
		if w.m.did(step) {
			continue
		}
		if err := w.step(ctx, step); err != nil {
			if errors.Is(context.Cause(ctx), errEnded) {
				return outcome{output: w.m.summary(), partly: errEnded.Error()}
			}
			if ctx.Err() == nil && w.m.holds() { // it is to be let go in time
				return outcome{output: w.m.summary(), partly: err.Error()}
			}
			return outcome{err: err, stopped: ctx.Err() != nil}
		}
	}
	return w.outcome()
}

// outcome says what became of the steps. What is in effect is active, also when another step
// failed: it ends in time, and can be undone.
func (w *work) outcome() outcome {
	wrong := w.m.errors()
	if wrong == "" || w.m.holds() {
		return outcome{output: w.m.summary(), partly: wrong}
	}
	return outcome{output: w.m.summary(), err: errors.New(wrong)}
}

// step does one, and writes down what came of it. The error is one of the database, or of
// the context.
func (w *work) step(ctx context.Context, step string) error {
	do := map[string]func(context.Context) (string, error){
		Quarantine: w.quarantine, Freeze: w.freeze, Evidence: w.capture, Snapshot: w.snapshot, Resume: w.resume, Kill: w.kill,
	}[step]
	w.passing("contain: before " + step)
	began := w.now()
	how, err := do(ctx)
	if ctx.Err() != nil {
		return ctx.Err() // the next start goes on
	}
	s := Step{Step: step, At: began.UTC(), Took: w.now().Sub(began).Microseconds(), How: how}
	if err != nil {
		s.Error = short(err.Error())
	}
	w.passing("contain: did " + step)
	w.m.note(s)
	if err := w.memories.save(ctx, w.task.record.ID, w.m); err != nil {
		return err
	}
	w.passing("contain: noted " + step)
	return nil
}

// remember writes down what is about to be done.
func (w *work) remember(ctx context.Context) error {
	return w.memories.save(ctx, w.task.record.ID, w.m)
}

// freeze stops the processes.
func (w *work) freeze(ctx context.Context) (string, error) {
	defer w.lock(w.c.ID)()
	return w.frozen(ctx)
}

// frozen is freeze with the lock.
func (w *work) frozen(ctx context.Context) (string, error) {
	_, c, err := w.inspect(ctx, w.c.ID)
	if err != nil {
		return "", err
	}
	w.c = c
	others, err := w.memories.others(ctx, w.task.record.ID, w.c.ID)
	if err != nil {
		return "", err
	}
	switch {
	case !c.Running():
		return "it does not run", nil
	case c.Paused() && (w.m.Frozen || slices.ContainsFunc(others, func(o *Containment) bool { return o.Frozen })):
		w.m.Frozen = true // the last of them lets it go
		return "it was frozen by a response", nil
	case c.Paused():
		return "it was frozen by somebody else", nil
	}
	w.m.Frozen = true
	if err := w.remember(ctx); err != nil {
		return "", err
	}
	err = w.engine.Pause(ctx, w.c.ID)
	if errors.Is(err, container.ErrConflict) { // somebody was faster, or it ended
		err = nil
	}
	if err == nil {
		w.c.Status = "paused"
	}
	return "pause", err
}

// capture captures evidence.
func (w *work) capture(ctx context.Context) (string, error) {
	if w.evidence == nil {
		return "", errors.New("there is no folder for evidence")
	}
	if err := w.turn(ctx); err != nil {
		return "", err
	}
	defer func() { <-w.captures }()
	ctx, cancel := context.WithTimeout(ctx, captureTime)
	defer cancel()
	r := &w.task.record
	subject := evidence.Subject{
		ID: w.c.ID, Name: w.c.Name, Image: w.c.Image, ImageID: w.c.ImageID, Inspect: w.c.Raw,
		Local: !w.engine.Remote() && (!w.c.Running() || evidence.InContainer(w.proc, w.c.Pid, w.c.ID)),
		Changes: func(ctx context.Context) (list []evidence.Change, err error) {
			changes, err := w.engine.Diff(ctx, w.c.ID)
			for _, one := range changes {
				list = append(list, evidence.Change{Kind: string(one.Kind), Path: one.Path})
			}
			return list, err
		},
		Logs: func(ctx context.Context, most int64, stdout, stderr io.Writer) (bool, error) {
			return w.engine.Logs(ctx, w.c.ID, container.Output{Most: most}, stdout, stderr)
		},
	}
	if !w.engine.Remote() {
		subject.Upper = w.c.UpperDir
	}
	id := fmt.Sprintf("EV-%s-%d-%.12s", r.Made.UTC().Format("20060102T150405Z"), r.ID, w.c.ID)
	m, sum, err := w.evidence.Capture(ctx, evidence.Case{ID: id, Response: r.ID, Signal: r.Signal, By: r.MadeBy}, &subject, w.plan().limits())
	if err != nil {
		return "", err
	}
	w.m.Evidence, w.m.Manifest = m.ID, sum
	if err := w.prune(); err != nil {
		return "", err
	}
	how := fmt.Sprintf("%d files, %d bytes", len(m.Files), m.Bytes)
	if n := len(m.Limits) + len(m.Problems) + m.MoreNotes; n > 0 {
		how += fmt.Sprintf(", %d notes on what is missing", n)
	}
	return how, nil
}

// turn waits until there are not too many at a time.
func (w *work) turn(ctx context.Context) error {
	select {
	case w.captures <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// snapshot writes the files of the container into an image.
func (w *work) snapshot(ctx context.Context) (string, error) {
	if err := w.turn(ctx); err != nil {
		return "", err
	}
	defer func() { <-w.captures }()
	reference := snapshotName(w.c.Name, w.task.record.Made, w.task.record.ID)
	// One that a server made which was killed would stay behind without a name.
	if err := w.engine.RemoveImage(ctx, reference); err != nil && !errors.Is(err, container.ErrNotFound) {
		return "", err
	}
	_, now, err := w.inspect(ctx, w.c.ID)
	if err != nil {
		return "", err
	}
	if _, err := w.engine.Commit(ctx, w.c.ID, reference, "captured by Sasumata, response "+strconv.FormatInt(w.task.record.ID, 10), now.Running() && !now.Paused()); err != nil {
		return "", err
	}
	w.m.Snapshot = reference
	return reference, nil
}

// snapshotName returns a name that engines take for an image: they want small letters.
func snapshotName(name string, made time.Time, response int64) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	safe = strings.Trim(safe[:min(len(safe), 100)], "-")
	for strings.Contains(safe, "--") {
		safe = strings.ReplaceAll(safe, "--", "-")
	}
	if safe == "" {
		safe = "container"
	}
	return "sasumata/forensic/" + safe + ":" + made.UTC().Format("20060102t150405z") + "-" + strconv.FormatInt(response, 10)
}

// resume lets the processes go on; the quarantine stays.
func (w *work) resume(ctx context.Context) (string, error) {
	defer w.lock(w.c.ID)()
	if w.m.Quarantine == byFreeze {
		return "", errors.New("it stays frozen: there was no other way to cut it off")
	}
	_, c, err := w.inspect(ctx, w.c.ID)
	if err != nil {
		return "", err
	}
	w.c = c
	return "unpause", w.thaw(ctx)
}

// thaw lets the processes go on, unless another response holds them. The lock is held, and c
// is as the container is.
func (w *work) thaw(ctx context.Context) error {
	if !w.m.Frozen {
		return nil
	}
	others, err := w.memories.others(ctx, w.task.record.ID, w.c.ID)
	if err != nil {
		return err
	}
	if w.c.Paused() && !slices.ContainsFunc(others, func(o *Containment) bool { return o.Frozen }) {
		err := w.engine.Unpause(ctx, w.c.ID)
		if err != nil && !errors.Is(err, container.ErrConflict) && !errors.Is(err, container.ErrNotFound) {
			return err
		}
	}
	w.m.Frozen = false
	return w.remember(ctx)
}

// kill ends the container, such that its engine does not start it again, or one process.
func (w *work) kill(ctx context.Context) (string, error) {
	if w.process.pid > 0 {
		return fmt.Sprintf("process %d", w.process.pid), w.process.kill(w.proc)
	}
	defer w.lock(w.c.ID)()
	if err := w.engine.Stop(ctx, w.c.ID, 0); err != nil {
		return "", err
	}
	w.m.Frozen = false
	return "container", nil
}

// release undoes what a response did to a container, as far as no other one holds it.
func (a *containers) release(ctx context.Context, t *task) outcome {
	w := &work{containers: a, task: t}
	var err error
	if w.m, err = a.memories.load(ctx, t.record.ID); err != nil {
		return outcome{err: err}
	}
	if w.m == nil || !w.m.holds() {
		return outcome{}
	}
	defer a.lock(w.m.Container)()
	if w.m, err = a.memories.load(ctx, t.record.ID); err != nil { // who held the lock may have changed it
		return outcome{err: err}
	}
	if w.engine, w.c, err = a.inspect(ctx, w.m.Container); err != nil {
		if errors.Is(err, errNoContainer) {
			return outcome{output: err.Error()} // nothing holds any more
		}
		return outcome{err: err}
	}
	// First the processes may go on, then the network: what they say meanwhile is lost all the
	// same, and a frozen one takes no packets.
	if err := errors.Join(w.thaw(ctx), w.open(ctx)); err != nil {
		return outcome{err: err}
	}
	return outcome{output: "released: " + w.m.summary()}
}
