package store

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// file makes a Parquet file of the buffer, in row groups of so many rows.
func (b *buffer) file(m *maker, groupRows int) ([]byte, error) {
	columns, err := b.choose()
	if err != nil {
		return nil, err
	}
	return m.file(columns, b.rows, groupRows)
}

// choose returns the columns of the file: the official fields, the most frequent
// attributes, one kind each, and the overflow with the others.
func (b *buffer) choose() ([]*series, error) {
	var chosen, attributes []*series
	for _, s := range b.order {
		if s.kind == 's' {
			s.settle(b)
		}
		if s.name[0] == '@' {
			attributes = append(attributes, s)
		} else {
			chosen = append(chosen, s)
		}
	}
	slices.SortStableFunc(attributes, func(x, y *series) int {
		return cmp.Or(cmp.Compare(len(y.rows), len(x.rows)), strings.Compare(x.name, y.name))
	})
	taken := make(map[string]bool, maxColumns)
	left := map[string]*series{} // by kind and name
	for _, s := range attributes {
		name := strings.ToLower(s.name) // other programs fold the case of names
		if len(taken) == maxColumns || taken[name] {
			left[string(s.kind)+s.name] = s
			continue
		}
		taken[name] = true
		chosen = append(chosen, s)
	}
	more, err := b.more(left)
	if err == nil && len(more.rows) > 0 {
		chosen = append(chosen, more)
	}
	return chosen, err
}

// more returns the overflow: for each row that has any, one object of the values
// without a column, in the order of the event.
func (b *buffer) more(left map[string]*series) (*series, error) {
	out := newSeries(colMore, 's')
	affected := map[uint32]struct{}{}
	at := make(map[*series]int, len(left))
	for _, s := range left {
		for _, row := range s.rows {
			affected[row] = struct{}{}
		}
	}
	spelt := b.columns["s"+colShape]
	var known shapes
	over := b.over
	for row := range uint32(b.rows) {
		_, some := affected[row]
		if !some && (len(over) == 0 || over[0].row != row) {
			continue
		}
		text := []byte{'{'}
		layout, err := known.shape(string(spelt.texts.at(spelt.ids[row])))
		if err != nil {
			return nil, err
		}
		for _, l := range layout.leaves {
			if l.kind == 'x' {
				text = append(separate(text), over[0].text...)
				over = over[1:]
				continue
			}
			s := left[string(l.kind)+"@"+l.path]
			if s == nil {
				continue
			}
			text = append(event.AppendJSONString(separate(text), l.path), ':')
			text = s.appendJSON(text, at[s])
			at[s]++
		}
		out.rows = append(out.rows, row)
		out.ids = append(out.ids, out.texts.add(append(text, '}')))
	}
	return out, nil
}

func separate(text []byte) []byte {
	if text[len(text)-1] != '{' {
		return append(text, ',')
	}
	return text
}

// appendJSON appends the value of the i-th row that has one.
func (s *series) appendJSON(dst []byte, i int) []byte {
	switch s.kind {
	case 's':
		return event.AppendJSONString(dst, string(s.texts.at(s.ids[i])))
	case 'd':
		return event.FloatValue(math.Float64frombits(uint64(s.nums[i]))).AppendText(dst)
	case 'b':
		return event.BoolValue(s.nums[i] != 0).AppendText(dst)
	default:
		return event.IntValue(s.nums[i]).AppendText(dst)
	}
}
