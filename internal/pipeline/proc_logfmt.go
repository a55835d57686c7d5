package pipeline

import "github.com/sasumata/sasumata/internal/event"

// logfmtParser is the logfmt-parser processor: a line of key=value pairs, as Go
// programs and many firewalls write it.
type logfmtParser struct{ source, target string }

var _ Processor = (*logfmtParser)(nil)

// minPairs is the number of pairs that make a line logfmt: one may stand in any
// sentence.
const minPairs = 2

// Process writes each value below the target, keys with dots as objects. Of equal
// keys the first counts. Values without quotes become numbers or truth values
// where they are written as such.
func (p *logfmtParser) Process(e *event.Event, m *Machine) {
	text := sourceText(e, p.source)
	scan := pairs{s: text}
	object := event.Value{}
	n := 0
	for n < maxPairs {
		pr, ok := scan.next()
		if !ok {
			break
		}
		if n++; n == 1 {
			object = e.NewObject()
		}
		v := event.StringValue(pr.value)
		switch {
		case pr.escaped:
			v = event.StringValue(unescape(e, m, pr.value))
		case !pr.quoted:
			v = bare(pr.value)
		}
		if _, taken := e.GetIn(object, pr.key); !taken {
			e.SetIn(object, pr.key, v)
		}
	}
	if n >= minPairs {
		place(e, p.target, object)
		m.grokMatched = true
	}
}
