package source_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// intakes are all routes that take logs, with a body that they take.
func intakes() []struct{ path, kind, good string } {
	return []struct{ path, kind, good string }{
		{"/api/v2/logs", "application/json", `[{"message":"one"}]`},
		{"/intake/lines", "text/plain", "one"},
		{"/v1/logs", "application/json", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"one"}}]}]}]}`},
		{"/loki/api/v1/push", "application/json", `{"streams":[{"stream":{"a":"b"},"values":[["1768557600000000000","one"]]}]}`},
		{"/elastic/_bulk", "application/json", "{\"create\":{}}\n{\"message\":\"one\"}\n"},
		{"/elastic/logs/_bulk", "application/json", "{\"create\":{}}\n{\"message\":\"one\"}\n"},
		{"/services/collector", "application/json", `{"event":"one"}`},
		{"/services/collector/event", "application/json", `{"event":"one"}`},
		{"/services/collector/raw", "text/plain", "one"},
		{"/gelf", "application/json", `{"short_message":"one"}`},
	}
}

// packs packs a body by an encoding.
func packs(t *testing.T, encoding string, body []byte) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w, _ = flate.NewWriter(&b, flate.BestCompression)
	case "zstd":
		w, _ = zstd.NewWriter(&b)
	case "snappy":
		return string(snappy.Encode(nil, body))
	}
	_, err := w.Write(body)
	if closeErr := w.Close(); err != nil || closeErr != nil {
		t.Fatal(err, closeErr)
	}
	return b.String()
}

// TestHostileBodies sends every intake what breaks parsers. Each refusal is counted, takes
// little memory, and leaves an intake that serves the next one.
func TestHostileBodies(t *testing.T) {
	const most = 1 << 20
	deep := strings.Repeat("[", 200_000)
	bomb := bytes.Repeat([]byte{'a'}, 64<<20)
	type hostile struct {
		name, encoding, kind, body string
		codes                      []int
		taken                      bool // may be: it is text like any other to some
	}
	tooLarge, wrong := []int{http.StatusRequestEntityTooLarge}, []int{http.StatusBadRequest}
	all := []hostile{
		{name: "too large", body: strings.Repeat("a", most+1), codes: tooLarge},
		{name: "no such encoding", encoding: "br", body: "a", codes: []int{http.StatusUnsupportedMediaType}},
		{name: "two encodings", encoding: "gzip, gzip", body: "a", codes: []int{http.StatusUnsupportedMediaType}},
		{name: "deep", body: deep, codes: wrong, taken: true},
		{name: "deep below a key", body: `{"event":` + deep, codes: wrong, taken: true},
		{name: "broken off", body: `{"message":"on`, codes: wrong, taken: true},
		{name: "not UTF-8", body: "\xff\xfe{\x80", codes: wrong, taken: true},
		{name: "zero bytes", body: strings.Repeat("\x00", 1000), codes: wrong, taken: true},
		{name: "empty", body: "", codes: wrong, taken: true},
		{name: "another type", kind: "image/png", body: "\x89PNG\r\n", codes: []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}, taken: true},
		{name: "a type that is none", kind: ";;;", body: "\x89PNG\r\n", codes: []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}, taken: true},
		{name: "protobuf that lies", kind: "application/x-protobuf", body: string(binary.AppendUvarint([]byte{0x0a}, 1<<62)), codes: []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}, taken: true},
		{name: "a snappy length that lies", encoding: "snappy", body: string(binary.AppendUvarint(nil, most-1)) + "a", codes: wrong},
	}
	for _, encoding := range []string{"gzip", "deflate", "zstd", "snappy"} {
		packed := packs(t, encoding, bomb)
		if encoding == "snappy" && len(packed) > most {
			packed = packs(t, encoding, bomb[:16<<20]) // a byte of it stands for 64 at most
		}
		whole := packs(t, encoding, []byte(strings.Repeat("some text. ", 1000)))
		all = append(
			all,
			hostile{name: encoding + " bomb", encoding: encoding, body: packed, codes: tooLarge},
			hostile{name: encoding + " broken off", encoding: encoding, body: whole[:len(whole)/2], codes: wrong},
			hostile{name: encoding + " that is none", encoding: encoding, body: "\x01\xff\xffplain text", codes: wrong},
		)
	}
	for _, to := range intakes() {
		s := newSunk()
		in := newIntake(s)
		in.MaxBody = most
		h := in.Handler()
		for _, one := range all {
			kind := one.kind
			if kind == "" {
				kind = to.kind
			}
			headers := []string{key, "Content-Type: " + kind}
			if one.encoding != "" {
				headers = append(headers, "Content-Encoding: "+one.encoding)
			}
			before, errs := allocated(), in.Counters.Errors.Load()
			w := post(h, to.path, one.body, headers...)
			took := allocated() - before
			fine := false
			for _, code := range one.codes {
				fine = fine || w.Code == code
			}
			switch {
			case w.Code < 300 && one.taken:
			case !fine:
				t.Errorf("%s: %s: %d %.200s, want %v", to.path, one.name, w.Code, w.Body, one.codes)
			case in.Counters.Errors.Load() == errs:
				t.Errorf("%s: %s is not counted", to.path, one.name)
			}
			if took > 48*most {
				t.Errorf("%s: %s takes %d bytes", to.path, one.name, took)
			}
			n := len(s.all())
			if w := post(h, to.path, to.good, key, "Content-Type: "+to.kind); w.Code > 299 || len(s.all()) != n+1 {
				t.Fatalf("%s: after %s it does not serve: %d %s", to.path, one.name, w.Code, w.Body)
			}
		}
	}
}

// allocated returns how many bytes were ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestTokensOfAllIntakes shows every route no token and a wrong one, until the address has
// failed too often. Each refusal is counted, and nothing is taken.
func TestTokensOfAllIntakes(t *testing.T) {
	routes := intakes()
	routes = append(routes, struct{ path, kind, good string }{"/services/collector/ack?channel=a", "application/json", `{"acks":[0]}`})
	for _, to := range routes {
		s := newSunk()
		in := newIntake(s)
		h := in.Handler()
		f := func(want int, headers ...string) {
			t.Helper()
			before := in.Unauthorized.Load()
			w := post(h, to.path, to.good, append(headers, "Content-Type: "+to.kind)...)
			if w.Code != want || in.Unauthorized.Load() != before+1 {
				t.Errorf("%s %q: %d %s, want %d; %d are counted", to.path, headers, w.Code, w.Body, want, in.Unauthorized.Load()-before)
			}
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s tells the token", to.path)
			}
		}
		wrong := http.StatusUnauthorized
		if strings.HasPrefix(to.path, "/services/") {
			wrong = http.StatusForbidden // as Splunk says of a token that is none
		}
		f(http.StatusUnauthorized)
		f(wrong, "Authorization: Splunk "+secret[1:])
		f(wrong, "DD-API-KEY: "+secret+"x")
		f(wrong, "Authorization: Bearer "+strings.ToUpper(secret))
		for in.Unauthorized.Load() < 10 {
			post(h, to.path, to.good)
		}
		f(http.StatusTooManyRequests)
		f(http.StatusTooManyRequests, "Authorization: Bearer wrong")
		if len(s.all()) != 0 {
			t.Errorf("%s took something", to.path)
		}
		if w := post(h, to.path, to.good, key, "Content-Type: "+to.kind); w.Code > 299 {
			t.Errorf("%s: a sender of the same address is refused: %d %s", to.path, w.Code, w.Body)
		}
	}
}
