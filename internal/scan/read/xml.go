package read

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// Limits of XML.
const (
	// maxRun is how many bytes may stand without a < between them: the reader keeps
	// them in memory.
	maxRun = 8 << 20
	// maxXMLDepth is how deep elements may nest.
	maxXMLDepth = 200
)

// readXML reads a report in XML: what it is says its first element.
func readXML(text *bufio.Reader, out *scan.Report) error {
	d := &markup{Decoder: xml.NewDecoder(&guard{from: text}), out: out}
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "us-ascii", "ascii":
			return in, nil
		case "iso-8859-1", "latin1", "windows-1252":
			return &latin{from: in}, nil
		}
		return nil, fmt.Errorf("the encoding %.40q is not read, want UTF-8", charset)
	}
	var err error
	for err == nil {
		var t xml.Token
		if t, err = d.Token(); err != nil {
			break
		}
		root, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch name := root.Name.Local; name {
		case "bom":
			out.Format = "cyclonedx"
			err = d.cyclonedx()
		case "analysis":
			out.Format = "dependency_check"
			err = d.dependencyCheck()
		case "testsuites", "testsuite":
			out.Format = "junit"
			err = d.junit(root)
		default:
			return unknown("", fmt.Sprintf(": XML with %.60q at its top", name))
		}
		break
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the report ends here, before its first element")
	}
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		err = errors.New(syntax.Msg)
	}
	line, col := d.InputPos()
	return &Error{Line: int64(line), Col: int64(col), Message: err.Error()}
}

// markup is a report in XML and what becomes of it.
type markup struct {
	*xml.Decoder

	out *scan.Report
}

// children calls child for each element below the one that was begun. A child that
// was not read to its end is skipped when child returns false.
func (d *markup) children(child func(start xml.StartElement) (bool, error)) error {
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			ok, err := child(t)
			if err == nil && !ok {
				err = d.skip()
			}
			if err != nil {
				return err
			}
		}
	}
}

// skip goes behind the element that was begun.
func (d *markup) skip() error {
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return fmt.Errorf("elements nest deeper than %d", maxXMLDepth)
			}
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// guard ends the reading of texts without an end, and of elements that nest too deep
// for whom decodes them.
type guard struct {
	from io.Reader
	run  int
}

// Read reads.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	for _, c := range p[:n] {
		if g.run++; c == '<' {
			g.run = 0
		}
		if g.run > maxRun {
			return 0, fmt.Errorf("a text longer than %d bytes", maxRun)
		}
	}
	return n, err
}

// latin turns ISO 8859-1 into UTF-8.
type latin struct {
	from io.Reader
	held []byte
}

// Read reads text in UTF-8.
func (l *latin) Read(p []byte) (int, error) {
	if len(l.held) == 0 {
		raw := make([]byte, max(1, len(p)/2))
		n, err := l.from.Read(raw)
		for _, c := range raw[:n] {
			l.held = append(l.held, string(rune(c))...)
		}
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, l.held)
	l.held = l.held[n:]
	return n, nil
}

func (d *markup) cyclonedx() error {
	bom := newCDX(d.out)
	err := d.children(func(e xml.StartElement) (bool, error) {
		switch e.Name.Local {
		case "metadata":
			var meta struct {
				Tools      []string     `xml:"tools>tool>name"`
				Components []string     `xml:"tools>components>component>name"`
				Component  cdxComponent `xml:"component"`
			}
			if err := d.DecodeElement(&meta, &e); err != nil {
				return true, err
			}
			bom.tool, bom.target = first(append(meta.Tools, meta.Components...)...), meta.Component.Name
			return true, bom.component(&meta.Component, 0)
		case "components":
			return true, d.children(func(e xml.StartElement) (bool, error) {
				var c cdxComponent
				if err := d.DecodeElement(&c, &e); err != nil {
					return true, err
				}
				return true, bom.component(&c, 0)
			})
		case "vulnerabilities":
			return true, d.children(func(e xml.StartElement) (bool, error) {
				var v cdxVulnerability
				if err := d.DecodeElement(&v, &e); err != nil {
					return true, err
				}
				return true, bom.vulnerability(&v)
			})
		default:
			return false, nil
		}
	})
	if err != nil {
		return err
	}
	return bom.finish()
}
