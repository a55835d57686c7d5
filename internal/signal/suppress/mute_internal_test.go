package suppress

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// FuzzMutedValue: whatever a log writes, the search for it finds that and nothing else.
func FuzzMutedValue(f *testing.F) {
	for _, value := range []string{"203.0.113.7", `a "b\c`, "a*b?", "x OR *", "[1 TO 2]", "-5", "0x10", "日本語", " ", "(", "N/A", `\`, "*"} {
		f.Add("usr.id", value)
		f.Add("env", value)
	}
	f.Add("a b.c:d", "x")
	f.Add("-x.y", "x")
	f.Fuzz(func(t *testing.T, path, value string) {
		if value == "" || !utf8.ValidString(path) || !utf8.ValidString(value) || strings.ContainsFunc(path+value, unicode.IsControl) || strings.ContainsRune(path+value, utf8.RuneError) {
			return
		}
		if strings.Trim(path, ".@#") != path || path == "" || strings.Contains(path, "..") {
			return // no rule groups by it
		}
		s := muted{RuleID: value, Group: map[string]string{path: value}}
		text, err := s.query(nil)
		if err != nil || value == noValue {
			return
		}
		q, err := query.Parse(text)
		if err != nil {
			t.Fatalf("%q of %q is %q: %v", value, path, text, err)
		}
		if strings.Contains(path, ".") {
			e := event.New()
			if e.Set(path, event.StringValue(value)); !q.Match(e) {
				t.Errorf("%s does not find %q at %q", text, value, path)
			}
			e = event.New()
			if e.Set(path, event.StringValue(value+"x")); q.Match(e) {
				t.Errorf("%s finds %q", text, value+"x")
			}
		}
		if q.Match(event.New()) {
			t.Errorf("%s finds anything", text)
		}
		rules, err := query.Parse("ruleId:" + quoted(value))
		if err != nil {
			t.Fatalf("rule %q: %v", value, err)
		}
		e := event.New()
		if e.Set("ruleId", event.StringValue(value)); !rules.Match(e) {
			t.Errorf("%s does not find the rule %q", rules, value)
		}
	})
}
