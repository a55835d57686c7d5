package seclog

import "sync"

// item is a line that waits, or something that the writer does when all before it is done.
type item struct {
	line   *line
	stream Stream
	do     func()
}

// queue holds lines between those who log and the one who writes. What it counts are the
// lines that wait and those that the writer has in hand.
type queue struct {
	mu       sync.Mutex
	came     sync.Cond // something to do, or closed
	room     sync.Cond // lines are written, or closed
	items    []item
	lines    int
	bytes    int
	limit    int
	maxBytes int
	block    bool
	closed   bool
}

func newQueue(limit int, block bool) *queue {
	q := &queue{limit: limit, maxBytes: limit * meanLine, block: block}
	q.came.L, q.room.L = &q.mu, &q.mu
	return q
}

// put appends a line and reports whether there was room. Requests leave the last quarter
// to the rest: a flood of them must not hide what matters more.
func (q *queue) put(stream Stream, l *line) bool {
	limit, maxBytes := q.limit, q.maxBytes
	if stream == Access {
		limit, maxBytes = limit-limit/4, maxBytes-maxBytes/4
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && q.lines > 0 && (q.lines >= limit || q.bytes+len(l.b) > maxBytes) {
		if !q.block {
			return false
		}
		q.room.Wait()
	}
	if q.closed {
		return false
	}
	q.items = append(q.items, item{line: l, stream: stream})
	q.lines++
	q.bytes += len(l.b)
	q.came.Signal()
	return true
}

// do has the writer call f when everything before it is written. It reports false when
// the queue is closed.
func (q *queue) do(f func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.items = append(q.items, item{do: f})
	q.came.Signal()
	return true
}

// take waits for items and returns them all, in order, with last set when no more come.
// The slice used becomes the queue's.
func (q *queue) take(used []item) (items []item, last bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.came.Wait()
	}
	items, q.items = q.items, used[:0]
	return items, q.closed && len(items) == 0
}

// written makes room.
func (q *queue) written(lines, bytes int) {
	q.mu.Lock()
	q.lines -= lines
	q.bytes -= bytes
	q.mu.Unlock()
	q.room.Broadcast()
}

func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lines
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.came.Broadcast()
	q.room.Broadcast()
}
