package source

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// splunkFault is one of the answers of Splunk's HTTP Event Collector.
type splunkFault struct {
	Text string `json:"text"`
	Code int    `json:"code"`
	// Number is the place of the event that is wrong, from 0.
	Number *int `json:"invalid-event-number,omitempty"`
}

// Error returns what it says.
func (f *splunkFault) Error() string { return f.Text }

func splunkWrong(code int, text string) *splunkFault { return &splunkFault{Text: text, Code: code} }

// splunkRoutes adds the HTTP Event Collector to the routes.
func (in *Intake) splunkRoutes(mux *http.ServeMux) {
	const base = "/services/collector"
	var number atomic.Int64 // of the acknowledgements
	events, raw := in.request(splunk(&number, splunkEvents)), in.request(splunk(&number, splunkRaw))
	acks := splunk(&number, nil)
	acks.take = func(_ *http.Request, body []byte, _ *batch) (http.HandlerFunc, error) {
		return splunkAcks(string(body))
	}
	for _, version := range []string{"", "/1.0"} {
		mux.HandleFunc("POST "+base+version, events)
		mux.HandleFunc("POST "+base+"/event"+version, events)
		mux.HandleFunc("OPTIONS "+base+"/event"+version, saying(http.StatusOK, "{}")) // Docker asks so whether somebody is there
		mux.HandleFunc("POST "+base+"/raw"+version, raw)
		mux.HandleFunc("POST "+base+"/ack"+version, in.request(acks))
		mux.HandleFunc("GET "+base+"/health"+version, saying(http.StatusOK, `{"text":"HEC is healthy","code":17}`))
	}
}

// splunk is the intake of Splunk's HTTP Event Collector, whose paths differ in what their
// bodies hold.
func splunk(acks *atomic.Int64, take func(*http.Request, string, *batch) error) *protocol {
	return &protocol{
		name: "splunk", scheme: "Splunk", fail: splunkFail,
		take: func(r *http.Request, body []byte, into *batch) (http.HandlerFunc, error) {
			if strings.TrimSpace(string(body)) == "" {
				return nil, splunkWrong(5, "No data")
			}
			// Answered is on the disk, so an acknowledgement needs no memory.
			answer := `{"text":"Success","code":0}`
			if splunkChannel(r) != "" {
				answer = `{"text":"Success","code":0,"ackId":` + strconv.FormatInt(acks.Add(1)-1, 10) + "}"
			}
			return saying(http.StatusOK, answer), take(r, string(body), into)
		},
	}
}

func splunkChannel(r *http.Request) string {
	if channel := r.Header.Get("X-Splunk-Request-Channel"); channel != "" {
		return channel
	}
	return r.URL.Query().Get("channel")
}

// splunkFail answers with Splunk's codes. Its clients know one for being told to wait.
func splunkFail(w http.ResponseWriter, r *http.Request, code int, err error) {
	fault, ok := errors.AsType[*splunkFault](err)
	switch {
	case ok:
	case code == http.StatusUnauthorized && errors.Is(err, errToken):
		code, fault = http.StatusForbidden, splunkWrong(4, "Invalid token")
	case code == http.StatusUnauthorized && r.Header.Get("Authorization") != "":
		fault = splunkWrong(3, "Invalid authorization")
	case code == http.StatusUnauthorized:
		fault = splunkWrong(2, "Token is required")
	case errors.Is(err, errTooOften):
		fault = splunkWrong(9, "Server is busy")
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		code, fault = http.StatusServiceUnavailable, splunkWrong(9, "Server is busy")
	default:
		fault = splunkWrong(6, "Invalid data format: "+err.Error())
	}
	body, jsonErr := json.Marshal(fault)
	if jsonErr != nil {
		body = nil // texts are always written
	}
	say(w, code, jsonType, string(body))
}

// splunkAcks answers which requests are on the disk: all that were answered.
func splunkAcks(body string) (http.HandlerFunc, error) {
	var ids []string
	r := jsonReader{s: body}
	r.object(func(key string) {
		if key != "acks" {
			r.raw()
			return
		}
		r.array(func() {
			id := r.raw()
			if _, err := strconv.ParseUint(id, 10, 64); err != nil || len(ids) >= maxLogs {
				r.fail()
			}
			ids = append(ids, `"`+id+`":true`)
		})
	})
	if !r.ended() {
		return nil, splunkWrong(6, "Invalid data format")
	}
	return saying(http.StatusOK, `{"acks":{`+strings.Join(ids, ",")+"}}"), nil
}

// splunkLabel is what Splunk's metadata say of an event.
func splunkLabel(host, source, sourcetype, index string) record.Record {
	r := record.Record{Host: host}
	if !strings.HasPrefix(sourcetype, "_") { // such as _json, which says nothing
		r.Source = sourcetype
	}
	for _, tag := range [...][2]string{{"source", source}, {"sourcetype", sourcetype}, {"index", index}} {
		if tag[1] != "" {
			r.Tags = append(r.Tags, tag[0]+":"+tag[1])
		}
	}
	return r
}

// splunkRaw reads lines; the address says what is known of them.
func splunkRaw(r *http.Request, body string, into *batch) error {
	q := r.URL.Query()
	return into.lines([]byte(body), splunkLabel(q.Get("host"), q.Get("source"), q.Get("sourcetype"), q.Get("index")))
}

// splunkEvents reads events, one JSON object after the other, or in an array.
func splunkEvents(_ *http.Request, body string, into *batch) (err error) {
	number := 0
	r := jsonReader{s: body}
	one := func() {
		if err != nil || r.bad {
			r.fail() // nothing more is read
			return
		}
		if err = splunkEvent(&r, into); err != nil || r.bad {
			return
		}
		number++
	}
	if r.next() == '[' {
		r.array(one)
	} else {
		for r.next() != 0 && err == nil {
			one()
		}
	}
	if err == nil && !r.ended() {
		err = splunkWrong(6, "Invalid data format")
	}
	if fault, ok := errors.AsType[*splunkFault](err); ok {
		fault.Number = &number
	}
	return err
}

// splunkEvent reads one event.
func splunkEvent(r *jsonReader, into *batch) error {
	var e entry
	var host, source, sourcetype, index string
	seen := false
	r.object(func(key string) {
		switch key {
		case "time":
			e.time = secondsOf(r.plain())
		case "host":
			host = r.plain()
		case "source":
			source = r.plain()
		case "sourcetype":
			sourcetype = r.plain()
		case "index":
			index = r.plain()
		case "event":
			switch r.next() {
			case '"':
				e.message, seen = r.text(), true
			case 'n':
				r.raw()
			default:
				e.message, seen = r.raw(), true
			}
		case "fields":
			if r.next() == 'n' {
				r.raw()
				return
			}
			r.object(func(name string) { e.members = append(member(e.members, name), r.raw()...) })
		default:
			r.raw()
		}
	})
	switch {
	case r.bad:
		return nil // the caller says so
	case !seen:
		return splunkWrong(12, "Event field is required")
	case strings.TrimSpace(e.message) == "":
		return splunkWrong(13, "Event field cannot be blank")
	}
	return into.add(&e, splunkLabel(host, source, sourcetype, index))
}

// secondsOf returns nanoseconds since 1970 of seconds with a fraction, exactly unless
// they have an exponent; 0 is no time.
func secondsOf(text string) int64 {
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	nanos := int64(0)
	if err == nil && fraction != "" {
		fraction = (fraction + "000000000")[:9]
		nanos, err = strconv.ParseInt(fraction, 10, 64)
	}
	if err != nil {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || !(f > 0 && f < 9e9) {
			return 0
		}
		seconds, nanos = int64(f), int64((f-float64(int64(f)))*1e9)
	}
	return unixNano(seconds, nanos)
}
