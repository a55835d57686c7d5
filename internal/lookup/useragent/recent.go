package useragent

import "hash/maphash"

const (
	// recentAnswers is the number of answers that a Recent remembers.
	recentAnswers = 1 << 9
	// maxRecent is the length in bytes of the longest text among them: they take
	// 130 KB at the most.
	maxRecent = 256
)

// Recent remembers the last answers of a Parser for one goroutine: it has no lock,
// and one place for each text, which the next one takes over.
type Recent struct {
	of      *Parser
	seed    maphash.Seed
	answers []answer
}

type answer struct {
	text  []byte
	agent *Agent // nil is none
}

// Parse does what the parser's Parse does. It allocates nothing for a text that came
// before.
func (r *Recent) Parse(p *Parser, text string) *Agent {
	if r.of != p {
		*r = Recent{of: p, seed: maphash.MakeSeed(), answers: make([]answer, recentAnswers)}
	}
	if len(text) > maxRecent {
		return p.Parse(text)
	}
	a := &r.answers[maphash.String(r.seed, text)%recentAnswers]
	if a.agent != nil && string(a.text) == text {
		return a.agent
	}
	agent := p.Parse(text)
	if agent != nil {
		a.text, a.agent = append(a.text[:0], text...), agent
	}
	return agent
}
