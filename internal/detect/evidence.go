package detect

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// The bounds of what a signal keeps about its events.
const (
	maxSamples     = 10
	maxSampleBytes = 2 << 10
	// maxEntities is how many entities of a kind a signal lists.
	maxEntities = 32
	maxTags     = 64
	maxTagBytes = 200
	// tagEvents is how many events of a signal are looked at for tags.
	tagEvents = 256
)

// facts is what an event says about entities, whatever a rule groups by. It is read
// once for an event.
type facts struct {
	fields []factField
	event  int64 // the number of the event
	vals   values
	kinds  []string // of each value; empty when another field said the same
	ips    []bool   // which of the values are addresses of version 4
}

type factField struct {
	field field
	kind  string
}

func (en *Engine) newFacts() facts {
	of := func(name string) field { return en.shared(newField(name)) }
	return facts{fields: []factField{
		{of("@" + event.ClientIP), signal.KindIP},
		{of("@" + event.UserID), signal.KindUser},
		{of("@" + event.UserName), signal.KindUser},
		{of("@" + event.UserEmail), signal.KindUser},
		{of("host"), signal.KindHost},
		{of("@" + event.SyslogHostname), signal.KindHost},
	}}
}

func (f *facts) read(e *event.Event, number int64) {
	if f.event == number {
		return
	}
	f.event = number
	f.vals.reset(number)
	f.kinds, f.ips = f.kinds[:0], f.ips[:0]
	for i := range f.fields {
		kind := f.fields[i].kind
		for range f.vals.read(e, &f.fields[i].field) {
			if f.said(kind, len(f.kinds)) {
				kind = ""
			}
			f.kinds = append(f.kinds, kind)
			f.ips = append(f.ips, kind == signal.KindIP && isIPv4(f.vals.text(len(f.ips))))
			kind = f.fields[i].kind
		}
	}
}

// isIPv4 reports whether a text is an address of version 4, in the one way to write it.
func isIPv4(text []byte) bool {
	parts, part, digits := 0, 0, 0
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9' && (digits == 0 || part > 0):
			part, digits = 10*part+int(c-'0'), digits+1
		case c == '.' && digits > 0 && i+1 < len(text):
			parts, part, digits = parts+1, 0, 0
		default:
			return false
		}
		if part > 255 {
			return false
		}
	}
	return parts == 3 && digits > 0
}

// witness adds what an event says to the evidence of the signal.
func (en *Engine) witness(o *openSignal, e *event.Event, t int64) {
	s := &o.sig
	if len(s.Samples) < maxSamples {
		text := sampleText(e)
		s.Samples = append(s.Samples, signal.Sample{
			Time: t, Line: e.Line, Text: strings.ToValidUTF8(strings.Clone(text[:min(len(text), maxSampleBytes)]), ""),
		})
	}
	if s.Events <= tagEvents {
		addTags(s, e.Tags)
	}
	en.facts.read(e, en.serial)
	for i, kind := range en.facts.kinds {
		if kind != "" {
			addEntity(s, kind, en.facts.vals.text(i), 1)
		}
	}
}

// said reports whether a value before value i names the same entity.
func (f *facts) said(kind string, i int) bool {
	for j := range i {
		if f.kinds[j] == kind && string(f.vals.text(j)) == string(f.vals.text(i)) {
			return true
		}
	}
	return false
}

func addTags(s *signal.Signal, tags []string) {
	for _, tag := range tags {
		if len(s.Tags) < maxTags && len(tag) <= maxTagBytes && !slices.Contains(s.Tags, tag) {
			s.Tags = append(s.Tags, strings.Clone(tag))
		}
	}
}

// addEntity notes n more events that named the entity.
func addEntity(s *signal.Signal, kind string, value []byte, n int64) {
	if string(value) == noValue {
		return // it stands for a missing value
	}
	same := 0
	for i := range s.Entities {
		have := &s.Entities[i]
		if have.Kind != kind {
			continue
		}
		if have.Value == string(value) {
			have.Events += n
			return
		}
		same++
	}
	if same >= maxEntities {
		unlisted(s, kind, n)
		return
	}
	s.Entities = append(s.Entities, signal.Entity{Kind: kind, Value: string(value), Events: n})
}

// unlisted counts events that named an entity for which there is no room.
func unlisted(s *signal.Signal, kind string, n int64) {
	for i := range s.Unlisted {
		if s.Unlisted[i].Kind == kind {
			s.Unlisted[i].Events += n
			return
		}
	}
	s.Unlisted = append(s.Unlisted, signal.Unlisted{Kind: kind, Events: n})
}
