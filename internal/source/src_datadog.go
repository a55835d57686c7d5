package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// datadog is the intake of Datadog's agents at /api/v2/logs, and that of lines at
// /intake/lines, which differ in what their bodies hold.
func datadog(take func(*http.Request, []byte, *batch) error) *protocol {
	return &protocol{
		scheme: "Bearer", fail: datadogFail,
		take: func(r *http.Request, body []byte, into *batch) (http.HandlerFunc, error) {
			return saying(http.StatusAccepted, "{}\n"), take(r, body, into)
		},
	}
}

// datadogFail answers in the form of Datadog's intake.
func datadogFail(w http.ResponseWriter, _ *http.Request, code int, err error) {
	type fault struct {
		Status string `json:"status"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	body, jsonErr := json.Marshal(map[string][]fault{"errors": {{strconv.Itoa(code), http.StatusText(code), err.Error()}}})
	if jsonErr != nil {
		body = nil // texts are always written
	}
	say(w, code, jsonType, string(body)+"\n")
}

// isTextType reports whether the request says that its body is no JSON.
func isTextType(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "text/plain"
}

// label is what the address of the request says of all its records.
func label(r *http.Request, source, host, tags string) record.Record {
	q := r.URL.Query()
	return record.Record{Source: q.Get(source), Service: q.Get("service"), Host: q.Get(host), Tags: splitTags(q.Get(tags))}
}

// splitTags takes tags apart that commas separate.
func splitTags(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// lineRecords makes a record of each line that is not empty.
func lineRecords(r *http.Request, body []byte, into *batch) error {
	return into.lines(body, label(r, "source", "host", "tags"))
}

// lines takes each line of a text.
func (b *batch) lines(text []byte, with record.Record) error {
	for line := range strings.Lines(string(text)) {
		with.Text = strings.TrimRight(line, "\r\n")
		if err := b.put(with); err != nil {
			return err
		}
	}
	return nil
}

// datadogRecords reads an item, a list of items, or lines of text.
func datadogRecords(r *http.Request, body []byte, into *batch) error {
	with := label(r, "ddsource", "hostname", "ddtags")
	if isTextType(r) {
		return into.lines(body, with)
	}
	var items []json.RawMessage
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(trimmed, &items); err != nil {
			return errors.New("the body is no JSON list")
		}
	} else {
		items = []json.RawMessage{trimmed}
	}
	if len(items) > maxItems {
		return errTooMany
	}
	for i, item := range items {
		one, err := datadogItem(item, with)
		if err != nil {
			return errors.New("item " + strconv.Itoa(i+1) + " of the body is no JSON object")
		}
		if err := into.put(one); err != nil {
			return err
		}
	}
	return nil
}

// datadogItem reads one log. A log that says more than what it is labelled with stays
// the JSON that it was: the pipelines read the rest of it.
func datadogItem(item json.RawMessage, with record.Record) (record.Record, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(item, &fields); err != nil || fields == nil {
		return with, errors.New("no JSON object")
	}
	var message string
	bare := json.Unmarshal(fields["message"], &message) == nil
	var tags string
	for key, into := range map[string]*string{"ddsource": &with.Source, "service": &with.Service, "hostname": &with.Host, "ddtags": &tags} {
		if raw, ok := fields[key]; ok {
			bare = json.Unmarshal(raw, into) == nil && bare
			delete(fields, key)
		}
	}
	if own := splitTags(tags); len(own) > 0 {
		with.Tags = append(own, with.Tags[:min(len(with.Tags), record.MaxTags)]...)
	}
	delete(fields, "message")
	if bare && len(fields) == 0 {
		with.Text = message
		return with, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, item); err != nil {
		return with, err
	}
	with.Text = compact.String()
	return with, nil
}
