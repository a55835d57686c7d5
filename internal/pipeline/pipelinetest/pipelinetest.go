// Package pipelinetest runs the tests that stand beside pipelines: raw lines and
// the events that must come of them.
package pipelinetest

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// File is a test document: <pipeline>_test.yaml.
type File struct {
	Tests []Test `doc:"tests,required"`
}

// Test is one line and what must come of it. What a test does not name is not
// compared.
type Test struct {
	document.Pos

	// Name says what the test shows.
	Name string `doc:"name,required"`
	// Line is the raw line.
	Line string `doc:"line,required"`
	// Hint is the source that the user names; empty means detection.
	Hint string `doc:"hint"`
	// Now and TimeZone complete dates without a year or zone. The defaults are
	// 2027-01-01T00:00:00Z and UTC.
	Now      string `doc:"now"`
	TimeZone string `doc:"tz"`

	// Source, Service, Status, Message, Host and Time are the official fields.
	Source  string `doc:"source"`
	Service string `doc:"service"`
	Status  string `doc:"status"`
	Message string `doc:"message"`
	Host    string `doc:"host"`
	Time    string `doc:"time"`
	// Repeat is how many events the line stands for.
	Repeat int `doc:"repeat"`
	// Attributes are compared one by one, by path.
	Attributes map[string]any `doc:"attributes"`
	// Absent lists paths at which nothing may be.
	Absent []string `doc:"absent"`
	// Unparsed says that nothing understands the line.
	Unparsed bool `doc:"unparsed"`
}

// Failure is one difference.
type Failure struct {
	Pos  document.Pos
	Name string
	Text string
}

// String returns the place, the test's name and the difference.
func (f Failure) String() string { return fmt.Sprintf("%v: %s: %s", f.Pos, f.Name, f.Text) }

// RunDir runs the tests of every _test.yaml file below dir against the set and
// returns how many tests there were, with what differs.
func RunDir(set *pipeline.Set, fsys fs.FS, dir string) (tests int, failures []Failure, err error) {
	err = fs.WalkDir(fsys, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(strings.TrimSuffix(file, path.Ext(file)), "_test") {
			return err
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return fmt.Errorf("read pipeline test: %w", err)
		}
		var f File
		if err := document.Decode(file, data, &f, document.Options{}); err != nil {
			return err
		}
		for i := range f.Tests {
			tests++
			failures = append(failures, f.Tests[i].run(set)...)
		}
		return nil
	})
	return tests, failures, err
}

// run returns the differences of one test.
func (t *Test) run(set *pipeline.Set) []Failure {
	clock, err := t.clock()
	if err != nil {
		return []Failure{{t.Pos, t.Name, err.Error()}}
	}
	e := event.New()
	e.Raw = t.Line
	parsed := set.Process(e, set.Hint(t.Hint), pipeline.NewMachine(clock))
	var all []Failure
	differ := func(what, got, want string) {
		if got != want {
			all = append(all, Failure{t.Pos, t.Name, fmt.Sprintf("%s is %q, want %q", what, got, want)})
		}
	}
	differ("parsed", strconv.FormatBool(parsed), strconv.FormatBool(!t.Unparsed))
	for _, official := range [...]struct{ name, got, want string }{
		{"source", e.Source, t.Source},
		{"service", e.Service, t.Service},
		{"status", e.Status, t.Status},
		{"message", e.Message, t.Message},
		{"host", e.Host, t.Host},
	} {
		if official.want != "" {
			differ(official.name, official.got, official.want)
		}
	}
	if t.Repeat != 0 {
		differ("repeat", strconv.Itoa(e.Repeat), strconv.Itoa(t.Repeat))
	}
	if t.Time != "" {
		want, err := time.Parse(time.RFC3339Nano, t.Time)
		if err != nil {
			return append(all, Failure{t.Pos, t.Name, err.Error()})
		}
		differ("time", time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano), want.UTC().Format(time.RFC3339Nano))
	}
	for _, name := range sorted(t.Attributes) {
		got := "absent"
		if v, ok := e.Get(name); ok {
			got = string(e.AppendJSON(nil, v))
		}
		differ(name, got, literal(e, t.Attributes[name]))
	}
	for _, name := range t.Absent {
		if v, ok := e.Get(name); ok {
			differ(name, string(e.AppendJSON(nil, v)), "absent")
		}
	}
	return all
}

func (t *Test) clock() (dates.Clock, error) {
	clock := dates.Clock{Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Location: time.UTC}
	if t.TimeZone != "" {
		zone, err := time.LoadLocation(t.TimeZone)
		if err != nil {
			return clock, fmt.Errorf("time zone: %w", err)
		}
		clock.Location = zone
	}
	if t.Now != "" {
		now, err := time.Parse(time.RFC3339, t.Now)
		if err != nil {
			return clock, fmt.Errorf("now: %w", err)
		}
		clock.Now = now
	}
	return clock, nil
}

// literal returns the JSON of a value as the test document has it.
func literal(e *event.Event, v any) string {
	switch v := v.(type) {
	case string:
		return string(event.AppendJSONString(nil, v))
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return string(e.AppendJSON(nil, event.FloatValue(v)))
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = literal(e, element)
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return fmt.Sprint(v)
	}
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
