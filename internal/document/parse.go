package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// parse returns the document nodes of data. What is wrong becomes a fault, and
// the documents before it are returned.
func (d *decoder) parse(data []byte) []*yaml.Node {
	limit := d.opts.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	if len(data) > limit {
		d.fault(0, 0, fmt.Sprintf("larger than %d bytes", limit))
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	all, flow := separators(data)
	if all > maxSeparators {
		d.fault(0, 0, fmt.Sprintf("more than %d values", maxSeparators))
		return nil
	}
	var bad *jsonFault
	if first := bytes.TrimLeft(data, " \t\r\n"); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		var docs []*yaml.Node
		if docs, bad = parseJSON(data); bad == nil {
			return docs
		}
		if strings.EqualFold(path.Ext(d.file), ".json") {
			d.fault(bad.line, bad.col, bad.reason)
			return docs
		}
	}
	if flow > maxFlowSeparators {
		d.fault(0, 0, fmt.Sprintf("more than %d values in [] and {}", maxFlowSeparators))
		return nil
	}
	docs, err := parseYAML(data)
	switch {
	case err != nil && bad != nil:
		d.fault(bad.line, bad.col, bad.reason) // what starts like JSON is told what JSON wants
	case err != nil:
		d.syntaxFault(err)
	}
	return docs
}

// separators counts the bytes that can stand between two values, and those of
// them that do in YAML's flow style.
func separators(data []byte) (all, flow int) {
	for i, c := range data {
		switch c {
		case ',', '[', '{':
			flow++
			all++
		case ':', '\n', '\r':
			all++
		case '-', '?':
			if i+1 < len(data) && (data[i+1] == ' ' || data[i+1] == '\t') {
				all++
			}
		}
	}
	return all, flow
}

func parseYAML(data []byte) (docs []*yaml.Node, err error) {
	// The engine is somebody else's: should it stumble over hostile bytes, the
	// document is at fault and not the process.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	loader, err := yaml.NewLoader(bytes.NewReader(data),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth))))
	if err != nil {
		return nil, fmt.Errorf("prepare the YAML loader: %w", err)
	}
	for {
		doc := new(yaml.Node)
		switch err := loader.Load(doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return docs, err
		}
		docs = append(docs, doc)
	}
}

func (d *decoder) syntaxFault(err error) {
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		d.fault(e.Mark.Line, e.Mark.Column, e.Message)
		return
	}
	d.fault(0, 0, err.Error())
}

// emptyDocument stands for a document without any value.
func emptyDocument() []*yaml.Node {
	return []*yaml.Node{{Kind: yaml.DocumentNode, Line: 1, Column: 1}}
}

// content returns the value of a document node.
func content(doc *yaml.Node) *yaml.Node {
	switch {
	case doc.Kind != yaml.DocumentNode:
		return doc
	case len(doc.Content) == 0:
		return &yaml.Node{Kind: yaml.ScalarNode, Line: max(doc.Line, 1), Column: max(doc.Column, 1)}
	default:
		return doc.Content[0]
	}
}
