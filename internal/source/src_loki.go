package source

import (
	"errors"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// maxLabels is how many labels a stream may have; Loki allows fifteen.
const maxLabels = 1000

var errLabels = errors.New(`the labels of a stream want the form {name="value", ..}`)

// loki is the intake of Loki's senders (Promtail, Alloy, Fluent Bit): protobuf packed by
// snappy, and JSON.
func loki() *protocol {
	return &protocol{
		name: "loki", scheme: `Basic realm="sasumata"`,
		take: func(r *http.Request, body []byte, into *batch) (http.HandlerFunc, error) {
			t := &lokiTaker{batch: into}
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == jsonType {
				return noContent, t.json(string(body))
			}
			if !strings.EqualFold(r.Header.Get("Content-Encoding"), "snappy") {
				var err error
				if body, err = unsnapped(body, into.most/maxGrowth); err != nil {
					return nil, err
				}
			}
			return noContent, t.protobuf(body)
		},
		fail: func(w http.ResponseWriter, _ *http.Request, code int, err error) {
			say(w, code, "text/plain; charset=utf-8", err.Error()+"\n")
		},
	}
}

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// lokiTaker makes records of one request.
type lokiTaker struct {
	batch   *batch
	stream  lokiStream
	members []byte
}

// lokiStream is what is said of all lines of a stream.
type lokiStream struct {
	record record.Record
	status string
	ranks  [3]int // of the labels that source, service and host came from
}

// label takes a label: each is a tag, and some say where the lines come from.
func (s *lokiStream) label(name, value string) {
	if value == "" || len(s.record.Tags) >= maxLabels {
		return
	}
	s.record.Tags = append(s.record.Tags, name+":"+value)
	switch name {
	case "level", "severity", "detected_level":
		if s.status == "" && value != "unknown" {
			s.status = value
		}
		return
	case "instance":
		if host, _, err := net.SplitHostPort(value); err == nil {
			value = host
		}
	}
	for i, into := range [...]*string{&s.record.Source, &s.record.Service, &s.record.Host} {
		if rank := rankOf(i, name); rank > 0 && (s.ranks[i] == 0 || rank < s.ranks[i]) {
			s.ranks[i], *into = rank, value
		}
	}
}

// rankOf returns the place of a label among those that name the source (0), the service
// (1) or the host (2) of a stream, from 1 for the one that knows best; 0 is none.
func rankOf(what int, name string) int {
	names := [...][]string{
		{"ddsource", "source"},
		{"service_name", "service", "app", "application", "app_name", "app_kubernetes_io_name", "container", "container_name", "job"},
		{"host", "hostname", "host_name", "node_name", "nodename", "node", "instance"},
	}[what]
	for i, one := range names {
		if one == name {
			return i + 1
		}
	}
	return 0
}

// labels reads the labels of a stream as Prometheus writes them.
func (s *lokiStream) labels(text string) error {
	text = strings.TrimSpace(text)
	text, opened := strings.CutPrefix(text, "{")
	text, closed := strings.CutSuffix(text, "}")
	if !opened || !closed {
		return errLabels
	}
	for text = strings.TrimSpace(text); text != ""; {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			return errLabels
		}
		rest = strings.TrimSpace(rest)
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil || quoted[0] == '\'' {
			return errLabels
		}
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return errLabels
		}
		s.label(strings.TrimSpace(name), value)
		text, ok = strings.CutPrefix(strings.TrimSpace(rest[len(quoted):]), ",")
		if text = strings.TrimSpace(text); text != "" && !ok {
			return errLabels
		}
	}
	return nil
}

// put makes a record of a line. What is bound to it as structured metadata are members.
func (t *lokiTaker) put(at int64, line string) error {
	return t.batch.add(&entry{time: at, status: t.stream.status, message: line, members: t.members}, t.stream.record)
}

// protobuf reads a PushRequest.
func (t *lokiTaker) protobuf(body []byte) error {
	return message(body, func(field int, content []byte, _ uint64) error {
		if field != 1 || content == nil {
			return nil
		}
		t.stream = lokiStream{}
		err := message(content, func(field int, content []byte, _ uint64) error {
			if field != 1 || content == nil {
				return nil
			}
			t.stream = lokiStream{}
			return t.stream.labels(string(content))
		})
		if err != nil {
			return err
		}
		return message(content, func(field int, content []byte, _ uint64) error {
			if field != 2 || content == nil {
				return nil
			}
			return t.entry(content)
		})
	})
}

func (t *lokiTaker) entry(data []byte) error {
	t.members = t.members[:0]
	var seconds, nanos int64
	var line string
	err := message(data, func(field int, content []byte, _ uint64) error {
		switch field {
		case 1:
			return message(content, func(field int, _ []byte, number uint64) error {
				switch field {
				case 1:
					seconds = int64(number)
				case 2:
					nanos = int64(int32(number))
				}
				return nil
			})
		case 2:
			line = string(content)
		case 3:
			return t.metadata(content)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.put(unixNano(seconds, nanos), line)
}

// metadata reads a LabelPair.
func (t *lokiTaker) metadata(data []byte) error {
	var name, value string
	err := message(data, func(field int, content []byte, _ uint64) error {
		switch field {
		case 1:
			name = string(content)
		case 2:
			value = string(content)
		}
		return nil
	})
	t.members = textMember(t.members, name, value)
	return err
}

// unixNano returns a time in nanoseconds, 0 when they cannot hold it.
func unixNano(seconds, nanos int64) int64 {
	const most = 9_223_372_036 // seconds until 2262
	if seconds < -most || seconds >= most || nanos < 0 || nanos >= 1e9 {
		return 0
	}
	return seconds*1e9 + nanos
}

// json reads the same in JSON.
func (t *lokiTaker) json(body string) error {
	r := jsonReader{s: body}
	err := r.inList("streams", t.streamJSON)
	if err == nil && !r.ended() {
		err = errJSON
	}
	return err
}

func (t *lokiTaker) streamJSON(element string) (err error) {
	t.stream = lokiStream{}
	values := "[]"
	err = membersOf(element, func(key string, r *jsonReader) {
		switch key {
		case "stream":
			r.object(func(name string) { t.stream.label(name, r.text()) })
		case "values":
			values = r.raw()
		default:
			r.raw()
		}
	})
	if err != nil {
		return err
	}
	r := jsonReader{s: values}
	r.array(func() {
		if at, line := t.valueJSON(&r); !r.bad && err == nil {
			err = t.put(at, line)
		}
	})
	if err == nil && r.bad {
		err = errJSON
	}
	return err
}

// valueJSON reads a time, a line, and metadata when there are any.
func (t *lokiTaker) valueJSON(r *jsonReader) (at int64, line string) {
	t.members = t.members[:0]
	place := 0
	r.array(func() {
		switch place++; place {
		case 1:
			var err error
			if at, err = strconv.ParseInt(r.plain(), 10, 64); err != nil {
				r.fail()
			}
		case 2:
			line = r.text()
		case 3:
			r.object(func(name string) { t.members = textMember(t.members, name, r.plain()) })
		default:
			r.raw()
		}
	})
	if place < 2 {
		r.fail()
	}
	return at, line
}
