package crs

import (
	"encoding/xml"
	"io"
	"strings"
)

// The paths by which rules ask for all texts of a document, and for all values of
// attributes.
const (
	xmlTexts = "/*"
	xmlAttrs = "//@*"
)

// loadXML adds the texts of the document, trimmed, and the values of its attributes.
// Entities that it declares are not expanded. A document that is broken or ends too
// early is read up to that place; where it ends inside a tag or a section, that is
// closed.
//
// The encoding that it declares does not matter, which Coraza takes for an error: the
// marks that attacks need are in ASCII. What is no UTF-8 becomes a question mark.
func (m *Machine) loadXML(body string) {
	body = strings.ToValidUTF8(body, "?")
	at, count := m.xmlTokens(body, 0)
	if rest := body[at:]; count < maxArgs && strings.HasPrefix(rest, "<") {
		for _, end := range [...]string{"]]>", `">`, "'>", ">"} {
			if _, more := m.xmlTokens(rest+end, count); more > count {
				return
			}
		}
	}
}

// xmlTokens adds what stands in the document, behind count others, and returns where
// the token begins that cannot be read, and how many there are then.
func (m *Machine) xmlTokens(body string, count int) (at, now int) {
	d := xml.NewDecoder(strings.NewReader(body))
	d.Strict, d.AutoClose, d.Entity, d.CharsetReader = false, xml.HTMLAutoClose, xml.HTMLEntity, sameBytes
	for count < maxArgs {
		at = int(d.InputOffset()) // at most the length of the body
		token, err := d.Token()
		if err != nil {
			return at, count
		}
		switch t := token.(type) {
		case xml.StartElement:
			for i := range t.Attr {
				m.add(slotXMLAttr, piece{str: xmlAttrs}, t.Attr[i].Value)
				count++
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); text != "" {
				m.add(slotXMLText, piece{str: xmlTexts}, text)
				count++
			}
		default:
		}
	}
	return len(body), count
}

func sameBytes(_ string, input io.Reader) (io.Reader, error) { return input, nil }
