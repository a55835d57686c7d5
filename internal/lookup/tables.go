package lookup

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// maxTableBytes is the size of the largest table that is read.
const maxTableBytes = 64 << 20

// Tables are the named tables that rules refer to. A table is either a list of
// addresses or a set of words for each column. Build it before it is asked:
// adding and asking at the same time is a race. A nil *Tables has no tables.
type Tables struct {
	tables map[string]*table
	exempt []*List // addresses that are in no list of threats
}

type table struct {
	list    *List
	public  bool // only public addresses are on the list
	columns map[string]map[string]struct{}
	names   []string            // of the columns, in order
	rows    map[string][]string // by the value of the first column
}

// NewTables returns no tables.
func NewTables() *Tables { return &Tables{tables: map[string]*table{}} }

// AddThreats adds a list of other people's addresses under the name; only Public
// addresses are in it. A table of the same name is replaced.
func (t *Tables) AddThreats(name string, l *List) {
	t.tables[name] = &table{list: l, public: true}
}

// Exempt names addresses that are in no list of threats, whatever the lists say.
func (t *Tables) Exempt(lists ...*List) { t.exempt = append(t.exempt, lists...) }

// AddAddresses adds a list of known addresses under the name, which may be
// private. A table of the same name is replaced.
func (t *Tables) AddAddresses(name string, l *List) {
	t.tables[name] = &table{list: l}
}

// ReadCSV adds a table of words in CSV form (RFC 4180) under the name. The first
// row names the columns; white space around a value is not part of it; empty
// values are not in the table. The error is a *csv.ParseError with the line, or
// ErrTooLarge; then nothing is added. A table of the same name is replaced.
func (t *Tables) ReadCSV(name string, r io.Reader, limits Limits) error {
	read, err := readCSV(r, limits)
	if err != nil {
		return fmt.Errorf("read table %s: %w", name, err)
	}
	t.tables[name] = read
	return nil
}

func readCSV(r io.Reader, limits Limits) (*table, error) {
	bounded := &io.LimitedReader{R: r, N: maxTableBytes}
	rows := csv.NewReader(bounded)
	rows.ReuseRecord = true
	rows.TrimLeadingSpace = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("want a first row with the names of the columns")
	}
	if err != nil {
		return nil, err
	}
	t := &table{columns: make(map[string]map[string]struct{}, len(header)), rows: map[string][]string{}}
	sets := make([]map[string]struct{}, len(header))
	for i, name := range header {
		name = strings.Clone(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, ok := t.columns[name]; ok || name == "" {
			return nil, fmt.Errorf("line 1: column %d: the name %q is empty or used twice", i+1, name)
		}
		sets[i] = map[string]struct{}{}
		t.columns[name] = sets[i]
		t.names = append(t.names, name)
	}
	for cells := 0; ; cells += len(header) {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) && bounded.N > 0 {
			return t, nil
		}
		if bounded.N <= 0 || cells > limits.entries()-len(header) {
			return nil, ErrTooLarge
		}
		if err != nil {
			return nil, err
		}
		kept := make([]string, len(row))
		for i, value := range row {
			if value = strings.TrimSpace(value); value == "" {
				continue
			}
			kept[i] = strings.Clone(value)
			sets[i][kept[i]] = struct{}{}
		}
		if _, twice := t.rows[kept[0]]; kept[0] != "" && !twice {
			t.rows[kept[0]] = kept
		}
	}
}

// Row returns the names of the table's columns and the values of the row whose
// first column is the key; empty values are unknown. Of several such rows it is
// the first. Both slices are shared and must not be changed. Lists of addresses
// have no rows.
func (t *Tables) Row(table, key string) (columns, values []string, ok bool) {
	if t == nil || t.tables[table] == nil {
		return nil, nil, false
	}
	values, ok = t.tables[table].rows[key]
	return t.tables[table].names, values, ok
}

// Contains reports whether the value is in the column of the table. A list of
// addresses has no columns: the column is not looked at, and a value that is no
// address is not in it. Words are compared as they are written.
func (t *Tables) Contains(table, column, value string) bool {
	if t == nil {
		return false
	}
	found, ok := t.tables[table]
	if !ok {
		return false
	}
	if found.list == nil {
		_, ok = found.columns[column][value]
		return ok
	}
	if found.list.Len() == 0 {
		return false // as shipped: no address has to be read for it
	}
	a, ok := ParseAddr(value)
	if !ok || !found.list.Holds(a) {
		return false
	}
	return !found.public || Public(a) && !t.exempted(a)
}

func (t *Tables) exempted(a netip.Addr) bool {
	for _, l := range t.exempt {
		if l.Holds(a) {
			return true
		}
	}
	return false
}

// Has reports whether there is such a table with such a column, so that a rule
// that names another can be refused.
func (t *Tables) Has(table, column string) bool {
	if t == nil {
		return false
	}
	found, ok := t.tables[table]
	if !ok {
		return false
	}
	_, named := found.columns[column]
	return named || found.list != nil
}

// Names returns the names of the tables, sorted.
func (t *Tables) Names() []string {
	if t == nil {
		return nil
	}
	names := make([]string, 0, len(t.tables))
	for name := range t.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
