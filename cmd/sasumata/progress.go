package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Only files that take a while get a progress bar, and it moves a few times a
// second.
const (
	progressMin  = 10 << 20
	progressStep = 200 * time.Millisecond
)

// progress draws a bar on a terminal while a large file is read.
type progress struct {
	w     io.Writer // nil where nobody looks
	start time.Time

	mu    sync.Mutex
	drawn time.Duration
	shown bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{start: time.Now()}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

// update is called by the reading goroutine.
func (p *progress) update(name string, read, total int64) {
	if p.w == nil || total < progressMin {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := time.Since(p.start)
	if elapsed-p.drawn < progressStep {
		return
	}
	p.drawn, p.shown = elapsed, true
	const width = 24
	done := int(width * read / max(total, 1))
	left := time.Duration(float64(elapsed) * float64(total-read) / float64(max(read, 1))).Round(time.Second)
	fmt.Fprintf(p.w, "\r\x1b[K%s%s %3d%%  %d/%d MB  %v left  %.40q", strings.Repeat("█", done), strings.Repeat("░", width-done), 100*read/max(total, 1), read>>20, total>>20, left, name)
}

// maxHeld is how many warnings are held.
const maxHeld = 100

// warner writes warnings for people, one a line. Any goroutine may call it.
type warner struct {
	w   io.Writer
	bar *progress

	mu   sync.Mutex
	hold bool // a screen is drawn where they would stand
	held []string
	more int // that were not held
}

// say writes a warning, or holds it.
func (w *warner) say(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.hold:
		w.write(text)
	case len(w.held) < maxHeld:
		w.held = append(w.held, text)
	default:
		w.more++
	}
}

// release writes what was held.
func (w *warner) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range w.held {
		w.write(text)
	}
	if w.more > 0 {
		w.write(fmt.Sprintf("%d more warnings", w.more))
	}
	w.hold, w.held, w.more = false, nil, 0
}

func (w *warner) write(text string) {
	w.bar.clear()
	fmt.Fprintf(w.w, "sasumata: %s\n", text)
}

// clear takes the bar off the screen, before other text.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
