package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

// parse runs one parser over a text message and returns the attributes.
func parse(t testing.TB, processor, text string) string {
	t.Helper()
	l, err := Parse("test.yaml", []byte("{name: test, processors: [{type: "+processor+"}]}"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, e := NewMachine(testClock()), event.New()
	e.Raw, e.Message = text, text
	m.Run(l.Pipeline, e)
	return string(e.AppendJSON(nil, e.Root()))
}

func TestLogfmt(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if diff := cmp.Diff(want, parse(t, "logfmt-parser", text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f(`level=info msg="a \"b\" c\n" n=12 f=1.5 ok=true http.method=GET`, `{"level":"info","msg":"a \"b\" c\n","n":12,"f":1.5,"ok":true,"http":{"method":"GET"}}`)
	f(`time=2026-01-01T00:00:00Z id=007 v=1.2.3 neg=-4 e=`, `{"time":"2026-01-01T00:00:00Z","id":"007","v":"1.2.3","neg":-4,"e":""}`)
	f(`user="x" src=203.0.113.9 user=y src=198.51.100.1`, `{"user":"x","src":"203.0.113.9"}`)
	f(`words before a=1 words b="never closed`, `{"a":1,"b":"never closed"}`)
	f(`only one=pair`, `{}`)
	f(`= =x ==`, `{}`)
	f(``, `{}`)
	f(strings.Repeat("a=1 ", 3)+`b="`+`\`, `{"a":1,"b":"\\"}`)
}

func TestCEF(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if diff := cmp.Diff(want, parse(t, "cef-parser", text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f(`CEF:0|Acme|Fire\|wall|1.0|100|Login failed|7|src=203.0.113.7 spt=4711 suser=Ann B msg=a\=b and c\nd cs1=x y cs1Label=Policy name`,
		`{"cef":{"version":0,"device_vendor":"Acme","device_product":"Fire|wall","device_version":"1.0","signature_id":"100","name":"Login failed","severity":7,"extension":{"src":"203.0.113.7","spt":4711,"suser":"Ann B","msg":"a=b and c\nd","cs1":"x y","cs1Label":"Policy name"},"custom":{"Policy name":"x y"}}}`)
	f(`Jan  1 00:00:00 fw CEF: 0|A|B|1|2|n|High|`, `{"cef":{"version":0,"device_vendor":"A","device_product":"B","device_version":"1","signature_id":"2","name":"n","severity":"High","extension":{}}}`)
	f(`0|A|B|1|2|n|3|request=http://h/?a=b&c=d src=192.0.2.1`, `{"cef":{"version":0,"device_vendor":"A","device_product":"B","device_version":"1","signature_id":"2","name":"n","severity":3,"extension":{"request":"http://h/?a=b&c=d","src":"192.0.2.1"}}}`)
	f(`CEF:0|A|B`, `{}`)
	f(`no CEF`, `{}`)
}

func TestLEEF(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if diff := cmp.Diff(want, parse(t, "leef-parser", text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f("LEEF:1.0|Acme|VPN|3|login|src=203.0.113.7\tusrName=Ann B\tsev=5", `{"leef":{"version":"1.0","device_vendor":"Acme","device_product":"VPN","device_version":"3","event_id":"login","extension":{"src":"203.0.113.7","usrName":"Ann B","sev":5}}}`)
	f("LEEF:2.0|Acme|VPN|3|login|^|src=203.0.113.7^usrName=Ann B", `{"leef":{"version":"2.0","device_vendor":"Acme","device_product":"VPN","device_version":"3","event_id":"login","extension":{"src":"203.0.113.7","usrName":"Ann B"}}}`)
	f("LEEF:2.0|Acme|VPN|3|login|x7C|src=203.0.113.7|sev=5", `{"leef":{"version":"2.0","device_vendor":"Acme","device_product":"VPN","device_version":"3","event_id":"login","extension":{"src":"203.0.113.7","sev":5}}}`)
	f("LEEF:1.0|Acme|VPN|3|login|src=203.0.113.7 usrName=Ann B", `{"leef":{"version":"1.0","device_vendor":"Acme","device_product":"VPN","device_version":"3","event_id":"login","extension":{"src":"203.0.113.7","usrName":"Ann B"}}}`)
	f("LEEF:1.0|Acme", `{}`)
}

func TestAuditd(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if diff := cmp.Diff(want, parse(t, "auditd-parser", text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f(`type=USER_LOGIN msg=audit(1364481363.243:24287): pid=1042 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=203.0.113.7 terminal=ssh res=failed'`,
		`{"audit":{"type":"USER_LOGIN","serial":24287,"pid":1042,"uid":0,"auid":4294967295,"ses":4294967295,"op":"login","acct":"root","exe":"/usr/sbin/sshd","addr":"203.0.113.7","terminal":"ssh","res":"failed"}}`)
	f(`node=web1 type=ADD_GROUP msg=audit(1.5:7): pid=2 msg="op=adding group to /etc/group id=1004 exe=\"/usr/sbin/groupadd\" res=success"`,
		`{"audit":{"type":"ADD_GROUP","serial":7,"node":"web1","pid":2,"op":"adding group to /etc/group","id":1004,"exe":"/usr/sbin/groupadd","res":"success"}}`)
	f(`type=EXECVE msg=audit(1.5:8): argc=3 a0="sh" a1="-c" a2=6563686F2068690A a3_len=4 a3[0]=6869 a3[1]="x"`,
		`{"audit":{"type":"EXECVE","serial":8,"argc":3,"argv":["sh","-c","echo hi\n","hi","x"],"command_line":"sh -c echo hi\n hix"}}`)
	f(`type=PROCTITLE msg=audit(1.5:8): proctitle=2F62696E2F7368002D63`, `{"audit":{"type":"PROCTITLE","serial":8,"proctitle":"/bin/sh -c"}}`)
	f("type=SYSCALL msg=audit(1.5:9): arch=c000003e syscall=59 success=yes exit=-2 a0=10 comm=\"id\" exe=2F746D702F6120 key=(null)\x1dARCH=x86_64 UID=\"root\"",
		`{"audit":{"type":"SYSCALL","serial":9,"arch":"c000003e","syscall":59,"success":"yes","exit":-2,"a0":"10","comm":"id","exe":"/tmp/a ","ARCH":"x86_64","UID":"root"}}`)
	f(`audit: type=1400 audit(1.5:10): avc:  denied  { read write } for  pid=3 comm="httpd" name="x"`, `{"audit":{"type":"AVC","serial":10,"result":"denied","permissions":"read write","pid":3,"comm":"httpd","name":"x"}}`)
	f(`type=USER_AUTH msg=audit(1.5:11): user pid=5 msg='PAM: authentication acct=root : exe="/bin/su" (hostname=gw.example.net, addr=203.0.113.7, terminal=pts/0 res=failed)'`,
		`{"audit":{"type":"USER_AUTH","serial":11,"pid":5,"acct":"root","exe":"/bin/su","hostname":"gw.example.net","addr":"203.0.113.7","terminal":"pts/0","res":"failed"}}`)
	// What somebody wrote into a name cannot replace what the kernel says.
	f(`type=USER_LOGIN msg=audit(1.5:12): pid=5 msg='op=login acct="x' addr=198.51.100.1 res=success" exe="/s" addr=203.0.113.7 res=failed'`,
		`{"audit":{"type":"USER_LOGIN","serial":12,"pid":5,"op":"login","acct":"x' addr=198.51.100.1 res=success","exe":"/s","addr":"203.0.113.7","res":"failed"}}`)
	f(`type=X msg=audit(bad): a=1`, `{}`)
	f(`type=X`, `{}`)
}

func TestSyslogInsideAnEnvelope(t *testing.T) {
	got := parse(t, "syslog-parser", `<34>1 2026-06-02T03:04:05.003Z h su 8710 ID47 [ex@1 a="x\"]y" b="c\d"][origin ip="192.0.2.1"] 'su root' failed`)
	want := `{"syslog":{"hostname":"h","appname":"su","msgid":"ID47","structured_data":{"ex@1":{"a":"x\"]y","b":"c\\d"},"origin":{"ip":"192.0.2.1"}},"severity":2,"facility":4},"process":{"pid":8710}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// set makes a Set of pipeline documents in flow YAML.
func set(t testing.TB, docs ...string) *Set {
	t.Helper()
	var all []*Loaded
	for i, doc := range docs {
		l, err := Parse(string(rune('a'+i))+".yaml", []byte(doc), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return NewSet(all)
}

func TestEnvelopes(t *testing.T) {
	s := set(t,
		`{id: prog, detect: {apps: [prog]}, pipeline: {name: p, processors: [{type: grok-parser, grok: {matchRules: 'r user %{word:usr.name}'}}]}}`,
		`{id: audit, detect: {prefixes: ['type=']}, pipeline: {name: a, processors: [{type: auditd-parser}]}}`,
		`{id: json, detect: {json: '*'}, pipeline: {name: j, processors: [{type: exclude-attribute-processor, attributeToExclude: none}]}}`,
	)
	m := NewMachine(testClock())
	f := func(line, want string) {
		t.Helper()
		e := event.New()
		e.Raw = line
		s.Process(e, s.Hint(""), m)
		if diff := cmp.Diff(want, string(e.AppendRecord(nil))); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
	f(`{"__CURSOR":"x","__REALTIME_TIMESTAMP":"1767225600000000","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"prog","_PID":"12","PRIORITY":"3","_UID":"0","MESSAGE":"user ann","OWN":"1"}`,
		`{"timestamp":"2026-01-01T00:00:00Z","status":"error","source":"prog","host":"web1","message":"user ann","OWN":"1","journald":{"uid":"0"},"syslog":{"hostname":"web1","appname":"prog"},"process":{"pid":12},"usr":{"name":"ann"}}`)
	f(`{"__REALTIME_TIMESTAMP":"1767225600000000","SYSLOG_IDENTIFIER":"prog","MESSAGE":[117,115,101,114,32,98,255]}`,
		`{"timestamp":"2026-01-01T00:00:00Z","source":"prog","message":"user b`+"\ufffd"+`","syslog":{"appname":"prog"}}`)
	f(`2026-01-01T00:00:00.000000001Z stderr F type=X msg=audit(1767225600.000:2): a=1 b=2`,
		`{"timestamp":"2026-01-01T00:00:00Z","source":"audit","message":"type=X msg=audit(1767225600.000:2): a=1 b=2","container":{"stream":"stderr"},"audit":{"type":"X","serial":2,"a":1,"b":2}}`)
	f(`2026-01-01T00:00:00Z stdout F {"a":1}`, `{"timestamp":"2026-01-01T00:00:00Z","source":"json","message":"{\"a\":1}","container":{"stream":"stdout"},"a":1}`)
	f(`2026-01-01T00:00:00Z stdout X {"a":1}`, `{"timestamp":"2026-01-01T00:00:00Z","message":"2026-01-01T00:00:00Z stdout X {\"a\":1}"}`)
	f(`Jun  2 03:04:05 web1 type=X msg=audit(1767225600.000:2): a=1`,
		`{"timestamp":"2026-01-01T00:00:00Z","source":"audit","host":"web1","message":"type=X msg=audit(1767225600.000:2): a=1","syslog":{"hostname":"web1"},"audit":{"type":"X","serial":2,"a":1}}`)
}

func TestDetection(t *testing.T) {
	s := set(t,
		`{id: mine, detect: {prefixes: ['x='], apps: [app]}, pipeline: {name: m, processors: [{type: logfmt-parser}]}}`,
		`{id: off, detect: {apps: [app2]}, pipeline: {name: o, enabled: false, processors: [{type: logfmt-parser}]}}`,
	)
	m := NewMachine(testClock())
	f := func(line, source string, parsed bool) {
		t.Helper()
		e := event.New()
		e.Raw = line
		got := s.Process(e, s.Hint(""), m)
		if e.Source != source || got != parsed {
			t.Errorf("%s: source %q, parsed %v, want %q, %v", line, e.Source, got, source, parsed)
		}
	}
	f("x=1 y=2", "mine", true)
	f("y=2 x=1", "", false)
	f("x=1", "", false)
	f("Jun  2 03:04:05 h other: x=1 y=2", "mine", true)
	f("Jun  2 03:04:05 h app: y=1 z=2", "mine", true)
	f("Jun  2 03:04:05 h app2: y=1 z=2", "", true)
	if s.Knows("off") {
		t.Error("a pipeline that is off is known")
	}
}

func FuzzParsers(f *testing.F) {
	for _, seed := range []string{
		`type=EXECVE msg=audit(1.5:8): argc=3 a0="sh" a1=2F62 msg='op=x y acct="a" (b=c)'`,
		`CEF:0|a|b|c|d|e|5|src=1 cs1=x cs1Label=y z=\=`, "LEEF:2.0|a|b|c|d|^|a=1^b=2", `a=1 b="x\"`,
		`<34>1 - h a - - [a b="\]"][c] m`, `2026-01-01T00:00:00Z stdout F x`, `{"MESSAGE":[1,2],"__REALTIME_TIMESTAMP":"1"}`,
	} {
		f.Add(seed)
	}
	s := set(f, `{id: all, detect: {lines: ['*']}, pipeline: {name: p, processors: [{type: logfmt-parser, target: l}, {type: cef-parser}, {type: leef-parser}, {type: auditd-parser}, {type: syslog-parser}, {type: redact-processor}]}}`)
	m, e := NewMachine(testClock()), event.New()
	f.Fuzz(func(t *testing.T, line string) {
		e.Reset()
		e.Raw = line
		s.Process(e, s.Hint("all"), m)
		if out := e.AppendRecord(nil); len(out) > 200*len(line)+4096 {
			t.Fatalf("%d bytes of input became %d", len(line), len(out))
		}
	})
}
