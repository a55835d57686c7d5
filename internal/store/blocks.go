package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// blockSize is the size of the pieces of a part that have a checksum each.
const blockSize = 64 << 10

func blocks(size int64) int64 { return (size + blockSize - 1) / blockSize }

// sums returns the checksums of the blocks of data.
func sums(data []byte) []byte {
	table := castagnoli()
	out := make([]byte, 0, 4*blocks(int64(len(data))))
	for at := 0; at < len(data); at += blockSize {
		out = binary.BigEndian.AppendUint32(out, crc32.Checksum(data[at:min(at+blockSize, len(data))], table))
	}
	return out
}

// DamageError says that a part cannot be read as it was written.
type DamageError struct {
	// Part is the name of its file.
	Part string
	// Err says what is wrong.
	Err error
}

// Error names the part and says what is wrong.
func (e *DamageError) Error() string { return fmt.Sprintf("%s is damaged: %v", e.Part, e.Err) }

// Unwrap returns the cause.
func (e *DamageError) Unwrap() error { return e.Err }

// keptBlocks is how many blocks a checked file keeps: a column that is read from front
// to back needs one, the footer another.
const keptBlocks = 8

// checked is a file whose blocks are compared with their checksums when they are
// read.
type checked struct {
	file  io.ReaderAt
	size  int64
	sums  []byte
	table *crc32.Table
	read  int64 // bytes
	kept  [keptBlocks]block
	turn  int
}

type block struct {
	number int64 // from 1; 0 is none
	data   []byte
}

// reset makes the reader one of another file.
func (c *checked) reset(file io.ReaderAt, p *Part) {
	c.file, c.size, c.sums, c.read, c.turn = file, p.Bytes, p.Sums, 0, 0
	for i := range c.kept {
		c.kept[i].number = 0
	}
}

// ReadAt reads what was checked.
func (c *checked) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	n := 0
	for n < len(p) {
		at := off + int64(n)
		if at >= c.size {
			return n, io.EOF
		}
		if at%blockSize == 0 && len(p)-n >= int(min(blockSize, c.size-at)) {
			whole := p[n : n+int(min(blockSize, c.size-at))]
			if err := c.load(whole, at/blockSize); err != nil {
				return n, err
			}
			n += len(whole)
			continue
		}
		data, err := c.block(at / blockSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], data[at%blockSize:])
	}
	return n, nil
}

func (c *checked) block(i int64) ([]byte, error) {
	for k := range c.kept {
		if c.kept[k].number == i+1 {
			return c.kept[k].data, nil
		}
	}
	b := &c.kept[c.turn]
	c.turn = (c.turn + 1) % keptBlocks
	if b.data == nil {
		b.data = make([]byte, blockSize)
	}
	b.number = 0
	b.data = b.data[:min(blockSize, c.size-i*blockSize)]
	if err := c.load(b.data, i); err != nil {
		return nil, err
	}
	b.number = i + 1
	return b.data, nil
}

// load reads a whole block.
func (c *checked) load(into []byte, i int64) error {
	n, err := c.file.ReadAt(into, i*blockSize)
	if n < len(into) {
		return fmt.Errorf("read at byte %d: %w", i*blockSize, err)
	}
	if crc32.Checksum(into, c.table) != binary.BigEndian.Uint32(c.sums[4*i:]) {
		return fmt.Errorf("the checksum of the %d bytes at %d is wrong", len(into), i*blockSize)
	}
	c.read += int64(n)
	return nil
}
