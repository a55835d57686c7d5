package falco_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/falco"
)

// convert reads one file of rules.
func convert(t *testing.T, text string) ([]falco.Rule, []falco.RefusedError) {
	t.Helper()
	rules, refused, err := falco.Convert([]falco.File{{Name: "f.yaml", Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return rules, refused
}

// condition returns the search that a condition becomes, with some macros and lists around.
func condition(t *testing.T, text string) (string, error) {
	t.Helper()
	rules, refused := convert(t, fmt.Sprintf(`
- list: shells
  items: [bash, sh]
- list: more_shells
  items: [shells, zsh]
- macro: spawned_process
  condition: (evt.type in (execve, execveat) and evt.dir=<)
- macro: container
  condition: (container.id != host)
- macro: never_true
  condition: (evt.num=0)
- macro: itself
  condition: (itself or itself)
- rule: The Rule
  desc: d
  condition: >
    %s
  output: o
  priority: WARNING
`, text))
	if len(refused) > 0 {
		return "", refused[0]
	}
	return strings.TrimPrefix(rules[0].Query, "source:sensor "), nil
}

func TestConditions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`spawned_process and container and proc.name in (more_shells)`:                     `(@evt.name:exec @container.id:* @process.name:(bash OR sh OR zsh))`,
		`spawned_process and not proc.pname in (cron, "run parts")`:                        `(@evt.name:exec -@process.parent.name:(cron OR run\ parts))`,
		`spawned_process and never_true or proc.name = nc`:                                 `@process.name:nc`,
		`proc.name = nc and not never_true`:                                                `@process.name:nc`,
		`proc.name != nc`:                                                                  `(@process.name:* -@process.name:nc)`,
		`proc.tty != 0 and container.id = host`:                                            `(@process.tty:* -@container.id:*)`,
		`proc.cmdline contains "-e /bin/sh"`:                                               `@process.command_line:*\-e\ \/bin\/sh*`,
		`proc.exepath startswith /tmp/ or proc.exepath endswith "'x"`:                      `(@process.executable:\/tmp\/* OR @process.executable:*'x)`,
		`proc.is_exe_upper_layer=true and evt.type=execve`:                                 `(@process.upper_layer:true @evt.name:exec)`,
		`evt.type in (open,openat) and evt.is_open_write=true and fd.name startswith /etc`: `(@evt.name:open @evt.name:open @file.path:\/etc*)`,
		`fd.directory = /etc`:                                                              `(@file.path:\/etc\/* -@file.path:\/etc\/*\/*)`,
		`fd.name pmatch (/etc/ssh, /root/.ssh)`:                                            `@file.path:(\/etc\/ssh OR \/root\/.ssh OR \/etc\/ssh\/* OR \/root\/.ssh\/*)`,
		`evt.type=connect and fd.type in (ipv4, ipv6) and fd.sport in (4444, 5555)`:        `(@evt.name:connect (@network.destination.ip:* OR @network.destination.ip:*) @network.destination.port:(4444 OR 5555))`,
		`fd.snet in ("10.0.0.0/8", "192.168.1.7/16")`:                                      `CIDR(@network.destination.ip, 10.0.0.0/8, 192.168.0.0/16)`,
		`container.image.repository = redis`:                                               `@container.image:(redis OR redis\:* OR redis\@*)`,
		`user.loginuid = -1 or user.uid > 0`:                                               `(-@process.loginuid:* OR @usr.id:>0)`,
		`not (proc.name = a and not proc.name = b)`:                                        `-(@process.name:a -@process.name:b)`,
		`proc.name exists and proc.pname = ""`:                                             `(@process.name:* -@process.parent.name:*)`,
		`proc.name glob "*ncat?"`:                                                          `@process.name:*ncat?`,
	} {
		got, err := condition(t, text)
		if err != nil || got != want {
			t.Errorf("%s\nbecomes %s, error %v\nwant    %s", text, got, err, want)
		}
	}
}

func TestRefusedConditions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`proc.env contains "X"`:                   `f.yaml:14:3: rule "The Rule": proc.env: the sensor does not see it`,
		`evt.type in (fork, clone)`:               "evt.type fork, clone: the sensor does not see these calls",
		`proc.name icontains Nc`:                  "no icontains",
		`proc.name = nc and`:                      "the condition breaks off",
		`(proc.name = nc`:                         "a parenthesis does not end",
		`proc.name = "nc`:                         "a quote does not end",
		`proc.name = nc )`:                        `want the end of the condition, have ")"`,
		`unknown_macro`:                           `there is no macro "unknown_macro"`,
		`itself`:                                  "a macro in itself",
		`never_true`:                              "it never matches",
		`not never_true`:                          "it matches everything",
		`fd.name contains 127 and fd.name=1`:      "want the path of a file",
		`proc.aname[3] = sshd`:                    "the sensor does not see it",
		`proc.name glob "[a-z]"`:                  "no classes of characters",
		`fd.snet in (example)`:                    "want networks",
		`user.uid > many`:                         "want a number",
		strings.Repeat("not ", 100) + "container": "too deep",
	} {
		got, err := condition(t, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nbecomes %s, error %v, want %q", text, got, err, want)
		}
	}
}

// TestFiles: later items change what earlier ones say, and exceptions.
func TestFiles(t *testing.T) {
	t.Parallel()
	rules, refused, err := falco.Convert([]falco.File{{Name: "a.yaml", Data: []byte(`
- required_engine_version: 0.31.0
- list: names
  items: [a]
- macro: m
  condition: proc.name in (names)
- rule: Shell in a container!
  desc: >
    Somebody opened a shell.
  condition: m
  output: Shell (user=%user.name file=%fd.name env=%proc.env {{x}})
  priority: NOTICE
  tags: [container, T1059, mitre_execution]
  exceptions:
  - name: known
    fields: [proc.pname, proc.cmdline]
    comps: [=, startswith]
    values:
    - [cron, "run "]
  - name: images
    fields: container.name
    values: [web, db]
- rule: Shell in a container?
  desc: another
  condition: proc.name = b
  output: x
  priority: CRITICAL
  enabled: false
- rule: Of a plugin
  condition: ct.name = x
  source: aws_cloudtrail
`)}, {Name: "b.yaml", Data: []byte(`
- list: names
  items: [c]
  override: {items: append}
- macro: m
  append: true
  condition: and proc.tty != 0
- rule: Shell in a container!
  condition: and user.name != root
  priority: ERROR
  override: {condition: append, priority: replace}
`)}})
	if err != nil || len(rules) != 2 || len(refused) != 1 || !strings.Contains(refused[0].Error(), `it is about events of "aws_cloudtrail"`) {
		t.Fatalf("%+v, refused %v, error %v", rules, refused, err)
	}
	r := rules[0]
	const want = `source:sensor (@process.name:(a OR c) @process.tty:* @usr.name:* -@usr.name:root -(@process.parent.name:cron @process.command_line:run\ *) -(@container.name:web OR @container.name:db))`
	if r.Query != want {
		t.Errorf("the query is %s\nwant         %s", r.Query, want)
	}
	if r.ID != "falco_shell_in_a_container" || rules[1].ID != "falco_shell_in_a_container_2" || r.Severity != "high" || rules[1].Severity != "critical" || rules[1].Enabled {
		t.Errorf("%+v", rules)
	}
	if want := "Shell (user={{@usr.name}} file={{@file.path}} env=- { {x}})"; r.Message != want {
		t.Errorf("the message is %q, want %q", r.Message, want)
	}
	if got := fmt.Sprint(r.Tags); got != "[category:runtime security:attack falco:container technique:T1059 falco:mitre_execution]" {
		t.Errorf("tags %s", got)
	}
}

// TestConvertedRulesRun: what comes out is a rule of ours that says what it should of events.
func TestConvertedRulesRun(t *testing.T) {
	t.Parallel()
	rules, _ := convert(t, `
- rule: Shell
  desc: "with 'quotes'"
  condition: evt.type = execve and proc.name in (bash, sh) and container.id != host and not proc.pname = cron
  output: "%proc.cmdline"
  priority: WARNING
`)
	loaded, err := rule.Decode("r.yaml", rules[0].YAML())
	if err != nil {
		t.Fatalf("%v in\n%s", err, rules[0].YAML())
	}
	q, err := query.Parse(loaded.Queries[0].Query)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{"evt":{"name":"exec"},"process":{"name":"bash"},"container":{"id":"0123"}}`:                                true,
		`{"evt":{"name":"exec"},"process":{"name":"rsync"},"container":{"id":"0123"}}`:                               false,
		`{"evt":{"name":"exec"},"process":{"name":"bash"}}`:                                                          false,
		`{"evt":{"name":"exec"},"process":{"name":"bash","parent":{"name":"cron"}},"container":{"id":"0123"}}`:       false,
		`{"evt":{"name":"exec"},"process":{"name":"bash","parent":{"name":"crontab"}},"container":{"id":"0123456"}}`: true,
	} {
		e := event.New()
		if !e.MergeJSON(text, event.JSONOptions{}) {
			t.Fatalf("no JSON: %s", text)
		}
		e.Source = "sensor"
		if got := q.Match(e); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

func TestNoRuleFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: b":                      "f.yaml:1:1: want a list of rules",
		"- x: y":                    "this is no rule, no macro and no list",
		"- rule: a":                 "a rule without a condition",
		"- rule: a\n  condition: [": "f.yaml:",
		"- {rule: a, condition: x, exceptions: [{name: e}]}":                                "an exception without fields",
		"- {rule: a, condition: x, exceptions: [{name: e, fields: [a, b], values: [[1]]}]}": "a value for each of its fields",
	} {
		_, _, err := falco.Convert([]falco.File{{Name: "f.yaml", Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzConvert: whatever comes out can be read as a rule.
func FuzzConvert(f *testing.F) {
	f.Add("- macro: m\n  condition: (evt.num=0)\n- list: l\n  items: [a, l]\n- rule: r\n  condition: proc.name in (l) or m or fd.name pmatch (/etc)\n  output: '%proc.name'\n  exceptions: [{name: e, fields: proc.name, values: [x]}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		rules, _, err := falco.Convert([]falco.File{{Name: "f.yaml", Data: []byte(text)}})
		if err != nil {
			return
		}
		for i := range rules {
			if _, err := rule.Decode("r.yaml", rules[i].YAML()); err != nil {
				t.Errorf("%v in\n%s", err, rules[i].YAML())
			}
		}
	})
}
