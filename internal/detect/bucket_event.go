package detect

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// The bounds of the event that stands for a bucket.
const (
	maxKeptBytes = 4 << 10
	maxKeptRaw   = 512
)

// keptEvent is an event of the bucket, for what the signal shows beside numbers: the
// latest one whose number is a power of two.
type keptEvent struct {
	t, line int64
	raw     []byte
	record  []byte // as JSON; nil when it is too long
}

// empty reports whether there is nothing of an event.
func (k *keptEvent) empty() bool {
	return k.t == 0 && k.line == 0 && cap(k.raw) == 0 && cap(k.record) == 0
}

// keep takes the event's place. The record is written into buf first, so that it gets
// the memory that it needs and no more; keep returns buf to be used again, unless it
// grew large.
func (k *keptEvent) keep(e *event.Event, t int64, buf []byte) []byte {
	k.t, k.line = t, e.Line
	text := sampleText(e)
	k.raw = append(k.raw[:0], text[:min(len(text), maxKeptRaw)]...)
	if buf = e.AppendRecord(buf[:0]); len(buf) > maxKeptBytes {
		k.record = nil
		return nil
	}
	k.record = append(k.record[:0], buf...)
	return buf
}

// restore writes the event again.
func (k *keptEvent) restore(e *event.Event, g *group) {
	e.Reset()
	e.Time, e.Line, e.Raw = k.t, k.line, string(k.raw)
	if !e.MergeJSON(string(k.record), event.JSONOptions{}) {
		// It was too long: the group values are what there is.
		for i := range g.rule.feeds {
			by := &g.rule.feeds[i]
			if values := keyParts(g.key); by.place < len(values) && values[by.place] != noValue {
				by.field.write(e, values[by.place])
			}
		}
		return
	}
	e.DeleteKey(e.Root(), "timestamp")
	type official struct {
		name string
		text *string
	}
	for _, field := range []official{
		{"status", &e.Status},
		{"service", &e.Service},
		{"source", &e.Source},
		{"host", &e.Host},
		{"message", &e.Message},
		{"trace_id", &e.TraceID},
		{"span_id", &e.SpanID},
	} {
		if v, ok := e.Key(e.Root(), field.name); ok && v.Kind() == event.String {
			*field.text = v.Text()
			e.DeleteKey(e.Root(), field.name)
		}
	}
	if v, ok := e.Key(e.Root(), "tags"); ok && v.Kind() == event.Array {
		for _, tag := range e.Items(v) {
			e.AddTag(tag.Text())
		}
		e.DeleteKey(e.Root(), "tags")
	}
}

// tellBucket changes the signal of the group for a case that holds for a bucket.
func (en *Engine) tellBucket(g *group, b *traffic, verdict match, emit func(signal.Finding)) {
	w := &en.work
	w.verdict = verdict
	if en.told == nil {
		en.told = event.New()
	}
	e := en.told
	if b.kept == nil {
		b.kept = &keptEvent{}
	}
	b.kept.restore(e, g)
	if g.open != nil && b.last >= g.closes() {
		en.closeSignal(g, g.closes(), emit)
	}
	en.serial++ // it is another event than the one that is looked at
	if g.rule.roof != nil {
		en.raise(g, e, b.last, &w.verdict, emit)
	} else {
		en.change(g, e, b.last, &w.verdict, emit)
	}
	en.serial++
	w.unusual = nil
}
