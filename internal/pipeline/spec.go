package pipeline

import "github.com/sasumata/sasumata/internal/document"

// File is a pipeline document: Datadog's asset form, where the pipeline stands
// below the key "pipeline", or the API's form, where it is the document itself.
// Keys in camelCase and snake_case are the same.
type File struct {
	Spec

	// ID is the stable name of the pipeline.
	ID string `doc:"id"`
	// Pipeline is the pipeline of the asset form.
	Pipeline *Spec `doc:"pipeline"`
	// Detect says which lines are this pipeline's when nobody named their
	// source. It is our own addition.
	Detect *DetectSpec `doc:"detect"`
	// Of Datadog's assets, read and not used.
	MetricID    any `doc:"metric_id"`
	BackendOnly any `doc:"backend_only"`
	Facets      any `doc:"facets"`
	Metrics     any `doc:"metrics"`
	Installed   any `doc:"installation_sources"`
}

// DetectSpec names what belongs to a pipeline.
type DetectSpec struct {
	document.Pos

	// Source is the source name that detected events get. The default is the
	// pipeline's id.
	Source string `doc:"source"`
	// Aliases are further names that --source and ddsource may use.
	Aliases []string `doc:"aliases"`
	// Apps are the program names in a syslog header; * stands for any text.
	Apps []string `doc:"apps"`
	// Prefixes are the beginnings of messages (of whole lines, or behind a header)
	// that no other program writes. They count before the program's name.
	Prefixes []string `doc:"prefixes"`
	// Lines are patterns with * over the whole raw line (behind a syslog header,
	// if there is one). A line that matches is tried with this pipeline, and
	// belongs to it if one of its grok parsers matches.
	Lines []string `doc:"lines"`
	// JSON is a search query over the attributes of a JSON line.
	JSON string `doc:"json"`
	// Fallback makes it a pipeline for the events that no other one understood; it
	// needs no other key.
	Fallback bool `doc:"fallback"`
}

// Spec is one processor, or a pipeline, as it stands in a document. Which keys
// belong to which type is in registry.go.
type Spec struct {
	document.Pos

	// Positions holds where each key's value stands.
	Positions map[string]document.Pos `doc:",positions"`

	Type    string `doc:"type"`
	Name    string `doc:"name"`
	Enabled *bool  `doc:"enabled,alias=is_enabled"`

	Filter     *FilterSpec `doc:"filter"`
	Processors []*Spec     `doc:"processors"`

	Source  string   `doc:"source"`
	Sources []string `doc:"sources"`
	Target  string   `doc:"target"`

	Grok    *GrokSpec `doc:"grok"`
	Samples []string  `doc:"samples"`

	SourceType         string `doc:"sourceType,alias=source_type"`
	TargetType         string `doc:"targetType,alias=target_type"`
	TargetFormat       string `doc:"targetFormat,alias=target_format"`
	PreserveSource     *bool  `doc:"preserveSource,alias=preserve_source"`
	OverrideOnConflict bool   `doc:"overrideOnConflict,alias=override_on_conflict"`

	Categories []CategorySpec `doc:"categories"`

	LookupTable           any    `doc:"lookupTable,alias=lookup_table"`
	DefaultLookup         any    `doc:"defaultLookup,alias=default_lookup"`
	LookupEnrichmentTable string `doc:"lookupEnrichmentTable,alias=lookup_enrichment_table"`

	Expression     string `doc:"expression"`
	Template       string `doc:"template"`
	ReplaceMissing bool   `doc:"replaceMissing,alias=is_replace_missing"`

	Encoded               bool `doc:"encoded,alias=is_encoded"`
	CombineVersionDetails any  `doc:"combineVersionDetails,alias=combine_version_details"`
	NormalizeSlashes      bool `doc:"normalizeEndingSlashes,alias=normalize_ending_slashes"`
	IPProcessing          any  `doc:"ip_processing_behavior,alias=ipProcessingBehavior"`

	Operation *OperationSpec `doc:"operation"`

	BinaryToText        string `doc:"binaryToTextEncoding,alias=binary_to_text_encoding"`
	InputRepresentation string `doc:"inputRepresentation,alias=input_representation"`
	AttributeToExclude  string `doc:"attributeToExclude,alias=attribute_to_exclude"`

	TimeZone string `doc:"timezone"`

	Schema   *SchemaSpec   `doc:"schema"`
	Mappers  []*Spec       `doc:"mappers"`
	Targets  *TargetsSpec  `doc:"targets"`
	Fallback *FallbackSpec `doc:"fallback"`

	Description any `doc:"description"`
	Tags        any `doc:"tags"`
	OCSF        any `doc:"ocsf"`
	Meta        any `doc:"meta"`
	ReadOnly    any `doc:"is_read_only"`
}

// FilterSpec is a search query.
type FilterSpec struct {
	document.Pos

	Query string `doc:"query"`
}

// GrokSpec holds the rules of a grok parser, one a line.
type GrokSpec struct {
	document.Pos

	Positions    map[string]document.Pos `doc:",positions"`
	SupportRules string                  `doc:"supportRules,alias=support_rules"`
	MatchRules   string                  `doc:"matchRules,alias=match_rules"`
}

// CategorySpec is one category of a category processor.
type CategorySpec struct {
	document.Pos

	Filter *FilterSpec `doc:"filter,required"`
	Name   string      `doc:"name,required"`
	ID     any         `doc:"id"`
}

// OperationSpec is the operation of an array processor.
type OperationSpec struct {
	document.Pos

	Type               string `doc:"type,required"`
	Source             string `doc:"source,required"`
	Target             string `doc:"target"`
	PreserveSource     *bool  `doc:"preserveSource,alias=preserve_source"`
	Filter             string `doc:"filter"`
	ValueToExtract     string `doc:"valueToExtract,alias=value_to_extract"`
	KeyToExtract       string `doc:"keyToExtract,alias=key_to_extract"`
	OverrideOnConflict bool   `doc:"overrideOnConflict,alias=override_on_conflict"`
}

// SchemaSpec is the class that a schema processor states.
type SchemaSpec struct {
	Type       string   `doc:"schemaType,alias=schema_type"`
	Version    string   `doc:"version,required"`
	ClassName  string   `doc:"className,alias=class_name,required"`
	ClassUID   int64    `doc:"classUid,alias=class_uid,required"`
	Profiles   []string `doc:"profiles"`
	Extensions any      `doc:"extensions"`
}

// TargetsSpec names where a category's name and number go.
type TargetsSpec struct {
	Name string `doc:"name,required"`
	ID   string `doc:"id,required"`
}

// FallbackSpec is what a category mapper writes when no category matches.
type FallbackSpec struct {
	Values  map[string]any      `doc:"values"`
	Sources map[string][]string `doc:"sources"`
}
