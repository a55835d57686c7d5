package pipeline

import (
	"cmp"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// kinds lists the processor types, each as the API and the assets name it.
func kinds() []string {
	return []string{
		"pipeline", "grok-parser", "attribute-remapper", "date-remapper", "status-remapper",
		"service-remapper", "message-remapper", "host-remapper", "trace-id-remapper", "span-id-remapper",
		"url-parser", "user-agent-parser", "geo-ip-parser", "category-processor", "lookup-processor", "arithmetic-processor",
		"string-builder-processor", "array-processor", "array-map-processor", "decoder-processor",
		"exclude-attribute-processor", "schema-processor", "standard-attributes-processor", "calendar-processor",
		"syslog-parser", "logfmt-parser", "cef-parser", "leef-parser", "auditd-parser", "redact-processor",
	}
}

// build makes the processor that the spec describes; faults go to the builder.
func (b *builder) build(s *Spec) Processor {
	switch s.Type {
	case "pipeline":
		b.keys(s, "filter processors")
		return b.pipeline(s)
	case "grok-parser":
		b.keys(s, "source samples grok")
		return b.grok(s)
	case "attribute-remapper":
		b.keys(s, "sources target sourceType targetType targetFormat preserveSource overrideOnConflict")
		return b.attributeRemapper(s)
	case "date-remapper":
		b.keys(s, "sources overrideOnConflict")
		return &dateRemapper{sources: b.sources(s)}
	case "status-remapper":
		b.keys(s, "sources")
		return &statusRemapper{sources: b.sources(s)}
	case "service-remapper":
		b.keys(s, "sources")
		return &serviceRemapper{sources: b.sources(s)}
	case "message-remapper":
		b.keys(s, "sources overrideOnConflict")
		return &messageRemapper{sources: b.sources(s)}
	case "host-remapper":
		b.keys(s, "sources")
		return &hostRemapper{sources: b.sources(s)}
	case "trace-id-remapper":
		b.keys(s, "sources")
		return &traceRemapper{sources: b.sources(s)}
	case "span-id-remapper":
		b.keys(s, "sources")
		return &traceRemapper{sources: b.sources(s), span: true}
	case "url-parser":
		b.keys(s, "sources target normalizeEndingSlashes")
		return &urlParser{sources: b.sources(s), target: b.target(s), normalize: s.NormalizeSlashes}
	case "user-agent-parser":
		b.keys(s, "sources target encoded combineVersionDetails")
		return &userAgentParser{sources: b.sources(s), target: b.target(s), encoded: s.Encoded}
	case "geo-ip-parser":
		b.keys(s, "sources target ipProcessingBehavior")
		return &geoIPParser{sources: b.sources(s), target: b.target(s)}
	case "category-processor":
		b.keys(s, "categories target")
		return &categoryProcessor{target: b.target(s), categories: b.categories(s)}
	case "lookup-processor":
		b.keys(s, "source target lookupTable defaultLookup lookupEnrichmentTable")
		return b.lookup(s)
	case "arithmetic-processor":
		b.keys(s, "expression target replaceMissing")
		return b.arithmetic(s)
	case "string-builder-processor":
		b.keys(s, "template target replaceMissing")
		return b.stringBuilder(s)
	case "array-processor":
		b.keys(s, "operation")
		return b.array(s)
	case "array-map-processor":
		b.keys(s, "source target preserveSource processors")
		return b.arrayMap(s)
	case "decoder-processor":
		b.keys(s, "source target binaryToTextEncoding inputRepresentation")
		return b.decoder(s)
	case "exclude-attribute-processor":
		b.keys(s, "attributeToExclude")
		b.want(s, s.AttributeToExclude != "", "attributeToExclude")
		return &excluder{path: s.AttributeToExclude}
	case "schema-processor":
		b.keys(s, "schema mappers")
		return b.schema(s)
	case "standard-attributes-processor":
		b.keys(s, "")
		return &standardAttributes{}
	case "calendar-processor":
		b.keys(s, "target timezone")
		return b.calendar(s)
	case "syslog-parser":
		b.keys(s, "source samples")
		return &syslogParser{source: s.message()}
	case "logfmt-parser":
		b.keys(s, "source samples target")
		return &logfmtParser{source: s.message(), target: s.Target}
	case "cef-parser":
		b.keys(s, "source samples target")
		return &cefParser{source: s.message(), target: cmp.Or(s.Target, "cef")}
	case "leef-parser":
		b.keys(s, "source samples target")
		return &leefParser{source: s.message(), target: cmp.Or(s.Target, "leef")}
	case "auditd-parser":
		b.keys(s, "source samples target")
		return &auditdParser{source: s.message(), target: cmp.Or(s.Target, "audit")}
	case "redact-processor":
		b.keys(s, "sources")
		return &redactProcessor{sources: s.Sources}
	case "":
		b.fault(s.Pos, "the processor has no type")
		return nil
	default:
		f := s.at("type").Fault("unknown processor type %q", s.Type)
		f.Suggestion = document.Suggest(s.Type, kinds())
		b.faults = append(b.faults, f)
		return nil
	}
}

// message returns the attribute that a parser reads, the message when none is
// named.
func (s *Spec) message() string { return cmp.Or(s.Source, "message") }

// commonKeys belong to every type of processor.
const commonKeys = "type name enabled description tags"

// keys faults keys that the type does not have. Datadog's own assets carry keys
// that mean nothing here, so a lenient builder ignores them.
func (b *builder) keys(s *Spec, known string) {
	if b.lenient {
		return
	}
	names := strings.Fields(known + " " + commonKeys)
	for _, key := range sortedKeys(s.Positions) {
		if name := canonical(key); !contains(names, name) {
			f := s.Positions[key].Fault("a %s has no key %q", s.Type, key)
			f.Suggestion = document.Suggest(name, names)
			b.faults = append(b.faults, f)
		}
	}
}

// canonical returns the camelCase form of a key: is_replace_missing and
// replaceMissing are the same.
func canonical(key string) string {
	head, rest, _ := strings.Cut(strings.TrimPrefix(key, "is_"), "_")
	var b strings.Builder
	b.WriteString(head)
	for next := range strings.SplitSeq(rest, "_") {
		if next != "" {
			b.WriteString(strings.ToUpper(next[:1]))
			b.WriteString(next[1:])
		}
	}
	return b.String()
}
