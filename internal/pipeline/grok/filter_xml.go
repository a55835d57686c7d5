package grok

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// xmlFilter reads an XML document. An element without children and attributes is
// its text; otherwise an object of both, with its text as "value". Elements of the
// same name make an array.
type xmlFilter struct{}

// maxXMLDepth is how deep elements nest.
const maxXMLDepth = 32

func (xmlFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	d := xml.NewDecoder(strings.NewReader(v.Str()))
	// Texts say which encoding they had on the way; here they are bytes.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	p := xmlParser{x: x, d: d}
	for {
		t, err := d.Token()
		if err != nil {
			return v, false
		}
		if start, ok := t.(xml.StartElement); ok {
			inner, ok := p.element(start, maxXMLDepth)
			if !ok {
				return v, false
			}
			out := x.e.NewObject()
			x.e.SetKey(out, start.Name.Local, inner)
			return out, out.Kind() == event.Object
		}
	}
}

type xmlParser struct {
	x *extraction
	d *xml.Decoder
	n int
}

// element reads up to the end of an element.
func (p *xmlParser) element(start xml.StartElement, depth int) (event.Value, bool) {
	if depth == 0 {
		return event.Value{}, false
	}
	out := p.x.e.NewObject()
	for _, a := range start.Attr {
		p.put(out, a.Name.Local, event.StringValue(a.Value))
	}
	var text strings.Builder
	for {
		t, err := p.d.Token()
		if err != nil || p.x.m.steps < 0 {
			return out, false
		}
		switch t := t.(type) {
		case xml.StartElement:
			inner, ok := p.element(t, depth-1)
			if !ok {
				return out, false
			}
			p.put(out, t.Name.Local, inner)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			s := strings.TrimSpace(text.String())
			if p.x.e.Len(out) == 0 {
				return event.StringValue(s), true
			}
			if s != "" {
				p.put(out, "value", event.StringValue(s))
			}
			return out, true
		}
	}
}

// put writes a child, beside others of its name.
func (p *xmlParser) put(out event.Value, name string, v event.Value) {
	p.n++
	p.x.m.steps -= 4 + p.n>>3
	p.x.e.AddKey(out, name, v)
}
