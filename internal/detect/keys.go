package detect

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
)

// keySet makes the keys of the groups that an event counts in, for one list of
// fields. All rules that group by the same fields share one, so that it reads the
// event once.
type keySet struct {
	fields   []field
	optional bool

	groups *directory // of all rules that group by the fields
	seat   *seat      // of the event's groups, if its keys are one and it was there

	event int64  // the number of the event that the keys are of
	cut   bool   // values or keys were left out
	spans []span // of the keys
	keys  []byte
	vals  values
	of    []span // which of the values each field has
	turn  []int  // the combination of values that is made
}

// keySet returns the shared one for the fields.
func (en *Engine) keySet(fields []field, optional bool) *keySet {
	for _, k := range en.keySets {
		if k.optional == optional && slices.Equal(k.fields, fields) {
			return k
		}
	}
	k := &keySet{fields: fields, optional: optional}
	en.keySets = append(en.keySets, k)
	return k
}

func (k *keySet) key(i int) []byte { return k.keys[k.spans[i].from:k.spans[i].to] }

// read makes the keys of an event, unless it has them: one for each combination of
// the fields' values, at most maxKeys; none when a field has no value and must
// have one.
func (k *keySet) read(e *event.Event, number int64) {
	if k.event == number {
		return
	}
	k.event, k.cut = number, false
	k.vals.reset(number)
	k.spans, k.keys, k.of, k.turn = k.spans[:0], k.keys[:0], k.of[:0], k.turn[:0]
	for i := range k.fields {
		first := len(k.vals.spans)
		n := k.vals.read(e, &k.fields[i])
		if n == 0 {
			if !k.optional {
				return
			}
			k.vals.add(noValue, first)
			n = 1
		}
		k.of = append(k.of, span{first, first + n})
		k.turn = append(k.turn, first)
	}
	k.cut = k.vals.cut
	for more := true; more; more = k.next() {
		if len(k.spans) == maxKeys {
			k.cut = true
			return
		}
		from := len(k.keys)
		for _, i := range k.turn {
			k.keys = appendPart(k.keys, k.vals.text(i))
		}
		k.spans = append(k.spans, span{from, len(k.keys)})
	}
}

// next moves on to the next combination of values.
func (k *keySet) next() bool {
	for i := len(k.turn) - 1; i >= 0; i-- {
		if k.turn[i]++; k.turn[i] < k.of[i].to {
			return true
		}
		k.turn[i] = k.of[i].from
	}
	return false
}
