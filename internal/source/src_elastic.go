package source

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// elasticVersion is which Elasticsearch the intake says that it is: clients refuse to
// talk to an older one than they know.
const elasticVersion = "8.19.0"

const (
	elasticInfo = `{"name":"sasumata","cluster_name":"sasumata","cluster_uuid":"c2FzdW1hdGEtaW50YWtlAA","version":{"number":"` + elasticVersion + `",` +
		`"build_flavor":"default","build_type":"tar","build_hash":"0000000000000000000000000000000000000000","build_date":"2025-07-01T00:00:00.000Z","build_snapshot":false,` +
		`"lucene_version":"9.12.2","minimum_wire_compatibility_version":"7.17.0","minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"}`
	elasticLicense = `{"license":{"status":"active","uid":"00000000-0000-0000-0000-000000000000","type":"basic","mode":"basic"}}`
	elasticXpack   = `{"build":{},"license":{"uid":"00000000-0000-0000-0000-000000000000","type":"basic","mode":"basic","status":"active"},` +
		`"features":{"ilm":{"available":false,"enabled":false},"security":{"available":true,"enabled":true}}}`
)

var (
	errAction  = errors.New("a line that should be an action of a bulk is none")
	errNothing = errors.New("there is nothing of this name here: only bulks are taken")
)

// elastic is the intake of Elasticsearch's clients (Filebeat, Logstash, Vector): bulks,
// and what is asked before the first one.
func elastic() *protocol {
	return &protocol{
		name: "elastic", scheme: `Basic realm="sasumata"`, fail: elasticFail,
		take: func(r *http.Request, body []byte, into *batch) (http.HandlerFunc, error) {
			t := &elasticTaker{batch: into, index: r.PathValue("index")}
			return t.done, t.bulk(string(body))
		},
	}
}

// elasticRoutes adds everything below /elastic/ to the routes.
func (in *Intake) elasticRoutes(mux *http.ServeMux) {
	p := elastic()
	bulk := in.request(p)
	for _, method := range []string{"POST", "PUT"} {
		mux.HandleFunc(method+" /elastic/_bulk", bulk)
		mux.HandleFunc(method+" /elastic/{index}/_bulk", bulk)
	}
	mux.HandleFunc("/elastic/{path...}", in.authorized(p, elasticAsked))
}

// elasticAsked answers what clients ask before they send, as far as it is needed:
// templates, policies and pipelines are there already.
func elasticAsked(w http.ResponseWriter, r *http.Request, _ string) {
	path := strings.Trim(r.PathValue("path"), "/")
	first, _, _ := strings.Cut(path, "/")
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case path == "" && read:
		elasticSay(w, r, http.StatusOK, elasticInfo)
	case path == "_license" && read:
		elasticSay(w, r, http.StatusOK, elasticLicense)
	case path == "_xpack" && read:
		elasticSay(w, r, http.StatusOK, elasticXpack)
	case isSetup(first) && read:
		elasticSay(w, r, http.StatusOK, "{}")
	case isSetup(first) && (r.Method == http.MethodPut || r.Method == http.MethodPost):
		elasticSay(w, r, http.StatusOK, `{"acknowledged":true}`)
	default:
		elasticFail(w, r, http.StatusNotFound, errNothing)
	}
}

// isSetup reports whether clients set something up below a path.
func isSetup(path string) bool {
	switch path {
	case "_ilm", "_index_template", "_component_template", "_template", "_data_stream", "_ingest", "_alias", "_cluster":
		return true
	default:
		return false
	}
}

func elasticSay(w http.ResponseWriter, r *http.Request, code int, body string) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	kind := jsonType
	for _, version := range []string{"8", "9"} {
		if accepted := "application/vnd.elasticsearch+json;compatible-with=" + version; strings.ReplaceAll(r.Header.Get("Accept"), " ", "") == accepted {
			kind = accepted
		}
	}
	say(w, code, kind, body)
}

// elasticFail answers as Elasticsearch does.
func elasticFail(w http.ResponseWriter, r *http.Request, code int, err error) {
	type cause struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	}
	c := cause{Type: "illegal_argument_exception", Reason: err.Error()}
	switch code {
	case http.StatusUnauthorized:
		c.Type = "security_exception"
	case http.StatusNotFound:
		c.Type = "resource_not_found_exception"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		c.Type = "es_rejected_execution_exception"
	}
	body, jsonErr := json.Marshal(map[string]any{"status": code, "error": struct {
		Causes []cause `json:"root_cause"`
		cause
	}{[]cause{c}, c}})
	if jsonErr != nil {
		body = nil // texts are always written
	}
	elasticSay(w, r, code, string(body))
}

// elasticTaker makes records of one bulk.
type elasticTaker struct {
	batch  *batch
	index  string // of actions that name none
	items  []byte // the answer
	number int
}

// done answers with what became of each item.
func (t *elasticTaker) done(w http.ResponseWriter, r *http.Request) {
	faults := "false"
	if t.batch.faults > 0 {
		faults = "true"
	}
	elasticSay(w, r, http.StatusOK, `{"took":0,"errors":`+faults+`,"items":[`+string(t.items)+"]}")
}

// bulk reads actions and documents, which take turns, one on each line.
func (t *elasticTaker) bulk(body string) error {
	for body != "" {
		var line string
		if line, body, _ = strings.Cut(body, "\n"); strings.TrimSpace(line) == "" {
			continue
		}
		if t.number++; t.number > maxLogs {
			return errTooMany
		}
		action, index, id, err := actionOf(line)
		if err != nil {
			return err
		}
		if index == "" {
			index = t.index
		}
		document := ""
		if action != "delete" {
			document, body, _ = strings.Cut(body, "\n")
		}
		fault := "only create and index are taken"
		if action == "create" || action == "index" {
			fault = ""
			if !t.document(document, &err) {
				fault = "the document is no JSON object"
			}
		}
		if err != nil {
			return err
		}
		t.item(action, index, id, fault)
	}
	if t.number == 0 {
		return errAction
	}
	return nil
}

// actionOf reads the line before a document.
func actionOf(line string) (action, index, id string, err error) {
	r := jsonReader{s: line}
	r.object(func(key string) {
		action = key
		r.object(func(key string) {
			switch key {
			case "_index":
				index = r.plain()
			case "_id":
				id = r.plain()
			default:
				r.raw()
			}
		})
	})
	switch action {
	case "create", "index", "update", "delete":
		if r.ended() {
			return action, index, id, nil
		}
	}
	return "", "", "", errAction
}

// item writes what became of an item.
func (t *elasticTaker) item(action, index, id, fault string) {
	if len(t.items) > 0 {
		t.items = append(t.items, ',')
	}
	out := t.items
	out = append(out, `{"`+action+`":{"_index":`...)
	out = event.AppendJSONString(out, index)
	if id != "" {
		out = event.AppendJSONString(append(out, `,"_id":`...), id)
	}
	if fault == "" {
		out = append(out, `,"result":"created","status":201}}`...)
	} else {
		t.batch.faults++
		out = append(out, `,"status":400,"error":{"type":"illegal_argument_exception","reason":"`+fault+`"}}}`...)
	}
	t.items = out
}

// document takes a document; it reports whether it is a JSON object.
func (t *elasticTaker) document(text string, err *error) bool {
	text = strings.TrimSpace(text)
	d := ecs{}
	if !d.read(text) {
		return false
	}
	message := d.message
	if message == "" {
		message = d.original
	}
	switch {
	case len(text) > record.MaxText:
		t.batch.cut++
		t.batch.size += int64(len(text)) // the work counts
		*err = t.batch.add(&entry{message: message[:min(len(message), record.MaxText/8)]}, d.record)
	case d.message == "" && d.original != "":
		inside, _ := insideOf(text)
		*err = t.batch.add(&entry{message: d.original, members: []byte("," + inside)}, d.record)
	default:
		d.record.Text = text
		*err = t.batch.put(d.record)
	}
	return true
}

// ecs is what a document says in the names of the Elastic Common Schema.
type ecs struct {
	record            record.Record
	message, original string
}

// read reads a document, whose names may be dotted or nested.
func (d *ecs) read(text string) bool {
	r := jsonReader{s: text}
	r.object(func(key string) {
		switch {
		case key == "tags" && r.next() == '[':
			r.array(func() {
				if tag := r.plain(); tag != "" && len(d.record.Tags) < record.MaxTags {
					d.record.Tags = append(d.record.Tags, tag)
				}
			})
		case r.next() == '{' && (key == "host" || key == "service" || key == "event"):
			r.object(func(under string) { d.member(&r, key+"."+under) })
		default:
			d.member(&r, key)
		}
	})
	return r.ended()
}

func (d *ecs) member(r *jsonReader, name string) {
	if r.next() != '"' {
		r.raw()
		return
	}
	into := &d.message
	switch name {
	case "message":
	case "event.original":
		into = &d.original
	case "host.name", "host", "hostname":
		into = &d.record.Host
	case "service.name", "service":
		into = &d.record.Service
	case "event.module", "ddsource":
		into = &d.record.Source
	default:
		r.raw()
		return
	}
	*into = r.text()
}
