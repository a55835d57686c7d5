package app

import (
	"strconv"
	"testing"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// A batch is cut into pieces that follow each other, of which only the last one counts it.
func TestCut(t *testing.T) {
	const n = 2*pieceOf + 88
	lines, records := make([]string, n), make([]record.Record, n)
	for i := range lines {
		lines[i] = strconv.Itoa(i)
		records[i].Text = lines[i]
	}
	c := &consumer{uncut: uncut{&source.Block{First: 11, Batch: 7, Lines: lines, Arrived: records}, taken{sequence: 7, records: n}}}
	at := 0
	for _, want := range []int{pieceOf, pieceOf, 88} {
		b := c.cut()
		if len(b.Lines) != want || len(b.Arrived) != want || b.First != int64(11+at) || b.Batch != 7 || b.Lines[0] != lines[at] || b.Arrived[want-1].Text != lines[at+want-1] {
			t.Errorf("a piece of %d lines from %d, want %d from %d", len(b.Lines), b.First, want, 11+at)
		}
		at += want
		last := c.pending[len(c.pending)-1]
		if end := at == n; last.more == end || (last.records == n) != end || last.sequence != 7 || (c.uncut.block == nil) != end {
			t.Errorf("behind %d lines: %+v", at, last)
		}
	}
}
