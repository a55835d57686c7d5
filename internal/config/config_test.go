package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/config"
)

func token(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParse(t *testing.T) {
	file := token(t, "0123456789abcdef0123456789\n", 0o600)
	c, err := config.Parse("c.yaml", []byte(`
data: /srv/sasumata
timezone: Asia/Tokyo
silent_after: 5m
checkpoint: 500ms
http:
  listen: "[::1]:9000"
  tokens: [{name: web, token_file: `+file+`}]
syslog:
  - protocol: udp
  - {protocol: tcp, listen: "127.0.0.1:6514", idle_timeout: 1m, source: router, tags: site:a}
gelf: [{protocol: udp}]
files:
  - path: /var/log/app/*.log
    from: beginning
    service: shop
queue: {max_bytes: 100000000}
store: {max_age: 30d, sources: [{source: nginx, max_age: 7d}]}
logs: {dir: /var/log/sasumata, error: "status:error"}
content: {rules: /etc/sasumata/rules, own_networks: [192.0.2.0/24]}
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "/srv/sasumata" || c.Zone.String() != "Asia/Tokyo" || c.SilentAfter != 5*time.Minute || c.HTTP.MaxBody == 0 || len(c.Tokens) != 1 {
		t.Errorf("%+v", c)
	}
	if c.GELF[0].Listen != config.DefaultGELF || c.Syslog[0].Listen != config.DefaultSyslog || c.Syslog[1].Source != "router" || c.Syslog[1].Tags[0] != "site:a" || !c.Files[0].FromStart() || c.Files[0].Service != "shop" {
		t.Errorf("%+v %+v", c.Syslog, c.Files)
	}
	now := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	keep := c.Store.Retention(now)
	if keep.Before != now.AddDate(0, 0, -30).UnixNano() || keep.Sources["nginx"] != now.AddDate(0, 0, -7).UnixNano() || keep.MaxBytes != config.DefaultMaxStore || c.Logs.ErrorQuery.String() != "status:error" {
		t.Errorf("%+v %+v", keep, c.Logs)
	}
	if c, err := config.Parse("c.yaml", []byte("{}")); err != nil || c.HTTP.Listen != config.DefaultListen {
		t.Errorf("an empty one: %+v, %v", c, err)
	}
}

func TestFaultsComeTogether(t *testing.T) {
	open, short := token(t, "0123456789abcdef0123456789", 0o644), token(t, "short", 0o600)
	_, err := config.Parse("c.yaml", []byte(`timezone: Mars/Base
sillent_after: 5m
checkpoint: 1ms
http:
  listen: nowhere
  tokens:
    - {name: a, token_file: `+open+`}
    - {name: a, token_file: `+short+`}
    - {name: b}
syslog:
  - {protocol: upd, idle_timeout: 5}
  - {protocol: udp, idle_timeout: 5s}
files:
  - {path: log/*.log, from: start}
  - {path: "/var/log/[a"}
queue: {max_bytes: 5}
`))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	got := strings.NewReplacer(open, "OPEN", short, "SHORT").Replace(err.Error())
	want := `c.yaml:1:11: timezone "Mars/Base" is no time zone, want a name such as Asia/Tokyo
c.yaml:2:1: unknown key "sillent_after" (did you mean "silent_after"?)
c.yaml:3:13: checkpoint wants a duration from 100ms to 1h
c.yaml:5:11: listen "nowhere" is no address, want the form 127.0.0.1:8480 or [::1]:8480
c.yaml:7:7: the token of "a": OPEN can be read by others (mode 0644): chmod 600 it
c.yaml:8:7: two tokens have the name "a"
c.yaml:8:7: the token of "a": SHORT has fewer than 20 characters; openssl rand -hex 32 makes a good one
c.yaml:9:7: the key "token_file" is missing
c.yaml:11:16: protocol "upd", want udp or tcp (did you mean "udp"?)`
	if !strings.HasPrefix(got, want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
	for _, part := range []string{"want a duration", "idle_timeout is for tcp", `path "log/*.log" wants to begin with /`, `from "start", want end or beginning`, "a [ is not closed", "max_bytes wants at least"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing in\n%s", part, got)
		}
	}
}

func TestFaultsOfSendersAndLabels(t *testing.T) {
	good, folder := token(t, "0123456789abcdef0123456789", 0o600), t.TempDir()
	long := strings.Repeat("n", 1025)
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
	f("http: {tokens: [{name: a, token_file: "+folder+"}]}", `c.yaml:1:17: the token of "a": `+folder+" is no file")
	f("http: {tokens: [{name: a, token_file: "+good+"}, {name: b, token_file: "+good+"}]}", `the tokens of "a" and "b" are one`)
	f("http: {tokens: [{name: "+long+", token_file: "+good+"}]}", "c.yaml:1:17: the name of a sender has more than 200 bytes")
	f("http: {tokens: [{name: a, token_file: "+good+"}], readers: [{name: b, token_file: "+good+"}]}", `the tokens of "a" and "b" are one`)
	f("http: {readers: [{name: a, token_file: "+good+"}], analysts: [{name: b, token_file: "+good+"}]}", `the tokens of "a" and "b" are one`)
	for _, at := range []string{"logs.example.com", "ftp://logs.example.com", "https://logs.example.com/x", "https://a@logs.example.com", "https://"} {
		f("access: {url: "+at+"}", "want an address such as https://logs.example.com")
	}
	secret := token(t, "a-secret-of-the-client", 0o600)
	provider := "{name: corp, issuer: https://login.example.com, client_id: sasumata, client_secret_file: " + secret
	f("access: {oidc: ["+provider+"}]}", "c.yaml:1:17: oidc wants access.url")
	at := "access: {url: 'https://logs.example.com', oidc: ["
	f(at+provider+"}, "+provider+"}]}", `name "corp" stands here twice`)
	f(at+"{name: corp}]}", `"issuer" is missing`)
	f(at+strings.Replace(provider, "corp", "../corp", 1)+"}]}", `name "../corp", want a to z`)
	for _, issuer := range []string{"http://login.example.com", "login.example.com", "https://a@login.example.com", "https://login.example.com?x"} {
		f(at+strings.Replace(provider, "https://login.example.com", "'"+issuer+"'", 1)+"}]}", "http is for this machine only")
	}
	f(at+strings.Replace(provider, secret, folder, 1)+"}]}", "client_secret_file: "+folder+" is no file")
	f(at+provider+", roles: {soc: king}}]}", `roles: soc: role "king", want viewer`)
	f(at+provider+", default_role: king}]}", `default_role: role "king"`)
	f(at+provider+", create_users: true}]}", "create_users wants roles or default_role")
	f(at+provider+", tls: {ca_file: /nowhere}}]}", "/nowhere")
	f(at+provider+", scope: x}]}", `did you mean "scopes"`)
	for _, proxy := range []string{"x", "0.0.0.0/0", "'::/0'"} {
		f("http: {trusted_proxies: ["+proxy+"]}", "c.yaml:1:25: trusted_proxies: ")
	}
	f("signals: {retention: 1h}", "c.yaml:1:22: retention wants at least 1d")
	f("signals: {retenion: 9d}", `did you mean "retention"`)
	f("access: {session_idle: 1s}", "session_idle wants a duration from 1m0s to 720h0m0s")
	f("access: {session_idle: 2h, session_max: 1h}", "session_max wants a duration from session_idle (2h0m0s)")
	f("store: {flush: 1ms}", "c.yaml:1:16: flush wants a duration from 100ms to 1h")
	f("store: {max_age: -1s}", "max_age cannot be negative")
	f("store: {max_bytes: -1}", "max_bytes cannot be negative")
	f("store: {min_free_bytes: -1}", "min_free_bytes cannot be negative")
	f("store: {sources: [{source: a, max_age: 1d}, {source: a, max_age: -1s}]}", `source "a" stands here twice`)
	f("store: {sources: [{source: a}]}", `"max_age" is missing`)
	f("store: {services: [{service: a, max_age: 1d}, {service: a, max_age: -1s}]}", `service "a" stands here twice`)
	f("http: {max_connections: -1}", "c.yaml:1:25: max_connections wants a number up to 1000000")
	f("syslog: [{protocol: udp, max_connections_per_host: 5}]", "max_connections_per_host is for tcp")
	f("troubles: {detection_lag: 1ms}", "detection_lag wants at least 1s")
	f("troubles: {clock_skew: 1s}", "clock_skew wants at least 10s")
	f("logs: {dir: logs}", `c.yaml:1:13: dir "logs" wants to begin with /`)
	f("logs: {keep: 0}", "keep wants a number")
	f("logs: {max_mib: 0}", "max_mib wants a number")
	f("logs: {access: '@a:['}", "access: column")
	f("files: [{path: /a, source: "+long+"}]", "c.yaml:1:28: source has more than 1024 bytes")
	f("syslog: [{protocol: udp, host: "+long+"}]", "host has more than 1024 bytes")
	f("syslog: [{protocol: udp, tags: ["+long+"]}]", "tags wants at most 100 tags")
	f("files: [{path: /a, tags: ["+strings.Repeat("t, ", 100)+"t]}]", "c.yaml:1:26: tags wants at most 100 tags")
}

func TestFaultsOfTLS(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("http: {tls: {cert_file: /nowhere/c.pem, key_file: /nowhere/k.pem}}", "c.yaml:1:13: tls: the certificate: stat /nowhere/c.pem")
	f("http: {tls: {cert_file: /nowhere/c.pem}}", `c.yaml:1:13: the key "key_file" is missing`)
	f("http: {tls: {cert_fil: /a, key_file: /b}}", `unknown key "cert_fil" (did you mean "cert_file"?)`)
	f("http: {tls: yes}", "c.yaml:1:13: ")
	f("syslog: [{protocol: tcp, tls: {cert_file: /nowhere/c.pem, key_file: /nowhere/k.pem}}]", "c.yaml:1:31: tls: the certificate")
	f("syslog: [{protocol: udp, tls: {cert_file: /nowhere/c.pem, key_file: /nowhere/k.pem}}]", "c.yaml:1:31: tls is for tcp")
}

func TestJournal(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte("journal: {units: ssh.service, identifiers: [sudo, su], directory: /var/log/journal, from: beginning, service: host}"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"journalctl", "--directory=/var/log/journal", "--unit=ssh.service", "--identifier=sudo", "--identifier=su"}
	if diff := cmp.Diff(want, c.Journal.Command()); diff != "" || !c.Journal.FromStart() || c.Journal.Service != "host" {
		t.Error(diff)
	}
	if c, err := config.Parse("c.yaml", []byte("journal: {}")); err != nil || c.Journal == nil || c.Journal.Disabled {
		t.Errorf("%+v, %v", c, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("journal: {from: star}", `c.yaml:1:17: from "star", want end or beginning`)
	f("journal: {unit: a}", `c.yaml:1:11: unknown key "unit" (did you mean "units"?)`)
	f("journal: {directory: log}", `c.yaml:1:22: directory "log" wants to begin with /`)
	f(`journal: {units: ["a\nb"]}`, "c.yaml:1:18: units wants at most 100 names")
	f(`journal: {identifiers: [""]}`, "identifiers wants")
	f(`journal: {journalctl: "a\x00"}`, "journalctl wants")
	f("journal: {host: "+strings.Repeat("h", 2000)+"}", "host has more than")
}

func TestDocker(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte("docker: {from: beginning, tags: team:a}"))
	if err != nil || c.Docker.Root != "/var/lib/docker/containers" || c.Docker.Address != "" || !c.Docker.FromStart() || c.Docker.Tags[0] != "team:a" {
		t.Errorf("%+v, %v", c, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	c, err = config.Parse("c.yaml", []byte("docker: {containers: web-*, labels: [team=a]}"))
	if err != nil || c.Docker.Address != "unix:///var/run/docker.sock" || c.Docker.Containers[0] != "web-*" {
		t.Errorf("%+v, %v", c, err)
	}
	f("docker: {address: /run/docker.sock}", `c.yaml:1:19: address "/run/docker.sock" is no address of an engine, want the form unix:///var/run/docker.sock or tcp://host:2376`)
	f("docker: {address: 'tcp://a:2376', root: /a}", "c.yaml:1:41: root is for files")
	f("docker: {tls: {ca_file: /nowhere}}", "tls is for tcp")
	f("docker: {address: 'tcp://a:2376', tls: {ca_file: /nowhere/ca.pem}}", "c.yaml:1:40: tls: the certificates to believe: stat /nowhere/ca.pem")
	f("docker: {address: 'tcp://a:2376', tls: {cert_fil: /a}}", `unknown key "cert_fil" (did you mean "cert_file"?)`)
	f("docker: {containers: ['[a']}", `c.yaml:1:22: containers: "[a" is no pattern`)
	f("docker: {labels: ['']}", "labels wants at most 100 names")
	f("docker: {rot: /a}", `c.yaml:1:10: unknown key "rot" (did you mean "root"?)`)
	f("docker: {root: a}", `c.yaml:1:16: root "a" wants to begin with /`)
	f("docker: {root: /a/*}", `c.yaml:1:16: root "/a/*" is one folder`)
	f("docker: {from: begining}", `want end or beginning (did you mean "beginning"?)`)
	f("docker: {source: "+strings.Repeat("h", 2000)+"}", "source has more than")
}

func TestQueue(t *testing.T) {
	secret := token(t, "0123456789abcdef0123456789", 0o600)
	c, err := config.Parse("c.yaml", []byte("queue: {url: 'nats://a:4222, tls://b:4222', stream: logs, replicas: 3, token_file: "+secret+"}"))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Queue.Cluster()
	if got.URL != "nats://a:4222, tls://b:4222" || got.Stream != "logs" || got.Replicas != 3 || got.Token != "0123456789abcdef0123456789" {
		t.Errorf("%+v", got)
	}
	if c, err := config.Parse("c.yaml", []byte("queue: {url: 'nats://a'}")); err != nil || c.Queue.Cluster().Stream != "SASUMATA" {
		t.Errorf("%+v, %v", c, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte("queue: {"+text+"}")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	open := token(t, "0123456789abcdef0123456789", 0o644)
	f("stream: a", "c.yaml:1:17: stream is for a queue of NATS servers: url is missing")
	f("url: ''", "c.yaml:1:14: url wants the form")
	f("url: 'http://a'", `c.yaml:1:14: url "http://a", want the form nats://`)
	f("url: 'nats://a,b'", `url "b", want the form`)
	f("url: 'nats://me:secret@a'", "url holds a secret")
	f("url: 'nats://a', strem: b", `unknown key "strem" (did you mean "stream"?)`)
	f("url: 'nats://a', stream: a.b", `stream "a.b" wants letters`)
	f("url: 'nats://a', replicas: 6", "replicas wants a number from 1 to 5")
	f("url: 'nats://a', token_file: "+open, "token_file: "+open+" can be read by others")
	f("url: 'nats://a', credentials_file: "+open, "credentials_file: "+open+" can be read by others")
	f("url: 'nats://a', credentials_file: "+secret+", token_file: "+secret, "want one of them")
	f("url: 'nats://a', tls: {cert_file: /a}", "c.yaml:1:31: tls: a certificate wants its key")
	f("url: 'nats://a', tls: {ca_file: /nowhere}", "c.yaml:1:31: tls: the certificates to believe: stat /nowhere")
}

func TestFiles(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte("files: [{path: /a, multiline: auto, multiline_max_lines: 9, multiline_timeout: 2s}, {path: /b, multiline: '^#'}, {path: '-', multiline: off}]"))
	if err != nil {
		t.Fatal(err)
	}
	if f := c.Files[0]; !f.Join.Auto || f.Join.MaxLines != 9 || f.MultilineWait != 2*time.Second || c.Files[1].Join.First == nil || c.Files[2].Join.Joins() {
		t.Errorf("%+v", c.Files)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("files: [{path: /a, multiline: '('}]", `c.yaml:1:31: multiline "(": want auto, off or a regular expression`)
	f("files: [{path: /a, multiline: auto, multiline_max_lines: 1}]", "c.yaml:1:58: multiline_max_lines wants a number from 2 to 10000")
	f("files: [{path: /a, multiline: auto, multiline_max_bytes: 600000}]", "multiline_max_bytes wants a number from 1024 to 524288")
	f("files: [{path: /a, multiline: auto, multiline_timeout: 0s}]", "multiline_timeout wants a duration from 100ms to 1m0s")
	f("files: [{path: /a, multiline_timeout: 2s}]", "c.yaml:1:39: multiline_timeout means nothing without multiline")
	f("files: [{path: /a, multilin: auto}]", `unknown key "multilin" (did you mean "multiline"?)`)
	f("files: [{path: '-'}, {path: '-'}]", `c.yaml:1:29: path "-" stands here twice`)
	f("files: [{path: '-', from: end}]", "c.yaml:1:27: from is for files")
}

func TestBrokers(t *testing.T) {
	secret, open := token(t, "short\n", 0o600), token(t, "short", 0o644)
	c, err := config.Parse("c.yaml", []byte("nats: [{servers: 'nats://a:4222', subjects: logs.>, token_file: "+secret+"}]"))
	if err != nil || c.NATS[0].Token != "short" {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = config.Parse("c.yaml", []byte("kafka:\n- {brokers: ['a:9092', '[2001:db8::1]:9092'], topics: t, tags: x:y, sasl: {mechanism: plain, user: u, password_file: "+secret+"}}\n- {brokers: 'a:1', topics: [t, u.v], group: g, from: end, tls: {}}"))
	if err != nil {
		t.Fatal(err)
	}
	if k := c.Kafka[0]; k.SASL.Password != "short" || k.Group != "sasumata" || k.FromEnd() || k.TLS != nil || !slices.Equal(k.Tags, []string{"x:y"}) {
		t.Errorf("%+v", k)
	}
	if k := c.Kafka[1]; k.SASL != nil || k.Group != "g" || !k.FromEnd() || k.TLS == nil {
		t.Errorf("%+v", k)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := config.Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("nats: [{subjects: a}]", `c.yaml:1:8: the key "servers" is missing`)
	f("nats: [{servers: 'http://a', subjects: a}]", `c.yaml:1:18: servers: "http://a", want the form nats://host:4222`)
	f("nats: [{servers: 'nats://u:p@a', subjects: a}]", "without a password")
	f("nats: [{servers: 'nats://a', subjects: a..b}]", `subjects: "a..b"`)
	f("nats: [{servers: 'nats://a'}]", "nats wants subjects, or a stream")
	f("nats: [{servers: 'nats://a', stream: S}]", "a stream wants its consumer")
	f("nats: [{servers: 'nats://a', stream: 'a b', consumer: c}]", `stream "a b" wants a name`)
	f("nats: [{servers: 'nats://a', subjects: a, token_file: "+open+"}]", "can be read by others")
	f("nats: [{servers: 'nats://a', subjects: a, user: u}]", "a user wants a password_file")
	f("nats: [{servers: 'nats://a', subjects: a, max_message_bytes: 2000000}]", "max_message_bytes wants a number up to")
	f("kafka: [{topics: t}]", `c.yaml:1:9: the key "brokers" is missing`)
	f("kafka: [{brokers: 'a:1', topic: t}]", `c.yaml:1:26: unknown key "topic" (did you mean "topics"?)`)
	f("kafka: [{brokers: a, topics: t}]", `c.yaml:1:19: brokers: "a", want the form host:9092`)
	f("kafka: [{brokers: 'a:b', topics: t}]", `brokers: "a:b", want the form`)
	f("kafka: [{brokers: 'a:1', topics: 'a b'}]", `c.yaml:1:34: topics: "a b"`)
	f("kafka: [{brokers: 'a:1', topics: t, group: 'a b'}]", `c.yaml:1:44: group "a b" wants a name`)
	f("kafka: [{brokers: 'a:1', topics: t, from: start}]", `c.yaml:1:43: from "start", want end or beginning`)
	f("kafka: [{brokers: 'a:1', topics: t, max_message_bytes: -1}]", "max_message_bytes wants a number up to")
	f("kafka: [{brokers: 'a:1', topics: t, tls: {ca_file: /nowhere}}]", "c.yaml:1:42: tls: the certificates to believe")
	f("kafka: [{brokers: 'a:1', topics: t, sasl: {mechanism: plainn, user: u, password_file: "+secret+"}}]", `c.yaml:1:55: mechanism "plainn", want plain, scram-sha-256, scram-sha-512 (did you mean "plain"?)`)
	f("kafka: [{brokers: 'a:1', topics: t, sasl: {mechanism: plain, user: u, password_file: "+open+"}}]", "c.yaml:1:86: password_file: "+open+" can be read by others")
	f("kafka: [{brokers: 'a:1', topics: t, sasl: {mechanism: plain, user: u}}]", `the key "password_file" is missing`)
}

func FuzzParse(f *testing.F) {
	f.Add("http: {listen: a}\nsyslog: [{protocol: tcp}]\nfiles: [{path: /a}]")
	f.Fuzz(func(_ *testing.T, text string) {
		if strings.Contains(text, "_file") {
			return // it would read files
		}
		_, _ = config.Parse("c.yaml", []byte(text))
	})
}

func TestState(t *testing.T) {
	secret := token(t, "postgres://sasumata:hunter2@db.example.com/sasumata?sslmode=verify-full\n", 0o600)
	open, empty := token(t, "postgres://x@/y?host=/run", 0o644), token(t, "\n", 0o600)
	f := func(text, want string) {
		t.Helper()
		_, err := config.Parse("c.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("state: {dsn: 'postgres://x:hunter2@127.0.0.1/y'}", "c.yaml:1:14: dsn holds a password")
	f("state: {dsn: 'postgres://x@db.example.com/y'}", "c.yaml:1:14: dsn: the connection to the database would not be encrypted")
	f("state: {dsn: 'mysql://x@db.example.com/y'}", "c.yaml:1:14: dsn: want a URL such as")
	f("state: {dsn: 'postgres://x@127.0.0.1/y', dsn_file: "+secret+"}", "not both")
	f("state: {dsn_file: "+open+"}", "c.yaml:1:19: dsn_file: "+open+" can be read by others")
	f("state: {dsn_file: "+empty+"}", "is empty")
	f("state: {dsnfile: x}", `did you mean "dsn_file"?`)
	c, err := config.Parse("c.yaml", []byte("data: /d\nstate: {dsn_file: "+secret+"}"))
	if err != nil || !strings.HasPrefix(c.Database().DSN, "postgres://sasumata:hunter2@db.example.com/sasumata") || strings.HasSuffix(c.Database().DSN, "\n") {
		t.Errorf("%+v, error %v", c, err)
	}
	if c, err = config.Parse("c.yaml", []byte("data: /d")); err != nil || c.Database().File != "/d/state.db" || c.Database().DSN != "" {
		t.Errorf("%+v, error %v", c, err)
	}
}

// TestSame compares configurations without the places of what they say.
func TestSame(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(secret, []byte("http://127.0.0.1/"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(text string) *config.Config {
		t.Helper()
		c, err := config.Parse("c.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	f := func(a, b string, want bool) {
		t.Helper()
		if got := config.Same(read(a), read(b)); got != want {
			t.Errorf("%q and %q are the same: %t", a, b, got)
		}
	}
	f("syslog: [{protocol: udp, tags: a}]", "\n\nsyslog:\n- protocol: udp\n  tags: [a]", true)
	f("syslog: [{protocol: udp, tags: a}]", "syslog: [{protocol: udp, tags: b}]", false)
	f("syslog: [{protocol: udp, source: a}]", "syslog: [{protocol: udp, source: b}]", false)
	f("files: []", "{}", false)
	f("docker: {}", "{}", false)
	f("logs: {access: a}", "logs: {access: b}", false)
	f("store: {max_age: 1d}", "store: {max_age: 24h}", true)
	roles := func(text string) string {
		return "access: {url: 'https://logs.example.com', oidc: [{name: corp, issuer: 'https://login.example.com', client_id: a, client_secret_file: " + secret + ", roles: " + text + "}]}"
	}
	f(roles("{a: viewer, b: admin}"), roles("{b: admin, a: viewer}"), true)
	f(roles("{a: viewer, b: admin}"), roles("{a: viewer, c: admin}"), false)
	f(roles("{a: viewer}"), roles("{a: admin}"), false)
	f(roles("{a: viewer}"), roles("{}"), false)
	next, keys := read("{data: /a, silent_after: 1h}").Fixed(read("{data: /b, queue: {max_bytes: 100000000}}"))
	if _, keys := read("files: [{path: '-', service: a}]").Fixed(read("files: [{path: /a}, {path: '-', service: b}]")); len(keys) != 1 {
		t.Errorf("what is said of the standard input changed: %q", keys)
	}
	for text, want := range map[string][]string{
		"{}": {"alert"}, "alert: {language: ja, quiet: {below: low}}": nil,
		"alert: {quiet: {per_day: 1}}": {"alert.quiet.per_day"}, "alert: {heartbeat: {url_file: " + secret + "}}": {"alert.heartbeat"},
	} {
		if _, keys := read(text).Fixed(read("alert: {}")); !cmp.Equal(want, keys) {
			t.Errorf("%s: %q, want %q", text, keys, want)
		}
	}
	if diff := cmp.Diff([]string{"data", "queue"}, keys); diff != "" || next.Data != "/b" || next.Queue.MaxBytes != 100000000 || next.SilentAfter != time.Hour {
		t.Errorf("%s%+v", diff, next)
	}
}

func TestNobodyIsToldUnlessItSays(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte("data: /srv"))
	if err != nil || c.Alert != nil {
		t.Errorf("%+v, %v", c.Alert, err)
	}
	c, err = config.Parse("c.yaml", []byte("timezone: Asia/Tokyo\nalert: {language: ja}"))
	if err != nil || c.Alert == nil || c.Alert.Language != "ja" || c.Alert.Zone.String() != "Asia/Tokyo" {
		t.Errorf("%+v, %v", c.Alert, err)
	}
	_, err = config.Parse("c.yaml", []byte("alert:\n  langage: ja\n  per_hour: -1\n"))
	if err == nil || !strings.Contains(err.Error(), `c.yaml:2:3: unknown key "langage" (did you mean "language"?)`) || !strings.Contains(err.Error(), "c.yaml:3:13: per_hour") {
		t.Error(err)
	}
	_, err = config.Parse("c.yaml", []byte("alert:\n  triage: {below: low}\n"))
	if err == nil || !strings.Contains(err.Error(), `c.yaml:2:3: unknown key "triage" (did you mean "quiet"?)`) {
		t.Error(err)
	}
}
