package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// onThePage returns the blocks for senders, those without a language, of a section of the
// page about sources, with the address of this server.
func onThePage(t *testing.T, section, http, syslog string) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "sources.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "# "+section+"\n")
	if !found {
		t.Fatalf("docs/sources.md has no section %q", section)
	}
	if next := regexp.MustCompile(`(?m)^##+ `).FindStringIndex(text); next != nil {
		text = text[:next[0]]
	}
	here := strings.NewReplacer("https://sasumata.example.com:8480", "http://"+http,
		`target="sasumata.example.com" port="5514"`, `target="127.0.0.1" port="`+syslog+`"`,
		`"sasumata.example.com" port(5514)`, `"127.0.0.1" port(`+syslog+`)`,
		"sasumata.example.com:5514", "127.0.0.1:"+syslog)
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		if m[1] == "" {
			blocks = append(blocks, here.Replace(m[2]))
		}
	}
	if len(blocks) == 0 || strings.Contains(strings.Join(blocks, ""), "example.com") {
		t.Fatalf("%q has the blocks %q", section, blocks)
	}
	return blocks
}

// shortDir is a folder whose path is short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "page") //nolint:usetesting // the paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestClientRsyslogOfThePage(t *testing.T) {
	rsyslogd, logger := clientNamed(t, "rsyslogd", "rsyslog"), clientNamed(t, "logger", "bsdutils")
	s, dir := taking(t, "", "protocol: tcp"), shortDir(t)
	socket := filepath.Join(dir, "log")
	conf := fmt.Sprintf("global(workDirectory=%q localHostname=\"web1\")\nmodule(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=%q)\n", dir, socket)
	rsyslogd.start(t, socket, append([]string{"-n", "-i", dir + "/pid", "-f", file(t, "rsyslog.conf", conf+onThePage(t, "rsyslog", s.http, s.syslog[0])[0])}, rsyslogd.modules("-M", "usr/lib/*/rsyslog")...)...)
	logger.run(t, "-u", socket, "-t", "app", "-p", "auth.err", "by rsyslog")
	same(t, s.events(t, 1), []string{"|web1|app|4.3|error|by rsyslog"})
}

func TestClientSyslogNGOfThePage(t *testing.T) {
	syslogNG, logger := clientNamed(t, "syslog-ng", "syslog-ng-core"), clientNamed(t, "logger", "bsdutils")
	s, dir := taking(t, "", "protocol: tcp"), shortDir(t)
	socket := filepath.Join(dir, "log")
	conf := fmt.Sprintf("@version: 3.38\noptions { stats-freq(0); };\nsource s_src { unix-dgram(%q host-override(\"web1\")); };\n", socket)
	syslogNG.start(t, socket, append([]string{
		"-F", "--no-caps", "-R", dir + "/persist", "-c", dir + "/control", "-p", dir + "/pid",
		"-f", file(t, "syslog-ng.conf", conf+onThePage(t, "syslog-ng", s.http, s.syslog[0])[0]),
	}, syslogNG.modules("--module-path=", "usr/lib/syslog-ng/*")...)...)
	logger.run(t, "-u", socket, "-t", "app", "-p", "auth.err", "by syslog-ng")
	same(t, s.events(t, 1), []string{"|web1|app|4.3|error|by syslog-ng"})
}

func TestClientNginxOfThePage(t *testing.T) {
	nginx, curl := clientNamed(t, "nginx", "nginx"), clientNamed(t, "curl", "curl")
	s, dir := taking(t, "", "protocol: udp"), shortDir(t)
	socket := filepath.Join(dir, "http")
	logs := onThePage(t, "nginx", s.http, s.syslog[0])[0]
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid;
events {}
http {
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	%[3]s
	server { listen unix:%[2]s; root %[1]s; }
}
`, dir, socket, logs)
	nginx.start(t, socket, "-p", dir, "-e", "stderr", "-c", file(t, "nginx.conf", conf))
	curl.run(t, "-sS", "-o", "/dev/null", "--unix-socket", socket, "http://shop.example/missing")
	var got []string
	for _, e := range s.events(t, 2) {
		got = append(got, fmt.Sprint(e.Source, " ", e.Syslog.Appname, " ", e.HTTP.StatusCode))
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"nginx nginx 404", "nginx nginx_error 0"}) {
		t.Errorf("%q", got)
	}
}

func TestClientCurlOfThePage(t *testing.T) {
	clientNamed(t, "curl", "curl")
	shell := clientNamed(t, "bash", "bash")
	token := file(t, "web1.token", "a-token-for-tests-only\n")
	dir := filepath.Dir(token)
	if err := os.WriteFile(filepath.Join(dir, "access.log"), []byte(`203.0.113.5 - - [`+time.Now().UTC().Format("02/Jan/2006:15:04:05 -0700")+`] "GET /a HTTP/1.1" 200 1 "-" "-"`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := taking(t, ", tokens: [{name: web1, token_file: '"+token+"'}]")
	for _, section := range []string{"curl", "An application, as JSON", "Splunk's senders"} {
		for _, block := range onThePage(t, section, s.http, "") {
			shell.run(t, "-ec", "cd "+dir+"\n"+strings.ReplaceAll(block, "curl ", "curl --fail-with-body -sS "))
		}
	}
	var got []string
	for _, e := range s.events(t, 3) {
		if !slices.Contains(e.Tags, "sender:web1") {
			t.Errorf("the tags are %q", e.Tags)
		}
		got = append(got, e.Source+" "+e.Service+" "+e.Network.Client.IP)
	}
	slices.Sort(got)
	if want := []string{"json shop 203.0.113.7", "nginx  203.0.113.5", "sshd  203.0.113.9"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
