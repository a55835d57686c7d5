package app

import (
	"io"
	"iter"
	"sync"

	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/source"
)

// demoBlock is the number of simulated lines of a block.
const demoBlock = 500

// demoLines gives the lines of a scenario as blocks, and remembers at which line
// each attack begins. One goroutine reads, another asks for the steps.
type demoLines struct {
	pull  func() (demo.Line, bool)
	stop  func()
	count int64
	bytes int64

	mu   sync.Mutex
	last string
	at   map[int64]string // line number to the step that begins there
}

func newDemoLines(s demo.Scenario) *demoLines {
	d := &demoLines{at: map[int64]string{}}
	d.pull, d.stop = iter.Pull(s.Lines())
	return d
}

// next returns the next block, io.EOF behind the last.
func (d *demoLines) next() (*source.Block, error) {
	b := &source.Block{First: d.count + 1}
	for len(b.Lines) < demoBlock {
		line, ok := d.pull()
		if !ok {
			break
		}
		d.count++
		d.bytes += int64(len(line.Text)) + 1
		b.Lines = append(b.Lines, line.Text)
		if line.Step != "" && line.Step != d.last {
			d.mu.Lock()
			d.last, d.at[d.count] = line.Step, line.Step
			d.mu.Unlock()
		}
	}
	if len(b.Lines) == 0 {
		return nil, io.EOF
	}
	return b, nil
}

// step returns the name of the attack that begins at the line, or "".
func (d *demoLines) step(line int64) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := d.at[line]
	delete(d.at, line)
	return name
}
