package source

import (
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// entry is a log that is more than a line.
type entry struct {
	time    int64 // nanoseconds since 1970 UTC; 0 is unknown
	status  string
	message string
	members []byte // further members of a JSON object, by member
}

// official reports whether an attribute of the name would hide what an entry says itself.
func official(name string) bool { return name == "message" || name == "timestamp" || name == "status" }

// member begins a member of a JSON object; its value follows. Names that an entry writes
// itself go below custom, where queries find them as well.
func member(members []byte, name string) []byte {
	if official(name) {
		name = "custom." + name
	}
	members = event.AppendJSONString(append(members, ','), name)
	return append(members, ':')
}

// textMember appends a member that is a text; an empty one is left out.
func textMember(members []byte, name, value string) []byte {
	if value == "" {
		return members
	}
	return event.AppendJSONString(member(members, name), value)
}

// add takes an entry. What is only a line stays one. Everything else becomes a JSON
// object, which the pipelines read as one of Datadog's agents; a message that is an
// object itself gets the rest in front, so that what the program wrote wins.
func (b *batch) add(e *entry, with record.Record) error {
	if e.time == 0 && e.status == "" && len(e.members) == 0 {
		with.Text = e.message
		return b.put(with)
	}
	if b.write(e); len(b.out) > record.MaxText {
		b.cut++
		b.size += int64(len(b.out)) // the work counts
		short := *e
		short.status = short.status[:min(len(short.status), 64)]
		if len(e.members) > record.MaxText/2 {
			short.members = nil
		}
		const widest = 6 // bytes that one of a message can take
		short.message = short.message[:min(len(short.message), (record.MaxText-len(short.members))/widest-200)]
		b.write(&short)
	}
	with.Text = string(b.out)
	return b.put(with)
}

// write writes the entry as a JSON object.
func (b *batch) write(e *entry) {
	out := b.out[:0]
	if e.time != 0 {
		out = append(out, `,"timestamp":"`...)
		out = time.Unix(0, e.time).UTC().AppendFormat(out, time.RFC3339Nano)
		out = append(out, '"')
	}
	if e.status != "" {
		out = event.AppendJSONString(append(out, `,"status":`...), e.status)
	}
	out = append(out, e.members...)
	if inside, ok := insideOf(e.message); ok {
		out = append(append(out, ','), inside...)
	} else if e.message != "" {
		out = event.AppendJSONString(append(out, `,"message":`...), e.message)
	}
	if len(out) == 0 {
		out = append(out, ' ')
	}
	out[0] = '{'
	out = append(out, '}')
	b.out = out
}

// insideOf returns what stands between the braces of a JSON object that has members.
func insideOf(text string) (string, bool) {
	r := jsonReader{s: text}
	if r.next() != '{' {
		return "", false
	}
	members := 0
	r.object(func(string) { r.raw(); members++ })
	if !r.ended() || members == 0 {
		return "", false
	}
	first, last := 0, len(text)-1
	for text[first] != '{' {
		first++
	}
	for text[last] != '}' {
		last--
	}
	return text[first+1 : last], true
}
