package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/waf"
)

// nextBlock returns the next block of lines, or io.EOF. After an error that is
// not io.EOF there is nothing more.
type nextBlock func() (*source.Block, error)

// parser turns blocks of lines into events, on several goroutines, and hands
// them on in the order of the lines.
type parser struct {
	content *Content
	threats *ThreatWatch // nil uses the lists of the content
	hint    *pipeline.Hint
	clock   dates.Clock
	geo     geoip.Source
	workers int
	inspect bool // look for web attacks
	secrets bool // leave secrets readable
	attacks bool // make events of attacks only
	screen  bool // prove lines harmless without making events of them

	slack int                                              // how many batches may wait for then
	then  func([]*event.Event)                             // sees the events of each batch behind use, in order, on a goroutine of its own; may be nil
	spare func(*source.Block)                              // takes back the block of a batch that is done; may be nil
	dead  func(from origin, r *record.Record, failure any) // is told of records at which the program failed

	stats pipeline.Stats // complete when ordered has returned
}

// batch is a block on its way: its events are ready when done is closed.
type batch struct {
	block  *source.Block
	events []*event.Event
	pool   []*event.Event // every event that this batch ever had
	done   chan struct{}
}

// batches are those on no journey. The one that came back last goes first: its memory is
// the likeliest to be in a cache.
type batches struct {
	ready chan struct{} // holds one for each
	mu    sync.Mutex
	idle  []*batch
}

func newBatches(n int) *batches {
	all := &batches{ready: make(chan struct{}, n)}
	for range n {
		all.put(&batch{})
	}
	return all
}

// take returns a batch, after one was received from ready.
func (s *batches) take() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.idle) - 1
	b := s.idle[last]
	s.idle = s.idle[:last]
	return b
}

func (s *batches) put(b *batch) {
	s.mu.Lock()
	s.idle = append(s.idle, b)
	s.mu.Unlock()
	s.ready <- struct{}{}
}

// ordered calls use for the events of each block, in order, on the calling
// goroutine. The events are used again once use and then have returned. An error of
// next or use ends it; blocks that were read before an error are still used. When it
// returns, so has then.
func (p *parser) ordered(ctx context.Context, next nextBlock, use func([]*event.Event) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	depth := 2 * p.workers
	free := newBatches(depth)
	if p.then != nil {
		free = newBatches(depth + p.slack)
	}
	work := make(chan *batch, depth)
	inOrder := make(chan *batch, depth)
	var readErr error
	var running sync.WaitGroup
	running.Go(func() {
		defer close(inOrder)
		defer close(work)
		readErr = p.readBlocks(ctx, next, free, work, inOrder)
	})
	var mu sync.Mutex
	for range p.workers {
		running.Go(func() {
			m := p.machine()
			for b := range work {
				m.block(b)
				close(b.done)
			}
			mu.Lock()
			p.stats.Add(m.pipeline.Stats)
			mu.Unlock()
			m.sigma.flush()
		})
	}
	used := make(chan *batch, cap(free.ready))
	if p.then != nil {
		running.Go(func() {
			for b := range used {
				p.then(b.events)
				free.put(b)
			}
		})
	}
	var useErr error
	for b := range inOrder {
		<-b.done
		if useErr == nil {
			if useErr = use(b.events); useErr != nil {
				cancel()
			}
		}
		if useErr == nil && p.then != nil {
			used <- b
		} else {
			free.put(b)
		}
	}
	close(used)
	running.Wait()
	if useErr != nil {
		return useErr // reading was cancelled for its sake
	}
	return readErr
}

// lines is the feed of the lines that next returns until it reports io.EOF.
func (p *parser) lines(next nextBlock) supply {
	return func(ctx context.Context, use func([]*event.Event) error) error {
		return p.ordered(ctx, next, use)
	}
}

// readBlocks fills batches until the input ends, or the context is done.
func (p *parser) readBlocks(ctx context.Context, next nextBlock, free *batches, work, inOrder chan<- *batch) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-free.ready:
		}
		b := free.take()
		if p.spare != nil && b.block != nil {
			p.spare(b.block)
		}
		block, err := next()
		if block != nil && (len(block.Lines)+len(block.Text) > 0 || block.Arrived != nil) {
			b.block, b.done = block, make(chan struct{})
			work <- b
			inOrder <- b
		} else {
			free.put(b)
		}
		if errors.Is(err, io.EOF) {
			return context.Cause(ctx) // may be why there is no more
		}
		if err != nil {
			return err
		}
	}
}

// machine is what one goroutine needs to parse and inspect.
type machine struct {
	parser   *parser
	pipeline *pipeline.Machine
	waf      *waf.Machine
	requests *waf.Inspector
	threats  *threat.Set // of the block under way
	sigma    *marker     // nil without Sigma rules
	screen   *waf.Screen // nil without
	hint     *pipeline.Hint
	sender   sender
}

func (p *parser) machine() *machine {
	m := pipeline.NewMachine(p.clock)
	m.Agents, m.Geo, m.Tables = p.content.Agents, p.geo, p.content.Tables
	all := &machine{parser: p, pipeline: m, waf: waf.NewMachine(), requests: p.content.inspector(), threats: p.lists(), screen: p.newScreen(), hint: p.hint}
	all.requests.AttacksOnly = p.attacks
	if p.content.Sigma != nil {
		all.sigma = p.content.Sigma.marker()
	}
	return all
}

// lists returns the threat lists as they are now.
func (p *parser) lists() *threat.Set {
	if p.threats != nil {
		return p.threats.Set()
	}
	return p.content.Threats
}

// block makes the events of a batch, using those of its last journey again. All of
// them meet the same threat lists.
func (m *machine) block(b *batch) {
	m.threats = m.parser.lists()
	if m.parser.attacks {
		m.attackBlock(b)
		return
	}
	for len(b.pool) < len(b.block.Lines) {
		b.pool = append(b.pool, event.New())
	}
	b.events = b.pool[:len(b.block.Lines)]
	if b.block.Arrived != nil {
		for i := range b.block.Arrived {
			m.survive(b.events[i], b, i)
		}
		return
	}
	if b.block.Records != nil {
		for i, text := range b.block.Lines {
			m.record(b.events[i], text, b.block.Records[i])
		}
		return
	}
	for i, line := range b.block.Lines {
		m.line(b.events[i], line, b.block.First+int64(i))
	}
}

// line makes one event.
func (m *machine) line(e *event.Event, line string, number int64) {
	m.understand(e, line, number)
	m.finish(e)
}

// record makes one event of a record. Lines that go on with the first one are
// part of its message, but do not change what it means: they could keep a pattern
// from matching, or offer it another address.
func (m *machine) record(e *event.Event, text string, r source.Record) {
	switch {
	case r.Head == len(text):
		m.understand(e, text, r.Number)
	case r.Whole:
		if !m.understand(e, text, r.Number) {
			m.again()
			m.understandHead(e, text, r)
		}
	case !m.understandHead(e, text, r):
		m.again()
		m.understand(e, text, r.Number)
	}
	m.finish(e)
}

// understand parses the text; it reports whether anything of it was understood.
func (m *machine) understand(e *event.Event, text string, number int64) bool {
	e.Reset()
	e.Raw, e.Line = text, number
	m.sender.label(e)
	return m.parser.content.Pipelines.Process(e, m.hint, m.pipeline)
}

// understandHead parses the first line of the record and adds the others to the
// message.
func (m *machine) understandHead(e *event.Event, text string, r source.Record) bool {
	head := text[:r.Head]
	known := m.understand(e, head, r.Number)
	e.Raw = text
	if strings.HasSuffix(head, e.Message) {
		e.Message = text[len(head)-len(e.Message):]
	} else {
		e.Message += text[r.Head:]
	}
	return known
}

// again takes an event that was not understood out of the counters: it is tried
// once more.
func (m *machine) again() {
	m.pipeline.Stats.Events--
	m.pipeline.Stats.Unparsed--
}

// finish looks for attacks, bad addresses and secrets in a parsed event.
func (m *machine) finish(e *event.Event) {
	payloadOf := ""
	if m.parser.inspect {
		payloadOf = m.requests.Inspect(e, m.waf).Name
	}
	m.threats.Mark(e)
	if m.sigma != nil {
		m.sigma.mark(e)
	}
	if !m.parser.secrets {
		// Last: an attack may stand in a password.
		pipeline.RedactAs(e, waf.AttrPayload, payloadOf)
		m.pipeline.Redact(e)
	}
}
