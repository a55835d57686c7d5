// Package dead keeps dead letters: records at which the program failed, set aside so that
// they neither stop it again and again nor vanish, until somebody replays or drops them.
package dead

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// MaxBytes is how many bytes all letters may have; further ones are refused.
	MaxBytes = 64 << 20
	// MaxLetters is how many there may be: each is a file.
	MaxLetters = 10_000
	// maxError is the length in bytes at which the text of an error is cut.
	maxError = 1 << 10
	// suffix ends the name of a letter's file.
	suffix = ".json"
)

// Stage is where the program failed. It says what has not been done yet.
type Stage string

// The stages.
const (
	// Parse is the stage of records that could not be made events: nothing was done.
	Parse Stage = "parse"
	// Detect is that of events which are in the log store, and no rule looked at.
	Detect Stage = "detect"
	// Store is that of events which rules looked at, and which are not in the log store.
	Store Stage = "store"
)

// Head is what a list says of a letter.
type Head struct {
	// ID names the letter; it is made of what is in it.
	ID string `json:"id"`
	// Time is when it was set aside.
	Time time.Time `json:"time"`
	// Stage is where the program failed, Error how.
	Stage Stage  `json:"stage"`
	Error string `json:"error"`
	// Tries is how often it was replayed before.
	Tries int `json:"tries"`
	// Source is that of its first record.
	Source string `json:"source,omitempty"`
	// Lines is the number of its records, Bytes the size of its file.
	Lines int   `json:"lines"`
	Bytes int64 `json:"bytes"`
	// Number is that of its event, 0 when it is a whole batch. Queue and Batch say which
	// batch it was in.
	Number int64  `json:"number,omitempty"`
	Queue  string `json:"queue,omitempty"`
	Batch  uint64 `json:"batch,omitempty"`
}

// Letter is a dead letter.
type Letter struct {
	Head

	Records []Record `json:"records"`
}

// Record is a record of a letter.
type Record struct {
	Text     string   `json:"text,omitempty"`
	Raw      []byte   `json:"text_base64,omitempty"` // of a text that is not UTF-8
	Source   string   `json:"source,omitempty"`
	Service  string   `json:"service,omitempty"`
	Host     string   `json:"host,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Received int64    `json:"received"` // in nanoseconds since 1970 UTC
}

// Of returns the record as a letter has it.
func Of(r *record.Record) Record {
	one := Record{Source: r.Source, Service: r.Service, Host: r.Host, Tags: r.Tags, Received: r.Received}
	if utf8.ValidString(r.Text) {
		one.Text = r.Text
	} else {
		one.Raw = []byte(r.Text)
	}
	return one
}

// Record returns the record as it was.
func (r *Record) Record() record.Record {
	return record.Record{Text: r.Text + string(r.Raw), Source: r.Source, Service: r.Service, Host: r.Host, Tags: r.Tags, Received: r.Received}
}

var (
	// ErrFull says that there are as many letters as there may be.
	ErrFull = errors.New("there are too many dead letters: replay or drop some")
	// ErrNone says that there is no such letter.
	ErrNone = errors.New("there is no such dead letter")
)

// Box is a folder of letters, one file each. Any number of goroutines may use it, and one
// process at a time may change it.
type Box struct {
	dir      string
	max      int64
	problems []string

	mu    sync.Mutex
	heads map[string]Head
	bytes int64
}

// Open opens the folder, which need not be there. At most as many bytes of letters are
// kept; 0 means MaxBytes. Files that are no letters are left alone: see Problems.
func Open(dir string, most int64) (*Box, error) {
	b := &Box{dir: dir, max: cmp.Or(most, MaxBytes), heads: map[string]Head{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the dead letters: %w", err)
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		l, err := b.read(id)
		if err != nil {
			b.problems = append(b.problems, err.Error())
			continue
		}
		b.heads[id] = l.Head
		b.bytes += l.Bytes
	}
	return b, nil
}

// Problems are the files that could not be read when the folder was opened.
func (b *Box) Problems() []string { return b.problems }

func (b *Box) path(id string) string { return filepath.Join(b.dir, id+suffix) }

// maxFile is the size in bytes of the largest file: a batch whose every byte is escaped.
const maxFile = 8 * record.MaxBytes

func (b *Box) read(id string) (*Letter, error) {
	info, err := os.Stat(b.path(id))
	if err != nil {
		return nil, fmt.Errorf("read a dead letter: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read a dead letter: %s has more than %d bytes", b.path(id), maxFile)
	}
	data, err := os.ReadFile(b.path(id))
	if err != nil {
		return nil, fmt.Errorf("read a dead letter: %w", err)
	}
	l := &Letter{}
	if err := json.Unmarshal(data, l); err != nil {
		return nil, fmt.Errorf("read the dead letter %s: %w", b.path(id), err)
	}
	l.ID, l.Lines, l.Bytes = id, len(l.Records), int64(len(data))
	return l, nil
}

// Add sets the letter aside: it is on the disk then. ID, Lines and Source are made here.
// One that is there already is left as it is. The error is ErrFull when there are too many.
func (b *Box) Add(l *Letter) error {
	l.Lines = len(l.Records)
	if l.Lines > 0 {
		l.Source = l.Records[0].Source
	}
	l.Error = strings.ToValidUTF8(l.Error[:min(len(l.Error), maxError)], "")
	identity, err := json.Marshal([]any{l.Stage, l.Tries, l.Queue, l.Batch, l.Number, l.Records})
	if err != nil {
		return fmt.Errorf("set a dead letter aside: %w", err)
	}
	sum := sha256.Sum256(identity)
	l.ID = hex.EncodeToString(sum[:8])
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("set a dead letter aside: %w", err)
	}
	l.Bytes = int64(len(data)) + 1
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.heads[l.ID]; ok {
		return nil
	}
	if b.bytes+l.Bytes > b.max || len(b.heads) >= MaxLetters {
		return ErrFull
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return fmt.Errorf("set a dead letter aside: %w", err)
	}
	if err := atomicfile.Write(b.path(l.ID), 0o600, append(data, '\n')); err != nil {
		return fmt.Errorf("set a dead letter aside: %w", err)
	}
	b.heads[l.ID] = l.Head
	b.bytes += l.Bytes
	return nil
}

// List returns what there is, the oldest first.
func (b *Box) List() []Head {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Head, 0, len(b.heads))
	for _, h := range b.heads {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Head) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Size returns how many letters there are, and their bytes.
func (b *Box) Size() (letters int, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.heads), b.bytes
}

// Get returns a letter; ErrNone when there is none of the name.
func (b *Box) Get(id string) (*Letter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.heads[id]; !ok {
		return nil, ErrNone
	}
	return b.read(id)
}

// Drop removes a letter for good: it is off the disk then. ErrNone when there is none.
func (b *Box) Drop(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	head, ok := b.heads[id]
	if !ok {
		return ErrNone
	}
	if err := os.Remove(b.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop a dead letter: %w", err)
	}
	dir, err := os.Open(b.dir)
	if err == nil {
		_ = dir.Sync() // not every system can
		err = dir.Close()
	}
	delete(b.heads, id)
	b.bytes -= head.Bytes
	return err
}
