package sigma_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// shippedMappings reads the mappings that the product ships.
func shippedMappings(tb testing.TB) []sigma.Mapping {
	tb.Helper()
	names, err := filepath.Glob("../../../content/sigma/mappings/*.yaml")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no mappings: %v", err)
	}
	var all []sigma.Mapping
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		m, err := sigma.ParseMapping(name, data)
		if err != nil {
			tb.Error(err)
		}
		all = append(all, m)
	}
	return all
}

func TestShippedMappings(t *testing.T) {
	mappings := shippedMappings(t)
	f := func(source, item, event string, want bool) {
		t.Helper()
		text := "title: T\nlogsource: " + source + "\ndetection:\n  s:\n    " + item + "\n  condition: s\n"
		c := collect(t, text, sigma.Options{Mappings: mappings})
		if got := matched(t, c, event) != ""; got != want {
			t.Errorf("%s %s of %s: %v, want %v", source, item, event, got, want)
		}
	}
	f("{category: webserver}", "cs-uri-query|contains: /etc/passwd", `{"http":{"url":"/x?f=/etc/passwd"}}`, true)
	f("{category: proxy}", "c-useragent: sqlmap", `{"http":{"useragent":"sqlmap"}}`, true)
	f("{category: webserver}", "sc-status: 500", `{"http":{"status_code":500}}`, true)
	f("{product: linux, category: process_creation}", "Image|endswith: /bash", `{"process":{"executable":"/bin/bash"}}`, true)
	f("{product: linux, category: process_creation}", "LogonId: 3", `{"windows":{"data":{"LogonId":3}}}`, true)
	f("{product: linux, service: auditd}", "type: EXECVE", `{"audit":{"type":"EXECVE"}}`, true)
	f("{product: windows, service: security}", "EventID: 4625", `{"windows":{"event_id":4625}}`, true)
	f("{product: windows, service: security}", "TargetUserName: ann", `{"windows":{"data":{"TargetUserName":"Ann"}}}`, true)
	f("{product: windows, service: security}", "TargetUserName: ann", `{"TargetUserName":"Ann"}`, true)
	f("{product: aws, service: cloudtrail}", "eventName: StopLogging", `{"detail":{"eventName":"StopLogging"}}`, true)
	f("{product: azure}", "OperationName: x", `{"operationName":"X"}`, true)
	f("{product: kubernetes}", "objectRef.resource: pods", `{"objectRef":{"resource":"pods"}}`, true)
}

func TestShippedLogSources(t *testing.T) {
	const name = "../../../content/sigma/logsources.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := sigma.ParseSources(name, data)
	if err != nil {
		t.Fatal(err)
	}
	l := sources.Labeler()
	f := func(source, text string, want match.Source) {
		t.Helper()
		e := event.New()
		e.Source = source
		if !e.MergeJSON(text, event.JSONOptions{}) {
			t.Fatalf("no event: %s", text)
		}
		if d := cmp.Diff(want, l.Source(e), cmpopts()); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", source, text, d)
		}
	}
	f("nginx", `{"http":{"url":"/"}}`, match.Source{Product: "nginx", Categories: []string{"webserver", "proxy"}, Services: []string{"nginx"}})
	f("sshd", `{}`, match.Source{Product: "linux", Services: []string{"sshd", "auth", "syslog"}})
	f("windows", `{"windows":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":13}}`,
		match.Source{Product: "windows", Categories: []string{"registry_set", "registry_event"}, Services: []string{"sysmon"}})
	f("windows", `{"windows":{"channel":"Linux-Sysmon/Operational","provider":"Linux-Sysmon","event_id":1}}`,
		match.Source{Product: "linux", Categories: []string{"process_creation"}, Services: []string{"sysmon"}})
	f("", `{"detail":{"eventSource":"ec2.amazonaws.com"}}`, match.Source{Product: "aws", Services: []string{"cloudtrail"}})
	f("unheard", `{"a":1}`, match.Source{})
}

// cmpopts takes an empty list for none.
func cmpopts() cmp.Option {
	return cmp.Transformer("list", func(list []string) string { return strings.Join(list, " ") })
}
