package useragent

import (
	"hash/maphash"

	"github.com/sasumata/sasumata/internal/event"
)

const (
	// recentAnswers is the number of answers that a Recent remembers.
	recentAnswers = 1 << 10
	// maxRecent is the length in bytes of the longest text among them: they take
	// 260 KB at the most.
	maxRecent = 256
)

// Recent remembers the last answers of a Parser for one goroutine: it has no lock,
// and two places for each text, of which the next one takes over the one that was used
// longer ago.
type Recent struct {
	of   *Parser
	seed maphash.Seed
	last []remembered
}

type remembered struct {
	text   []byte
	answer *answer // nil is none
}

// Value returns the Value of what the parser's Parse returns; ok is false when that is
// nil. It allocates nothing for a text that came before.
func (r *Recent) Value(p *Parser, e *event.Event, text string) (v event.Value, ok bool) {
	a := r.find(p, text)
	if a == nil {
		return event.Value{}, false
	}
	if v, ok = e.Shaped(a.tree, nil); !ok {
		v = a.Value(e) // as much of it as the event has room for
	}
	return v, true
}

func (r *Recent) find(p *Parser, text string) *answer {
	if r.of != p {
		*r = Recent{of: p, seed: maphash.MakeSeed(), last: make([]remembered, recentAnswers)}
	}
	if len(text) > maxRecent {
		return p.answer(text)
	}
	at := maphash.String(r.seed, text) % recentAnswers &^ 1
	first, second := &r.last[at], &r.last[at+1]
	if first.answer != nil && string(first.text) == text {
		return first.answer
	}
	*first, *second = *second, *first
	if first.answer != nil && string(first.text) == text {
		return first.answer
	}
	a := p.answer(text)
	if a != nil {
		first.text, first.answer = append(first.text[:0], text...), a
	}
	return a
}
