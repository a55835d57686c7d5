// Package record is the form of what sources hand to the queue: lines of logs as they
// arrived, with what is known of them beside their text, and batches of them as bytes.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
)

const (
	// MaxBatch is the number of records of the largest batch.
	MaxBatch = 1000
	// MaxText is the length in bytes of the longest text of a record: that of the
	// longest line that files are read with.
	MaxText = 1 << 20
	// MaxTags is the number of tags that a record may have.
	MaxTags = 100
	// MaxName is the length in bytes of the longest source, service, host or tag.
	MaxName = 1 << 10
	// MaxBytes is the size in bytes of the largest batch before it is compressed, what
	// stands around the texts included.
	MaxBytes = 6 << 20
)

// version is the first byte of a batch, and versionWhole that of one in which the time of
// each record is followed by 1 if it is Whole. Another one is refused: a batch lives for
// minutes, and whoever wrote it is the program of before an update.
const (
	version      = 1
	versionWhole = 2
)

// ErrFull says that the queue holds as much as it may: the sender has to wait.
var ErrFull = errors.New("the queue is full")

// ErrAway says that the servers that keep the queue do not answer: the sender has to wait.
var ErrAway = errors.New("the queue cannot be reached")

// Record is one line of a log, or one message, on its way to detection.
type Record struct {
	// Text is the line as it arrived, without its end.
	Text string
	// Source, Service and Host are what the sender says of the line; "" is unknown.
	Source, Service, Host string
	// Tags are "key:value" or bare tags.
	Tags []string
	// Received is when it arrived, in nanoseconds since 1970 UTC. It completes dates
	// without a year, so a batch that is read again means what it meant before.
	Received int64
	// Whole says that several lines of Text count alike, as those of an audit event do.
	// Else the lines behind the first one go on with it.
	Whole bool
}

// What stands around the parts of a record in a batch, at the most: the number of a
// known name, or that of a new one and its length; and the time, whether it is whole, three names,
// the number of tags and the length of the text.
const (
	aroundName   = 3
	aroundRecord = binary.MaxVarintLen64 + 1 + 3*aroundName + 1 + 3
)

// Size returns how many bytes the record takes in a batch at the most.
func (r *Record) Size() int {
	n := len(r.Text) + len(r.Source) + len(r.Service) + len(r.Host) + aroundRecord
	for _, tag := range r.Tags {
		n += len(tag) + aroundName
	}
	return n
}

// tooLong reports whether a part of the record is longer than Decode takes.
func (r *Record) tooLong() bool {
	long := len(r.Text) > MaxText || len(r.Tags) > MaxTags || max(len(r.Source), len(r.Service), len(r.Host)) > MaxName
	for i := 0; i < len(r.Tags) && !long; i++ {
		long = len(r.Tags[i]) > MaxName
	}
	return long
}

// Clip cuts what is longer than a batch may hold, and reports whether it cut anything.
func (r *Record) Clip() (cut bool) {
	clip := func(s *string, most int) {
		if len(*s) > most {
			*s, cut = (*s)[:most], true
		}
	}
	clip(&r.Text, MaxText)
	for _, s := range []*string{&r.Source, &r.Service, &r.Host} {
		clip(s, MaxName)
	}
	if len(r.Tags) > MaxTags {
		r.Tags, cut = r.Tags[:MaxTags], true
	}
	long := func(tag string) bool { return len(tag) > MaxName }
	if slices.ContainsFunc(r.Tags, long) {
		r.Tags = slices.Clone(r.Tags) // others may share them
		for i := range r.Tags {
			clip(&r.Tags[i], MaxName)
		}
	}
	return cut
}

// Codec turns batches into bytes and back. Its methods may be called by any number of
// goroutines. The bytes are S2: zstd takes a third less room and twice the time, and a
// batch lives for seconds.
type Codec struct {
	buffers sync.Pool
}

// NewCodec returns a codec.
func NewCodec() *Codec { return &Codec{} }

// Encode returns the records as bytes. Values that repeat from record to record, as
// source, host and tags do, are written once.
func (c *Codec) Encode(records []Record) ([]byte, error) {
	if len(records) > MaxBatch {
		return nil, fmt.Errorf("a batch of %d records, at most %d", len(records), MaxBatch)
	}
	buf, _ := c.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer c.buffers.Put(buf)
	e := encoder{buf: append((*buf)[:0], version), known: map[string]uint64{}}
	if slices.ContainsFunc(records, func(r Record) bool { return r.Whole }) {
		e.buf[0], e.whole = versionWhole, true
	}
	e.number(uint64(len(records)))
	for i := range records {
		if records[i].tooLong() {
			return nil, fmt.Errorf("record %d of a batch is too long: Clip cuts it", i+1)
		}
		e.record(&records[i])
	}
	*buf = e.buf
	if len(e.buf) > MaxBytes {
		return nil, fmt.Errorf("a batch of %d bytes, at most %d", len(e.buf), MaxBytes)
	}
	return s2.Encode(nil, e.buf), nil
}

// Decode reads what Encode wrote. The records hold parts of one string.
func (*Codec) Decode(data []byte) ([]Record, error) {
	size, err := s2.DecodedLen(data)
	if err == nil && size > MaxBytes {
		err = fmt.Errorf("it has more than %d bytes", MaxBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("read a batch: %w", err)
	}
	plain, err := s2.Decode(nil, data)
	if err != nil {
		return nil, fmt.Errorf("read a batch: %w", err)
	}
	records, err := decode(plain)
	if err != nil {
		return nil, fmt.Errorf("read a batch: %w", err)
	}
	return records, nil
}

// encoder writes a batch. A name is written as the number of the name that it equals,
// or as 0 and the name itself.
type encoder struct {
	buf   []byte
	known map[string]uint64
	last  int64
	whole bool // versionWhole
}

func (e *encoder) number(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) name(s string) {
	if n, ok := e.known[s]; ok {
		e.number(n)
		return
	}
	e.known[s] = uint64(len(e.known) + 1)
	e.number(0)
	e.text(s)
}

func (e *encoder) record(r *Record) {
	e.buf = binary.AppendVarint(e.buf, r.Received-e.last)
	e.last = r.Received
	if e.whole {
		e.number(map[bool]uint64{true: 1}[r.Whole])
	}
	e.name(r.Source)
	e.name(r.Service)
	e.name(r.Host)
	e.number(uint64(len(r.Tags)))
	for _, tag := range r.Tags {
		e.name(tag)
	}
	e.text(r.Text)
}

// errBroken says that a batch is not what Encode writes.
var errBroken = errors.New("it is damaged, or of another version")

// decoder reads a batch. After the first fault everything is empty.
type decoder struct {
	data  string
	known []string
	last  int64
	whole bool // versionWhole
	bad   bool
}

func decode(plain []byte) ([]Record, error) {
	if len(plain) == 0 || plain[0] != version && plain[0] != versionWhole {
		return nil, errBroken
	}
	d := decoder{data: string(plain[1:]), whole: plain[0] == versionWhole}
	n := d.number(MaxBatch)
	records := make([]Record, 0, n)
	for range n {
		records = append(records, d.record())
		if d.bad {
			return nil, errBroken
		}
	}
	if d.bad || d.data != "" {
		return nil, errBroken
	}
	return records, nil
}

func (d *decoder) take(n int) string {
	if n <= 0 || n > len(d.data) {
		d.bad = d.bad || n != 0
		return ""
	}
	s := d.data[:n]
	d.data = d.data[n:]
	return s
}

func (d *decoder) number(most uint64) int {
	n, size := binary.Uvarint([]byte(d.data[:min(len(d.data), binary.MaxVarintLen64)]))
	if size <= 0 || n > most {
		d.bad, d.data = true, ""
		return 0
	}
	d.take(size)
	return int(n)
}

func (d *decoder) signed() int64 {
	n, size := binary.Varint([]byte(d.data[:min(len(d.data), binary.MaxVarintLen64)]))
	if size <= 0 {
		d.bad, d.data = true, ""
		return 0
	}
	d.take(size)
	return n
}

func (d *decoder) name() string {
	if n := d.number(uint64(len(d.known))); n > 0 {
		return d.known[n-1]
	}
	if d.bad {
		return ""
	}
	s := d.take(d.number(MaxName))
	d.known = append(d.known, s)
	return s
}

func (d *decoder) record() Record {
	d.last += d.signed()
	r := Record{Received: d.last, Whole: d.whole && d.number(1) == 1}
	r.Source, r.Service, r.Host = d.name(), d.name(), d.name()
	if n := d.number(MaxTags); n > 0 {
		r.Tags = make([]string, 0, n)
		for range n {
			r.Tags = append(r.Tags, d.name())
		}
	}
	r.Text = d.take(d.number(MaxText))
	return r
}
