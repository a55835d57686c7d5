package sensor

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

const (
	// topEvery is how often the engine is asked for the processes of containers.
	topEvery = 2 * time.Second
	// topAnswer is how long the answers for all containers may take.
	topAnswer = 30 * time.Second
	// topTry is how long it may take when it is only tried.
	topTry = 5 * time.Second
	// maxName is how many bytes of its name the kernel keeps of a process.
	maxName = 15
)

// Listed is a process in the list that the engine makes of a container.
type Listed struct {
	// Container is the whole id.
	Container string
	// PID and Parent are numbers on the engine's machine, UID is the user there.
	PID, Parent, UID uint32
	// Command is the command line, its arguments parted by blanks. The process may have
	// written over it.
	Command string
}

// Lister asks the engine of containers which processes run in them, as docker top does: in
// all that run, at one moment. What ends meanwhile is left out.
type Lister interface {
	Processes(ctx context.Context) ([]Listed, error)
}

// topWatch compares what the engine lists with what it listed before.
type topWatch struct {
	sensor *Sensor
	list   Lister
	known  map[uint32]Listed
}

func openTop(s *Sensor) (watcher, error) {
	s.table = newTable(&s.Evicted, false, s.opts.Now) // the numbers may be those of another machine
	s.encode.table = s.table
	return &topWatch{sensor: s, list: s.opts.Processes}, nil
}

// tryTop says why the engine cannot be asked for processes.
func tryTop(ctx context.Context, list Lister) (why, fix string) {
	const member = "a Docker engine, and the right to ask it: SupplementaryGroups=docker in the unit of systemd"
	if list == nil {
		return "there is no engine of containers to ask", member
	}
	ctx, cancel := context.WithTimeout(ctx, topTry)
	defer cancel()
	if _, err := list.Processes(ctx); err != nil {
		return err.Error(), member
	}
	return "", ""
}

// run tells what has begun and ended since it was asked before. What runs at first is known and
// not told.
func (w *topWatch) run(ctx context.Context) error {
	every := time.NewTicker(topEvery)
	defer every.Stop()
	for {
		if err := w.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil // it was told to end
			}
			return fmt.Errorf("ask the engine for the processes of containers: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

func (w *topWatch) look(ctx context.Context) error {
	asked, cancel := context.WithTimeout(ctx, topAnswer)
	defer cancel()
	list, err := w.list.Processes(asked)
	if err != nil {
		return err
	}
	list = list[:min(len(list), maxProcesses)]
	now := make(map[uint32]Listed, len(list))
	for _, one := range list {
		now[one.PID] = one
	}
	before := w.known
	w.known = now
	for _, one := range list {
		if was, ok := before[one.PID]; before == nil || !ok || program(was.Command) != program(one.Command) || was.Container != one.Container {
			e := w.event(&one)
			if before == nil {
				w.sensor.table.see(&e)
				continue
			}
			w.sensor.tell(ctx, &e)
		}
	}
	for _, pid := range slices.Sorted(maps.Keys(before)) {
		was := before[pid]
		if one, ok := now[pid]; !ok || one.Container != was.Container {
			e := w.event(&was)
			e.Kind, e.PID, e.Args = Exit, pid, ""
			w.sensor.tell(ctx, &e)
		}
	}
	return nil
}

// program is what tells that a process has become another program. The rest of the command line
// is no sign of it: servers write over it what they do.
func program(command string) string {
	first, _, _ := strings.Cut(command, " ")
	return first
}

// event is the start of a process. Its executable is not known: it is taken for the one that
// the command line names, if that is a whole path.
func (w *topWatch) event(one *Listed) Event {
	first := program(one.Command)
	e := Event{
		Kind: Exec, PID: one.PID, Parent: one.Parent, UID: one.UID, EUID: one.UID, LoginUID: NoLogin, Container: one.Container,
		Args: strings.ReplaceAll(one.Command, " ", "\x00") + "\x00", Incomplete: true,
	}
	e.Name = path.Base(first)
	e.Name = e.Name[:min(len(e.Name), maxName)]
	if path.IsAbs(first) {
		e.Exe = path.Clean(first)
	}
	if up, ok := w.known[one.Parent]; ok {
		p := w.event(&Listed{PID: up.PID, Command: up.Command})
		e.ParentName, e.ParentExe, e.Grandparent = p.Name, p.Exe, up.Parent
	}
	return e
}

func (*topWatch) losses() map[Kind]int64  { return nil }
func (*topWatch) repeats() map[Kind]int64 { return nil }

// Close does nothing: the engine belongs to others.
func (*topWatch) Close() error { return nil }

var _ watcher = (*topWatch)(nil)
