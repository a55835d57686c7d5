package report

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// hostile is text that an attacker writes into a log: markup, terminal commands,
// text that runs backwards, characters without a shape, bytes that are not UTF-8.
const hostile = "<script>alert(1)</script>\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u202c \u009b31m \u200b\xff\xfe '\"><img src=//x.test/p onerror=1> " +
	"{{.T}} e\u0301\u0301\u0301\u0301\u0301\u0301 \U000e0041\r\nHIGH forged line"

func at(clock string) int64 {
	t, err := time.Parse("2006-01-02 15:04:05", "2026-01-16 "+clock)
	if err != nil {
		panic(err)
	}
	return t.UnixNano()
}

// webEvent returns an access log event as the pipeline makes it.
func webEvent(e *event.Event, ns int64, ip, path string, status int64) *event.Event {
	e.Reset()
	e.Time, e.Source, e.Service = ns, "nginx", "shop"
	e.Status = "ok"
	if status >= 400 {
		e.Status = "warn"
	}
	e.Set(event.ClientIP, event.StringValue(ip))
	e.Set(event.HTTPMethod, event.StringValue("GET"))
	e.Set(event.HTTPURL, event.StringValue(path+"?q=1"))
	e.Set(event.HTTPURLDetails+".path", event.StringValue(path))
	e.Set(event.HTTPStatusCode, event.IntValue(status))
	e.Set(event.HTTPUserAgent, event.StringValue("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"))
	e.Set(event.BytesWritten, event.IntValue(5120))
	return e
}

func loginEvent(e *event.Event, ns int64, ip, user, outcome string) *event.Event {
	e.Reset()
	e.Time, e.Source, e.Service, e.Status = ns, "sshd", "sshd", "info"
	if outcome == "failure" {
		e.Status = "warn"
	}
	e.Set(event.ClientIP, event.StringValue(ip))
	e.Set(event.UserID, event.StringValue(user))
	e.Set(event.EvtCategory, event.StringValue("authentication"))
	e.Set(event.EvtName, event.StringValue("login"))
	e.Set(event.EvtOutcome, event.StringValue(outcome))
	return e
}

func attackEvent(e *event.Event, ns int64, ip, path, category string) *event.Event {
	webEvent(e, ns, ip, path, 403)
	e.Set(event.SecurityAttack, event.BoolValue(true))
	list := e.NewArray()
	e.Append(list, event.StringValue(category))
	e.Set(event.SecurityCategories, list)
	e.Set(event.HTTPUserAgent, event.StringValue("sqlmap/1.8#stable (https://sqlmap.org)"))
	return e
}

// day is a simulated day: normal traffic with a wave, a guessed password, web
// attacks and a crawler that asks too fast.
func day(t testing.TB) *Summary {
	t.Helper()
	s, e := NewSummary(), event.New()
	paths := []string{"/", "/products", "/cart", "/api/users", "/static/app.js", "/search", "/products/雪平鍋"}
	start := at("00:00:00")
	for minute := range int64(24 * 60) {
		wave := 4 + int64(3.5*math.Sin(float64(minute-480)/1440*2*math.Pi))
		for k := range wave {
			ns := start + (minute*60+k*7)*second
			status := int64(200)
			if (minute+k)%29 == 0 {
				status = 404
			} else if (minute+k)%211 == 0 {
				status = 502
			}
			s.Observe(webEvent(e, ns, fmt.Sprintf("198.51.100.%d", (minute*k)%61+1), paths[(minute+k*3)%int64(len(paths))], status))
		}
		if minute%47 == 0 {
			s.Observe(loginEvent(e, start+minute*60*second, "192.0.2.10", "sasaki", "success"))
		}
	}
	for i := range int64(64) {
		user := []string{"root", "admin", "oracle", "test"}[i%4]
		s.Observe(loginEvent(e, at("02:10:00")+i*9*second, "203.0.113.42", user, "failure"))
	}
	s.Observe(loginEvent(e, at("02:19:40"), "203.0.113.42", "admin", "success"))
	for i, c := range strings.Fields(strings.Repeat("sql_injection sql_injection cross_site_scripting path_traversal command_injection ", 7)) {
		s.Observe(attackEvent(e, at("13:05:00")+int64(i)*11*second, "203.0.113.77", "/search", c))
	}
	for i := range int64(400) {
		s.Observe(webEvent(e, at("17:30:00")+i*second/4, "198.51.100.200", fmt.Sprintf("/products/%d", i%50), 200))
	}
	s.Lines, s.Parsed, s.Unparsed, s.Bytes, s.Truncated = s.Events()+14, s.Events(), 14, 1_482_113, 1
	s.KeepUnparsed(118, "-- MARK --")
	s.KeepUnparsed(2044, "Jan 16 03:12:09 bastion kernel: [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.9")
	return s
}

func open(b *signal.Book, s *signal.Signal) signal.Finding {
	f := signal.Finding{Change: signal.Opened, Signal: s}
	b.Apply(f)
	return f
}

// guessed is the signal of a password that was guessed.
func guessed() *signal.Signal {
	s := &signal.Signal{
		ID: "5b1f0c2d9a7e4f3310aa", RuleID: "auth-brute-force-ip", Rule: "Brute force from one address", RuleJA: "単一アドレスからの総当たり攻撃",
		Case: "success after failures", Condition: "failed_logins >= 5 && ok > 0", Title: "Brute force from one address: success after failures",
		Severity: signal.High, Category: "brute_force",
		Message:   "## What it means\n203.0.113.42 failed to log in 64 times and then **succeeded** as `admin`. The password is known to the attacker.\n\n- Lock the account\n- End its sessions",
		MessageJA: "## 意味\n203.0.113.42 はログインに64回失敗した後、`admin` として**成功**しました。パスワードは攻撃者に知られています。\n\n- アカウントを停止する\n- セッションを終了する",
		Group:     []signal.GroupValue{{Path: event.ClientIP, Value: "203.0.113.42"}},
		Entities: []signal.Entity{
			{Kind: signal.KindIP, Value: "203.0.113.42", Events: 65},
			{Kind: signal.KindUser, Value: "admin", Events: 17},
			{Kind: signal.KindUser, Value: "root", Events: 16},
			{Kind: signal.KindHost, Value: "bastion", Events: 65},
		},
		Tags:      []string{"category:authentication", "tactic:TA0006-credential-access", "technique:T1110-brute-force"},
		FirstSeen: at("02:14:40"), LastSeen: at("02:19:40"), Time: at("02:19:40"), Events: 34,
		Queries: []signal.QueryCount{{Name: "failed_logins", Count: 33}, {Name: "ok", Count: 1}},
		Runbook: "authentication/brute-force.md", Window: 5 * 60 * second,
	}
	for i := range int64(3) {
		s.Samples = append(s.Samples, signal.Sample{
			Time: s.FirstSeen + i*9*second, Line: 498 + i*3,
			Text: fmt.Sprintf("Jan 16 02:14:%02d bastion sshd[%d]: Failed password for admin from 203.0.113.42 port %d ssh2", 40+i*9, 8100+i, 50112+i),
		})
	}
	return s
}

// found is what the rules found on that day.
func found() (*signal.Book, []signal.Finding) {
	b := signal.NewBook(0)
	web := func(id, rule, ja, tag string, sev signal.Severity, when, ip, sample string, n int64) *signal.Signal {
		return &signal.Signal{
			ID: id, RuleID: "web-" + id, Rule: rule, RuleJA: ja, Title: rule, Severity: sev, Case: "", Condition: "a > 0",
			Group:    []signal.GroupValue{{Path: event.ClientIP, Value: ip}},
			Entities: []signal.Entity{{Kind: signal.KindIP, Value: ip, Events: n}},
			Tags:     []string{tag}, FirstSeen: at(when), LastSeen: at(when) + 77*second, Time: at(when), Events: n,
			Queries: []signal.QueryCount{{Name: "a", Count: float64(n)}}, Runbook: "web/" + id + ".md", Window: 60 * second,
			Message: "An attacker tries the application's inputs.", MessageJA: "攻撃者がアプリケーションの入力を試しています。",
			Samples: []signal.Sample{{Time: at(when), Line: 9120, Text: sample}},
		}
	}
	log := func(ip, path string) string {
		return ip + ` - - [16/Jan/2026:13:05:00 +0000] "GET ` + path + ` HTTP/1.1" 403 512 "-" "sqlmap/1.8#stable (https://sqlmap.org)"`
	}
	list := []signal.Finding{
		open(b, web("blacklist", "Address on a block list", "ブラックリストのアドレス", "attack.initial_access", signal.Medium, "02:10:00", "203.0.113.42",
			"Jan 16 02:10:00 bastion sshd[8001]: Failed password for root from 203.0.113.42 port 40001 ssh2", 65)),
		open(b, guessed()),
		open(b, web("sql-injection", "SQL injection", "SQL インジェクション", "attack.t1190", signal.Critical, "13:05:00", "203.0.113.77",
			log("203.0.113.77", "/search?q=1%27%20UNION%20SELECT%20password%20FROM%20users--"), 14)),
		open(b, web("xss", "Cross-site scripting", "クロスサイトスクリプティング", "attack.t1059.007", signal.High, "13:05:22", "203.0.113.77",
			log("203.0.113.77", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"), 7)),
		open(b, web("path-traversal", "Path traversal", "パストラバーサル", "attack.t1083", signal.High, "13:05:33", "203.0.113.77",
			log("203.0.113.77", "/search?q=../../../../etc/passwd"), 7)),
		open(b, web("rate-limit", "More than 100 requests a minute", "1分間に100回を超えるリクエスト", "attack.t1498", signal.Medium, "17:30:25", "198.51.100.200",
			log("198.51.100.200", "/products/1"), 400)),
		open(b, web("odd-hours", "Access at an unusual hour", "通常と異なる時間帯のアクセス", "attack.t1078", signal.Low, "02:19:40", "203.0.113.42",
			"Jan 16 02:19:40 bastion sshd[8190]: Accepted password for admin from 203.0.113.42 port 50177 ssh2", 1)),
	}
	for i := range int64(5) {
		list = append(list, open(b, web(fmt.Sprintf("probe-%d", i), "Many requests for what does not exist", "存在しないパスへの多数のアクセス", "attack.reconnaissance",
			signal.Info, fmt.Sprintf("%02d:40:00", 6+3*i), fmt.Sprintf("198.51.100.%d", 7+i), log(fmt.Sprintf("198.51.100.%d", 7+i), "/wp-login.php"), 12+i)))
		list[len(list)-1].Signal.RuleID = "web-probe"
	}
	worse := *guessed()
	worse.Severity, worse.Events, worse.LastSeen = signal.Critical, 65, at("02:21:00")
	grew := worse
	grew.Events, grew.LastSeen = 130, at("02:30:00")
	ended := grew
	ended.Closed = at("02:40:00")
	for _, f := range []signal.Finding{
		{Change: signal.Escalated, From: signal.High, Signal: &worse},
		{Change: signal.Updated, Signal: &grew},
		{Change: signal.Closed, Signal: &ended},
	} {
		b.Apply(f)
		list = append(list, f)
	}
	return b, list
}

// evil is a signal whose every text was written by an attacker.
func evil() *signal.Signal {
	long := strings.Repeat("A", 1<<20)
	return &signal.Signal{
		ID: "id" + hostile, RuleID: "rule" + hostile, Rule: "Rule " + hostile, RuleJA: "規則 " + hostile, Case: hostile, Condition: hostile,
		Title: "Title " + hostile, Severity: signal.Critical, Message: hostile + "\n`code " + hostile + "`\n```\n" + hostile, MessageJA: hostile,
		Group:    []signal.GroupValue{{Path: hostile, Value: hostile}},
		Entities: []signal.Entity{{Kind: signal.KindUser, Value: hostile, Events: 1}, {Kind: hostile, Value: long, Events: math.MinInt64}},
		Tags:     []string{"technique:" + hostile, "tactic:" + long, "attack.t1110", hostile},
		Time:     math.MaxInt64, FirstSeen: math.MinInt64, LastSeen: math.MaxInt64, Events: math.MaxInt64,
		Queries: []signal.QueryCount{{Name: hostile, Count: math.NaN()}, {Name: "b", Count: math.Inf(1)}, {Name: "c", Count: 1e300}},
		Runbook: "../" + hostile, Window: math.MaxInt64,
		Samples: []signal.Sample{{Text: hostile, Line: math.MaxInt64}, {Text: long}, {Text: strings.Repeat("\xff", 1<<20)}},
	}
}

// evilSummary is a summary of events whose every text was written by an attacker.
func evilSummary() *Summary {
	s, e := NewSummary(), event.New()
	for _, text := range []string{hostile, strings.Repeat("長", 1<<18)} {
		attackEvent(e, math.MinInt64, text, text, text)
		e.Source, e.Status = text, text
		for _, path := range []string{event.UserID, event.HTTPUserAgent, event.ClientIP, event.HTTPURL} {
			e.Set(path, event.StringValue(text))
		}
		s.Observe(e)
		e.Time = math.MaxInt64
		s.Observe(e)
		s.KeepUnparsed(1, text)
	}
	s.Lines, s.Parsed, s.Unparsed = 6, 4, 2
	return s
}
