package source_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const secret = "a-token-for-tests-only"

func newIntake(s *sunk) *source.Intake {
	return &source.Intake{
		Tokens: []auth.Token{auth.NewToken("web", secret), auth.NewToken("other", "another-token-for-tests")},
		Now:    time.Now, Sink: s.put, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
}

// post sends a body with the headers, given as "Name: value".
func post(h http.Handler, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const key = "DD-API-KEY: " + secret

func TestIntakeReadsWhatAgentsSend(t *testing.T) {
	f := func(path, contentType, body string, want ...record.Record) {
		t.Helper()
		s := newSunk()
		w := post(newIntake(s).Handler(), path, body, key, "Content-Type: "+contentType)
		if w.Code != http.StatusAccepted {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
		for i := range want {
			want[i].Tags = append(want[i].Tags, "sender:web")
		}
		if diff := cmp.Diff(want, s.all(), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(record.Record{}, "Received")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	const jsonType = "application/json; charset=utf-8"
	f("/api/v2/logs", jsonType, `{"message":"a\nb","ddsource":"nginx","service":"shop","hostname":"web1","ddtags":"env:prod, x,,sender:other"}`,
		record.Record{Text: "a\nb", Source: "nginx", Service: "shop", Host: "web1", Tags: []string{"env:prod", "x"}})
	f("/api/v2/logs?ddsource=sshd&service=s&hostname=h&ddtags=q:1", jsonType, `[{"message":"a"},{"message":"b","ddsource":"nginx","ddtags":"c"}]`,
		record.Record{Text: "a", Source: "sshd", Service: "s", Host: "h", Tags: []string{"q:1"}},
		record.Record{Text: "b", Source: "nginx", Service: "s", Host: "h", Tags: []string{"c", "q:1"}})
	f("/api/v2/logs", jsonType, `{"message":"a", "status" : "error","ddsource":"x"}`,
		record.Record{Text: `{"message":"a","status":"error","ddsource":"x"}`, Source: "x"})
	f("/api/v2/logs", jsonType, `{"evt":{"name":"login"}}`, record.Record{Text: `{"evt":{"name":"login"}}`})
	f("/api/v2/logs", jsonType, `{"message":7}`, record.Record{Text: `{"message":7}`})
	f("/api/v2/logs", jsonType, `[]`)
	f("/api/v2/logs?ddsource=sshd", "text/plain", "a\r\n\nb", record.Record{Text: "a", Source: "sshd"}, record.Record{Text: "b", Source: "sshd"})
	f("/intake/lines?source=app&tags=a,b&host=h&service=s", "", `{"a":1}`+"\n\nplain\n",
		record.Record{Text: `{"a":1}`, Source: "app", Service: "s", Host: "h", Tags: []string{"a", "b"}},
		record.Record{Text: "plain", Source: "app", Service: "s", Host: "h", Tags: []string{"a", "b"}})
}

// packedBy returns the text, packed.
func packedBy(t *testing.T, open func(io.Writer) io.WriteCloser, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := open(&out)
	_, err := io.WriteString(w, text)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestIntakeUnpacks(t *testing.T) {
	byGzip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	byZlib := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	byFlate := func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f }
	byZstd := func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }
	bySnappy := func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) }
	s := newSunk()
	in := newIntake(s)
	in.MaxBody = 1 << 20
	h := in.Handler()
	f := func(code int, encoding, body string) {
		t.Helper()
		before := len(s.all())
		w := post(h, "/intake/lines", body, key, "Content-Encoding: "+encoding)
		if w.Code != code {
			t.Errorf("%s: %d %s, want %d", encoding, w.Code, w.Body, code)
		}
		if got := len(s.all()) - before; code == http.StatusAccepted && got != 1 || code != http.StatusAccepted && got != 0 {
			t.Errorf("%s: %d records", encoding, got)
		}
	}
	f(http.StatusAccepted, "gzip", packedBy(t, byGzip, "a"))
	f(http.StatusAccepted, "deflate", packedBy(t, byZlib, "a"))
	f(http.StatusAccepted, "deflate", packedBy(t, byFlate, "a"))
	f(http.StatusAccepted, "zstd", packedBy(t, byZstd, "a"))
	f(http.StatusAccepted, "snappy", packedBy(t, bySnappy, "a"))
	f(http.StatusAccepted, "snappy", string(snappy.Encode(nil, []byte("a"))))
	f(http.StatusAccepted, "identity", "a")
	f(http.StatusUnsupportedMediaType, "br", "a")
	f(http.StatusBadRequest, "gzip", "a")
	f(http.StatusBadRequest, "gzip", packedBy(t, byGzip, "abc")[:12])
	bomb := strings.Repeat("x\n", 1<<20)
	f(http.StatusRequestEntityTooLarge, "gzip", packedBy(t, byGzip, bomb))
	f(http.StatusRequestEntityTooLarge, "deflate", packedBy(t, byZlib, bomb))
	f(http.StatusRequestEntityTooLarge, "zstd", packedBy(t, byZstd, bomb))
	f(http.StatusRequestEntityTooLarge, "snappy", packedBy(t, bySnappy, bomb))
	f(http.StatusRequestEntityTooLarge, "snappy", string(snappy.Encode(nil, []byte(bomb))))
	f(http.StatusBadRequest, "zstd", packedBy(t, byZstd, "abc")[:9])
	f(http.StatusBadRequest, "snappy", "\xff\xff\x3fa")
	f(http.StatusRequestEntityTooLarge, "", bomb)
	if got := in.Counters.Errors.Load(); got != 11 {
		t.Errorf("%d errors were counted", got)
	}
}

func TestIntakeRefuses(t *testing.T) {
	s := newSunk()
	in := newIntake(s)
	h := in.Handler()
	f := func(code int, path, body string, headers ...string) {
		t.Helper()
		if w := post(h, path, body, headers...); w.Code != code {
			t.Errorf("%s %q %q: %d %s, want %d", path, body, headers, w.Code, w.Body, code)
		}
	}
	f(http.StatusUnauthorized, "/intake/lines", "a")
	f(http.StatusUnauthorized, "/intake/lines", "a", "DD-API-KEY: "+secret[1:])
	f(http.StatusUnauthorized, "/api/v2/logs", "a", "Authorization: Basic "+secret)
	f(http.StatusBadRequest, "/api/v2/logs", "no JSON", key)
	f(http.StatusBadRequest, "/api/v2/logs", `[1]`, key)
	f(http.StatusBadRequest, "/api/v2/logs", `null`, key)
	f(http.StatusNotFound, "/other", "", key)
	f(http.StatusRequestEntityTooLarge, "/intake/lines", strings.Repeat("a\n", 250_001), key)
	f(http.StatusRequestEntityTooLarge, "/api/v2/logs", "["+strings.Repeat("{},", 20_000)+"{}]", key)
	f(http.StatusAccepted, "/intake/lines", "a", "Authorization: Bearer "+secret)
	if len(s.all()) != 1 || in.Unauthorized.Load() != 3 {
		t.Errorf("%d records, %d unauthorized", len(s.all()), in.Unauthorized.Load())
	}
	for range 20 {
		post(h, "/intake/lines", "a")
	}
	w := post(h, "/intake/lines", "a")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("after many failures: %d", w.Code)
	}
	f(http.StatusAccepted, "/intake/lines", "a", key) // of the same address
}

func TestIntakeSignsRecordsWithManyTags(t *testing.T) {
	s := newSunk()
	post(newIntake(s).Handler(), "/intake/lines?tags="+strings.Repeat("a,", 1000), "a", key)
	if all := s.all(); len(all) != 1 || len(all[0].Tags) != record.MaxTags || all[0].Tags[record.MaxTags-1] != "sender:web" {
		t.Errorf("%v", all)
	}
}

// TestIntakeSharesTags: a body of short lines with many tags in the address must not take
// many times its size.
func TestIntakeSharesTags(t *testing.T) {
	tags := strings.Repeat("a,", record.MaxTags-2) + strings.Repeat("b", record.MaxName+1)
	for path, body := range map[string]string{
		"/intake/lines?tags=" + tags:  strings.Repeat("x\n", 5000),
		"/api/v2/logs?ddtags=" + tags: "[" + strings.Repeat(`{"message":"x"},`, 4999) + `{"message":"x"}]`,
	} {
		s := newSunk()
		in := newIntake(s)
		if w := post(in.Handler(), path, body, key); w.Code != http.StatusAccepted {
			t.Fatal(w.Code, w.Body)
		}
		all := s.all()
		if len(all) != 5000 || in.Counters.Cut.Load() != 5000 {
			t.Fatalf("%d records, %d cut", len(all), in.Counters.Cut.Load())
		}
		for i := range all {
			if got := all[i].Tags; len(got) != record.MaxTags || &got[0] != &all[0].Tags[0] || got[98] != strings.Repeat("b", record.MaxName) || got[99] != "sender:web" {
				t.Fatalf("record %d: %q", i, got)
			}
		}
	}
	s := newSunk()
	post(newIntake(s).Handler(), "/api/v2/logs?ddtags=q", `[{"message":"1"},{"message":"2","ddtags":"a"},{"message":"3","ddtags":"b"},{"message":"4"}]`, key)
	var got []string
	for _, r := range s.all() {
		got = append(got, strings.Join(r.Tags, " "))
	}
	if diff := cmp.Diff([]string{"q sender:web", "a q sender:web", "b q sender:web", "q sender:web"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIntakeKnowsTheTokenInEveryForm(t *testing.T) {
	h := newIntake(newSunk()).Handler()
	f := func(code int, authorization string) {
		t.Helper()
		if w := post(h, "/intake/lines", "a", "Authorization: "+authorization); w.Code != code {
			t.Errorf("%s: %d %s, want %d", authorization, w.Code, w.Body, code)
		}
	}
	coded := base64.StdEncoding.EncodeToString
	f(http.StatusAccepted, "bearer "+secret)
	f(http.StatusAccepted, "Splunk "+secret)
	f(http.StatusAccepted, "ApiKey "+secret)
	f(http.StatusAccepted, "ApiKey "+coded([]byte("web:"+secret)))
	f(http.StatusAccepted, "Basic "+coded([]byte("anybody:"+secret)))
	f(http.StatusUnauthorized, "Basic "+coded([]byte(secret+":")))
	f(http.StatusUnauthorized, "ApiKey "+coded([]byte(secret+":x")))
	f(http.StatusUnauthorized, "Digest "+secret)
	f(http.StatusUnauthorized, secret)
	f(http.StatusUnauthorized, "Bearer")
}

func TestIntakeTellsToWait(t *testing.T) {
	s := newSunk()
	s.full = 1
	in := newIntake(s)
	h := in.Handler()
	w := post(h, "/intake/lines", "a", key)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || in.Refused.Load() != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post(h, "/intake/lines", "a", key); w.Code != http.StatusAccepted {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestIntakeBoundsWhatItUnpacks sends little that becomes much.
func TestIntakeBoundsWhatItUnpacks(t *testing.T) {
	in := newIntake(newSunk())
	in.MaxBody = 1 << 10
	h := in.Handler()
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	if w := post(h, "/intake/lines", packedBy(t, gz, strings.Repeat("x", 1<<10)), key, "Content-Encoding: gzip"); w.Code != http.StatusAccepted {
		t.Errorf("at the limit: %d %s", w.Code, w.Body)
	}
	if w := post(h, "/intake/lines", packedBy(t, gz, strings.Repeat("x", 1<<10+1)), key, "Content-Encoding: gzip"); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("above the limit: %d %s", w.Code, w.Body)
	}
}

// TestIntakeLeavesPlaces: who was answered holds none, and a minute later who failed may
// fail again.
func TestIntakeLeavesPlaces(t *testing.T) {
	in := newIntake(newSunk())
	now := time.Unix(1e9, 0)
	in.Now = func() time.Time { return now }
	h := in.Handler()
	for range 100 {
		if w := post(h, "/intake/lines", "a", key); w.Code != http.StatusAccepted {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	for range 20 {
		post(h, "/intake/lines", "a")
	}
	now = now.Add(time.Minute)
	if w := post(h, "/intake/lines", "a"); w.Code != http.StatusUnauthorized {
		t.Errorf("a minute later: %d %s", w.Code, w.Body)
	}
}

func FuzzIntake(f *testing.F) {
	for _, body := range []string{`{"message":"a","ddtags":"b"}`, `[{"a":[1]},{"message":null}]`, `"x"`, "\xff", `{"message":"a","message":"b"}`} {
		f.Add(body)
	}
	s := newSunk()
	h := newIntake(s).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		if w := post(h, "/api/v2/logs", body, key); w.Code != http.StatusAccepted && w.Code != http.StatusBadRequest {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		s.mu.Lock()
		s.records = nil
		s.mu.Unlock()
	})
}

// fuzzed posts a body; the answer is one of the codes, and records are JSON where they
// look like it.
func fuzzed(t *testing.T, s *sunk, h http.Handler, path, body string, codes []int, headers ...string) {
	t.Helper()
	if w := post(h, path, body, headers...); !slices.Contains(codes, w.Code) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if strings.HasPrefix(r.Text, `{"timestamp"`) && !json.Valid([]byte(r.Text)) {
			t.Errorf("no JSON: %s", r.Text)
		}
		if r.Tags[len(r.Tags)-1] != "sender:web" {
			t.Errorf("not signed: %q", r.Tags)
		}
	}
	s.records = nil
}

func FuzzUnpack(f *testing.F) {
	for _, encoding := range []string{"gzip", "deflate", "zstd", "snappy"} {
		f.Add(encoding, "\x1f\x8b\x08\x00")
		f.Add(encoding, "\x28\xb5\x2f\xfd\x04\x00\x09\x00\x00a\x55\x0c\x7d\xd0")
		f.Add(encoding, string(snappy.Encode(nil, []byte("a\nb"))))
		f.Add(encoding, "\xff\x06\x00\x00sNaPpY\x01\x05\x00\x00\x00\x00\x00\x00a")
	}
	s := newSunk()
	in := newIntake(s)
	in.MaxBody = 1 << 16
	h := in.Handler()
	f.Fuzz(func(t *testing.T, encoding, body string) {
		fuzzed(t, s, h, "/intake/lines", body, []int{http.StatusAccepted, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}, key, "Content-Encoding: "+encoding)
	})
}

// TestSendersThatAreLookedUp: whoever is not in the configuration is asked for elsewhere,
// and is told to come again while nobody can say.
func TestSendersThatAreLookedUp(t *testing.T) {
	var s sunk
	in := newIntake(&s)
	in.Known = func(_ context.Context, secret string) (string, error) {
		switch secret {
		case "made-elsewhere":
			return "elsewhere", nil
		case "broken":
			return "", errors.New("the database is away")
		}
		return "", auth.ErrUnknown
	}
	h := in.Handler()
	f := func(token string, code int) {
		t.Helper()
		w := post(h, "/intake/lines", "a line\n", "DD-API-KEY: "+token)
		if w.Code != code || code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v, want %d", token, w.Code, w.Header(), code)
		}
	}
	f("made-elsewhere", http.StatusAccepted)
	f("nobody", http.StatusUnauthorized)
	f("broken", http.StatusServiceUnavailable)
	f(secret, http.StatusAccepted)
	if got := in.Unauthorized.Load(); got != 1 {
		t.Errorf("%d were refused, want 1", got)
	}
	if tags := s.records[0].Tags; !slices.Contains(tags, "sender:elsewhere") {
		t.Errorf("tags %v, want the sender", tags)
	}
}
