package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/sensor"
)

// Engine asks the engine of containers at an address, by default the environment's, for what
// the sensor wants to know. Close gives it up.
type Engine struct{ engine *container.Engine }

// OpenEngine makes an engine ready to be asked, without asking anything.
func OpenEngine(address string) (*Engine, error) {
	engine, err := openEngine(address)
	if err != nil {
		return nil, err
	}
	return &Engine{engine}, nil
}

// Close ends the connections that nobody uses.
func (e *Engine) Close() { e.engine.Close() }

// Processes returns those of all containers that run, at about the same moment.
func (e *Engine) Processes(ctx context.Context) ([]sensor.Listed, error) {
	containers, err := e.engine.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []sensor.Listed
	for i := range containers {
		c := &containers[i]
		if c.Status != "running" && c.Status != "paused" {
			continue
		}
		list, err := e.engine.Top(ctx, c.ID, "-eo", "pid,ppid,uid,args")
		if errors.Is(err, container.ErrNotFound) || errors.Is(err, container.ErrConflict) {
			continue // it has ended
		}
		if err != nil {
			return nil, err
		}
		if all, err = listed(all, c.ID, list); err != nil {
			return nil, fmt.Errorf("list the processes of the container %s: %w", c.ID, err)
		}
	}
	return all, nil
}

// listed appends the processes of a container as ps prints them: pid, ppid, uid, args.
func listed(all []sensor.Listed, id string, list container.Processes) ([]sensor.Listed, error) {
	if want := []string{"PID", "PPID", "UID", "COMMAND"}; !slices.Equal(list.Titles, want) {
		return nil, fmt.Errorf("the engine answers with the columns %.200q, want %q", list.Titles, want)
	}
	for _, row := range list.Rows {
		if len(row) != len(list.Titles) {
			return nil, fmt.Errorf("the engine answers with %d columns, want %d", len(row), len(list.Titles))
		}
		var numbers [3]uint32
		for i := range numbers {
			n, err := strconv.ParseUint(row[i], 10, 32)
			if err != nil {
				return nil, fmt.Errorf("the engine's column %s: %w", list.Titles[i], err)
			}
			numbers[i] = uint32(n)
		}
		all = append(all, sensor.Listed{Container: id, PID: numbers[0], Parent: numbers[1], UID: numbers[2], Command: row[3]})
	}
	return all, nil
}

// lister returns who lists the processes of containers for the sensor, nil when no engine may be
// asked, and what gives it up.
func (s *Server) lister(ctx context.Context, c *config.Config) (list sensor.Lister, done func()) {
	address, secure, _ := thisHost().engineOf(ctx, c)
	if address == "" {
		return nil, func() {}
	}
	engine, err := container.Open(address, secure)
	if err != nil {
		s.log.WarnContext(ctx, "the sensor cannot ask the engine of containers", "error", err)
		return nil, func() {}
	}
	e := &Engine{engine}
	return e, e.Close
}
