package app

import (
	"context"
	"encoding/json"
	"io"

	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// read returns the next piece of a batch. It waits for the next batch as long as a
// checkpoint may wait.
func (c *consumer) read(ctx context.Context) (*source.Block, error) {
	if c.uncut.block != nil {
		return c.cut(), nil // a batch is read to its end, whatever else is wanted
	}
	if ctx.Err() != nil {
		return nil, io.EOF
	}
	wait, cancel := context.WithTimeout(ctx, c.interval)
	defer cancel()
	if fresh, hurry := c.wait(cancel); hurry {
		c.push(taken{fresh: fresh})
		return &source.Block{Arrived: []record.Record{}}, nil
	}
	b, err := c.queue.Next(wait)
	switch {
	case ctx.Err() != nil && err != nil:
		return nil, io.EOF
	case wait.Err() != nil && err != nil:
		c.push(taken{})
		return &source.Block{Arrived: []record.Record{}}, nil
	case err != nil:
		return nil, err
	}
	if b.Damaged != nil {
		c.metrics.damaged.Add(1)
		c.log.ErrorContext(ctx, "a batch is damaged: its records are lost", "sequence", b.Sequence, "error", b.Damaged)
	}
	ack := b.Ack()
	one := taken{ack: &ack, sequence: b.Sequence, key: b.Key, position: b.Position, again: b.Sequence <= c.replayed, replay: replayOf(b.Key, b.Position), from: b.Records}
	if !one.again {
		one.records = len(b.Records)
	}
	one.first = c.numbered() + 1
	block := &source.Block{First: one.first, Batch: b.Sequence, Tries: one.replay.Tries, Arrived: b.Records, Lines: make([]string, len(b.Records))}
	if b.Records == nil {
		block.Arrived = []record.Record{}
	}
	for i := range b.Records {
		block.Lines[i] = b.Records[i].Text
		one.received = max(one.received, b.Records[i].Received)
	}
	c.uncut = uncut{block, one}
	return c.cut(), nil
}

// pieceOf is how many events the stages hand on at once. They are so few that the next
// stage finds most of them in the cache of its processor, and that it seldom waits for
// them.
const pieceOf = 256

// unstored is how many pieces may wait for the log store: what comes while it writes a part.
const unstored = 24

// uncut is a batch on its way into pieces.
type uncut struct {
	block *source.Block // nil when nothing is left
	taken taken
}

// cut takes the next piece.
func (c *consumer) cut() *source.Block {
	piece, one := *c.uncut.block, c.uncut.taken
	if len(piece.Lines) <= pieceOf {
		c.uncut = uncut{}
	} else {
		rest := piece
		rest.First += pieceOf
		piece.Lines, rest.Lines = piece.Lines[:pieceOf], piece.Lines[pieceOf:]
		piece.Arrived, rest.Arrived = piece.Arrived[:pieceOf], piece.Arrived[pieceOf:]
		c.uncut.block = &rest
		one.more, one.records = true, 0 // the last piece counts for all
	}
	c.push(one)
	return &piece
}

// numbered returns the number of the last event before the batch that was just read.
func (c *consumer) numbered() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.served.Records
	for i := range c.pending {
		last += int64(c.pending[i].records)
	}
	return last
}

func (c *consumer) push(one taken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = append(c.pending, one)
}

// pop returns the batch that the parser hands on now.
func (c *consumer) pop() taken {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.pending[0]
	c.pending = c.pending[1:]
	if one.ack == nil || one.again || one.more {
		return one
	}
	c.served.Place = c.queue.Place(one.sequence)
	c.served.Records += int64(one.records)
	switch {
	case one.key == "" || !json.Valid(one.position): // the batch is damaged, and no state could be written
	case string(one.position) == source.NoPosition:
		delete(c.served.Positions, one.key)
	default:
		c.served.Positions[one.key] = one.position
	}
	return one
}

// begin notes which batch is under way, and reports whether it was detected in already.
func (c *consumer) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = c.pending[0]
	return c.current.again || c.current.replay.Only == dead.Store
}
