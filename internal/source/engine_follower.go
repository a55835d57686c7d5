package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// engineFollower follows the output of one container, from start to start.
type engineFollower struct {
	engine    *Engine
	id        string
	fromStart bool
	news      chan struct{} // holds a token when something happened to the container
	stale     atomic.Bool   // its description may have changed

	at      enginePosition
	begun   bool // there is a position
	config  *engineContainer
	label   record.Record
	told    string
	pending []record.Record
	behind  enginePosition // the pending records
	size    int
}

// run follows until the context is done, the container is gone, or is none of those to
// follow. The error is one of Store, or says that the position is none.
func (f *engineFollower) run(ctx context.Context) (err error) {
	position, err := f.engine.Position(ctx, f.id)
	if err != nil {
		return err
	}
	if position != nil {
		if f.at, err = readEnginePosition(position); err != nil {
			return fmt.Errorf("go on with the container %s: its position cannot be read: %w", f.id, err)
		}
		f.begun = true
	}
	for wait := f.engine.Restart; ctx.Err() == nil; {
		before := f.at
		state, err := f.once(ctx)
		stored, isStored := errors.AsType[storeError](err)
		refusal, isRefusal := errors.AsType[*engineError](err)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it was stopped
		case isStored:
			return stored.error
		case isGone(err):
			return f.forget(ctx)
		case err == nil && state == engineUnwanted:
			return nil
		case err == nil:
			f.told, wait = "", f.engine.Restart
			if state == engineRead {
				f.sleep(ctx, 0)
			}
			continue
		}
		f.tell(ctx, err)
		if isRefusal && refusal.status >= http.StatusBadRequest && refusal.status != http.StatusInternalServerError {
			f.sleep(ctx, 0) // such as one whose driver cannot be read
			continue
		}
		if f.at != before {
			wait = f.engine.Restart
		}
		f.sleep(ctx, wait)
		wait = min(2*wait, engineLongest)
	}
	return nil
}

// tell tells once what went wrong.
func (f *engineFollower) tell(ctx context.Context, err error) {
	f.engine.Counters.Errors.Add(1)
	if text := err.Error(); text != f.told {
		f.told = text
		f.engine.Log.WarnContext(ctx, "the output of a container cannot be read: it is tried again", "container_id", f.id, "error", err)
	}
}

// sleep waits until something happens to the container, or as long; 0 is for ever.
func (f *engineFollower) sleep(ctx context.Context, most time.Duration) {
	var late <-chan time.Time
	if most > 0 {
		timer := time.NewTimer(most)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ctx.Done():
	case <-f.news:
	case <-late:
	}
}

// forget gives up the position in a container that is gone.
func (f *engineFollower) forget(ctx context.Context) error {
	if !f.begun {
		return nil
	}
	return untilRoom(ctx, func() error { return f.engine.Store(ctx, f.id, []byte(NoPosition), nil) })
}

// What comes behind once.
const (
	engineMore     = iota // it may have more
	engineRead            // it has stopped, and all was read
	engineUnwanted        // nobody wants it
)

// once reads until the container stops, or what there is when it has: an engine that
// follows a container may leave out the last it wrote (20.10 does), so that is asked for
// again without following.
func (f *engineFollower) once(ctx context.Context) (state int, err error) {
	if err := f.describe(ctx); err != nil {
		return 0, err
	}
	if !f.engine.wants(f.config) {
		return engineUnwanted, nil
	}
	if !f.begun {
		f.at = enginePosition{}
		if !f.fromStart {
			f.at.Since = f.engine.Now().UnixNano()
			f.behind = f.at
			if err := f.store(ctx); err != nil {
				return 0, err
			}
		}
		f.begun = true
	}
	runs := f.config.runs()
	body, err := f.engine.client.logs(ctx, f.id, f.at.Since, runs)
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }() // it was only read
	s := &engineStream{in: bufio.NewReaderSize(&flushing{body, func() error { return f.flush(ctx) }}, 32<<10), tty: f.config.Config.Tty}
	replay := f.at.replay()
	f.behind, f.pending, f.size = f.at, nil, 0
	for {
		line, err := s.next()
		if err == nil {
			err = f.take(ctx, &line, &replay, s.waits())
		}
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return f.ended(ctx, s, &replay, runs)
		}
		if _, stored := errors.AsType[storeError](err); err != nil && !stored {
			err = errors.Join(err, f.flush(ctx))
		}
		if err != nil {
			return 0, err
		}
	}
}

// flushing lets what was read be queued before more is waited for.
type flushing struct {
	io.Reader

	flush func() error
}

// Read reads what the engine sends.
func (r *flushing) Read(p []byte) (int, error) {
	if err := r.flush(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// ended takes what has no end, when nothing more can come: the container has stopped, and
// was not only followed until then, or is gone.
func (f *engineFollower) ended(ctx context.Context, s *engineStream, replay *engineReplay, followed bool) (state int, err error) {
	if err := f.flush(ctx); err != nil {
		return 0, err
	}
	gone := f.describe(ctx)
	switch {
	case gone != nil && !isGone(gone):
		return 0, gone
	case gone == nil && f.config.runs():
		pause(ctx, f.engine.Restart/10) // it ends, or began again
		return engineMore, nil
	case gone == nil && followed:
		return engineMore, nil
	}
	lines := s.last()
	for i := range lines {
		if err := f.take(ctx, &lines[i], replay, false); err != nil {
			return 0, err
		}
	}
	if len(lines) > 0 && s.tty {
		f.behind.behind() // what comes next would stand in the same line
		f.size++
	}
	if err := f.flush(ctx); err != nil {
		return 0, err
	}
	return engineRead, gone
}

// describe asks who writes.
func (f *engineFollower) describe(ctx context.Context) error {
	f.stale.Store(false)
	d, err := f.engine.client.describe(ctx, f.id)
	if err != nil {
		return err
	}
	f.config, f.label = d, d.label(f.id, &f.engine.Label)
	return nil
}

// take takes a line.
func (f *engineFollower) take(ctx context.Context, line *engineLine, replay *engineReplay, open bool) error {
	if replay.again(line) {
		return nil
	}
	if f.stale.Load() {
		if err := f.describe(ctx); err != nil && !isGone(err) {
			return err
		}
	}
	f.behind.seen(line, open)
	r := f.label
	var cut bool
	r.Text, cut = dockerText(line)
	r.Received = f.engine.Now().UnixNano()
	if r.Clip() || cut {
		f.engine.Counters.Cut.Add(1)
	}
	f.pending = append(f.pending, r)
	f.size += r.Size()
	if len(f.pending) == record.MaxBatch || f.size > journalBatch {
		return f.flush(ctx)
	}
	return nil
}

// flush queues what was read.
func (f *engineFollower) flush(ctx context.Context) error {
	if f.size == 0 {
		return nil
	}
	return f.store(ctx)
}

func (f *engineFollower) store(ctx context.Context) error {
	position := marshalEngine(f.behind)
	if err := untilRoom(ctx, func() error { return f.engine.Store(ctx, f.id, position, f.pending) }); err != nil {
		return storeError{err}
	}
	f.engine.Counters.received(len(f.pending), f.engine.Now().UnixNano())
	f.at, f.pending, f.size = f.behind, nil, 0
	return nil
}

// dockerText returns the line in the form of the driver json-file, and whether it had to
// be cut for that.
func dockerText(line *engineLine) (text string, cut bool) {
	const around = 200 // bytes of what stands beside the line
	const widest = 6   // bytes that one of a text can take
	write := func(text []byte) string {
		out := append(make([]byte, 0, len(text)+around), `{"log":`...)
		out = event.AppendJSONString(out, string(text))
		out = append(out, `,"stream":"`...)
		out = append(out, [...]string{"stdout", "stderr"}[line.stream]...)
		out = append(out, `","time":"`...)
		out = time.Unix(0, line.at).UTC().AppendFormat(out, time.RFC3339Nano)
		return string(append(out, `"}`...))
	}
	if text = write(line.text); len(text) <= record.MaxText {
		return text, false
	}
	return write(line.text[:(record.MaxText-around)/widest]), true
}
