package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

func render(t *testing.T, d Document) string {
	t.Helper()
	var b strings.Builder
	if err := WriteHTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func runbook(path string, l Lang) string {
	if !strings.HasPrefix(path, "authentication/") {
		return ""
	}
	return l.pick(
		"# Brute force\n\n## What it means\nMany logins failed from one address.\n\n## How to check\n1. Look for a success: `@evt.outcome:success`\n2. Ask the owner\n\n## What to do\n- Block the address\n- Change the password\n\n```\nsasumata respond block 203.0.113.42\n```\n",
		"# 総当たり攻撃\n\n## 意味\n一つのアドレスから多数のログイン失敗がありました。\n\n## 確認\n1. 成功がないか調べる: `@evt.outcome:success`\n2. 本人に確認する\n\n## 対応\n- アドレスを遮断する\n- パスワードを変更する\n\n```\nsasumata respond block 203.0.113.42\n```\n",
	)
}

func document(t *testing.T, l Lang) Document {
	t.Helper()
	book, _ := found()
	return Document{
		Lang: l, Zone: time.FixedZone("JST", 9*3600), Files: []string{"/var/log/auth.log", "/var/log/nginx/access.log"},
		Summary: day(t), Signals: book, Runbook: runbook, Version: "0.1.0", Rules: 42, Options: []string{"--source auto", "--zone Asia/Tokyo"},
	}
}

func TestHTMLReport(t *testing.T) {
	for _, l := range []Lang{English, Japanese} {
		golden(t, "report_"+l.String()+".html", render(t, document(t, l)))
	}
}

func TestHTMLOfNothing(t *testing.T) {
	page := render(t, Document{Summary: NewSummary()})
	for _, want := range []string{english().VerdictNone, english().TimelineEmpty, english().UnparsedNone} {
		if !strings.Contains(page, want) {
			t.Errorf("the empty report does not say %q", want)
		}
	}
}

func hostilePage(t *testing.T, l Lang) string {
	t.Helper()
	book := signal.NewBook(0)
	open(book, evil())
	return render(t, Document{
		Lang: l, Files: []string{hostile}, Summary: evilSummary(), Signals: book, Version: hostile, Options: []string{hostile},
		Runbook: func(string, Lang) string { return hostile + strings.Repeat("`**\n", 1<<18) }, MaxSignals: 10,
	})
}

func TestHTMLOfHostileText(t *testing.T) {
	for _, l := range []Lang{English, Japanese} {
		page := hostilePage(t, l)
		golden(t, "hostile_"+l.String()+".html", page)
		for _, bad := range []string{"<script>alert", "<img", "\x1b", "\x07", "\u202e", "\u009b", "\u200b", "\xff", "\U000e0041", "\r"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page holds %q", l, bad)
			}
		}
		if n := len(page); n > 300_000 {
			t.Errorf("%s: the page has %d bytes for texts of 1 MB", l, n)
		}
	}
}

// attributes returns the values of the named attributes in the page.
func attributes(page, names string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?i)\s(?:`+names+`)\s*=\s*"([^"]*)"`).FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestHTMLLoadsNothing(t *testing.T) {
	pages := map[string]string{"english": render(t, document(t, English)), "hostile": hostilePage(t, Japanese)}
	for name, page := range pages {
		for _, target := range attributes(page, "src|href|srcset|action|formaction|poster|data|ping|xlink:href|background") {
			if !strings.HasPrefix(target, "#") {
				t.Errorf("%s: the page refers to %q", name, target)
			}
		}
		if events := attributes(page, `on[a-z]+|style`); len(events) > 0 {
			t.Errorf("%s: inline handlers or styles, which the policy forbids: %q", name, events)
		}
		for _, bad := range []string{"url(", "@import", "@font-face", "<link", "<iframe", "<object", "<embed", "<base"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
	}
}

func TestHTMLPolicyKnowsStyleAndScript(t *testing.T) {
	page := render(t, document(t, English))
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1]
	if !strings.HasPrefix(policy, "default-src &#39;none&#39;") {
		t.Errorf("policy %q does not begin with default-src 'none'", policy)
	}
	for _, tag := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(page, "<"+tag+">")
		body, _, _ := strings.Cut(rest, "</"+tag+">")
		sum := sha256.Sum256([]byte(body))
		want := base64.StdEncoding.EncodeToString(sum[:])
		if !strings.Contains(strings.ReplaceAll(policy, "&#43;", "+"), tag+"-src &#39;sha256-"+want) {
			t.Errorf("the policy does not allow the page's own %s (%s): %s", tag, want, policy)
		}
	}
}

func TestHTMLIsAccessible(t *testing.T) {
	page := render(t, document(t, Japanese))
	for _, want := range []string{`<html lang="ja">`, "<main>", "<header", "<nav aria-label=", `class="skip" href="#signals"`, "<caption>", `scope="col"`, `scope="row"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	ids := map[string]bool{}
	for _, id := range attributes(page, "id") {
		if ids[id] {
			t.Errorf("id %q stands twice", id)
		}
		ids[id] = true
	}
	for _, ref := range attributes(page, "href|aria-labelledby|aria-describedby") {
		for id := range strings.FieldsSeq(strings.TrimPrefix(ref, "#")) {
			if !ids[id] {
				t.Errorf("reference to %q, which does not exist", id)
			}
		}
	}
	for _, s := range severities() {
		sign := fmt.Sprintf(`<span aria-hidden="true">%s</span> %s`, shape(s), japanese().Severity[s])
		if !strings.Contains(page, sign) {
			t.Errorf("severity %s is not shown as shape and word", s)
		}
	}
}

func TestHTMLListsTheGravest(t *testing.T) {
	d := document(t, English)
	d.MaxSignals = 2
	page := render(t, d)
	if n := strings.Count(page, `<tbody class="signal`); n != 2 {
		t.Errorf("%d signals listed, want 2", n)
	}
	if n := strings.Count(page, `<tbody class="signal s-critical"`); n != 2 {
		t.Errorf("%d critical signals listed, want 2", n)
	}
	if want := "The 2 gravest of 12 signals"; !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
}

func TestHTMLSaysWhatIsUnusual(t *testing.T) {
	f := func(l Lang, want string) {
		t.Helper()
		d := document(t, l)
		for one := range d.Signals.All() {
			one.Unusual = []signal.Unusual{{Feature: "errors/requests<b>", Value: 0.98, Low: 0, High: 0.25}}
		}
		if page := render(t, d); !strings.Contains(page, want) {
			t.Errorf("%v: the page does not have %q", l, want)
		}
	}
	f(English, "<dt>Unusual</dt><dd>errors/requests&lt;b&gt; is 0.98 (usually 0 to 0.25)</dd>")
	f(Japanese, "<dt>通常との違い</dt><dd>errors/requests&lt;b&gt; は 0.98（通常は 0～0.25）</dd>")
}
