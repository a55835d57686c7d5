// Package grok compares our grok with Go's regexp and with a logstash-style grok
// on one line of an access log. It is a module of its own, so that what it
// compares with is no dependency of the product.
package grok

import (
	"regexp"
	"testing"

	gogrok "github.com/elastic/go-grok"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/grok"
)

const line = `203.0.113.7 - - [17/May/2026:10:05:03 +0000] "GET /presentations/tea-ceremony-2026/images/kettle.png HTTP/1.1" 200 203023 "https://www.example.com/presentations/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"`

// The same parts are captured by all three; ours turns the date, the status and
// the size into numbers besides.
const (
	ours   = `access %{ip:client} %{notSpace:ident} %{notSpace:auth} \[%{date("dd/MMM/yyyy:HH:mm:ss Z"):time}\] "%{word:method} %{notSpace:url} HTTP\/%{regex("\\d+\\.\\d+"):version}" %{integer:status} %{integer:bytes} "%{data:referer}" "%{data:agent}"`
	theirs = `^((?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+) (\S+) (\S+) \[(\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] "(\b\w+\b) (\S+) HTTP/(\d+\.\d+)" (\d+) (\d+) "(.*?)" "(.*?)"$`
)

func BenchmarkOurs(b *testing.B) {
	rules, err := grok.Compile(grok.Config{Match: ours})
	if err != nil {
		b.Fatal(err)
	}
	m, e := grok.NewMachine(0), event.New()
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		if _, _, status := rules.Parse(e, line, m); status != grok.Matched {
			b.Fatal("no match")
		}
	}
}

func BenchmarkRegexp(b *testing.B) {
	re := regexp.MustCompile(theirs)
	b.ReportAllocs()
	for b.Loop() {
		if re.FindStringSubmatch(line) == nil {
			b.Fatal("no match")
		}
	}
}

func BenchmarkGoGrok(b *testing.B) {
	g, err := gogrok.NewComplete()
	if err != nil {
		b.Fatal(err)
	}
	if err := g.Compile("%{COMBINEDAPACHELOG}", true); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		fields, err := g.ParseString(line)
		if err != nil || len(fields) == 0 {
			b.Fatalf("%d fields, %v", len(fields), err)
		}
	}
}
