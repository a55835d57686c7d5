package app

import (
	"context"
	"errors"
	"sync"

	"github.com/sasumata/sasumata/internal/report"
)

// logs are the inputs of an analysis.
type logs struct {
	feed    supply
	inputs  []*inputs
	parsers []*parser // of each, where they are merged
}

// logs returns the inputs: merged by time when there are several files, and one after
// the other where that cannot be: pipes have no end to look ahead to, and with a state
// each run takes up its files in the order in which they are named.
func (opts *AnalyzeOptions) logs(ctx context.Context, f *flow) *logs {
	if len(opts.Inputs) < 2 || opts.State != nil || opts.Follow || !allRegular(opts.Inputs) {
		in := &inputs{ctx: ctx, intake: opts.Intake, names: opts.Inputs, warn: opts.Warn, state: opts.State, follow: opts.Follow}
		return &logs{feed: f.parse.lines(in.next), inputs: []*inputs{in}}
	}
	all := &logs{}
	streams := make([]*stream, 0, len(opts.Inputs))
	warn := serially(opts.Warn)
	for _, name := range opts.Inputs {
		in, p := &inputs{ctx: ctx, intake: opts.Intake, names: []string{name}, warn: warn}, opts.parser(opts.Content, true)
		all.inputs, all.parsers = append(all.inputs, in), append(all.parsers, &p)
		streams = append(streams, &stream{feed: p.lines(in.next), first: p.firstTime(name)})
	}
	all.feed = merged(streams)
	return all
}

// end closes what the end of the run left open.
func (l *logs) end() {
	for _, in := range l.inputs {
		in.end()
	}
}

// count adds up what was read.
func (l *logs) count(f *flow, s *report.Summary) {
	f.live.lock()
	defer f.live.unlock()
	for _, in := range l.inputs {
		s.Lines, s.Bytes, s.Truncated = s.Lines+in.lines, s.Bytes+in.bytes, s.Truncated+in.truncated
	}
	for _, p := range l.parsers {
		f.parse.stats.Add(p.stats)
	}
}

// failed returns what went wrong with any of the inputs.
func (l *logs) failed() error {
	errs := make([]error, 0, len(l.inputs))
	for _, in := range l.inputs {
		errs = append(errs, in.failed())
	}
	return errors.Join(errs...)
}

// serially makes a function that several goroutines may call.
func serially(call func(string)) func(string) {
	if call == nil {
		return nil
	}
	var mu sync.Mutex
	return func(text string) {
		mu.Lock()
		defer mu.Unlock()
		call(text)
	}
}
