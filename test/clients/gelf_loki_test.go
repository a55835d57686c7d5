package clients_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Graylog2/go-gelf/gelf"
	"github.com/grafana/loki/pkg/push"
	"github.com/klauspost/compress/snappy"

	"github.com/sasumata/sasumata/test/intake"
)

// TestLoki sends what Loki's own types write, as Promtail does.
func TestLoki(t *testing.T) {
	s, url := intake.HTTP(t, 0)
	at := time.Unix(0, 1760000000123456789)
	request := push.PushRequest{Streams: []push.Stream{{
		Labels: `{job="varlogs", host="web1", service_name="shop"}`, Hash: 1<<64 - 1,
		Entries: []push.Entry{
			{Timestamp: at, Line: "plain"},
			{Timestamp: at, Line: `{"n":9007199254740993}`, StructuredMetadata: push.LabelsAdapter{{Name: "trace_id", Value: "0a"}}, Parsed: push.LabelsAdapter{{Name: "x", Value: "y"}}},
		},
	}}}
	wire, err := request.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/loki/api/v1/push", bytes.NewReader(snappy.Encode(nil, wire)))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("tenant", intake.Secret)
	r.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent || len(s.Records()) != 2 || s.Records()[0].Host != "web1" || s.Records()[0].Service != "shop" || strings.Join(s.Records()[0].Tags, " ") != "job:varlogs host:web1 service_name:shop sender:web" {
		t.Fatalf("%d %+v", answer.StatusCode, s.Records())
	}
	wants(t, object(t, s.Records()[0]), map[string]string{"message": `"plain"`, "timestamp": `"2025-10-09T08:53:20.123456789Z"`})
	wants(t, object(t, s.Records()[1]), map[string]string{"n": "9007199254740993", "trace_id": `"0a"`})
}

// TestGELF sends by Graylog's writer, long messages in chunks.
func TestGELF(t *testing.T) {
	long := make([]byte, 20_000) // that does not pack well
	for i, state := 0, uint32(1); i < len(long); i++ {
		state = state*1664525 + 1013904223
		long[i] = 'a' + byte(state>>24)%26
	}
	for _, packed := range []gelf.CompressType{gelf.CompressGzip, gelf.CompressZlib, gelf.CompressNone} {
		s, address := intake.Graylog(t, "udp")
		w, err := gelf.NewUDPWriter(address)
		if err != nil {
			t.Fatal(err)
		}
		w.CompressionType = packed
		send(t, s, w.WriteMessage, string(long))
		_ = w.Close()
	}
	s, address := intake.Graylog(t, "tcp")
	w, err := gelf.NewTCPWriter(address)
	if err != nil {
		t.Fatal(err)
	}
	send(t, s, w.WriteMessage, string(long))
	_ = w.Close()
}

func send(t *testing.T, s *intake.Sink, write func(*gelf.Message) error, full string) {
	t.Helper()
	err := write(&gelf.Message{
		Version: "1.1", Host: "web1", Short: "login failed", Full: full, TimeUnix: 1760000000.25, Level: 4,
		Extra: map[string]any{"_usr": map[string]any{"id": "u1"}, "_n": 9007199254740992},
	})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if len(s.Records()) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it never came")
		}
	}
	if s.Records()[0].Host != "web1" {
		t.Errorf("%+v", s.Records()[0])
	}
	wants(t, object(t, s.Records()[0]), map[string]string{
		"message": `"login failed"`, "timestamp": `"2025-10-09T08:53:20.25Z"`, "status": `"warn"`, "usr": `{"id":"u1"}`, "n": "9007199254740992", "full_message": `"` + full + `"`,
	})
}
