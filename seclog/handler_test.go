package seclog_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

// newLogger returns a logger whose lines have no time, and where they go.
func newLogger(options *seclog.HandlerOptions) (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(timeless{seclog.NewHandler(&out, options)}), &out
}

type timeless struct{ slog.Handler }

func (h timeless) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

func (h timeless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return timeless{h.Handler.WithAttrs(attrs)}
}
func (h timeless) WithGroup(name string) slog.Handler { return timeless{h.Handler.WithGroup(name)} }

func TestHandlerIsOne(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return seclog.NewHandler(&out, nil)
	}, func(t *testing.T) map[string]any {
		t.Helper()
		var m map[string]any
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	})
}

func TestLines(t *testing.T) {
	f := func(want string, write func(*slog.Logger)) {
		t.Helper()
		logger, out := newLogger(&seclog.HandlerOptions{Service: "shop"})
		write(logger)
		want = `{"level":"INFO","msg":"m","service":"shop"` + want + "}\n"
		if got := out.String(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if !json.Valid(out.Bytes()) {
			t.Error("no JSON")
		}
	}
	f(`,"a":1,"b":"x\ny\u001b\u0085\u2028\ufffd/é"`, func(l *slog.Logger) { l.Info("m", "a", 1, "b", "x\ny\x1b\u0085\u2028\xff/é") })
	f(`,"g":{"h":{"a":true}}`, func(l *slog.Logger) { l.WithGroup("g").WithGroup("h").Info("m", "a", true) })
	f(`,"g":{"a":1}`, func(l *slog.Logger) { l.WithGroup("g").With("a", 1).WithGroup("h").Info("m") })
	f(`,"a":1,"g":{"b":2,"h":{"c":3,"d":4}}`, func(l *slog.Logger) {
		l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").With("c", 3).Info("m", "d", 4)
	})
	f(``, func(l *slog.Logger) { l.Info("m", slog.Group("g"), slog.Attr{}, slog.Group("g", slog.Group("h"))) })
	f(`,"attr.level":"x","attr.msg":"y","attr.service.name":"z"`, func(l *slog.Logger) { l.With("level", "x").Info("m", "msg", "y", "service.name", "z") })
	f(`,"usr":{"id":"7"},"f":1.5,"n":"NaN","d":1000,"t":"2026-01-16T01:00:00.000000Z"`, func(l *slog.Logger) {
		l.With(slog.Group("usr", "id", "7")).Info("m", "f", 1.5, "n", nan(), "d", time.Microsecond, "t", time.Date(2026, 1, 16, 10, 0, 0, 0, time.FixedZone("JST", 9*3600)))
	})
	// An event is at the root, and nothing contradicts it.
	e := &seclog.Event{Category: "data", Name: "n", User: seclog.User{ID: "7"}}
	f(`,"evt":{"category":"data","name":"n"},"usr":{"id":"7"},"attr.usr":{"id":"8"},"g":{"evt":"x"}`, func(l *slog.Logger) {
		l.With(slog.Group("usr", "id", "8")).WithGroup("g").Info("m", slog.Any("", e), "evt", "x")
	})
	f(`,"evt":{"category":"data","name":"n"},"usr":{"id":"7"},"attr.evt.outcome":"x","b":1`, func(l *slog.Logger) {
		l.With(slog.Any("", e)).Info("m", "evt.outcome", "x", "b", 1)
	})
	f(`,"evt":{"category":"data","name":"n"},"usr":{"id":"7"},"attr.usr":{"id":"8","b":1}`, func(l *slog.Logger) {
		l.WithGroup("usr").With("id", "8").Info("m", "b", 1, slog.Any("", e))
	})
	f(`,"evt":{"category":"data","name":"n"},"usr":{"id":"7"},"attr.usr":{"b":1}`, func(l *slog.Logger) {
		l.WithGroup("usr").Info("m", "b", 1, slog.Any("", e))
	})
	f(`,"s":{"A":1,"e":"broken","C":[1,2],"p":"5","m":{"x":"y"}}`, func(l *slog.Logger) {
		l.Info("m", "s", struct {
			A   int
			Err error `json:"e"`
			C   []any
			D   string            `json:"-"`
			E   string            `json:"d,omitempty"`
			P   *json.Number      `json:"p"`
			M   map[string]string `json:"m"`
			f   int
		}{A: 1, Err: errors.New("broken"), C: []any{1, 2}, P: new(json.Number("5")), M: map[string]string{"x": "y"}, f: 1})
	})
	f(`,"p":"!PANIC: boo"`, func(l *slog.Logger) { l.Info("m", "p", panics{}) })
	f(`,"p":null,"q":[null]`, func(l *slog.Logger) { l.Info("m", "p", (*panics)(nil), "q", []*panics{nil}) })
	f(`,"f":"[func()]","c":"[chan int]"`, func(l *slog.Logger) { l.Info("m", "f", func() {}, "c", make(chan int)) })
}

type panics struct{}

func (panics) Error() string { panic("boo") }

func nan() float64 { z := 0.0; return z / z }

// Types that say how they are logged, or do not.
type (
	logValuer  struct{ s string }
	marshaler  struct{ s string }
	texter     struct{ s string }
	stringer   struct{ s string }
	errorer    struct{ s string }
	hiding     string
	base       struct{ Password string }
	embedding  struct{ base }
	pointerLog struct{ Value string }
)

func (v logValuer) LogValue() slog.Value { return slog.GroupValue(slog.String("password", v.s)) }
func (v marshaler) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"a": []any{map[string]any{"Api-Key": v.s}}})
}
func (v texter) MarshalText() ([]byte, error) { return []byte("token=" + v.s), nil }
func (v stringer) String() string             { return "https://ann:" + v.s + "@example.com/" }
func (v errorer) Error() string               { return "Authorization: Bearer " + v.s }
func (hiding) LogValue() slog.Value           { return slog.StringValue("hidden") }
func (*pointerLog) LogValue() slog.Value      { return slog.StringValue("hidden") }

const theSecret = "hunter2Xyzzy"

// leaks are ways to log the secret.
func leaks() map[string]any {
	const s = theSecret
	u, _ := url.Parse("https://ann:" + s + "@example.com/?token=" + s)
	cyclic := map[string]any{"password": s}
	cyclic["self"] = cyclic
	deep := any(map[string]string{"password": s})
	for range 40 {
		deep = []any{deep}
	}
	return map[string]any{
		"map":    map[string]any{"a": map[string]any{"Password": s}},
		"struct": struct{ DBPassword string }{s},
		"tag": struct {
			X string `json:"client_secret"`
		}{s},
		"embedded":       embedding{base{s}},
		"pointer":        &struct{ In *base }{&base{s}},
		"slice":          []any{[]string{"password=" + s}, map[string]string{"pwd": s}},
		"header":         http.Header{"Authorization": {"Bearer " + s}, "Cookie": {"a=" + s}, "X-Auth-Token": {s}},
		"values":         url.Values{"password": {s}},
		"url":            u,
		"url value":      *u,
		"url text":       u.String(),
		"next":           "/login?next=" + url.QueryEscape("/a?token="+s),
		"next twice":     "/login?next=" + url.QueryEscape(url.QueryEscape("/a?token="+s)),
		"error":          fmt.Errorf("call: %w", &url.Error{Op: "Get", URL: u.String(), Err: io.EOF}),
		"errors":         []error{errors.Join(errors.New("password: " + s))},
		"error in a map": map[string]error{"e": errorer{s}},
		"log valuer":     logValuer{s},
		"log valuers":    []any{map[string]any{"x": logValuer{s}}},
		"hiding":         []hiding{s},
		"hiding pointer": &struct{ In pointerLog }{pointerLog{s}},
		"marshaler":      marshaler{s},
		"marshalers":     []marshaler{{s}},
		"raw":            json.RawMessage(`{"x":[{"access_token":"` + s + `"}]}`),
		"raw broken":     json.RawMessage(`{"access_token":"` + s),
		"texter":         map[string]any{"x": texter{s}},
		"texter key":     map[texter]int{{s}: 1},
		"stringer":       stringer{s},
		"stringers":      []fmt.Stringer{stringer{s}},
		"errorer":        errorer{s},
		"bytes":          []byte(`{"password":"` + s + `"}`),
		"bytes inside":   struct{ Body []byte }{[]byte("password=" + s)},
		"array of bytes": [21]byte([]byte("password=" + s)),
		"bytes by name":  struct{ Secret []byte }{[]byte(s)},
		"base64":         base64.StdEncoding.EncodeToString([]byte("password=" + s)),
		"basic":          "sent Basic " + base64.StdEncoding.EncodeToString([]byte("ann:"+s)),
		"json text":      `{"user":{"password":"` + s + `"}}`,
		"json twice":     fmt.Sprintf("%q", `{"user":{"password":"`+s+`"}}`),
		"%v":             fmt.Sprintf("%v", map[string]string{"password": s}),
		"%+v":            fmt.Sprintf("%+v", base{s}),
		"%#v":            fmt.Sprintf("%#v", base{s}),
		"header %v":      fmt.Sprintf("%v", http.Header{"Authorization": {"Bearer " + s}}),
		"pair":           []map[string]string{{"value": s, "name": "Authorization"}},
		"pair of struct": struct{ Key, Value string }{"api_key", s},
		"command":        []string{"login", "--password", s},
		"list of pairs":  [][]any{{"Set-Cookie", s}},
		"attrs":          []slog.Attr{slog.String("password", s), slog.Any("x", base{s})},
		"slog value":     map[string]slog.Value{"token": slog.StringValue(s)},
		"key":            map[string]int{"password=" + s: 1},
		"cycle":          cyclic,
		"deep":           deep,
		"interface":      any(new(any(new(base{s})))),
		"number":         map[string]any{"pin": 1, "card": 4111111111111111},
	}
}

func TestNoSecretGetsThrough(t *testing.T) {
	check := func(name string, write func(*slog.Logger)) {
		t.Helper()
		logger, out := newLogger(&seclog.HandlerOptions{Secrets: []string{"maiden_name"}})
		write(logger)
		text := out.String()
		if !json.Valid(out.Bytes()) {
			t.Errorf("%s: no JSON: %s", name, text)
		}
		for _, form := range []string{theSecret, base64.StdEncoding.EncodeToString([]byte(theSecret))[:12], base64.StdEncoding.EncodeToString([]byte("password=" + theSecret))[4:12], "4111111111111111"} {
			if strings.Contains(text, form) {
				t.Errorf("%s: %s", name, text)
			}
		}
		if text == "" {
			t.Errorf("%s: nothing is written", name)
		}
	}
	for name, v := range leaks() {
		check(name, func(l *slog.Logger) { l.Info("m", "x", v) })
		check(name+" with", func(l *slog.Logger) { l.With("x", v).Info("m") })
		check(name+" in a group", func(l *slog.Logger) { l.WithGroup("g").Info("m", slog.Group("h", slog.Any("x", v))) })
		check(name+" in a value", func(l *slog.Logger) { l.Info("m", "x", []any{struct{ V any }{v}}) })
		if s, ok := v.(string); ok {
			check(name+" as message", func(l *slog.Logger) { l.Info(s) })
			check(name+" as key", func(l *slog.Logger) { l.Info("m", s, 1) })
			check(name+" as reason", func(l *slog.Logger) { seclog.LoginFailed(t.Context(), l, seclog.User{ID: s}, s) })
		}
	}
	for _, name := range []string{
		"password", "PASSWORD", "userPassword", "password_hash", "Passwd", "db.pwd", "X-API-Key", "apiKeyValue", "Authorization", "proxy-authorization", "cookie", "Set-Cookie",
		"sessionId", "session_id", "refreshToken", "token", "token_value", "csrfToken", "clientSecret", "secret_value", "credentials", "private_key_pem", "otp", "PIN", "sid", "maidenName", "mother.maiden-name", "recoveryCodes", "jwt",
	} {
		check(name, func(l *slog.Logger) { l.Info("m", name, theSecret) })
		check(name, func(l *slog.Logger) { l.Info("m", slog.Group(name, "a", theSecret)) })
		check(name, func(l *slog.Logger) { l.WithGroup(name).Info("m", "a", theSecret) })
		check(name, func(l *slog.Logger) { l.WithGroup(name).With("a", theSecret).WithGroup("b").Info("m", "b", theSecret) })
		check(name, func(l *slog.Logger) { l.Info("m", name, []string{theSecret}) })
		check(name, func(l *slog.Logger) { l.Info("m", name, map[string]any{"a": theSecret}) })
		check(name, func(l *slog.Logger) { l.Info("m", "x", map[string]any{name: theSecret}) })
		check(name, func(l *slog.Logger) { l.Info("m", name, slog.AnyValue(struct{ A string }{theSecret})) })
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	logger, out := newLogger(nil)
	logger.Info("password changed for ann",
		"token_type", "Bearer", "token_count", 5, "password_changed_at", "2026-01-16", "passwordLength", 12, "mfa_ok", true, "passenger", "ann", "compass", "north", "author", "ann", "pinned", "yes", "side", "left", "id", "0123456789abcdef0123456789abcdef")
	want := `{"level":"INFO","msg":"password changed for ann","token_type":"Bearer","token_count":5,"password_changed_at":"2026-01-16","passwordLength":12,"mfa_ok":true,"passenger":"ann","compass":"north","author":"ann","pinned":"yes","side":"left","id":"0123456789abcdef0123456789abcdef"}` + "\n"
	if out.String() != want {
		t.Errorf("got %s", out)
	}
}

func TestLinesStayShort(t *testing.T) {
	const limit = 512 << 10
	big := strings.Repeat("é\x01", 1<<20)
	many := make([]any, 0, 20000)
	for i := range 10000 {
		many = append(many, fmt.Sprintf("k%d", i), big[:3000])
	}
	list, dict := make([]int, 1<<20), map[int]string{}
	for i := range 50000 {
		dict[i] = "x"
	}
	var wide any = 1
	for range 30 {
		wide = []any{wide, wide}
	}
	for i, args := range [][]any{{"a", big}, {"a", []string{big, big}}, many, {"a", list}, {"a", dict}, {"a", wide}, {big, 1}, {"a", map[string]int{big: 1}}, {slog.Group("g", many...)}} {
		logger, out := newLogger(nil)
		logger.WithGroup("x").Info(big, args...)
		if out.Len() > limit || !json.Valid(out.Bytes()) {
			t.Errorf("%d: %d bytes, valid: %v", i, out.Len(), json.Valid(out.Bytes()))
		}
		if !strings.Contains(out.String(), "cut") {
			t.Errorf("%d: nothing says that something is left out", i)
		}
	}
}

func TestHotPathAllocates(t *testing.T) {
	ctx := t.Context()
	f := func(name string, most float64, write func(*slog.Logger)) {
		t.Helper()
		logger := slog.New(seclog.NewHandler(io.Discard, &seclog.HandlerOptions{Service: "shop"})).With("version", "1.2.3")
		if n := testing.AllocsPerRun(200, func() { write(logger) }); n > most && !raceEnabled {
			t.Errorf("%s: %v allocations, at most %v", name, n, most)
		}
	}
	f("line", 0, func(l *slog.Logger) {
		l.LogAttrs(ctx, slog.LevelInfo, "order placed", slog.String("order", "A-1001"), slog.Int("items", 3), slog.Duration("took", time.Millisecond))
	})
	f("login", 3, func(l *slog.Logger) {
		seclog.LoginFailed(ctx, l, seclog.User{ID: "ann"}, "wrong_password")
	})
	f("level", 0, func(l *slog.Logger) { l.LogAttrs(ctx, slog.LevelDebug, "x", slog.String("a", "b")) })
}

// BenchmarkLine compares, in one run, with the JSON handler of the standard library:
// its ratio is how many times as long a line takes.
func BenchmarkLine(b *testing.B) {
	ctx := b.Context()
	bench := func(h slog.Handler, n int) time.Duration {
		logger := slog.New(h).With("service", "shop")
		start := time.Now()
		for range n {
			logger.LogAttrs(ctx, slog.LevelInfo, "order placed", slog.String("order", "A-1001"), slog.String("path", "/search/products?q=green+tea&page=2"),
				slog.Int("items", 3), slog.Bool("express", true), slog.Duration("took", time.Millisecond), slog.Group("usr", slog.String("id", "ann"), slog.String("name", "Ann Lee")))
		}
		return time.Since(start)
	}
	const n = 1000
	var ours, theirs time.Duration
	for b.Loop() {
		ours += bench(seclog.NewHandler(io.Discard, nil), n)
		theirs += bench(slog.NewJSONHandler(io.Discard, nil), n)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-of-slog.JSONHandler")
	b.ReportMetric(float64(ours)/float64(n*b.N), "ns/line")
	b.ReportMetric(float64(theirs)/float64(n*b.N), "ns/line-of-slog")
}

func FuzzHandler(f *testing.F) {
	f.Add("password", theSecret, `{"a":[{"token":"x"}]}`)
	f.Add("a", "Authorization: Bearer x", `[["Cookie","x"]]`)
	f.Add("g", "/?next=%2Fa%3Ftoken%3Dx", "\xff\x00{")
	f.Fuzz(func(t *testing.T, key, text, doc string) {
		logger, out := newLogger(nil)
		var v any
		if json.Unmarshal([]byte(doc), &v) != nil {
			v = doc
		}
		logger.With(key, text).WithGroup(key).With(slog.Group(doc, key, v)).Info(text, key, text, "raw", json.RawMessage(doc), "v", v,
			"form", url.Values{key: {text}}, "password", theSecret, slog.Any("", &seclog.Event{Category: key, Reason: text, User: seclog.User{ID: doc}}),
			"nested", map[string]any{key: []any{map[string]any{"user_password": theSecret, "t": text}}})
		if !json.Valid(out.Bytes()) {
			t.Fatalf("no JSON: %q", out)
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 {
			t.Fatalf("%d line ends", n)
		}
		if bytes.Contains(out.Bytes(), []byte(theSecret)) && !strings.Contains(key+text+doc, theSecret[:4]) {
			t.Fatalf("the secret is written: %s", out)
		}
	})
}
