package source

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// stdinRest is how long what was read may take to be taken when the program stops.
const stdinRest = 2 * time.Second

// Stdin reads the standard input, once, to its end, packed or not. Who writes to it waits
// while there is no room. It has no positions: what was read and not queued when the
// program is killed is lost, about 256 KiB at the most.
type Stdin struct {
	// Join says which lines are one record, and JoinWait how long such a record waits for
	// its next line; 0 means DefaultJoinWait.
	Join     Join
	JoinWait time.Duration
	// Label is what is said of each line beside its text.
	Label record.Record
	// Now is the clock.
	Now func() time.Time
	// Sink queues records. When there is no room, it is called again.
	Sink Sink
	// Counters and Log are told what happens.
	Counters *Counters
	Log      *slog.Logger

	joined *joined
}

// readBlock is what one call of Reader.Next returned.
type readBlock struct {
	block *Block
	err   error
}

// Run reads until the input ends or the context is done. The function returns the input,
// which is at its end when its context is done. The error is one of Sink.
func (s *Stdin) Run(ctx context.Context, in func(context.Context) io.Reader) error {
	reading, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	blocks := make(chan readBlock)
	running.Go(func() { readBlocks(reading, in(reading), blocks) })
	if s.Join.Joins() {
		s.joined = newJoined(s.Join, s.JoinWait, s.Now, nil)
	}
	for {
		var late <-chan time.Time
		var timer *time.Timer
		if s.joined != nil && s.joined.waits() {
			timer = time.NewTimer(max(s.joined.wait-s.Now().Sub(s.joined.since), time.Millisecond))
			late = timer.C
		}
		out, end := &Block{}, false
		var failed error
		select {
		case one := <-blocks:
			out, end, failed = s.take(&one)
		case <-late:
			if s.joined.late() {
				s.joined.give(out)
			}
		}
		if timer != nil {
			timer.Stop()
		}
		if err := s.store(ctx, out); err != nil {
			return err
		}
		if end {
			s.ended(ctx, failed)
			return nil
		}
	}
}

// readBlocks hands blocks on until the input ends.
func readBlocks(ctx context.Context, in io.Reader, blocks chan<- readBlock) {
	send := func(one readBlock) bool {
		select {
		case blocks <- one:
			return one.err == nil
		case <-ctx.Done():
			select {
			case blocks <- one: // what was read is still wanted
				return one.err == nil
			case <-time.After(stdinRest):
				return false
			}
		}
	}
	f, err := Open("-", in)
	if err != nil {
		send(readBlock{nil, err})
		return
	}
	defer func() { _ = f.Close() }() // it was only read
	r := NewReader(f, ReaderOptions{Eager: true, BlockLines: record.MaxBatch - 2*auditWindow})
	for {
		b, err := r.Next()
		if ctx.Err() != nil && err == nil {
			err = io.EOF // a file would be read to its end
		}
		if !send(readBlock{b, err}) {
			return
		}
	}
}

// take returns the lines or records of a block, and whether nothing more comes.
func (s *Stdin) take(one *readBlock) (out *Block, end bool, failed error) {
	out, end = &Block{}, one.err != nil
	if !errors.Is(one.err, io.EOF) {
		failed = one.err
	}
	if one.block != nil {
		s.Counters.Cut.Add(int64(len(one.block.Truncated)))
		out = one.block
		if s.joined != nil {
			before := s.joined.joiner.divided
			out = s.joined.take(one.block, Position{})
			s.Counters.Cut.Add(s.joined.joiner.divided - before)
		}
	}
	if end && s.joined != nil {
		s.joined.give(out)
	}
	return out, end, failed
}

// ended says how the input ended.
func (s *Stdin) ended(ctx context.Context, failed error) {
	switch {
	case ctx.Err() != nil:
	case failed != nil:
		s.Counters.Errors.Add(1)
		s.Log.ErrorContext(ctx, "the standard input broke off: nothing more comes from it", "records", s.Counters.In.Load(), "error", failed)
	default:
		s.Log.InfoContext(ctx, "the standard input has ended: nothing more comes from it, and the server goes on", "records", s.Counters.In.Load())
	}
}

// store queues lines or records, and waits while there is no room.
func (s *Stdin) store(ctx context.Context, b *Block) error {
	if len(b.Lines) == 0 {
		return nil
	}
	now := s.Now().UnixNano()
	records := make([]record.Record, len(b.Lines))
	for i, line := range b.Lines {
		records[i] = s.Label
		records[i].Text, records[i].Received = line, now
		records[i].Whole = b.Records != nil && b.Records[i].Whole
		records[i].Clip()
	}
	// A batch that is under way when the program stops is waited for.
	err := untilRoom(ctx, func() error { return s.Sink(context.WithoutCancel(ctx), records) })
	switch {
	case err == nil:
		s.Counters.received(len(records), now)
	case errors.Is(err, record.ErrFull), errors.Is(err, record.ErrAway): // and the program stops
		s.Counters.Dropped.Add(int64(len(records)))
		s.Log.WarnContext(ctx, "lines of the standard input are lost: the queue took none when the server stopped", "records", len(records))
		return nil
	}
	return err
}
