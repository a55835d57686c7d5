package detect

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
)

// codec writes values, or reads them back: one function for each kind of value says
// both. After the first error it does nothing. Reading trusts nothing: what a
// length asks for is bounded by the bytes that are left.
type codec struct {
	to      io.Writer // gets what is written; nil keeps all of it in out
	out     []byte
	reading bool
	in      []byte // what is left to be read
	slack   *int64 // bytes that lists may have beyond what they hold
	err     error
	version int64 // of the snapshot

	samples []*sample // those that were written or read so far, in their order
	scratch []byte    // of one writer at a time
}

// chunk is how many bytes are written at once.
const chunk = 64 << 10

// reader returns a codec that reads the text.
func (c *codec) reader(text []byte) *codec {
	return &codec{in: text, reading: true, slack: c.slack, version: c.version}
}

// flush hands on what was written, once there is enough of it.
func (c *codec) flush(enough int) {
	if c.to == nil || c.err != nil || len(c.out) < enough {
		return
	}
	_, c.err = c.to.Write(c.out)
	c.out = c.out[:0]
}

func (c *codec) fail(reason string) {
	if c.err == nil {
		c.err = errors.New(reason)
	}
}

// take returns the next n bytes, which are not copied.
func (c *codec) take(n int) []byte {
	if n > len(c.in) {
		if c.err == nil {
			c.err = io.ErrUnexpectedEOF
		}
		return nil
	}
	b := c.in[:n:n]
	c.in = c.in[n:]
	return b
}

func (c *codec) natural(n *uint64) {
	switch {
	case c.err != nil:
	case c.reading:
		u, read := binary.Uvarint(c.in)
		if read <= 0 {
			*n, c.err = 0, errNumber
			return
		}
		*n, c.in = u, c.in[read:]
	default:
		c.out = binary.AppendUvarint(c.out, *n)
	}
}

// errNumber is what breaks off or is no number.
var errNumber = errors.New("a number is broken")

func (c *codec) whole(n *int64) {
	u := uint64(*n<<1) ^ uint64(*n>>63) // as binary.AppendVarint does
	if c.natural(&u); c.reading {
		*n = int64(u>>1) ^ -int64(u&1)
	}
}

// time is whole for a time that the engine computes with.
func (c *codec) time(t *int64) {
	c.whole(t)
	*t = clampTime(*t)
}

// amount is whole for a number of events or bytes: from 0 to what many of can be added
// up.
func (c *codec) amount(n *int64) {
	if c.whole(n); c.reading && (*n < 0 || *n > maxAmount) {
		c.fail("an amount is out of range")
		*n = 0
	}
}

// maxAmount is more than anybody counts.
const maxAmount = 1 << 48

// count is a number from 0 to most.
func (c *codec) count(n *int, most int) {
	u := uint64(*n)
	c.natural(&u)
	if c.reading {
		if *n = 0; u > uint64(most) {
			c.fail("a number is too large")
			return
		}
		*n = int(u)
	}
}

func (c *codec) float(f *float64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(*f))
	c.bytes(b[:])
	*f = math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
}

func (c *codec) flag(b *bool) {
	n := 0
	if *b {
		n = 1
	}
	c.count(&n, 1)
	*b = n == 1
}

// bytes writes or fills the bytes.
func (c *codec) bytes(b []byte) {
	switch {
	case c.err != nil:
	case c.reading:
		copy(b, c.take(len(b)))
	default:
		c.out = append(c.out, b...)
	}
}

// length writes or reads how many elements follow, each of at least a byte.
func (c *codec) length(n int) int {
	c.count(&n, math.MaxInt32)
	if c.reading && n > len(c.in) {
		c.fail("a list is longer than what is left")
		return 0
	}
	if c.err != nil {
		return 0
	}
	return n
}

func (c *codec) text(s *string) {
	n := c.length(len(*s))
	switch {
	case c.reading:
		*s = string(c.take(n))
	case c.err == nil:
		c.out = append(c.out, *s...)
	}
}

// part writes what fill does behind its length; read gets it back.
func (c *codec) part(fill, read func(*codec)) {
	if !c.reading {
		inner := codec{out: c.scratch[:0]}
		if fill != nil {
			fill(&inner)
		}
		n := c.length(len(inner.out))
		c.bytes(inner.out[:n])
		if c.scratch = inner.out; c.err == nil {
			c.err = inner.err
		}
		return
	}
	text := c.take(c.length(0))
	if read == nil || c.err != nil {
		return
	}
	inner := c.reader(text)
	if read(inner); inner.err != nil {
		c.err = inner.err
	}
}

func (c *codec) place(p *place) {
	c.float(&p.latitude)
	c.float(&p.longitude)
}

// coded writes or reads a list of at most most elements, with the room behind it:
// so a restored engine estimates its memory as the one before did.
func coded[T any](c *codec, list *[]T, most int, element func(*T)) {
	n := c.length(len(*list))
	room := cap(*list)
	c.count(&room, math.MaxInt32)
	if c.reading {
		if n > most || room < n {
			c.fail("a list is too long")
		}
		if c.err != nil {
			return
		}
		size := int64(reflect.TypeFor[T]().Size())
		if *c.slack -= int64(room-n) * size; *c.slack < 0 {
			room, *c.slack = n, 0
		}
		if room > cap(*list) {
			*list = make([]T, n, room)
		}
		*list = (*list)[:n:room] // what is read into may have the memory
	}
	for i := range *list {
		if element(&(*list)[i]); c.err != nil {
			return
		}
	}
}

// optional writes or reads what may be missing; fresh makes what is read into.
func optional[T any](c *codec, at **T, fresh func() *T, code func(*T)) {
	has := *at != nil
	if c.flag(&has); !has || c.err != nil {
		if c.reading {
			*at = nil
		}
		return
	}
	if *at == nil {
		*at = fresh()
	}
	code(*at)
}

// distinct writes or reads different values.
func (c *codec) distinct(d *distinct) {
	coded(c, &d.nodes, math.MaxInt32, func(s *sighting) {
		c.bytes(s.value[:])
		c.time(&s.t)
		c.link(&s.prev)
		c.link(&s.next)
	})
	coded(c, &d.free, math.MaxInt32, c.link)
	c.link(&d.first)
	c.link(&d.last)
	if c.reading && c.err == nil {
		c.relink(d)
	}
}

// link is the place of a node, -1 for none.
func (c *codec) link(n *int32) {
	wide := int64(*n)
	if c.whole(&wide); wide < -1 || wide > math.MaxInt32 {
		c.fail("a link leads nowhere")
		wide = -1
	}
	*n = int32(wide)
}

// relink makes the index of the nodes, and checks that every node is in the list or
// free, once.
func (c *codec) relink(d *distinct) {
	d.n, d.places = 0, nil
	used := make([]bool, len(d.nodes))
	take := func(i int32) bool {
		if i < 0 || int(i) >= len(used) || used[i] {
			c.fail("a list of values is broken")
			return false
		}
		used[i] = true
		return true
	}
	before := int32(-1)
	for i := d.first; i >= 0; i = d.nodes[i].next {
		if !take(i) {
			return
		}
		if d.nodes[i].prev != before || d.nodes[i].value.free() {
			c.fail("a list of values is broken")
			return
		}
		d.n++
		before = i
	}
	for _, i := range d.free {
		if !take(i) {
			return
		}
		d.nodes[i].value = digest{}
	}
	if before != d.last || d.len()+len(d.free) != len(d.nodes) {
		c.fail("a list of values is broken")
		return
	}
	d.remember()
	for i := range d.nodes {
		if value := d.nodes[i].value; !value.free() && d.find(value) != int32(i) {
			c.fail("a value is there twice")
			return
		}
	}
}
