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
	maxEntities    = 32
	maxTags        = 64
	maxTagBytes    = 200
	// tagEvents is how many events of a signal are looked at for tags.
	tagEvents = 256
)

// witness is a field that names entities, whatever the rule groups by.
type witness struct {
	field field
	kind  string
}

func newWitnesses() []witness {
	return []witness{
		{newField("@" + event.ClientIP), signal.KindIP},
		{newField("@" + event.UserID), signal.KindUser},
		{newField("@" + event.UserName), signal.KindUser},
		{newField("@" + event.UserEmail), signal.KindUser},
		{newField("host"), signal.KindHost},
		{newField("@" + event.SyslogHostname), signal.KindHost},
	}
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
	v := &en.work.group
	for i := range en.witnesses {
		w := &en.witnesses[i]
		v.reset()
		for j := range v.read(e, &w.field) {
			addEntity(s, w.kind, v.text(j))
		}
	}
}

func addTags(s *signal.Signal, tags []string) {
	for _, tag := range tags {
		if len(s.Tags) < maxTags && len(tag) <= maxTagBytes && !slices.Contains(s.Tags, tag) {
			s.Tags = append(s.Tags, strings.Clone(tag))
		}
	}
}

func addEntity(s *signal.Signal, kind string, value []byte) {
	for i := range s.Entities {
		if have := &s.Entities[i]; have.Kind == kind && have.Value == string(value) {
			have.Events++
			return
		}
	}
	if len(s.Entities) < maxEntities {
		s.Entities = append(s.Entities, signal.Entity{Kind: kind, Value: string(value), Events: 1})
	}
}
