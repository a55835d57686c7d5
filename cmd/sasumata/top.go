package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/report"
)

// screenEvery is how often --top draws.
const screenEvery = time.Second

// The other screen of a terminal without its cursor, and back.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
)

// top draws what an analysis finds while it goes on.
type top struct {
	out   *bufio.Writer
	lang  report.Lang
	zone  *time.Location
	files []string
	lists *app.ThreatWatch // nil without threat lists
	size  func() (columns, rows int)
	tty   bool
	color bool

	events int64
	drawn  time.Time
	err    error
}

// checkTop refuses what --top cannot do.
func (a *analyze) checkTop() error {
	switch {
	case !a.live:
		return nil
	case a.output != "text":
		return fmt.Errorf("--top draws on a terminal: --output %s is not possible with it", a.output)
	case a.state != "":
		return errors.New("--top reads on and on: --state is not possible with it")
	default:
		return nil
	}
}

// watch draws until stop is called; stop returns the first error of drawing.
func (t *top) watch(ctx context.Context, live *app.Live) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	if t.tty {
		fmt.Fprint(t.out, enterScreen)
	}
	running.Go(func() {
		tick := time.NewTicker(screenEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				live.View(t.draw)
			}
		}
	})
	return func() error {
		cancel()
		running.Wait()
		if t.tty {
			fmt.Fprint(t.out, leaveScreen)
		}
		return errors.Join(t.err, t.out.Flush())
	}
}

// draw draws once.
func (t *top) draw(a *app.Analysis) {
	now := time.Now()
	events := a.Summary.Events()
	rate := 0.0
	if elapsed := now.Sub(t.drawn).Seconds(); !t.drawn.IsZero() && elapsed > 0 {
		rate = float64(events-t.events) / elapsed
	}
	t.events, t.drawn = events, now
	columns, rows := t.size()
	console := report.NewConsole(t.out, report.ConsoleOptions{Lang: t.lang, Zone: t.zone, Color: t.color, Width: columns})
	options := report.ScreenOptions{Title: t.title(), Rows: rows, PerSecond: rate, Redraw: t.tty}
	if t.lists != nil {
		state := t.lists.State(now)
		options.Lists = &state
	}
	err := console.Screen(a.Summary, a.Signals, options)
	if err = errors.Join(err, t.out.Flush()); t.err == nil {
		t.err = err
	}
}

func (t *top) title() string {
	names := make([]string, len(t.files))
	for i, name := range t.files {
		names[i] = filepath.Base(name)
	}
	return strings.Join(names, ", ")
}
