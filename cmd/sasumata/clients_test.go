package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clientsDir names, in the environment, a folder with unpacked packages of programs that
// send logs: those that a system may have one of only.
const clientsDir = "SASUMATA_CLIENTS"

// client is a program that sends logs, as it is installed here.
type client struct {
	path string
	root string // of unpacked packages; "" when it is installed
}

// clientNamed finds a program, or skips the test.
func clientNamed(t *testing.T, name, pkg string) client {
	t.Helper()
	if root := os.Getenv(clientsDir); root != "" {
		path := filepath.Join(root, "usr/sbin", name)
		if _, err := os.Stat(path); err == nil {
			return client{path, root}
		}
	}
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return client{path, ""}
		}
	}
	t.Skipf("%s is not installed (package %s)", name, pkg)
	return client{}
}

// command is a command line of the program, in UTC and with the libraries of its folder.
func (c client) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.path, args...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	if c.root != "" {
		dirs, _ := filepath.Glob(filepath.Join(c.root, "*lib/*")) // the pattern is fine
		more, _ := filepath.Glob(filepath.Join(c.root, "usr/lib/*"))
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+strings.Join(append(dirs, more...), ":"))
	}
	return cmd
}

// modules returns the arguments that say where the program's modules are.
func (c client) modules(option, pattern string) []string {
	if dirs, _ := filepath.Glob(filepath.Join(c.root, pattern)); c.root != "" && len(dirs) > 0 {
		return []string{option + dirs[0]}
	}
	return nil
}

// run runs a command to its end.
func (c client) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.command(t.Context(), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %.300q: %v\n%s", c.path, args, err, out)
	}
	return string(out)
}

// start starts the program, and waits until there is the file.
func (c client) start(t *testing.T, until string, args ...string) {
	t.Helper()
	cmd := c.command(t.Context(), args...)
	var out watched
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(until); err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", c.path, out.String())
		default:
			if time.Now().After(end) {
				t.Fatalf("%s did not begin: %s", c.path, out.String())
			}
		}
	}
}

// taker is a server that takes what clients send.
type taker struct {
	http   string
	syslog []string // ports, as the configuration has them
	data   string
	began  time.Time
	errs   *watched
	stop   func() int
}

// taking starts a server. The configuration has "listeners" below syslog, and more.
func taking(t *testing.T, more string, listeners ...string) *taker {
	t.Helper()
	t.Setenv("LC_ALL", "C")
	text := "http: {listen: '127.0.0.1:0'" + more + "}\nfiles: []\nsyslog:\n"
	for _, l := range listeners {
		text += "  - {listen: '127.0.0.1:0', " + l + "}\n"
	}
	s := &taker{data: filepath.Join(t.TempDir(), "data"), began: time.Now().Add(-time.Second).Truncate(time.Second), errs: &watched{}}
	ctx, cancel := context.WithCancel(context.Background()) // t's ends before the clean-up
	done := make(chan int, 1)
	args := []string{"serve", "--data", s.data, "--log-format", "json", "--config", file(t, "c.yaml", text)}
	go func() { done <- run(ctx, args, nil, io.Discard, s.errs) }()
	code := -1
	s.stop = func() int {
		if cancel(); code < 0 {
			code = <-done
		}
		return code
	}
	t.Cleanup(func() { s.stop() })
	s.until(t, "it is running", func() bool { return strings.Contains(s.errs.String(), "sasumata is running") })
	for line := range strings.Lines(s.errs.String()) {
		var told struct{ Msg, Kind, Listen string }
		if err := json.Unmarshal([]byte(line), &told); err != nil {
			t.Fatal(err)
		}
		switch _, port, _ := strings.Cut(told.Listen, ":"); told.Msg + told.Kind {
		case "serving HTTP":
			s.http = told.Listen
		case "receiving messagessyslog":
			s.syslog = append(s.syslog, port)
		}
	}
	return s
}

func (s *taker) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s\n%s\n%s", what, s.metrics(t), s.errs.String())
		}
	}
}

func (s *taker) metrics(t *testing.T) string {
	t.Helper()
	if s.http == "" {
		return ""
	}
	resp, err := http.Get("http://" + s.http + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// taken is an event of the log store.
type taken struct {
	Timestamp, Status, Host, Service, Source, Message string
	Tags                                              []string
	Syslog                                            struct {
		Appname            string
		Severity, Facility int
	}
	Network struct{ Client struct{ IP string } }
	HTTP    struct {
		StatusCode int `json:"status_code"`
		URL        string
	}
	Security struct {
		Attack     bool
		Categories []string
	}
}

// String is "service|host|program|facility.severity|status|message".
func (e taken) String() string {
	return fmt.Sprintf("%s|%s|%s|%d.%d|%s|%s", e.Service, e.Host, e.Syslog.Appname, e.Syslog.Facility, e.Syslog.Severity, e.Status, e.Message)
}

// events waits for as many, stops the server and returns what it has, by their Strings.
// All must be of the time of this test.
func (s *taker) events(t *testing.T, n int) []taken {
	t.Helper()
	s.until(t, fmt.Sprint(n, " events"), func() bool {
		var seen int
		for line := range strings.Lines(s.metrics(t)) {
			_, _ = fmt.Sscanf(line, "sasumata_events_total %d", &seen)
		}
		return seen >= n
	})
	time.Sleep(50 * time.Millisecond) // for what must not come
	if code := s.stop(); code != exitClean {
		t.Errorf("the server ended with %d: %s", code, s.errs.String())
	}
	r := sasumata(t, "", "store", "export", "--store", filepath.Join(s.data, "store"))
	if r.code != exitClean {
		t.Fatal(r.err)
	}
	var events []taken
	for line := range strings.Lines(r.out) {
		var e taken
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if at, err := time.Parse(time.RFC3339Nano, e.Timestamp); err != nil || at.Before(s.began) || at.After(time.Now()) {
			t.Errorf("the time is wrong (%v): %s", err, line)
		}
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b taken) int { return strings.Compare(a.String(), b.String()) })
	return events
}

// same compares events with what they must be.
func same(t *testing.T, events []taken, want []string) {
	t.Helper()
	got := make([]string, len(events))
	for i := range events {
		got[i] = events[i].String()
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%.6000s", diff)
	}
}

// syslogSeverities are the names of logger, and what becomes of them, by their number.
func syslogSeverities() [][2]string {
	return [][2]string{
		{"emerg", "emergency"},
		{"alert", "alert"},
		{"crit", "critical"},
		{"err", "error"},
		{"warning", "warn"},
		{"notice", "notice"},
		{"info", "info"},
		{"debug", "debug"},
	}
}

const (
	twoLines = "grüße 刺股 🔱\n  at the second line"
	maxShort = 300 // bytes of a message, of the listeners that cut
)

func TestClientLogger(t *testing.T) {
	logger := clientNamed(t, "logger", "bsdutils")
	s := taking(t, "", "protocol: udp, service: udp", "protocol: tcp, service: tcp", fmt.Sprintf("protocol: tcp, service: short, max_message_bytes: %d", maxShort))
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	send := func(port string, args ...string) {
		t.Helper()
		logger.run(t, append([]string{"-n", "127.0.0.1", "-P", port, "-t", "app", "--id=77"}, args...)...)
	}
	var want []string
	for number, names := range syslogSeverities() {
		send(s.syslog[0], "-d", "--rfc3164", "-p", "auth."+names[0], twoLines)
		send(s.syslog[0], "-d", "--rfc5424", "-p", "local7."+names[0], twoLines)
		want = append(want,
			fmt.Sprintf("udp|%s|app|4.%d|%s|%s", host, number, names[1], twoLines),
			fmt.Sprintf("udp|%s|app|23.%d|%s|%s", host, number, names[1], twoLines))
	}
	for _, form := range []string{"--rfc3164", "--rfc5424"} {
		send(s.syslog[1], "-T", form, "--octet-count", "-p", "mail.err", twoLines)
		send(s.syslog[1], "-T", form, "-p", "cron.err", "one line")
		want = append(want, "tcp|"+host+"|app|2.3|error|"+twoLines, "tcp|"+host+"|app|9.3|error|one line")
	}
	send(s.syslog[1], "-T", "--rfc5424=notime,notq,nohost", "-p", "daemon.warning", "nothing known")
	want = append(want, "tcp|127.0.0.1|app|3.4|warn|nothing known")

	// Behind a message that is too long, the next one is whole.
	long := strings.Repeat("x", 4000)
	lines := file(t, "long", long+"\nafter it\n")
	for _, framing := range [][]string{{"--octet-count"}, nil} {
		send(s.syslog[2], append([]string{"-T", "--rfc3164", "--size", "8000", "-p", "user.info", "-f", lines}, framing...)...)
		want = append(want, "short|"+host+"|app|1.6|info|after it")
	}
	s.until(t, "two messages that were cut", func() bool {
		return strings.Contains(s.metrics(t), `sasumata_source_cut_total{source="syslog tcp 127.0.0.1:`+s.syslog[2]+`",kind="syslog"} 2`)
	})
	events := s.events(t, len(want)+2)
	whole := slices.DeleteFunc(slices.Clone(events), func(e taken) bool { return strings.HasPrefix(e.Message, long[:9]) })
	same(t, whole, want)
	for _, e := range events {
		if n := len(e.Message); strings.HasPrefix(e.Message, long[:9]) && (n < maxShort-100 || n > maxShort || e.Host != host) {
			t.Errorf("a message was cut to %d bytes: %s", n, e)
		}
	}
	if len(events) != len(want)+2 {
		t.Errorf("%d events, want %d", len(events), len(want)+2)
	}
}

// relayed are the messages that a relay gets by logger, in its socket.
func relayed(t *testing.T, socket string) {
	t.Helper()
	logger := clientNamed(t, "logger", "bsdutils")
	for _, names := range syslogSeverities() {
		logger.run(t, "-u", socket, "-t", "app", "--id=77", "-p", "auth."+names[0], "says "+names[0])
	}
	logger.run(t, "-u", socket, "-t", "app", "-p", "auth.err", twoLines)
	logger.run(t, "-u", socket, "--size", "70000", "-t", "app", "-p", "auth.err", strings.Repeat("y", 5000))
	logger.run(t, "-u", socket, "-t", "app", "-p", "auth.err", "after it")
	logger.run(t, "-u", socket, "-t", "bulk", "-p", "auth.info", "-f", file(t, "bulk", bulk()))
}

// bulkLines is how many messages come in a hurry.
const bulkLines = 1000

func bulk() string {
	var b strings.Builder
	for i := range bulkLines {
		fmt.Fprintf(&b, "number %04d\n", i)
	}
	return b.String()
}

// relayedWant are the events of what relayed sent, at a listener that keeps lines
// together, and at one to which a line feed ends a message.
func relayedWant(host, service string, together bool) []string {
	var want []string
	for number, names := range syslogSeverities() {
		want = append(want, fmt.Sprintf("%s|%s|app|4.%d|%s|says %s", service, host, number, names[1], names[0]))
	}
	head := service + "|" + host + "|app|4.3|error|"
	want = append(want, head+"after it", head+strings.Repeat("y", 5000))
	if together {
		return append(want, head+twoLines)
	}
	first, second, _ := strings.Cut(twoLines, "\n")
	return append(want, head+first, service+"|127.0.0.1||0.0||"+strings.TrimSpace(second))
}

// bulkWant are the events of the messages that came in a hurry.
func bulkWant(host, service string) []string {
	var want []string
	for line := range strings.Lines(bulk()) {
		want = append(want, service+"|"+host+"|bulk|4.6|info|"+strings.TrimSpace(line))
	}
	return want
}

// relay sends messages through a relay to listeners of four kinds, and compares.
func relay(t *testing.T, host string, start func(dir, socket string, ports []string)) {
	t.Helper()
	clientNamed(t, "logger", "bsdutils")
	dir, err := os.MkdirTemp("", "relay") //nolint:usetesting // the paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := taking(t, "", "protocol: tcp, service: counted", "protocol: tcp, service: lines", "protocol: udp, service: udp", "protocol: tcp, service: old")
	socket := filepath.Join(dir, "log")
	start(dir, socket, s.syslog)
	relayed(t, socket)
	want := slices.Concat(
		relayedWant(host, "counted", true), bulkWant(host, "counted"), relayedWant(host, "lines", false), bulkWant(host, "lines"),
		relayedWant(host, "udp", true), relayedWant(host, "old", false))
	same(t, s.events(t, len(want)), want)
}

func TestClientRsyslog(t *testing.T) {
	rsyslogd := clientNamed(t, "rsyslogd", "rsyslog")
	relay(t, "web1", func(dir, socket string, ports []string) {
		to := `target="127.0.0.1" action.resumeRetryCount="-1" `
		rsyslogd.start(t, socket, append([]string{"-n", "-i", dir + "/pid", "-f", file(t, "rsyslog.conf", fmt.Sprintf(`
global(workDirectory=%q localHostname="web1" maxMessageSize="100k" parser.escapeControlCharactersOnReceive="off")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket=%q RateLimit.Interval="0")
action(type="omfwd" %s protocol="tcp" port=%q TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" %s protocol="tcp" port=%q template="RSYSLOG_ForwardFormat")
if $programname == "app" then {
	action(type="omfwd" %s protocol="udp" port=%q template="RSYSLOG_ForwardFormat")
	action(type="omfwd" %s protocol="tcp" port=%q template="RSYSLOG_TraditionalForwardFormat")
}
`, dir, socket, to, ports[0], to, ports[1], to, ports[2], to, ports[3]))}, rsyslogd.modules("-M", "usr/lib/*/rsyslog")...)...)
	})
}

func TestClientSyslogNG(t *testing.T) {
	syslogNG := clientNamed(t, "syslog-ng", "syslog-ng-core")
	relay(t, "web1", func(dir, socket string, ports []string) {
		syslogNG.start(t, socket, append([]string{
			"-F", "--no-caps", "-R", dir + "/persist", "-c", dir + "/control", "-p", dir + "/pid",
			"-f", file(t, "syslog-ng.conf", fmt.Sprintf(`@version: 3.38
options { keep-hostname(yes); use-dns(no); stats-freq(0); log-msg-size(100000); };
source s { unix-dgram(%q host-override("web1") so-rcvbuf(1000000)); };
destination counted { syslog("127.0.0.1" port(%s) transport("tcp")); };
destination lines { network("127.0.0.1" port(%s) transport("tcp") ts-format(iso)); };
destination udp { syslog("127.0.0.1" port(%s) transport("udp")); };
destination old { network("127.0.0.1" port(%s) transport("tcp")); };
filter app { program("app"); };
log { source(s); destination(counted); destination(lines); };
log { source(s); filter(app); destination(udp); destination(old); };
`, socket, ports[0], ports[1], ports[2], ports[3])),
		}, syslogNG.modules("--module-path=", "usr/lib/syslog-ng/*")...)...)
	})
}

func TestClientCurl(t *testing.T) {
	curl := clientNamed(t, "curl", "curl")
	token := file(t, "web1.token", "a-token-for-tests-only\n")
	s := taking(t, ", tokens: [{name: web1, token_file: '"+token+"'}]")
	post := func(code, key, path string, args ...string) {
		t.Helper()
		args = append([]string{"-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "DD-API-KEY: " + key, "http://" + s.http + path}, args...)
		if got := curl.run(t, args...); got != code {
			t.Errorf("%s: %s, want %s", args, got, code)
		}
	}
	const key = "a-token-for-tests-only"
	lines := file(t, "app.log", "first grüße 刺股\nsecond\n")
	post("202", key, "/intake/lines?source=shop-app&host=web2&service=shop", "--data-binary", "@"+lines)
	post("202", key, "/intake/lines?source=shop-app&host=web2&service=shop", "-H", "Content-Encoding: gzip", "--data-binary", "@"+file(t, "app.gz", packed(t, "packed\n")))
	post("202", key, "/api/v2/logs", "--json", `[{"message":"one\ntwo","ddsource":"shop-app","hostname":"web3","service":"shop","status":"warn"}]`)
	post("202", key, "/api/v2/logs", "--json", `{"message":"chunked","ddsource":"shop-app","hostname":"web3","service":"shop"}`, "-H", "Transfer-Encoding: chunked")
	post("401", "another-token-of-nobody", "/intake/lines", "--data-binary", "@"+lines)
	post("413", key, "/intake/lines", "--data-binary", "@"+file(t, "large", strings.Repeat("x", 5<<20+1)))
	events := s.events(t, 5)
	same(t, events, []string{
		"shop|web2||0.0||first grüße 刺股", "shop|web2||0.0||second", "shop|web2||0.0||packed",
		"shop|web3||0.0|warn|one\ntwo", "shop|web3||0.0||chunked",
	})
	for _, e := range events {
		if !slices.Contains(e.Tags, "sender:web1") || e.Source != "shop-app" {
			t.Errorf("source %q, tags %q", e.Source, e.Tags)
		}
	}
}

func TestClientNginx(t *testing.T) {
	nginx, curl := clientNamed(t, "nginx", "nginx"), clientNamed(t, "curl", "curl")
	dir, err := os.MkdirTemp("", "nginx") //nolint:usetesting // the paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := taking(t, "", "protocol: udp")
	socket := filepath.Join(dir, "http")
	conf := fmt.Sprintf(`
daemon off; master_process off; pid %[1]s/pid; error_log stderr; error_log syslog:server=127.0.0.1:%[3]s,nohostname,tag=nginx_error error;
events {}
http {
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	access_log syslog:server=127.0.0.1:%[3]s,facility=local7,tag=nginx,severity=info combined;
	set_real_ip_from unix:; real_ip_header X-Real-IP;
	server {
		listen unix:%[2]s;
		location / { return 200 "hello"; }
		location /missing { root %[1]s; }
	}
}
`, dir, socket, s.syslog[0])
	nginx.start(t, socket, "-p", dir, "-e", "stderr", "-c", file(t, "nginx.conf", conf))
	get := func(address, path string) {
		t.Helper()
		curl.run(t, "-sS", "-o", "/dev/null", "-A", "Mozilla/5.0 (test) é", "-H", "X-Real-IP: "+address, "--unix-socket", socket, "http://shop.example"+path)
	}
	get("203.0.113.5", "/index.html?q=%E5%88%BA")
	get("203.0.113.6", "/missing/file")
	get("203.0.113.7", "/item?id=1%20UNION%20SELECT%20password%20FROM%20users--")
	get("2001:db8::7", "/?f=../../../../etc/passwd")
	var got []string
	for _, e := range s.events(t, 5) { // one is an error
		got = append(got, fmt.Sprintf("%s %s %s %d.%d %d %s %v %v", e.Source, e.Syslog.Appname, e.Network.Client.IP, e.Syslog.Facility, e.Syslog.Severity, e.HTTP.StatusCode, e.HTTP.URL, e.Security.Attack, e.Security.Categories))
	}
	slices.Sort(got)
	want := []string{
		"nginx nginx 2001:db8::7 23.6 200 /?f=../../../../etc/passwd true [path_traversal]",
		"nginx nginx 203.0.113.5 23.6 200 /index.html?q=%E5%88%BA false []",
		"nginx nginx 203.0.113.6 23.6 404 /missing/file false []",
		"nginx nginx 203.0.113.7 23.6 200 /item?id=1%20UNION%20SELECT%20password%20FROM%20users-- true [sql_injection]",
		"nginx nginx_error 203.0.113.6 23.3 0 /missing/file false []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
