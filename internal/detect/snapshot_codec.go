package detect

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
)

// codec writes values, or reads them back: one function for each kind of value says
// both. After the first error it does nothing. Reading trusts nothing: what a
// length asks for is bounded by the bytes that are left.
type codec struct {
	w       *bytes.Buffer
	r       *bufio.Reader
	reading bool
	left    int64  // bytes that may still be read
	slack   *int64 // bytes that lists may have beyond what they hold
	err     error
}

// reader returns a codec that reads the text.
func (c *codec) reader(text string) *codec {
	return &codec{r: bufio.NewReader(strings.NewReader(text)), reading: true, left: int64(len(text)), slack: c.slack}
}

func (c *codec) fail(reason string) {
	if c.err == nil {
		c.err = errors.New(reason)
	}
}

// ReadByte reads one of the bytes that are left.
func (c *codec) ReadByte() (byte, error) {
	if c.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	c.left--
	return c.r.ReadByte()
}

func (c *codec) natural(n *uint64) {
	switch {
	case c.err != nil:
	case c.reading:
		if *n, c.err = binary.ReadUvarint(c); c.err != nil {
			*n = 0
		}
	default:
		c.w.Write(binary.AppendUvarint(c.w.AvailableBuffer(), *n))
	}
}

func (c *codec) whole(n *int64) {
	switch {
	case c.err != nil:
	case c.reading:
		if *n, c.err = binary.ReadVarint(c); c.err != nil {
			*n = 0
		}
	default:
		c.w.Write(binary.AppendVarint(c.w.AvailableBuffer(), *n))
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
	case !c.reading:
		c.w.Write(b)
	case int64(len(b)) > c.left:
		c.err = io.ErrUnexpectedEOF
	default:
		c.left -= int64(len(b))
		_, c.err = io.ReadFull(c.r, b)
	}
}

// length writes or reads how many elements follow, each of at least size bytes.
func (c *codec) length(n, size int) int {
	c.count(&n, math.MaxInt32)
	if c.reading && int64(n)*int64(size) > c.left {
		c.fail("a list is longer than what is left")
		return 0
	}
	if c.err != nil {
		return 0
	}
	return n
}

func (c *codec) text(s *string) {
	n := c.length(len(*s), 1)
	if !c.reading {
		if c.err == nil {
			c.w.WriteString(*s)
		}
		return
	}
	b := make([]byte, n)
	c.bytes(b)
	*s = string(b)
}

func (c *codec) place(p *place) {
	c.float(&p.latitude)
	c.float(&p.longitude)
}

// coded writes or reads a list of at most most elements, with the room behind it:
// so a restored engine estimates its memory as the one before did.
func coded[T any](c *codec, list *[]T, most int, element func(*T)) {
	n := c.length(len(*list), 1)
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
		*list = nil
		if room > 0 {
			*list = make([]T, n, room)
		}
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
	clear(d.at)
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
		if d.nodes[i].prev != before {
			c.fail("a list of values is broken")
			return
		}
		d.at[d.nodes[i].value] = i
		before = i
	}
	linked := len(d.at)
	for _, i := range d.free {
		if !take(i) {
			return
		}
	}
	if before != d.last || linked+len(d.free) != len(d.nodes) {
		c.fail("a list of values is broken")
	}
}
