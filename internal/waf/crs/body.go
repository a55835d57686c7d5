package crs

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// bodyKind is how a body is read.
type bodyKind uint8

const (
	// otherBody is no body, or one of a kind that rules see nothing in.
	otherBody bodyKind = iota
	formBody
	jsonBody
	xmlBody
	multipartBody
	bodyKinds
)

// kindSet is a set of kinds.
type kindSet uint8

const allKinds = kindSet(1<<bodyKinds - 1)

func (k bodyKind) set() kindSet { return 1 << k }

// processor is what rules see in REQBODY_PROCESSOR.
func (k bodyKind) processor() string {
	return [bodyKinds]string{"", "URLENCODED", "JSON", "XML", "MULTIPART"}[k]
}

// kindOf returns how to read the body, by its Content-Type. A log that does not have
// that header leaves it to the body: what begins like JSON or XML and can be read as
// such is, all else is a form.
func kindOf(contentType, body string) bodyKind {
	if contentType == "" && body == "" {
		return otherBody
	}
	name, _, _ := strings.Cut(contentType, ";")
	switch name = strings.TrimSpace(name); {
	case name == "" || name == "-":
		return kindByBody(body)
	case hasPrefixFold(name, "application/x-www-form-urlencoded"):
		return formBody
	case hasPrefixFold(name, "multipart/form-data"):
		return multipartBody
	case hasPrefixFold(name, "application/json"), hasPrefixFold(name, "text/json"), hasSuffixFold(name, "+json"):
		return jsonBody
	case hasPrefixFold(name, "application/xml"), hasPrefixFold(name, "text/xml"), hasSuffixFold(name, "+xml"):
		return xmlBody
	default:
		return otherBody
	}
}

func kindByBody(body string) bodyKind {
	switch body = strings.TrimLeft(body, " \t\r\n"); {
	case body == "":
		return otherBody
	case body[0] == '{' || body[0] == '[':
		if isJSON(body) {
			return jsonBody
		}
	case strings.HasPrefix(body, "<?xml "):
		return xmlBody
	}
	return formBody
}

// isJSON reports whether the text is JSON as far as it goes: it may be cut off.
func isJSON(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		}
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// loadBody adds the values that a body of its kind has. As in Coraza, REQUEST_BODY
// holds a form only.
func (m *Machine) loadBody(r *Request) {
	body := clip(r.Body)
	if body == "" {
		return
	}
	switch m.kind {
	case formBody:
		m.add(slotBody, piece{}, body)
		m.args(slotPostName, slotPost, body)
	case jsonBody:
		m.loadJSON(body)
	case xmlBody:
		m.loadXML(body)
	case multipartBody:
		m.loadMultipart(clip(r.ContentType), body)
	default:
	}
}

// post adds a parameter of the body by its name and value.
func (m *Machine) post(name, text string) {
	m.add(slotPostName, piece{str: name}, name)
	m.add(slotPost, piece{str: name}, text)
}
