package query

import "slices"

// FieldKind says where a field is looked up.
type FieldKind uint8

// The kinds of field.
const (
	// Attribute is "@path": the attribute at the dotted path.
	Attribute FieldKind = iota
	// TagOrAttribute is "name": the tags "name:..", or the attribute at that
	// path when the event carries no such tag.
	TagOrAttribute
	// Calculated is "#name": the attribute with that literal key.
	Calculated
	// Message is the official message.
	Message
	// Host is the official host.
	Host
	// Source is the official source.
	Source
	// Status is the official status.
	Status
	// Service is the official service.
	Service
	// Timestamp is the time of the event in milliseconds since 1970 UTC.
	Timestamp
	// Tags is every tag as a whole.
	Tags
	// TraceID is the official trace id.
	TraceID
	// SpanID is the official span id.
	SpanID
	// Everything is "*": the message and every attribute.
	Everything
)

// Field names what a clause looks at.
type Field struct {
	// Kind says where to look.
	Kind FieldKind
	// Name is the dotted path of an attribute, the key of a tag, "#name" of a
	// calculated field, and else the official name; without "@" and escapes.
	Name string
}

// Folds says whether letter case does not count when texts are compared: it
// counts behind "@" and "#" only. Ranges of text count it always.
func (f Field) Folds() bool { return f.Kind != Attribute && f.Kind != Calculated }

// String returns the field as Fields lists it: attributes with "@".
func (f Field) String() string {
	if f.Kind == Attribute {
		return "@" + f.Name
	}
	return f.Name
}

// newField resolves a name without escapes.
func newField(name string, attribute, calculated bool) Field {
	switch {
	case attribute:
		return Field{Kind: Attribute, Name: name}
	case calculated:
		return Field{Kind: Calculated, Name: name}
	}
	return Field{Kind: reserved(name), Name: name}
}

func reserved(name string) FieldKind {
	switch name {
	case "message":
		return Message
	case "host":
		return Host
	case "source":
		return Source
	case "status":
		return Status
	case "service":
		return Service
	case "timestamp":
		return Timestamp
	case "tags":
		return Tags
	case "trace_id":
		return TraceID
	case "span_id":
		return SpanID
	case "*":
		return Everything
	default:
		return TagOrAttribute
	}
}

// Fields returns what the query looks at, sorted, each once: "@path" for
// attributes, "#name" for calculated fields, the official names ("message" for
// free text), "name" for a tag that may also be the attribute at that path, and
// "*" when every attribute is searched. Escapes are taken off.
func (q *Query) Fields() []string {
	var names []string
	Walk(q.root, func(n Node) {
		if c, ok := n.(interface{ field() Field }); ok {
			names = append(names, c.field().String())
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

func (n *Term) field() Field       { return n.Field }
func (n *Wildcard) field() Field   { return n.Field }
func (n *Exists) field() Field     { return n.Field }
func (n *Range) field() Field      { return n.Field }
func (n *Comparison) field() Field { return n.Field }
func (n *FreeText) field() Field   { return n.Field }
func (n *CIDR) field() Field       { return n.Field }

// Walk calls visit for the node and everything below it, parents first.
func Walk(n Node, visit func(Node)) {
	visit(n)
	switch n := n.(type) {
	case *And:
		for _, c := range n.Nodes {
			Walk(c, visit)
		}
	case *Or:
		for _, c := range n.Nodes {
			Walk(c, visit)
		}
	case *Not:
		Walk(n.Node, visit)
	case *Group:
		Walk(n.Node, visit)
	case *List:
		Walk(n.Node, visit)
	}
}
