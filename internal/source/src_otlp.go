package source

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const protobufType = "application/x-protobuf"

// otlp is the intake of OpenTelemetry's exporters and collectors for logs, in protobuf
// and in JSON.
func otlp() *protocol {
	return &protocol{
		name: "otlp", scheme: "Bearer", fail: otlpFail,
		take: func(r *http.Request, body []byte, into *batch) (http.HandlerFunc, error) {
			t := &otlpTaker{batch: into}
			var err error
			switch isJSON, ok := otlpType(r); {
			case !ok:
				return nil, errMedia
			case isJSON:
				err = t.json(string(body))
			default:
				err = t.protobuf(body)
			}
			return t.done, err
		},
	}
}

// otlpType reports whether the body of the request is JSON, and whether it is JSON or
// protobuf.
func otlpType(r *http.Request) (isJSON, ok bool) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return false, false
	}
	isJSON = kind == jsonType
	return isJSON, isJSON || kind == protobufType
}

// otlpTaker makes records of one request.
type otlpTaker struct {
	batch    *batch
	resource otlpScope
	scope    otlpScope
	log      otlpLog
	members  []byte
}

// otlpScope is what is said of all logs of a resource, or of a scope of one.
type otlpScope struct {
	record  record.Record
	members []byte
}

// otlpLog is one log.
type otlpLog struct {
	at, observed uint64
	severity     int64
	severityText string
	message      string
	members      []byte
	trace, span  string
	event        string
	tooDeep      bool
}

// done tells how many logs were taken.
func (t *otlpTaker) done(w http.ResponseWriter, r *http.Request) {
	const reason = "the values of a log nest too deep"
	isJSON, _ := otlpType(r)
	switch {
	case isJSON && t.batch.faults == 0:
		say(w, http.StatusOK, jsonType, `{"partialSuccess":{}}`)
	case isJSON:
		say(w, http.StatusOK, jsonType, `{"partialSuccess":{"rejectedLogRecords":"`+strconv.FormatInt(t.batch.faults, 10)+`","errorMessage":"`+reason+`"}}`)
	case t.batch.faults == 0:
		say(w, http.StatusOK, protobufType, "")
	default:
		partial := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(t.batch.faults))
		partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType), reason)
		say(w, http.StatusOK, protobufType, string(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)))
	}
}

// otlpFail answers with a google.rpc.Status, in the form of the request.
func otlpFail(w http.ResponseWriter, r *http.Request, code int, err error) {
	status := 2 // unknown
	switch code {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		status = 3 // invalid argument
	case http.StatusUnauthorized:
		status = 16 // unauthenticated
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		status = 8 // resource exhausted
	case http.StatusServiceUnavailable:
		status = 14 // unavailable
	}
	if isJSON, ok := otlpType(r); isJSON || !ok {
		text, jsonErr := json.Marshal(struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		}{status, err.Error()})
		if jsonErr != nil {
			text = nil // texts are always written
		}
		say(w, code, jsonType, string(text))
		return
	}
	body := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(status))
	say(w, code, protobufType, string(protowire.AppendString(protowire.AppendTag(body, 2, protowire.BytesType), err.Error())))
}

// attribute takes what the attributes of a resource say of its logs: under the names of
// OpenTelemetry, and those by which Datadog's exporters call the rest.
func (s *otlpScope) attribute(name, text string) {
	switch name {
	case "service.name":
		s.record.Service = text
	case "host.name":
		s.record.Host = text
	case "datadog.log.source":
		s.record.Source = text
	}
}

// put makes a record of the log.
func (t *otlpTaker) put() error {
	l := &t.log
	if l.tooDeep {
		t.batch.faults++
		return nil
	}
	at := l.at
	if at == 0 {
		at = l.observed
	}
	if at > 1<<63-1 {
		at = 0 // no time that there is
	}
	e := entry{time: int64(at), status: severityName(l.severity), message: l.message}
	t.members = append(append(append(t.members[:0], t.resource.members...), t.scope.members...), l.members...)
	t.members = textMember(t.members, "trace_id", l.trace)
	t.members = textMember(t.members, "span_id", l.span)
	t.members = textMember(t.members, "event_name", l.event)
	if e.status == "" {
		e.status = l.severityText
	} else {
		t.members = textMember(t.members, "otel.severity_text", l.severityText)
	}
	e.members = t.members
	with := t.resource.record
	return t.batch.add(&e, with)
}

// severityName names OpenTelemetry's severities, 1 to 24; "" is that of all other
// numbers.
func severityName(n int64) string {
	if n < 1 || n > 24 {
		return ""
	}
	return [...]string{"trace", "debug", "info", "warn", "error", "fatal"}[(n-1)/4]
}
