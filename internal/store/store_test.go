package store

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// fromJSON returns an event with the attributes.
func fromJSON(tb testing.TB, attributes string) *event.Event {
	tb.Helper()
	e := event.New()
	v, n, err := e.DecodeJSON(attributes, event.JSONOptions{Exact: true})
	if err != nil || n != len(attributes) {
		tb.Fatalf("%s: %v", attributes, err)
	}
	for key, v := range e.Items(v) {
		e.AddMember(e.Root(), key, v)
	}
	return e
}

// stored returns a store in a new folder that holds the events.
func stored(tb testing.TB, opts WriterOptions, events ...*event.Event) *Store {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "logs")
	s, err := Create(dir)
	if err != nil {
		tb.Fatal(err)
	}
	w := s.Writer(opts)
	for _, e := range events {
		if err := w.Append(e); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Commit(nil); err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return reopened(tb, dir)
}

func reopened(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// whole is everything of an event that is kept: the record, and attributes that it
// hides behind official fields.
func whole(e *event.Event) string {
	return string(e.AppendRecord(nil)) + string(e.AppendJSON(nil, e.Root()))
}

func all(tb testing.TB, s *Store, want Search) []string {
	tb.Helper()
	var out []string
	result, err := s.Each(tb.Context(), want, func(e *event.Event) error {
		out = append(out, whole(e))
		return nil
	})
	if err != nil || len(result.Problems) > 0 || result.Matched != int64(len(out)) {
		tb.Fatalf("found %d, %+v, error %v", len(out), result, err)
	}
	return out
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	deep := strings.Repeat("[", 70) + "1" + strings.Repeat("]", 70)
	texts := []string{
		`{}`, `{"a":1,"b":2.5,"c":"x","d":true,"e":false,"f":null}`,
		`{"a":"text where others have a number","b":1,"c":1.0,"d":"true"}`,
		`{"a":{"b":{"c":1}},"a.b":{"c":2},"a.b.c":3,"a":{"b.c":4}}`,
		`{"a":1,"a":2,"a":"3","a":[4]}`,
		`{"x":[],"y":{},"z":[{}],"w":[[],[null,1,"s",{"k":[1.5]}]],"deep":` + deep + `}`,
		`{"":"empty key","a..b":1,".":2,"a.":{"":3},"\u0000":"nul","日本語":"値","\"\\":"quotes"}`,
		`{"i":9223372036854775807,"j":-9223372036854775808,"k":[-9223372036854775808],"l":1e300,"m":-0.0,"n":5e-324,"o":100000000000000000000}`,
		`{"s":"\u202e\u0000\u001b[31m \ud83d\ude00\ufffd","t":"","u":" ","v":"\\\"{}:,"}`,
		`{"status":"hidden","message":"hidden too","timestamp":5,"tags":["a"],"source":{"ip":"1.2.3.4"},"_shape":"x","@a":1,"_more":{}}`,
		`{"A":1,"a":2,"Å":3}`,
	}
	var events []*event.Event
	for i, text := range texts {
		e := fromJSON(t, text)
		e.Message, e.Source = fmt.Sprintf("line %d\nof two\tand \xff", i), "app"
		if i%2 == 0 {
			e.Status, e.Service, e.Host, e.TraceID, e.SpanID = "warn", "shop", "web\x01", "t1", "s1"
			e.Tags = []string{"env:prod", "", "日本", `"`}
			e.Time = int64(i+1)*1e18 + 123456789
		}
		events = append(events, e)
	}
	odd := event.New()
	odd.SetKey(odd.Root(), "bytes", event.StringValue("a\xffb\xc3"))
	odd.SetKey(odd.Root(), "k\xff", event.StringValue("bad key"))
	odd.SetKey(odd.Root(), "inf", event.FloatValue(math.Inf(1)))
	odd.SetKey(odd.Root(), "nan", event.FloatValue(math.NaN()))
	odd.Time, odd.Source = -5, "Strange Source/../x"
	events = append(events, odd, event.New())
	for _, opts := range []WriterOptions{{}, {PartRows: 3}, {GroupRows: 2}, {PartBytes: 1}, {Memory: 600}} {
		s := stored(t, opts, events...)
		got := map[string]int{}
		for _, text := range all(t, s, Search{}) {
			got[text]++
		}
		for _, e := range events {
			if got[whole(e)]--; got[whole(e)] < 0 {
				t.Errorf("%+v: lost %s", opts, whole(e))
			}
		}
		if n := len(all(t, s, Search{})); n != len(events) {
			t.Errorf("%+v: %d events, want %d", opts, n, len(events))
		}
	}
}

func TestMoreAttributesThanColumns(t *testing.T) {
	var events []*event.Event
	for i := range 40 {
		e := event.New()
		e.Source = "app"
		for k := range 30 {
			e.Set(fmt.Sprintf("a%d.b%d", (i*7+k)%400, k), event.IntValue(int64(i*k)))
		}
		e.Set("ratio", event.FloatValue(float64(i)/3))
		events = append(events, e)
	}
	got := all(t, stored(t, WriterOptions{}, events...), Search{})
	for i, e := range events {
		if got[i] != whole(e) {
			t.Fatalf("got %s, want %s", got[i], whole(e))
		}
	}
}

// A million names of sources and days must not become a million files.
func TestStrangersDoNotChooseTheNumberOfFiles(t *testing.T) {
	var events []*event.Event
	for i := range 300 {
		e := event.New()
		e.Source, e.Time = fmt.Sprintf("s%d", i), int64(i)*int64(24*time.Hour)+1
		events = append(events, e)
	}
	s := stored(t, WriterOptions{}, events...)
	if n := len(s.Parts()); n > 2*maxOpen+4 {
		t.Errorf("%d parts", n)
	}
	if n := len(all(t, s, Search{Since: 1})); n != len(events) {
		t.Errorf("%d events, want %d", n, len(events))
	}
	for _, source := range []string{"s0", "s150", "s299"} { // the last ones share a part
		q, err := query.Parse("source:" + source)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(all(t, s, Search{Query: q})); n != 1 {
			t.Errorf("%d events of %s, want 1", n, source)
		}
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	s, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := s.Writer(WriterOptions{Memory: 1 << 20})
	e := event.New()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 6000 {
		e.Reset()
		e.Message, e.Time = strings.Repeat("x", 300), random.Int64N(1e16)
		e.Set("id", event.IntValue(int64(i)))
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
		if w.bytes > 1<<20 {
			t.Fatalf("%d bytes wait to be written", w.bytes)
		}
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "day=*"))
	if err != nil || len(left) > 0 || len(s.Parts()) > 0 {
		t.Errorf("what was taken back left %v, %v", left, err)
	}
}

func TestNothingIsThereUntilCommit(t *testing.T) {
	dir := t.TempDir()
	s, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := s.Writer(WriterOptions{PartRows: 1})
	e := fromJSON(t, `{"a":1}`)
	if err := w.Append(e); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(map[string]uint64{"logs": 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("two runs write: %v", err)
	}
	if err := w.Append(e); err != nil { // written, and then the power goes
		t.Fatal(err)
	}
	name := w.done[0].Name
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, reopened(t, dir), Search{})); n != 1 {
		t.Errorf("%d events before the next run, want 1", n)
	}
	if s, err = Edit(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Parts()) != 1 || s.Positions()["logs"] != 7 || len(s.Problems()) != 1 || s.Problems()[0].File != name {
		t.Errorf("parts %v, positions %v, problems %v", s.Parts(), s.Positions(), s.Problems())
	}
	if _, err := os.Stat(filepath.Join(dir, asideName, strings.ReplaceAll(name, "/", "_"))); err != nil {
		t.Error(err)
	}
	w = s.Writer(WriterOptions{})
	if err := w.Append(e); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(nil); err != nil {
		t.Fatal(err)
	}
	if s.Parts()[1].Name == name {
		t.Error("a name was used twice")
	}
}

func TestUntilIsExcluded(t *testing.T) {
	var events []*event.Event
	for i := range 4 {
		e := event.New()
		e.Time = int64(10 * i) // the first has none
		events = append(events, e)
	}
	for _, opts := range []WriterOptions{{}, {PartRows: 1}, {GroupRows: 1}} {
		s := stored(t, opts, events...)
		f := func(since, until int64, want int) {
			t.Helper()
			if n := len(all(t, s, Search{Since: since, Until: until})); n != want {
				t.Errorf("%+v: %d events from %d until %d, want %d", opts, n, since, until, want)
			}
		}
		f(10, 30, 2)
		f(10, 31, 3)
		f(11, 30, 1)
		f(0, 20, 1)
		f(30, 0, 1)
		f(-5, 10, 0)
	}
}

func TestOfTheSameTimeTheLastStoredIsTheNewest(t *testing.T) {
	var events []*event.Event
	for i := range 6 {
		e := fromJSON(t, fmt.Sprintf(`{"n":%d}`, i))
		e.Time = 5
		events = append(events, e)
	}
	for _, opts := range []WriterOptions{{PartRows: 2}, {GroupRows: 2}} {
		found, _, err := stored(t, opts, events...).Newest(t.Context(), Search{}, 3)
		if err != nil || len(found) != 3 {
			t.Fatal(found, err)
		}
		for i, e := range found {
			if whole(e) != whole(events[5-i]) {
				t.Errorf("%+v: number %d is %s", opts, i+1, whole(e))
			}
		}
	}
}
