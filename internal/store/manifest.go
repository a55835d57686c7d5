package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	manifestName = "manifest.jsonl"
	partSuffix   = ".parquet"
	newSuffix    = ".new"
	// maxManifest is the size in bytes of the largest manifest that is read: more
	// than a million parts.
	maxManifest = 1 << 30
)

// Part is a file of events, as the manifest has it.
type Part struct {
	// Name is the file below the store's folder, with slashes.
	Name string `json:"name"`
	// Source is the source of every event in it; Mixed says that they have several.
	Source string `json:"source,omitempty"`
	Mixed  bool   `json:"mixed,omitempty"`
	// Rows is the number of events, Bytes the size of the file.
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
	// First and Last are the times of the oldest and the newest event, in nanoseconds
	// since 1970 UTC; Untimed is the number of events without a time. Where all are,
	// First and Last are 0.
	First   int64 `json:"first"`
	Last    int64 `json:"last"`
	Untimed int64 `json:"untimed,omitempty"`
	// Large says that the events take so much memory that the part is not to be joined
	// with others, however small its file is.
	Large bool `json:"large,omitempty"`
	// Sums are the checksums of the file's blocks, one after the other: CRC-32C.
	Sums []byte `json:"sums"`
}

// Times returns the times of the oldest and the newest event; false when no event has
// one.
func (p *Part) Times() (first, last time.Time, ok bool) {
	return time.Unix(0, p.First).UTC(), time.Unix(0, p.Last).UTC(), p.Untimed < p.Rows
}

// newest returns the time of the newest event, which is before all others when no event
// has one.
func (p *Part) newest() int64 {
	if p.Untimed == p.Rows {
		return math.MinInt64
	}
	return p.Last
}

// change is a line of the manifest: parts come and go at one stroke, together with
// the positions of the queue from which the new ones were filled.
type change struct {
	Add       []Part            `json:"add,omitempty"`
	Remove    []string          `json:"remove,omitempty"`
	Positions map[string]uint64 `json:"positions,omitempty"`
	Next      uint64            `json:"next"`
}

// castagnoli is the table of CRC-32C.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// line returns the change as a line, its checksum first.
func (c *change) line() ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli()), text), nil
}

// parseLine reads a line without its end.
func parseLine(line []byte) (c change, err error) {
	sum, text, _ := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || uint32(want) != crc32.Checksum(text, castagnoli()) {
		return c, errors.New("the checksum is wrong")
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, err
	}
	for _, p := range c.Add {
		if !p.plausible() {
			return c, fmt.Errorf("part %q makes no sense", p.Name)
		}
	}
	return c, nil
}

// plausible reports whether the entry can be that of a part.
func (p *Part) plausible() bool {
	return strings.HasPrefix(p.Name, "day=") && path.Clean(p.Name) == p.Name && strings.HasSuffix(p.Name, partSuffix) &&
		p.Rows > 0 && p.Bytes > 0 && p.Untimed >= 0 && p.Untimed <= p.Rows && p.First <= p.Last &&
		int64(len(p.Sums)) == 4*blocks(p.Bytes)
}

// readManifest reads the manifest, if there is one. Lines that are damaged are left
// out and reported; the last one may be half-written.
func (s *Store) readManifest() error {
	s.seen = map[string]uint64{}
	text, err := s.manifest()
	for tries := 0; err == nil && !s.writes && tries < 5 && len(text) > 0 && text[len(text)-1] != '\n'; tries++ {
		time.Sleep(10 * time.Millisecond) // another run may be writing that line
		text, err = s.manifest()
	}
	if err != nil {
		return err
	}
	parts := map[string]Part{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		c, err := parseLine(bytes.TrimSuffix(line, []byte("\n")))
		if err == nil && line[len(line)-1] != '\n' {
			err = errors.New("it has no end")
		}
		if err != nil {
			s.report(manifestName, "line %d is left out: %v", number, err)
			continue
		}
		s.apply(parts, &c)
	}
	for _, p := range parts {
		s.parts = append(s.parts, p)
	}
	sortParts(s.parts)
	return nil
}

// manifest returns the text of the manifest; none when there is no manifest.
func (s *Store) manifest() ([]byte, error) {
	f, err := s.root.Open(manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = fmt.Errorf("%s is larger than %d bytes", manifestName, maxManifest)
	}
	return text, err
}

func (s *Store) apply(parts map[string]Part, c *change) {
	for _, name := range c.Remove {
		delete(parts, name)
	}
	for _, p := range c.Add {
		parts[p.Name] = p
		s.next = max(s.next, sequence(p.Name)+1)
	}
	maps.Copy(s.seen, c.Positions)
	s.next = max(s.next, c.Next)
}

func sortParts(parts []Part) {
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(sequence(a.Name), sequence(b.Name)))
	})
}

// sequence returns the number in the name of a part.
func sequence(name string) uint64 {
	digits, _ := strings.CutPrefix(strings.TrimSuffix(path.Base(name), partSuffix), "part-")
	n, err := strconv.ParseUint(digits, 10, 48)
	if err != nil {
		return 0
	}
	return n
}

// record writes a change to the disk and makes it. The store is locked.
func (s *Store) record(c *change) error {
	c.Next = s.next
	before, positions := s.parts, s.seen
	s.parts = slices.Concat(without(s.parts, c.Remove), c.Add)
	sortParts(s.parts)
	s.seen = maps.Clone(s.seen)
	maps.Copy(s.seen, c.Positions)
	var err error
	if len(c.Add) > 1 || len(c.Remove) > 0 {
		err = s.rewrite()
	} else {
		err = s.appendManifest(c)
	}
	if err != nil {
		s.parts, s.seen = before, positions
	}
	return err
}

// appendManifest adds a line to the manifest.
func (s *Store) appendManifest(c *change) error {
	line, err := c.line()
	if err != nil {
		return err
	}
	f, err := s.root.OpenFile(manifestName, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Write(line)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil && end >= 0 {
		_ = f.Truncate(end) // half a line would be reported for ever
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", manifestName, err)
	}
	s.syncFolder(".")
	return nil
}

// without returns the parts without those of the names.
func without(parts []Part, names []string) []Part {
	gone := make(map[string]bool, len(names))
	for _, name := range names {
		gone[name] = true
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return gone[p.Name] })
}

// rewrite writes the manifest anew, with a line for each part: what is damaged later
// takes one part with it, not all.
func (s *Store) rewrite() error {
	text, err := s.text()
	if err != nil {
		return err
	}
	if err := s.writeFile(manifestName, text); err != nil {
		return fmt.Errorf("write %s: %w", manifestName, err)
	}
	return nil
}

// text returns a manifest of what the store holds. The store is locked.
func (s *Store) text() ([]byte, error) {
	text, err := (&change{Positions: s.seen, Next: s.next}).line()
	if err != nil {
		return nil, err
	}
	for i := range s.parts {
		line, err := (&change{Add: s.parts[i : i+1], Next: s.next}).line()
		if err != nil {
			return nil, err
		}
		text = append(text, line...)
	}
	return text, nil
}

// writeFile writes a file as a whole.
func (s *Store) writeFile(name string, data []byte) error {
	temp := name + newSuffix
	f, err := s.root.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, s.root.Remove(temp))
	}
	s.syncFolder(path.Dir(name))
	return nil
}

// syncFolder puts new names on the disk, too. Not every system can: the files are
// whole under either name.
func (s *Store) syncFolder(name string) {
	dir, err := s.root.Open(name)
	if err != nil {
		return
	}
	_ = dir.Sync()
	_ = dir.Close()
}
