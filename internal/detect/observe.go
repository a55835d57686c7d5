package detect

import (
	"math/bits"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// approach finds the groups that the event may count in, and reads a word of each line of
// their memory, before any of them is used. They lie all over the memory, where one after
// the other would be waited for: asked for together, they come together. So it is done in
// steps, each for all of them.
func (en *Engine) approach(e *event.Event, number int64) {
	w := &en.work
	w.near, w.sought = w.near[:0], w.sought[:0]
	for i, word := range en.touched {
		for ; word != 0; word &= word - 1 {
			c := en.rules[i<<6|bits.TrailingZeros64(word)]
			if len(c.keys) != 1 {
				continue
			}
			keys := c.keys[0].of
			if keys.event != number {
				keys.read(e, number)
				keys.seat = nil
				if len(keys.spans) == 1 {
					w.sum += keys.groups.approach(keys.key(0))
					w.sought = append(w.sought, keys)
				}
			}
			w.near = append(w.near, c)
		}
	}
	for _, keys := range w.sought {
		if keys.seat = keys.groups.find(keys.key(0)); keys.seat != nil {
			w.sum += int64(len(keys.seat.groups))
		}
	}
	for _, c := range w.near {
		if s := c.keys[0].of.seat; s != nil {
			if g := s.group(c.seat); g != nil {
				w.sum += g.words()
			}
		}
	}
}

// observe counts an event that the queries of a rule match, and reports whether it
// counted in any group.
func (en *Engine) observe(c *compiled, e *event.Event, t int64, queries uint64, emit func(signal.Finding)) bool {
	if c.third != nil {
		return en.observeFinding(c.third, e, t, queries, emit)
	}
	queries = en.measure(c, e, queries)
	if queries == 0 || c.accepts != nil && !c.accepts(e) {
		return false
	}
	cut := en.work.counted.cut
	en.work.pending = en.work.pending[:0]
	for i := range c.keys {
		k := &c.keys[i]
		if k.queries&queries == 0 {
			continue
		}
		k.of.read(e, en.serial)
		cut = cut || k.of.cut
		for j := range k.of.spans {
			en.addKey(k.of.key(j), k.queries&queries)
		}
	}
	if cut {
		en.stats.Cut++
	}
	for _, p := range en.work.pending {
		g := en.group(c, p.key, t)
		en.work.group, en.work.key = g, p.key
		en.count(g, e, t, p.queries, emit)
	}
	return len(en.work.pending) > 0
}

// addKey notes that the queries count in the group with the key.
func (en *Engine) addKey(key []byte, queries uint64) {
	for i := range en.work.pending {
		if p := &en.work.pending[i]; string(p.key) == string(key) {
			p.queries |= queries
			return
		}
	}
	en.work.pending = append(en.work.pending, pendingKey{key: key, queries: queries})
}

// measure reads what the queries count besides the event itself, and returns the
// queries that the event counts for.
func (en *Engine) measure(c *compiled, e *event.Event, queries uint64) uint64 {
	w := &en.work
	w.counted.reset(en.serial)
	for left := queries; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		q := &c.queries[i]
		ok := en.inTables(q, e)
		switch {
		case !ok:
		case len(q.distinct) > 0:
			w.items[i], ok = w.readDistinct(e, q.distinct)
		case q.aggregation == aggregateSum || q.aggregation == aggregateMax:
			w.metrics[i], ok = w.readMetric(e, en.serial, &q.metric, q.aggregation == aggregateMax)
		}
		if !ok {
			queries &^= 1 << i
		}
	}
	return queries
}

// inTables reports whether the event passes the query's reference tables. A value
// that the event does not have is in no table; of several, one is enough.
func (en *Engine) inTables(q *compiledQuery, e *event.Event) bool {
	for i := range q.tables {
		check := &q.tables[i]
		if en.inTable(check, e) != check.present {
			return false
		}
	}
	return true
}

func (en *Engine) inTable(check *tableCheck, e *event.Event) bool {
	if text, ok := check.field.single(e, en.serial); ok {
		return text != "" && en.opts.Tables.Contains(check.table, check.column, text)
	}
	w := &en.work.read
	w.reset(en.serial)
	for i := range w.read(e, &check.field) {
		if en.opts.Tables.Contains(check.table, check.column, string(w.text(i))) {
			return true
		}
	}
	return false
}

// readDistinct reads the values that a cardinality counts: those of one field, or
// one tuple of the first values of several.
func (w *scratch) readDistinct(e *event.Event, fields []field) (span, bool) {
	v := &w.counted
	first := len(v.spans)
	if len(fields) == 1 {
		n := v.read(e, &fields[0])
		return span{first, first + n}, n > 0
	}
	w.tuple = w.tuple[:0]
	for i := range fields {
		mark, bytes := len(v.spans), len(v.buf)
		if v.read(e, &fields[i]) == 0 {
			return span{}, false
		}
		w.tuple = appendPart(w.tuple, v.text(mark))
		v.spans, v.buf = v.spans[:mark], v.buf[:bytes]
	}
	from := len(v.buf)
	v.buf = append(v.buf, w.tuple...)
	v.spans = append(v.spans, span{from, len(v.buf)})
	return span{first, first + 1}, true
}

// readMetric adds up the numbers at the field, or takes the largest.
func (w *scratch) readMetric(e *event.Event, number int64, f *field, isMax bool) (total float64, ok bool) {
	v := &w.read
	v.reset(number)
	for i := range v.read(e, f) {
		n, isNumber := event.StringValue(string(v.text(i))).Number()
		switch {
		case !isNumber:
		case !ok:
			total, ok = n, true
		case isMax:
			total = max(total, n)
		default:
			total += n
		}
	}
	return total, ok
}
