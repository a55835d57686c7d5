package app

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect/detecttest"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// printed is an element of a template that writes a value of the event.
var printed = regexp.MustCompile(`\{\{@?[a-zA-Z_][\w.-]*\}\}`)

// Around each value that a message under test writes: what is empty between them
// is a hole in the sentence.
const holeBegin, holeEnd = "⟦", "⟧"

// TestMessagesOfShippedRulesHaveNoHoles plays the tests of every rule, takes away
// one by one and all together the values that the messages write, and reads the
// messages of the signals that still open. Messages that can name a service or a
// host must name those that there are.
func TestMessagesOfShippedRulesHaveNoHoles(t *testing.T) {
	rules, err := rule.Load(content.FS(), "rules")
	if err != nil {
		t.Fatal(err)
	}
	tables := lookup.NewTables()
	tables.AddThreats(Blocklist, lookup.NewList(netip.MustParsePrefix("198.51.100.0/24")))
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			data, err := fs.ReadFile(content.FS(), detecttest.FileName(r.File))
			if err != nil {
				t.Fatal(err)
			}
			file, err := detecttest.Decode(detecttest.FileName(r.File), data)
			if err != nil {
				t.Fatal(err)
			}
			m := messages{t: t, rule: marked(t, r), tables: tables, beside: sourcesOf(r, rules), seen: map[string]bool{}}
			for _, test := range file.Tests {
				m.play(test)
			}
			if len(m.seen) == 0 {
				t.Error("no test opens a signal")
			}
		})
	}
}

// marked returns a copy of the rule that writes marks around every value.
func marked(t *testing.T, r *rule.Rule) *rule.Rule {
	t.Helper()
	parse := func(text string) *rule.Template {
		tmpl, err := rule.ParseTemplate(printed.ReplaceAllStringFunc(text, func(v string) string {
			if v == "{{else}}" { // no value
				return v
			}
			return holeBegin + v + holeEnd
		}))
		if err != nil {
			t.Fatal(err)
		}
		return tmpl
	}
	out := *r
	out.Text, out.TextJA = parse(r.Message), parse(r.MessageJA)
	return &out
}

// messages plays the tests of one rule.
type messages struct {
	t      *testing.T
	rule   *rule.Rule
	tables rule.Tables
	beside []*rule.Rule
	seen   map[string]bool // messages that were read
	want   []string        // what every message must name
}

// play plays the test as it is, with a host and a service, and without the values
// that the messages write.
func (m *messages) play(test detecttest.Test) {
	m.t.Helper()
	if len(test.Signals) == 0 {
		return
	}
	m.signals(test, "as written")
	m.want = nil
	for value, name := range map[string]string{"{{service}}": "shop", "{{host}}": "web-1"} {
		if strings.Contains(m.rule.Message, value) {
			m.want = append(m.want, name)
		}
	}
	m.signals(changed(test, func(e *detecttest.Event) { e.Source, e.Host, e.Service = cmp.Or(e.Source, "json"), "web-1", "shop" }),
		"with a host and a service")
	m.want = nil
	bare := test
	for _, name := range slices.Compact(slices.Sorted(slices.Values(printed.FindAllString(m.rule.Message+m.rule.MessageJA, -1)))) {
		name = strings.Trim(name, "{@}")
		less := changed(bare, func(e *detecttest.Event) { without(e, name) })
		m.signals(changed(test, func(e *detecttest.Event) { without(e, name) }), "without "+name)
		if m.signals(less, "without "+name+" and others") {
			bare = less
		}
	}
}

// signals reads the messages of the test's signals; it reports whether there were
// any.
func (m *messages) signals(test detecttest.Test, how string) bool {
	m.t.Helper()
	opened := false
	for _, failure := range detecttest.Play(m.rule, test, m.tables, func(f signal.Finding) {
		opened = true
		for _, text := range []string{f.Signal.Message, f.Signal.MessageJA} {
			for _, name := range m.want {
				if !strings.Contains(text, name) {
					m.t.Errorf("%s (%s): does not name %s:\n%s", test.Name, how, name, text)
				}
			}
			if m.seen[text] {
				continue
			}
			m.seen[text] = true
			if fault := faultOf(text); fault != "" {
				m.t.Errorf("%s (%s): %s:\n%s", test.Name, how, fault, text)
			}
		}
	}, m.beside...) {
		m.t.Error(failure)
	}
	return opened
}

// changed returns the test with every event changed.
func changed(test detecttest.Test, change func(*detecttest.Event)) detecttest.Test {
	test.Events = slices.Clone(test.Events)
	for i := range test.Events {
		e := &test.Events[i]
		e.Attributes = maps.Clone(e.Attributes)
		change(e)
	}
	return test
}

// without takes the value away from the event.
func without(e *detecttest.Event, name string) {
	switch name {
	case "host":
		e.Host = ""
	case "service":
		e.Service = ""
	case "source":
		e.Source = ""
	}
	maps.DeleteFunc(e.Attributes, func(key string, _ any) bool {
		return key == name || strings.HasPrefix(key, name+".")
	})
}

// faulty are the marks of a sentence that lost a word.
var faulty = regexp.MustCompile(`\S {2,}|\*{4}|\(\)|（）|\( | \)|（ | ）| [.,;:!?、。](?:\s|$)|(?m: $|^ \S)|(?m:^\*\* )|: *$|: *\*\*|\b(?:on|from|of|as|for|by|with) +(?:[.,;:)]|\*\*)|\p{Hiragana} [\p{Hiragana}\p{Katakana}\p{Han}]`)

// faultOf says what is wrong with a message, "" when it reads well.
func faultOf(text string) string {
	if strings.Contains(text, holeBegin+holeEnd) {
		return "writes an empty value"
	}
	plain := strings.NewReplacer(holeBegin, "", holeEnd, "").Replace(text)
	if at := faulty.FindStringIndex(plain); at != nil {
		return fmt.Sprintf("%q", plain[at[0]:at[1]])
	}
	return ""
}
