package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"
)

const (
	// maxOutlines is the number of columns, of all row groups together, whose outlines
	// a store keeps: some 56 MiB.
	maxOutlines = 32 << 10
	// outlinedShapes is how many shapes a row group may have for its outline to hold
	// them.
	outlinedShapes = 64
)

// outline is what stands in the footer of a part, read and checked: where its columns
// are. It does not change, and is used by any number of searches at a time.
type outline struct {
	info   fs.FileInfo // of the file that was read
	groups []groupOutline
	cost   int // columns
}

// groupOutline is the outline of a row group.
type groupOutline struct {
	rows   int
	chunks map[string]*chunk
	// shapes are those in the dictionary of their column; nil while nobody has read
	// them, or when there are too many.
	shapes atomic.Pointer[[]*shape]
}

// chunk is where a column of a row group is.
type chunk struct {
	*parquet.FileColumnChunk

	kind  byte // as shapes write it
	bloom atomic.Pointer[span]
}

// span is a piece of a file.
type span struct{ offset, size int64 }

// lent is a reader that its owner takes back: what parquet-go makes of a file keeps
// the reader for ever.
type lent struct{ io.ReaderAt }

// ReadAt reads while the owner allows it.
func (l *lent) ReadAt(p []byte, off int64) (int, error) {
	if l.ReaderAt == nil {
		return 0, fs.ErrClosed
	}
	return l.ReaderAt.ReadAt(p, off)
}

// readOutline reads the footer of a part.
func readOutline(from io.ReaderAt, p *Part) (*outline, error) {
	r := &lent{from}
	defer func() { r.ReaderAt = nil }()
	file, err := parquet.OpenFile(r, p.Bytes, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(blockSize))
	if err != nil {
		return nil, err
	}
	if version, _ := file.Lookup(formatKey); version != formatVersion {
		return nil, fmt.Errorf("its format is %q, this version reads %q", version, formatVersion)
	}
	if n := file.NumRows(); n != p.Rows {
		return nil, fmt.Errorf("it has %d events instead of %d", n, p.Rows)
	}
	groups := file.RowGroups()
	o := &outline{groups: make([]groupOutline, len(groups))}
	for i, rg := range groups {
		if err := o.groups[i].read(rg, p); err != nil {
			return nil, err
		}
		o.cost += 1 + len(o.groups[i].chunks)
	}
	return o, nil
}

func (g *groupOutline) read(rg parquet.RowGroup, p *Part) error {
	n := rg.NumRows()
	if n <= 0 || n > p.Rows {
		return fmt.Errorf("a row group of %d events", n)
	}
	g.rows = int(n)
	columns := rg.Schema().Columns()
	g.chunks = make(map[string]*chunk, len(columns))
	for k, c := range rg.ColumnChunks() {
		c, ok := c.(*parquet.FileColumnChunk)
		if !ok || len(columns[k]) != 1 {
			return errors.New("a column that is no column of events")
		}
		g.chunks[columns[k][0]] = &chunk{FileColumnChunk: c, kind: kindOf(c)}
	}
	if g.chunks[colShape] == nil {
		return errors.New("it has no column " + colShape)
	}
	return nil
}

// kindOf returns the kind of values of a column as shapes write it, 0 for others.
func kindOf(c *parquet.FileColumnChunk) byte {
	switch c.Type().Kind() {
	case parquet.ByteArray:
		return 's'
	case parquet.Int64:
		return 'i'
	case parquet.Double:
		return 'd'
	case parquet.Boolean:
		return 'b'
	default:
		return 0
	}
}

// filter returns where the bits of the Bloom filter are; nil when there is none.
func (c *chunk) filter(from io.ReaderAt) (*span, error) {
	if at := c.bloom.Load(); at != nil {
		return at, nil
	}
	r := &lent{from}
	defer func() { r.ReaderAt = nil }()
	filter, err := c.BloomFilterFrom(r)
	if errors.Is(err, parquet.ErrMissingBloomFilter) || err == nil && filter.Size() == 0 {
		return nil, nil //nolint:nilnil // no filter is no fault
	}
	if err != nil {
		return nil, fmt.Errorf("read the Bloom filter: %w", err)
	}
	_, offset, size := filter.Outer()
	at := &span{offset, size}
	c.bloom.Store(at)
	return at, nil
}

// outlines are those that a store keeps, by the names of the parts.
type outlines struct {
	mu   sync.Mutex
	all  map[string]*outline
	cost int
}

// of returns the outline of a part whose file is the one that is open. A file that is
// not the one that was read, or was written since, is read anew.
func (k *outlines) of(name string, f *os.File) (*outline, fs.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	o := k.all[name]
	if o == nil || o.info.Size() != info.Size() || !o.info.ModTime().Equal(info.ModTime()) || !os.SameFile(o.info, info) {
		return nil, info, nil
	}
	return o, info, nil
}

// keep keeps an outline. Where there is no room, others go, whichever: searches come by
// the parts in their order, so that the one that was not used for the longest time is
// the one that is wanted next.
func (k *outlines) keep(name string, o *outline) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[string]*outline{}
	}
	k.forget(name)
	for other := range k.all {
		if k.cost+o.cost <= maxOutlines {
			break
		}
		k.forget(other)
	}
	if o.cost <= maxOutlines {
		k.all[name] = o
		k.cost += o.cost
	}
}

// drop forgets the outlines of parts that are gone.
func (k *outlines) drop(names []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, name := range names {
		k.forget(name)
	}
}

func (k *outlines) forget(name string) {
	if o := k.all[name]; o != nil {
		delete(k.all, name)
		k.cost -= o.cost
	}
}
