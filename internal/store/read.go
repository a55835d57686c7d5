package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// errGone says that the file of a part is not there any more.
var errGone = errors.New("the part was removed meanwhile")

// reading is a part that is open.
type reading struct {
	store *Store
	part  *Part
	disk  *os.File
	data  *checked
	*outline
}

// guard turns whatever a reader of damaged bytes may do into an error.
func guard(part string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%v", r)
	}
	if *err != nil && !errors.Is(*err, errGone) {
		if _, ok := errors.AsType[*DamageError](*err); !ok {
			*err = &DamageError{Part: part, Err: *err}
		}
	}
}

// openPart opens a part to read it.
func (s *Store) openPart(p *Part) (*reading, error) {
	f, err := s.open(p.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errGone
	}
	if err != nil {
		return nil, &DamageError{Part: p.Name, Err: err}
	}
	r := &reading{store: s, part: p, disk: f, data: s.checked(f, p)}
	if err := r.begin(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// begin reads the footer, unless the store knows it.
func (r *reading) begin() (err error) {
	defer guard(r.part.Name, &err)
	var info fs.FileInfo
	if r.outline, info, err = r.store.outlines.of(r.part.Name, r.disk); r.outline != nil || err != nil {
		return err
	}
	if r.outline, err = readOutline(r.data, r.part); err != nil {
		return err
	}
	r.info = info
	r.store.outlines.keep(r.part.Name, r.outline)
	return nil
}

func (r *reading) close() {
	_ = r.disk.Close() // only read
	r.data.file = nil
	r.store.readers.Put(r.data)
}

// checked returns a reader of a part, with the memory of one that is not used any more.
func (s *Store) checked(f *os.File, p *Part) *checked {
	c, ok := s.readers.Get().(*checked)
	if !ok {
		c = &checked{table: castagnoli()}
	}
	c.reset(f, p)
	return c
}
