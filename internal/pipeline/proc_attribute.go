package pipeline

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/sasumata/sasumata/internal/event"
)

// attributeRemapper is the attribute-remapper processor: it moves attributes or
// tags to another attribute or tag.
type attributeRemapper struct {
	sources    []string
	roots      []event.Roots // of the sources
	target     string
	into       event.Roots // of the target: it is there after a move
	fromTag    bool
	toTag      bool
	preserve   bool
	override   bool
	targetType format
}

var _ Processor = (*attributeRemapper)(nil)

// format is the targetFormat of a remapper.
type format uint8

const (
	formatAuto format = iota
	formatString
	formatInteger
	formatDouble
)

// Process moves each source in turn. A source is removed even when the target
// stood already and won, so of several sources the first wins and all go.
func (p *attributeRemapper) Process(e *event.Event, _ *Machine) {
	roots := e.Roots()
	for i, source := range p.sources {
		if p.fromTag {
			p.moveTag(e, source)
			continue
		}
		if roots&p.roots[i] == 0 {
			continue // most sources are not there
		}
		v, ok := e.Get(source)
		if !ok {
			continue
		}
		roots |= p.into
		if !p.toTag && source == p.target {
			e.Set(p.target, cast(e, v, p.targetType))
			continue
		}
		if p.toTag {
			addTags(e, p.target, v)
			if !p.preserve {
				e.Delete(source)
			}
			continue
		}
		_, taken := e.Get(p.target)
		if !p.preserve {
			v, _ = e.Take(source)
		}
		if !taken || p.override {
			e.Set(p.target, cast(e, v, p.targetType))
		}
	}
}

// moveTag takes the value of the first tag with the key.
func (p *attributeRemapper) moveTag(e *event.Event, key string) {
	for i, tag := range e.Tags {
		k, v, ok := strings.Cut(tag, ":")
		if !ok || k != key {
			continue
		}
		if !p.preserve {
			e.Tags = append(e.Tags[:i], e.Tags[i+1:]...)
		}
		if p.toTag {
			e.AddTag(p.target + ":" + v)
			return
		}
		if _, taken := e.Get(p.target); !taken || p.override {
			e.Set(p.target, cast(e, event.StringValue(v), p.targetType))
		}
		return
	}
}

// addTags appends target:value, one for each element of an array, in the form
// that Datadog gives all tags.
func addTags(e *event.Event, target string, v event.Value) {
	if v.Kind() == event.Array {
		for _, element := range e.Items(v) {
			addTags(e, target, element)
		}
		return
	}
	if v.IsScalar() {
		e.AddTag(normalTag(target + ":" + v.Text()))
	}
}

// maxTagBytes is the length in bytes of the longest tag.
const maxTagBytes = 200

// normalTag writes a tag in lower case, with one underscore for each run of
// characters that are neither letters, digits nor any of _ - : . / in it.
func normalTag(tag string) string {
	var b strings.Builder
	gap := false
	for _, r := range tag {
		if b.Len() >= maxTagBytes {
			break
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-:./", r) {
			b.WriteRune(unicode.ToLower(r))
			gap = false
		} else if !gap {
			b.WriteByte('_')
			gap = true
		}
	}
	return strings.TrimRight(b.String(), "_")
}

// cast converts the value; what cannot be converted stays as it is.
func cast(e *event.Event, v event.Value, to format) event.Value {
	switch to {
	case formatString:
		switch v.Kind() {
		case event.Object, event.Array:
			return event.StringValue(string(e.AppendJSON(nil, v)))
		case event.Bool, event.Int, event.Float:
			return event.StringValue(v.Text())
		default:
			return v
		}
	case formatInteger:
		if v.Kind() == event.String {
			if n, err := strconv.ParseInt(v.Str(), 10, 64); err == nil {
				return event.IntValue(n)
			}
		}
		if f, ok := v.Number(); ok && v.Kind() != event.Int && math.Abs(f) < 1<<63 {
			return event.IntValue(int64(f))
		}
		return v
	case formatDouble:
		if f, ok := v.Number(); ok {
			return event.FloatValue(f)
		}
		return v
	default:
		return v
	}
}
