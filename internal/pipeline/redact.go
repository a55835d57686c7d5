package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/seclog/redact"
)

// Redact makes secrets unreadable that the event carries in its raw text, its
// message or its attributes: the values of names such as password, token, api_key,
// authorization or cookie (as key=value, JSON, headers, URL parameters, command
// line options), passwords in URLs, private keys, JSON Web Tokens, tokens of
// well-known issuers, and card numbers. Each becomes [REDACTED:kind].
//
// It is meant to run when pipelines and inspection have seen the event and before
// anything stores it. An event without secrets costs a few scans of its raw text
// and no allocation. Attributes that were cut from a clean text are judged by
// their names alone.
func (m *Machine) Redact(e *event.Event) {
	raw, found := redact.Text(e.Raw)
	if found {
		e.Raw = raw
	}
	deep := found || m.decoded
	if deep || len(e.Message) != len(e.Raw) && strings.IndexByte(e.Raw, '\\') >= 0 {
		if text, ok := redact.Text(e.Message); ok {
			e.Message, found, deep = text, true, true
		}
	}
	m.masked = 0
	if (deep || e.AnyKey(isSecret)) && m.redactObject(e, e.Root(), deep) {
		found = true
	}
	if m.masked > maxMasked {
		keepStandard(e)
	}
	if found {
		m.Stats.Redacted++
	}
}

// RedactAs makes the text of an attribute unreadable that goes by another name than its
// own, when a secret goes by that. It belongs before Redact, which counts the event.
func RedactAs(e *event.Event, path, name string) {
	v, ok := e.Get(path)
	if !ok {
		return
	}
	if mark, found := redact.Value(name, v.Str()); found {
		e.Set(path, event.StringValue(mark))
	}
}

// maxMasked is the number of attributes of one event that are made unreadable one
// by one. Whoever sends more gets an event with its standard attributes alone:
// each costs a walk over the object that holds it.
const maxMasked = 512

// keepStandard leaves the attributes that rules ask for, and drops all others.
func keepStandard(e *event.Event) {
	names := [...]string{
		event.ClientIP, event.ClientName, event.ClientPort, event.DestinationIP, event.BytesWritten,
		event.UserID, event.UserName, event.UserEmail,
		event.EvtCategory, event.EvtName, event.EvtOutcome, event.EvtReason,
		event.HTTPMethod, event.HTTPStatusCode, event.HTTPURL, event.HTTPUserAgent, event.HTTPReferer,
		event.SyslogHostname, event.SyslogAppname, event.ProcessPID, event.ProcessName,
		event.SecurityAttack, event.SecurityRules, event.SecurityCategories,
	}
	kept := e.NewObject()
	for _, name := range names {
		if v, ok := e.Get(name); ok && (v.IsScalar() || v.Kind() == event.Array) {
			e.SetIn(kept, name, v)
		}
	}
	for empty := false; !empty; {
		empty = true
		for key := range e.Items(e.Root()) {
			e.DeleteKey(e.Root(), key)
			empty = false
			break
		}
	}
	e.Merge(e.Root(), kept)
}

// redactObject makes the secrets below the object unreadable: by name, and when
// deep is set by what the text says, too.
func (m *Machine) redactObject(e *event.Event, object event.Value, deep bool) bool {
	found := false
	for key, v := range e.Items(object) {
		if m.masked > maxMasked {
			return true
		}
		switch v.Kind() {
		case event.Object:
			if m.redactObject(e, v, deep) {
				found = true
			}
		case event.Array:
			if m.redactArray(e, object, key, v, deep) {
				found = true
			}
		case event.String:
			if text, ok := redactedValue(key, v.Str(), deep); ok {
				e.SetKey(object, key, event.StringValue(text))
				found = true
				m.masked++
			}
		case event.Int, event.Float:
			if redact.Kind(key) == "" {
				continue // most numbers: they need not become text
			}
			if mark, ok := redact.Value(key, v.Text()); ok {
				e.SetKey(object, key, event.StringValue(mark))
				found = true
				m.masked++
			}
		default:
		}
	}
	return found
}

func isSecret(key string) bool { return redact.Kind(key) != "" }

// redactedValue judges a text by the name that it goes by, and by itself.
func redactedValue(key, text string, deep bool) (string, bool) {
	if mark, ok := redact.Value(key, text); ok || !deep {
		return mark, ok
	}
	return redact.Text(text)
}

// redactArray does the same to the elements of an array, which share its name.
func (m *Machine) redactArray(e *event.Event, object event.Value, key string, array event.Value, deep bool) bool {
	found, rebuild := false, false
	for _, v := range e.Items(array) {
		switch v.Kind() {
		case event.Object:
			if m.redactObject(e, v, deep) {
				found = true
			}
		case event.String:
			if _, ok := redactedValue(key, v.Str(), deep); ok {
				rebuild = true
			}
		default:
		}
	}
	if !rebuild {
		return found
	}
	m.masked++
	fresh := e.NewArray()
	if fresh.Kind() != event.Array {
		e.SetKey(object, key, event.StringValue("[REDACTED:secret]"))
		return true
	}
	for _, v := range e.Items(array) {
		if v.Kind() == event.String {
			text, _ := redactedValue(key, v.Str(), deep)
			v = event.StringValue(text)
		}
		e.Append(fresh, v)
	}
	e.SetKey(object, key, fresh)
	return true
}

// redactProcessor is the redact-processor: it makes the named attributes
// unreadable, in the message and the raw text as well. Without sources it does
// what Machine.Redact does.
type redactProcessor struct{ sources []string }

var _ Processor = (*redactProcessor)(nil)

// minSecret is the length in bytes from which a secret's copies in the message
// are looked for: a shorter text stands in many places.
const minSecret = 4

// Process replaces the values.
func (p *redactProcessor) Process(e *event.Event, m *Machine) {
	if len(p.sources) == 0 {
		m.Redact(e)
		return
	}
	found := false
	for _, source := range p.sources {
		v, ok := e.Get(source)
		if !ok || v.Kind() == event.Null {
			continue
		}
		name := source[strings.LastIndexByte(source, '.')+1:]
		mark := "[REDACTED:" + name + "]"
		if text := v.Text(); v.IsScalar() && len(text) >= minSecret && text != mark {
			e.Message = strings.ReplaceAll(e.Message, text, mark)
			e.Raw = strings.ReplaceAll(e.Raw, text, mark)
		}
		e.Set(source, event.StringValue(mark))
		found = true
	}
	if found {
		m.Stats.Redacted++
	}
}
