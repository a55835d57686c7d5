// Package useragent names the browser, the operating system and the device of a
// user agent, by the definitions of uap-core (github.com/ua-parser/uap-core).
//
// The definitions are 1,200 regular expressions in order, of which the first that
// matches counts. Trying them one by one costs milliseconds, and user agents are
// written by strangers: so only those expressions are tried whose literals stand
// in the text, texts are cut at a limit, and answers are remembered in a cache of
// limited size.
package useragent

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// DefaultMaxLength is the number of bytes of a user agent that are looked at when
// Options names no other.
const DefaultMaxLength = 1024

// Options says what a Parser knows and how much it remembers. The zero value has
// the built-in definitions and the default limits.
type Options struct {
	// Definitions is a document in the form of uap-core's regexes.yaml; nil means
	// the built-in one.
	Definitions []byte
	// MaxLength is the number of bytes of a text that are looked at; 0 means
	// DefaultMaxLength.
	MaxLength int
	// CacheEntries is how many answers are remembered; 0 means
	// DefaultCacheEntries, less than 0 none.
	CacheEntries int
	// CacheBytes is the memory that remembered answers may take, roughly; 0 means
	// DefaultCacheBytes.
	CacheBytes int
}

// Parser evaluates user agents. It may be used by any number of goroutines, which
// share its cache.
type Parser struct {
	maxLength int
	engine    func() *engine
	cache     *cache
}

// New returns a parser. It is cheap: the built-in definitions are compiled when
// the first user agent is parsed (about 50 ms). Definitions of one's own are
// compiled here; the error is document.Faults.
func New(opts Options) (*Parser, error) {
	p := &Parser{maxLength: opts.MaxLength, cache: newCache(opts.CacheEntries, opts.CacheBytes)}
	if p.maxLength <= 0 {
		p.maxLength = DefaultMaxLength
	}
	if opts.Definitions == nil {
		p.engine = sync.OnceValue(builtIn)
		return p, nil
	}
	g, err := newEngine("definitions", opts.Definitions)
	if err != nil {
		return nil, err
	}
	p.engine = func() *engine { return g }
	return p, nil
}

// Parse evaluates a user agent. The answer is shared and must not be changed; it
// is nil for an empty text. A text that is remembered costs no allocation. The
// text is not kept.
func (p *Parser) Parse(text string) *Agent {
	if a := p.answer(text); a != nil {
		return &a.Agent
	}
	return nil
}

// answer is an agent with its Value, as a tree that is copied into events.
type answer struct {
	Agent
	tree *event.Shape
}

// answer returns what Parse does; nil is none.
func (p *Parser) answer(text string) *answer {
	if len(text) > p.maxLength {
		text = text[:p.maxLength]
	}
	if a := p.cache.get(text); a != nil {
		return a
	}
	if strings.TrimSpace(text) == "" || !isHeader(text) {
		return nil
	}
	text = strings.Clone(text) // answers are substrings of it
	a := &answer{Agent: *p.engine().evaluate(text)}
	blank := event.New()
	a.tree, _ = blank.NewShape(a.Value(blank), nil) // an object
	p.cache.put(text, a)
	return a
}

// isHeader reports whether the text can be the value of an HTTP header (RFC 9110,
// section 5.5): no control characters, and what is beyond ASCII is UTF-8. No
// client sends anything else, and looking at it costs the most.
func isHeader(text string) bool {
	ascii := true
	for i := range len(text) {
		if text[i] < ' ' && text[i] != '\t' || text[i] == 0x7f {
			return false
		}
		ascii = ascii && text[i] < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(text)
}

// Agent is what a user agent says. Parts that it does not say are empty, but for
// the families, which are Other.
type Agent struct {
	Browser Software
	OS      Software
	Device  Device
}

// Software is a browser or an operating system.
type Software struct {
	// Family is the name without a version, such as Firefox.
	Family string
	// Major to PatchMinor are the parts of the version.
	Major, Minor, Patch, PatchMinor string
}

// Device is the machine.
type Device struct {
	// Brand is the maker, Model the maker's name for it, and Family both or either.
	Family, Brand, Model string
	// Category is Desktop, Mobile, Tablet, Bot or Other.
	Category string
}

// Value returns the answer as Datadog's user agent parser writes it: a free
// object of the event with browser, os and device; what is empty is left out. It
// is Null for a nil Agent.
func (a *Agent) Value(e *event.Event) event.Value {
	if a == nil {
		return event.Value{}
	}
	object := e.NewObject()
	e.SetKey(object, "browser", a.Browser.value(e))
	e.SetKey(object, "os", a.OS.value(e))
	device := e.NewObject()
	set(e, device, "family", a.Device.Family)
	set(e, device, "brand", a.Device.Brand)
	set(e, device, "model", a.Device.Model)
	set(e, device, "category", a.Device.Category)
	e.SetKey(object, "device", device)
	return object
}

func (s *Software) value(e *event.Event) event.Value {
	object := e.NewObject()
	set(e, object, "family", s.Family)
	set(e, object, "major", s.Major)
	set(e, object, "minor", s.Minor)
	set(e, object, "patch", s.Patch)
	set(e, object, "patch_minor", s.PatchMinor)
	return object
}

func set(e *event.Event, object event.Value, key, text string) {
	if text != "" {
		e.SetKey(object, key, event.StringValue(text))
	}
}
