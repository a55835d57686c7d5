package geoip

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// maxFile is the size in bytes of the largest database that is read.
const maxFile = 2 << 30

// Databases are database files that are asked together: of each part of a place,
// the first database that knows it has the word. They may be used by any number
// of goroutines, also while Reload runs.
type Databases struct {
	files  []*file
	reload sync.Mutex
	faults atomic.Int64
	fault  atomic.Pointer[error] // the first one
}

// file is a database file and what was read from it last.
type file struct {
	path    string
	current atomic.Pointer[database]
	// of current; only Open and Reload use them
	modified time.Time
	size     int64
}

// Open reads database files. The error names the file that is missing, is no
// database or is corrupt.
func Open(paths ...string) (*Databases, error) {
	d := &Databases{}
	for _, path := range paths {
		f := &file{path: path}
		if err := f.read(); err != nil {
			return nil, err
		}
		d.files = append(d.files, f)
	}
	return d, nil
}

// Reload reads the files again whose time or size changed, and reports whether
// there were any. A file that is missing or corrupt keeps its old content, is
// named in the error and is tried again the next time.
func (d *Databases) Reload() (changed bool, err error) {
	d.reload.Lock()
	defer d.reload.Unlock()
	for _, f := range d.files {
		info, statErr := os.Stat(f.path)
		if statErr == nil && info.ModTime().Equal(f.modified) && info.Size() == f.size {
			continue
		}
		if readErr := f.read(); readErr != nil {
			err = errors.Join(err, readErr)
			continue
		}
		changed = true
	}
	return changed, err
}

// read reads the whole file: a file in memory cannot change under a lookup.
func (f *file) read() error {
	in, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("open geo database: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("open geo database: %w", err)
	}
	if info.Size() > maxFile {
		return fmt.Errorf("open geo database %s: larger than %d bytes", f.path, int64(maxFile))
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(in, data); err != nil {
		return fmt.Errorf("read geo database %s: %w", f.path, err)
	}
	db, err := newDatabase(data)
	if err != nil {
		return fmt.Errorf("read geo database %s: %w", f.path, err)
	}
	f.current.Store(db)
	f.modified, f.size = info.ModTime(), info.Size()
	return nil
}

// Find returns what the databases know of the address, and whether any knows
// something. The error is about a corrupt database; what the others know is
// returned nevertheless.
func (d *Databases) Find(a netip.Addr) (Place, bool, error) {
	var place Place
	var failed error
	found := false
	for _, f := range d.files {
		entry, route, err := f.current.Load().find(a)
		if err != nil {
			err = fmt.Errorf("look up %s in %s: %w", a, f.path, err)
			d.note(err)
			failed = errors.Join(failed, err)
		}
		if entry == nil {
			continue
		}
		found = true
		place.complete(entry, route)
	}
	return place, found, failed
}

// note counts a fault. It is apart because keeping err costs an allocation.
func (d *Databases) note(err error) {
	d.faults.Add(1)
	d.fault.CompareAndSwap(nil, &err)
}

// complete fills in what is unknown.
func (p *Place) complete(more *Place, route netip.Prefix) {
	if p.Country == (Named{}) && p.City == "" && !p.Located {
		as := p.AS
		*p = *more
		p.AS = as
	}
	if p.AS.Number == 0 && more.AS.Number != 0 {
		p.AS.Number, p.AS.Name, p.AS.Route = more.AS.Number, more.AS.Name, route
	}
	if p.AS.Name == "" {
		p.AS.Name = more.AS.Name
	}
	if p.AS.Domain == "" {
		p.AS.Domain = more.AS.Domain
	}
	if p.AS.Type == "" {
		p.AS.Type = more.AS.Type
	}
}

// Lookup writes what the databases know of an address, as Source says. An address
// that none knows, as private ones, gives nothing.
func (d *Databases) Lookup(e *event.Event, text string) (event.Value, bool) {
	a, answer, ok := address(e, text)
	if !ok {
		return answer, answer.Kind() == event.Object
	}
	place, found, _ := d.Find(a) // Faults counts the errors
	if !found {
		return event.Value{}, false
	}
	return place.value(e, text), true
}

// Faults returns how many lookups failed because a database is corrupt, and the
// first such error.
func (d *Databases) Faults() (n int64, first error) {
	if err := d.fault.Load(); err != nil {
		first = *err
	}
	return d.faults.Load(), first
}
