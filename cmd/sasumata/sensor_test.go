package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSigmaRulesMatchEventsOfTheSensor runs rules for each kind of log source that the sensor
// has; one for programs that start does not see connections and files.
func TestSigmaRulesMatchEventsOfTheSensor(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"process.yml": `title: Shell by nginx
id: 5a1f2c3d-0000-4000-8000-000000000001
status: test
logsource: {product: linux, category: process_creation}
detection:
  selection: {ParentImage|endswith: /nginx, Image|endswith: /sh, CommandLine|contains: id, User: root, CurrentDirectory|startswith: /tmp}
  condition: selection
level: high
`,
		"network.yml": `title: Port 4444
id: 5a1f2c3d-0000-4000-8000-000000000002
status: test
logsource: {product: linux, category: network_connection}
detection:
  selection: {Image|endswith: /nc, DestinationPort: 4444, DestinationIp|cidr: 203.0.113.0/24}
  condition: selection
level: high
`,
		"file.yml": `title: Cron
id: 5a1f2c3d-0000-4000-8000-000000000003
status: test
logsource: {product: linux, category: file_event}
detection:
  selection: {TargetFilename|startswith: /etc/cron.d/}
  condition: selection
level: high
`,
		"none.yml": `title: Must not see connections
id: 5a1f2c3d-0000-4000-8000-000000000004
status: test
logsource: {product: linux, category: process_creation}
detection:
  selection: {Image|endswith: /nc}
  condition: selection
level: high
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const events = `{"time":1767225600243,"message":"sh -c id","sensor":{"event":"exec"},"evt":{"name":"exec","category":"process","outcome":"success"},"process":{"pid":100,"ppid":50,"name":"sh","executable":"/bin/sh","command_line":"sh -c id","working_directory":"/tmp","parent":{"name":"nginx","executable":"/usr/sbin/nginx"}},"usr":{"id":"0","name":"root"}}
{"time":1767225600244,"message":"nc connects","sensor":{"event":"connect"},"evt":{"name":"connect","category":"network","outcome":"success"},"process":{"pid":101,"ppid":50,"name":"nc","executable":"/bin/nc","command_line":"nc 203.0.113.7 4444"},"usr":{"id":"0","name":"root"},"network":{"transport":"tcp","destination":{"ip":"203.0.113.7","port":4444}}}
{"time":1767225600245,"message":"sh writes","sensor":{"event":"open"},"evt":{"name":"open","category":"file","outcome":"success"},"process":{"pid":102,"ppid":50,"name":"sh","executable":"/bin/sh","command_line":"sh -c x"},"usr":{"id":"0","name":"root"},"file":{"path":"/etc/cron.d/x"}}
`
	r := sasumata(t, "", "analyze", "-o", "jsonl", "--now", now, "--no-default-rules", "--source", "sensor", "--rules", dir, file(t, "x.log", events))
	for id, want := range map[string]int{"1": 1, "2": 1, "3": 1, "4": 0} {
		if got := strings.Count(r.out, `"rule_id":"sigma:5a1f2c3d-0000-4000-8000-00000000000`+id+`"`); got != want {
			t.Errorf("rule %s: %d signals, want %d\n%s", id, got, want, r.out+r.err)
		}
	}
}

func TestSensorStatus(t *testing.T) {
	r := sasumata(t, "", "sensor", "status", "-o", "json")
	for _, want := range []string{`"way":"ebpf"`, `"way":"audit"`, `"way":"proc"`, `"misses":[`} {
		if !strings.Contains(r.out, want) {
			t.Errorf("status lacks %s: %s", want, r.out)
		}
	}
	if usable := strings.Contains(r.out, `"usable":true`); usable != (r.code == exitClean) {
		t.Errorf("exit code %d: %s", r.code, r.out)
	}
	f := func(want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", append([]string{"sensor"}, args...)...); r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%v: %d %s", args, r.code, r.err)
		}
	}
	f("want off, auto, ebpf, audit, proc", "status", "--mode", "ebfp")
	f("--mode off watches nothing", "events", "--mode", "off")
	f("is no kind", "events", "--events", "exce")
	f("want text or json", "status", "-o", "xml")
}
