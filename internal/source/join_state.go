package source

import "errors"

// Hold makes the joiner keep the records at the end of the input that may still
// grow: they are part of the position, and come out of the joiner that goes on
// there.
func (j *Joiner) Hold() { j.hold = true }

// waitingRecords returns the records that were not handed on.
func (j *Joiner) waitingRecords() []Waiting {
	var all []Waiting
	for i := j.at; i < len(j.queue); i++ {
		p := &j.queue[i]
		lines := [][]byte{[]byte(p.head)}
		for _, line := range p.rest {
			lines = append(lines, []byte(line))
		}
		all = append(all, Waiting{
			Lines: lines, Number: p.number, Event: p.event, Origin: []byte(p.origin),
			Trace: uint8(p.trace), Whole: p.whole, Joins: p.joins, Cut: p.cut, Done: p.done, Open: i == j.open,
		})
	}
	return all
}

// Take gives a new joiner the records that waited at a position.
func (j *Joiner) Take(waiting []Waiting) error {
	j.offset = j.reader.offset
	for i := range waiting {
		w := &waiting[i]
		if len(w.Lines) == 0 || len(w.Lines) > MaxRecordLines || w.Trace > uint8(traceBody) || w.Number < 1 || w.Open && i != len(waiting)-1 {
			return errors.New("a record that waits is broken")
		}
		p := pending{
			head: string(w.Lines[0]), number: w.Number, event: w.Event, origin: string(w.Origin),
			trace: trace(w.Trace), whole: w.Whole, joins: w.Joins, cut: w.Cut, done: w.Done,
		}
		p.size = len(p.head)
		for _, line := range w.Lines[1:] {
			p.rest = append(p.rest, string(line))
			p.size += 1 + len(line)
		}
		j.waiting += p.size
		j.queue = append(j.queue, p)
		if w.Open {
			j.open = i
		}
	}
	return nil
}
