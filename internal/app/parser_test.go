package app

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/source"
)

// TestRecords reads lines that belong together: what the first one means does not
// depend on those that go on with it, and numbers and counts are those of the
// input, however many goroutines parse.
func TestRecords(t *testing.T) {
	content, err := LoadContent(Sources{Only: PipelinePart})
	if err != nil {
		t.Fatal(err)
	}
	text := sshdLine + "\n\tfrom 198.51.100.1 port 1 ssh2\nnothing known\n\tat a.b\n" + nginxLine + "\n"
	for _, workers := range []int{1, 4} {
		var out bytes.Buffer
		in := Intake{Join: source.Join{Auto: true}, Clock: dates.Clock{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}, Workers: workers, Stdin: strings.NewReader(text)}
		if err := Parse(t.Context(), &out, ParseOptions{Intake: in, Content: content, Inputs: []string{"-"}}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("%d events, want 3:\n%s", len(lines), out.String())
		}
		var first, second struct {
			Message string
			Network struct{ Client struct{ IP string } }
		}
		if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
			t.Fatal(err)
		}
		if first.Network.Client.IP != "203.0.113.31" || !strings.HasSuffix(first.Message, "ssh2\n\tfrom 198.51.100.1 port 1 ssh2") {
			t.Errorf("the first record gives %s", lines[0])
		}
		if err := json.Unmarshal([]byte(lines[1]), &second); err != nil || second.Message != "nothing known\n\tat a.b" {
			t.Errorf("the second record gives %s, %v", lines[1], err)
		}
	}
}

func TestRecordNumbersAndCounts(t *testing.T) {
	j := newJourney(t)
	e := j.event
	text := sshdLine + "\n\tmore"
	j.machine.record(e, text, source.Record{Number: 7, Head: len(sshdLine)})
	if e.Line != 7 || e.Raw != text || e.Text(event.ClientIP) != "203.0.113.31" || !strings.HasSuffix(e.Message, "ssh2\n\tmore") {
		t.Errorf("line %d, %q, %q", e.Line, e.Raw, e.Message)
	}
	j.machine.record(e, "unknown\n\tmore", source.Record{Number: 9, Head: 7})
	j.machine.record(e, "unknown\nmore", source.Record{Number: 11, Head: 7, Whole: true})
	if e.Line != 11 || e.Message != "unknown\nmore" || e.Parsed {
		t.Errorf("line %d, %q, parsed %v", e.Line, e.Message, e.Parsed)
	}
	if s := j.machine.pipeline.Stats; s.Events != 3 || s.Unparsed != 2 {
		t.Errorf("%d events, %d unparsed, want 3 and 2", s.Events, s.Unparsed)
	}
	// Whatever the record, the line is not lost: a first line that is understood
	// alone still counts.
	j.machine.record(e, text, source.Record{Number: 13, Head: len(sshdLine), Whole: true})
	if e.Text(event.ClientIP) != "203.0.113.31" {
		t.Errorf("as a whole: %q gives no address", text)
	}
}

// An attack may stand in a password: then its text is shown nowhere.
func TestSecretsInRequests(t *testing.T) {
	j := newJourney(t)
	f := func(uri, contentType, body string, attack bool) {
		t.Helper()
		line, err := json.Marshal(map[string]any{
			"time": "2026-05-17T10:05:03+00:00", "remote_addr": "203.0.113.7", "request_method": "POST", "request_uri": uri,
			"server_protocol": "HTTP/1.1", "status": 200, "bytes_sent": 814, "http_user_agent": "curl/8.5.0", "content_type": contentType, "request_body": body,
		})
		if err != nil {
			t.Fatal(err)
		}
		j.machine.record(j.event, string(line), source.Record{Number: 1, Head: len(line)})
		got := j.event.Raw + j.event.Message + string(j.event.AppendRecord(nil))
		if strings.Contains(got, "hunter2") || !strings.Contains(got, "[REDACTED:password]") {
			t.Errorf("%s %s: %s", uri, body, got)
		}
		if v, _ := j.event.Get(event.SecurityAttack); v.Bool() != attack {
			t.Errorf("%s %s: attack %v, want %v", uri, body, v.Bool(), attack)
		}
		if payload := j.event.Text("security.payload"); attack && payload == "" {
			t.Errorf("%s %s: no payload", uri, body)
		}
	}
	const injection = "' UNION SELECT name, password FROM users-- -"
	f("/login", "application/json", `{"password":"hunter2"}`, false)
	f("/login", "application/json", `{"user":"ann","login":{"password" : "hunter2`+injection+`"}}`, true)
	f("/login", "application/json", `{"password":"hunter2","user":"ann`+injection+`"}`, true)
	f("/login", "application/json", `{"user":"ann","password":"hunter2`+injection, true)
	f("/login", "", `{"password":"hunter2`+injection+`"}`, true)
	f("/login", "text/xml", `<?xml version="1.0"?><a><password>hunter2</password><q>`+injection+`</q></a>`, true)
	f("/login", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2"+injection+"\r\n--x--\r\n", true)
	f("/login", "application/x-www-form-urlencoded", "user=ann&password=hunter2"+strings.ReplaceAll(injection, " ", "+"), true)
	f("/login", "application/x-www-form-urlencoded", "password=hunter2&user=ann"+strings.ReplaceAll(injection, " ", "+"), true)
	f("/login?user=ann&password=hunter2"+url.QueryEscape(injection), "", "", true)
	f("/login?user%5Bpassword%5D=hunter2%27%29%3BWAITFOR+DELAY+%270%3A0%3A5%27--", "", "", true)
	f("/login?password=hunter2%3Cscript%3Ealert(1)%3C/script%3E&a=b", "", "", true)
}
