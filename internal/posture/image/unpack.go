package image

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// meter counts what is unpacked, and ends the reading of what is too much.
type meter struct {
	ctx  context.Context //nolint:containedctx // it lives as long as one call of Read
	left int64
}

// own reports whether an error is the meter's: nothing that the archive says.
func (m *meter) own(err error) bool { return errors.Is(err, ErrLimit) || m.ctx.Err() != nil }

// packing returns how something is compressed, by its first bytes; "" when it is not.
func packing(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		return "gzip"
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	default:
		return ""
	}
}

// unpack returns what is in something that may be compressed, and how its reader is closed.
func (m *meter) unpack(in *bufio.Reader) (io.Reader, func(), error) {
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	out := &counted{meter: m, packed: &tally{r: in}}
	switch packing(head) {
	case "gzip":
		z, err := gzip.NewReader(out.packed)
		if err != nil {
			return nil, nil, err
		}
		out.r = z
		return out, func() { _ = z.Close() }, nil // it was read, whatever it says now
	case "zstd":
		z, err := zstd.NewReader(out.packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		out.r = z
		return out, z.Close, nil
	default:
		out.r, out.packed = in, nil
		return out, func() {}, nil
	}
}

// tally counts what is read of what is compressed.
type tally struct {
	r io.Reader
	n int64
}

// Read reads and counts.
func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	return n, err
}

// counted is what comes out. Everything that it hands on is subtracted from the meter.
type counted struct {
	meter  *meter
	r      io.Reader
	packed *tally // nil when it is not compressed
	n      int64
}

// Read reads up to the limits.
func (c *counted) Read(p []byte) (int, error) {
	if err := c.meter.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.meter.left -= int64(n)
	switch {
	case c.meter.left < 0:
		return n, fmt.Errorf("%w: more than %d GB unpacked", ErrLimit, maxBytes>>30)
	case c.packed != nil && c.n > bombSize && c.n/bombRatio > c.packed.n:
		return n, fmt.Errorf("%w: %d bytes were unpacked from %d: it is made to fill disks", ErrLimit, c.n, c.packed.n)
	default:
		return n, err
	}
}
