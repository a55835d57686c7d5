package source

import (
	"errors"
	"slices"
	"time"
)

// The limits of messages in chunks: anybody can begin as many as they like.
const (
	// chunkMagic is how a chunk begins. Behind it stand the number of its message, eight
	// bytes, its place and how many there are.
	chunkMagic = "\x1e\x0f"
	chunkHead  = 12
	// maxChunks is how many chunks a message may have, maxAssembly how long in
	// nanoseconds they may take to arrive: what GELF says.
	maxChunks   = 128
	maxAssembly = 5 * time.Second
	// maxAssembling is how many messages wait for their chunks, maxAssemblyBytes what
	// they take together.
	maxAssembling    = 1000
	maxAssemblyBytes = 16 << 20
	// chunkCost is about how many bytes a chunk takes beside its own.
	chunkCost = 64
)

var errChunk = errors.New("a chunk is none")

// assembly puts messages together that came in chunks. One goroutine uses it.
type assembly struct {
	most    int // bytes of a message
	size    int
	waiting map[chunkKey]*chunked
	order   []*chunked // waiting, the oldest first; some are complete already
}

// chunkKey is whose message it is: nobody can write into that of another address.
type chunkKey struct {
	peer string
	id   [8]byte
}

type chunked struct {
	key    chunkKey
	began  time.Time
	parts  [][]byte
	here   int
	length int
}

func (c *chunked) cost() int { return c.length + len(c.parts)*chunkCost }

// add takes a chunk and returns its message when that is complete, and how many others
// were given up.
func (a *assembly) add(data []byte, peer string, now time.Time) (message []byte, lost int, err error) {
	lost = a.expire(now)
	if len(data) < chunkHead {
		return nil, lost, errChunk
	}
	key := chunkKey{peer, [8]byte(data[2:10])}
	place, count, content := int(data[10]), int(data[11]), data[chunkHead:]
	if count == 0 || count > maxChunks || place >= count {
		return nil, lost, errChunk
	}
	c := a.waiting[key]
	if c == nil {
		c = a.begin(key, count, now)
	}
	switch {
	case len(c.parts) != count:
		return nil, lost, errChunk
	case c.parts[place] != nil:
		return nil, lost, nil // it came twice
	case c.length+len(content) > a.most:
		a.forget(key)
		return nil, lost + 1, errChunk
	}
	c.parts[place] = append(make([]byte, 0, len(content)), content...)
	c.here++
	c.length += len(content)
	a.size += len(content)
	if c.here == count {
		message = make([]byte, 0, c.length)
		for _, part := range c.parts {
			message = append(message, part...)
		}
		a.forget(key)
		return message, lost, nil
	}
	return nil, lost + a.shrink(), nil
}

func (a *assembly) begin(key chunkKey, count int, now time.Time) *chunked {
	if a.waiting == nil {
		a.waiting = map[chunkKey]*chunked{}
	}
	c := &chunked{key: key, began: now, parts: make([][]byte, count)}
	a.waiting[key] = c
	if a.order = append(a.order, c); len(a.order) > 4*maxAssembling {
		a.order = slices.DeleteFunc(a.order, func(c *chunked) bool { return a.waiting[c.key] != c })
	}
	a.size += c.cost()
	return c
}

func (a *assembly) forget(key chunkKey) {
	if c := a.waiting[key]; c != nil {
		a.size -= c.cost()
		delete(a.waiting, key)
	}
}

// oldest steps over what is complete and returns the message that waits longest.
func (a *assembly) oldest() *chunked {
	for len(a.order) > 0 {
		if c := a.order[0]; a.waiting[c.key] == c {
			return c
		}
		a.order = a.order[1:]
	}
	return nil
}

// expire gives up what waited too long.
func (a *assembly) expire(now time.Time) (lost int) {
	for c := a.oldest(); c != nil && now.Sub(c.began) > maxAssembly; c = a.oldest() {
		a.forget(c.key)
		lost++
	}
	return lost
}

// shrink gives the oldest up while there is too much.
func (a *assembly) shrink() (lost int) {
	for len(a.waiting) > maxAssembling || a.size > maxAssemblyBytes {
		a.forget(a.oldest().key)
		lost++
	}
	return lost
}
