package rule

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// scope returns what the templates of the tests read.
func scope() *Scope {
	e := event.New()
	e.Host, e.Service, e.Message = "web-1", "shop", "hello"
	e.Tags = []string{"env:prod", "dotted.tag:x", "bare"}
	e.Set("usr.id", event.StringValue("bob"))
	e.Set("http.url", event.StringValue("/a b?c=é&d"))
	e.Set("n", event.IntValue(42))
	e.Set("off", event.BoolValue(false))
	e.Set("evil", event.StringValue("a\r\n# forged\x1b[31m"))
	e.Set("empty", event.StringValue(""))
	list := e.NewArray()
	e.Append(list, event.StringValue("x"))
	e.Append(list, event.IntValue(1))
	e.Set("list", list)
	at := time.Date(2026, 1, 1, 0, 0, 0, 5e6, time.UTC).UnixNano()
	return &Scope{
		Event: e, Tags: []string{"team:sec"}, Severity: 3, Timestamp: at, FirstSeen: at - 60e9, LastSeen: at + 1e9,
		Rule: "Brute", Case: "Attempted", Events: 7, Unusual: "paths is 90 (usually 1 to 8)", Queries: []string{"a", "rate"}, Counts: []float64{6, 0.5},
	}
}

func TestTemplates(t *testing.T) {
	s := scope()
	f := func(text, want string) {
		t.Helper()
		tmpl, err := ParseTemplate(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got := string(tmpl.Render(nil, s)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	f("", "")
	f("no braces } {", "no braces } {")
	f("{{@usr.id}} and {{ @usr.id }} and {{{@usr.id}}}", "bob and bob and bob")
	f("{{@@usr.id}}", "bob")
	f("{{@nothing}}{{nothing}}", "")
	f("{{@n}} {{@off}} {{@list}}", `42 false ["x",1]`)
	f("{{host}} {{service}} {{message}}", "web-1 shop hello")
	f("{{env}} {{env.name}} {{[dotted.tag].name}} {{[dotted.tag]}} {{dotted.tag}} {{team}}", "prod prod x x x sec")
	f("{{severity}} {{rule_name}} {{case_name}}", "3 Brute Attempted")
	f("{{timestamp}} {{timestamp_epoch}}", "2026-01-01T00:00:00.005Z 1767225600005")
	f("{{first_seen_epoch}} {{last_seen}}", "1767225540005 2026-01-01T00:00:01.005Z")
	f("{{events_matched}} {{events_matched_per_query.a}} {{events_matched_per_query.rate}}{{events_matched_per_query.x}}", "7 6 0.5")
	f("{{unusual}}", "paths is 90 (usually 1 to 8)")
	f("{{#if @usr.id}}yes{{/if}}{{#if @empty}}no{{/if}}{{#if @nothing}}no{{else}}else{{/if}}{{#if @off}}no{{/if}}", "yeselse")
	f("{{^if @nothing}}yes{{/if}}{{#unless @usr.id}}no{{/unless}}", "yes")
	f(`{{#is_match "usr.id" "o"}}tag{{/is_match}}{{#is_match "@usr.id" "x" "ob"}}yes{{/is_match}}`, "yes")
	f(`{{^is_match "@usr.id" "x"}}yes{{/is_match}}`, "yes")
	f(`{{#is_exact_match "severity" 3}}High{{/is_exact_match}}{{#is_exact_match "severity" 4}}Critical{{/is_exact_match}}`, "High")
	f(`{{#is_exact_match "@nothing" ""}}none{{/is_exact_match}}`, "none")
	f(`{{#if @n}}{{#if @usr.id}}both{{/if}}{{/if}}`, "both")
	f(`{{local_time "timestamp" "Asia/Tokyo"}}`, "2026-01-01 09:00:00 JST")
	f(`{{local_time "first_seen_epoch" "UTC"}}{{local_time "@usr.id" "UTC"}}`, "2025-12-31 23:59:00 UTC")
	f(`{{eval "first_seen_epoch-15*60*1000"}}`, "1767224640005")
	f(`{{eval "(1 + 2) * -3 / 2 % 4"}} {{eval "@n + 0.5"}} {{eval "1/0"}}{{eval "@usr.id + 1"}}`, "-0.5 42.5 ")
	f(`{{urlencode "@http.url"}}`, "%2Fa+b%3Fc%3D%C3%A9%26d")
	f("{{! note }}{{!-- }} --}}x", "x")
	f(`\{{@usr.id}}`, "{{@usr.id}}")
	f("{{{{raw}}}}{{@usr.id}}{{{{/raw}}}} {{@usr.id}}", "{{@usr.id}} bob")
	// A value cannot begin a line or steer a terminal.
	f("{{@evil}}", "a  # forged [31m")
}

func TestTemplateFaults(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := ParseTemplate(text)
		if err == nil {
			t.Errorf("%s: accepted", text)
			return
		}
		if got := err.Error(); got != strings.Join(want, "\n") {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, strings.Join(want, "\n"))
		}
	}
	f("ab {{@x", "column 4: {{ is not closed by }}")
	f("{{{@x}}", "column 1: {{{ is not closed by }}}")
	f("{{}}", "column 1: the braces are empty")
	f("{{ @ }}", `column 4: "@" is no variable: want @attribute, tag or [dotted.tag].name`)
	f("{{[x}}", `column 3: "[x" is no variable: want @attribute, tag or [dotted.tag].name`)
	f("{{#if @x}}", "column 1: the block {{#if}} is not closed by {{/if}}")
	f("{{/if}}", "column 1: {{/if}} closes no block")
	f("{{else}}", "column 1: {{else}} outside a block")
	f("{{#if}}{{/if}}", "column 1: {{#if}} wants one variable")
	f("{{#if @x}}{{/is_match}}", `column 11: {{/is_match}} closes the block {{#if}} (did you mean "/if"?)`)
	f(`{{#is_mach "x" "y"}}{{/is_mach}}`, `column 1: unknown block "is_mach" (did you mean "is_match"?)`)
	f(`{{#is_match "x"}}{{/is_match}}`, `column 1: {{#is_match}} wants a variable and at least one text: {{#is_match "usr.id" "root"}}`)
	f(`{{localtime "x" "UTC"}}`, `column 3: unknown helper "localtime" (did you mean "local_time"?)`)
	f(`{{local_time "timestamp" "Mars/Olympus"}}`, `column 27: unknown time zone "Mars/Olympus"`)
	f(`{{local_time "timestamp" "Local"}}`, `column 27: unknown time zone "Local"`)
	f(`{{eval "1 +"}}`, "column 12: want a number or variable")
	f(`{{eval "1 2"}}`, `column 11: want an operator or the end, found "2"`)
	f(`{{urlencode "x}}`, "column 13: the quote is not closed")
	f("{{{{raw}}}} x", "column 1: the block {{{{raw}}}} is not closed by {{{{/raw}}}}")
	f("{{}} {{}}", "column 1: the braces are empty", "column 6: the braces are empty")
	f(strings.Repeat("x", maxTemplateBytes+1), "column 1: the template is longer than 262144 bytes")
}

func TestRenderedTextIsBounded(t *testing.T) {
	s := scope()
	s.Event.Set("long", event.StringValue(strings.Repeat("é", 100_000)))
	tmpl, err := ParseTemplate(strings.Repeat("{{@long}} {{urlencode \"@long\"}} ", 1000))
	if err != nil {
		t.Fatal(err)
	}
	got := tmpl.Render([]byte("before "), s)
	if len(got) > MaxRendered+20 || !utf8.Valid(got) || !strings.HasPrefix(string(got), "before é") || !strings.HasSuffix(string(got), "…") {
		t.Errorf("%d bytes, valid %v", len(got), utf8.Valid(got))
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"{{@a.b}} {{x.name}}", `{{#is_match "a" "b"}}{{else}}{{/is_match}}`, "{{{{raw}}}}{{{{/raw}}}}", `{{eval "1-(2*@x)"}}`,
		`{{local_time "timestamp" "UTC"}}`, "{{!-- --}}", `\{{`, "{{[a.b].name}}",
	} {
		f.Add(seed)
	}
	s := scope()
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := ParseTemplate(text)
		if err != nil {
			return
		}
		if got := tmpl.Render(nil, s); len(got) > MaxRendered+len("…") {
			t.Fatalf("%d bytes", len(got))
		}
		tmpl.Render(nil, &Scope{})
	})
}
