// Command seed writes what a server needs that somebody wants to look at: the logs of some
// simulated days up to now, lines of somebody who knows that an analyst will read them, a
// configuration, and the password of a user who may do everything.
//
//	go run ./test/ui/seed -dir /tmp/sasumata-ui -sasumata ./sasumata
//	./sasumata serve --config /tmp/sasumata-ui/config.yaml
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/demo"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}

// Password is that of the user admin.
const password = "correct horse battery"

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	dir := flags.String("dir", "", "empty `folder` for configuration, logs and data")
	days := flags.Int("days", 2, "number of days")
	visitors := flags.Int("visitors", 300, "visitors of a day")
	listen := flags.String("listen", "127.0.0.1:8480", "address of the server")
	binary := flags.String("sasumata", "sasumata", "the program, which adds the user")
	attackers := flags.Int("attackers", 0, "for measuring: so many more who guess a password six times, about four signals each, and nobody who is told")
	end := flags.String("end", "", "the last day, as 2026-11-22 (default today)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("want -dir")
	}
	last := time.Now().UTC()
	if *end != "" {
		day, err := time.Parse(time.DateOnly, *end)
		if err != nil {
			return err
		}
		last = day.Add(24*time.Hour - time.Second)
	}
	for _, name := range []string{"logs", "data"} {
		if err := os.MkdirAll(filepath.Join(*dir, name), 0o700); err != nil {
			return err
		}
	}
	if err := logs(filepath.Join(*dir, "logs"), *days, *visitors, last); err != nil {
		return err
	}
	told := alerting
	if *attackers > 0 {
		told = ""
		if err := guesses(filepath.Join(*dir, "logs", "sshd.log"), *attackers, last.Add(-time.Duration(*days)*24*time.Hour), last); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"config.yaml": fmt.Sprintf(configuration+told, *dir, *listen), "alertmanager.yml": routing,
		"pager.url": "http://127.0.0.1:9/very-secret", // nobody listens there
	} {
		if err := os.WriteFile(filepath.Join(*dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	secret := filepath.Join(*dir, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return err
	}
	add := exec.CommandContext(ctx, *binary, "user", "add", "admin", "--role", "admin", "--data", filepath.Join(*dir, "data"), "--password-file", secret) //nolint:gosec // who runs it names the program
	if said, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("add the user: %w: %s", err, said)
	}
	_, err := fmt.Fprintf(out, "%s serve --config %s\nhttp://%s/ (admin, %q)\n", *binary, filepath.Join(*dir, "config.yaml"), *listen, password)
	return err
}

// guesses adds lines of attackers, one after the other between the two times.
func guesses(path string, attackers int, from, to time.Time) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	step := to.Sub(from) / time.Duration(attackers)
	for i := range attackers {
		at := from.Add(time.Duration(i) * step)
		for j := range 6 {
			fmt.Fprintf(w, "%s web%d sshd[7]: Failed password for root from %d.%d.%d.7 port 22 ssh2\n",
				at.Add(time.Duration(j)*time.Millisecond).Format("2006-01-02T15:04:05.000Z07:00"), i%7, 20+i>>16, i>>8&0xff, i&0xff)
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

// configuration has two places: the folder, and the address.
const configuration = `data: %[1]s/data
http: {listen: "%[2]s"}
files:
  - {path: %[1]s/logs/nginx.log, from: beginning, source: nginx, service: shop, host: web1}
  - {path: %[1]s/logs/sshd.log, from: beginning, source: sshd, host: web1}
  - {path: %[1]s/logs/app.log, from: beginning, source: app, service: shop, host: web1}
  - {path: %[1]s/logs/hostile.log, from: beginning, source: app, service: shop, host: web1}
  - {path: %[1]s/logs/portal.log, from: beginning, source: app, service: portal, host: web2}
  - {path: %[1]s/logs/sudo.log, from: beginning, source: sudo, host: db1}
`

// alerting has the same places.
const alerting = `alert:
  file: %[1]s/alertmanager.yml
  url: http://%[2]s
  receivers:
    - {name: team, file: {path: %[1]s/team.jsonl}}
    - {name: pager, webhook: {preset: json, url_file: %[1]s/pager.url, timeout: 2s}}
    - {name: archive, file: {path: %[1]s/archive.jsonl}, per_hour: 3}
    - {name: boss, file: {path: %[1]s/boss.jsonl}}
  on_call: [{name: night shift, from: "2026-01-05T09:00:00+09:00", every: 168h, people: [team, boss]}]
  escalation: [{severity: critical, after: 15m, receiver: night shift}]
responses:
  block: {by: [bouncers]}
  policies:
    - {name: attackers, severity: [high, critical], action: block, duration: 1d}
    - {name: everybody else, query: "status:medium", action: block, mode: active, approval: true}
`

// routing tells the team, and somebody who cannot be reached.
const routing = `
route:
  receiver: team
  group_by: ['...']
  group_wait: 0s
  group_interval: 10s
  repeat_interval: 5m
  routes:
    - {matchers: ['severity="critical"'], receiver: pager, continue: true}
    - {matchers: ['kind="signal"', 'host=~"web.*"'], receiver: archive, mute_time_intervals: [office], continue: true}
    - {matchers: ['severity=~"critical|high|medium"'], receiver: team}
receivers: [{name: team}, {name: pager}, {name: archive}, {name: boss}, {name: spare}]
inhibit_rules:
  - source_matchers: ['severity="critical"', 'ip=~".+"']
    target_matchers: ['severity="medium"', 'ip=~".+"']
    equal: [ip]
time_intervals:
  - name: office
    time_intervals: [{weekdays: ['monday:friday'], times: [{start_time: "09:00", end_time: "18:00"}], location: Asia/Tokyo}]
`

// logs writes the days, the last of which ends at the time that it is.
func logs(dir string, days, visitors int, last time.Time) (err error) {
	to := map[string]*bufio.Writer{}
	for _, name := range []string{demo.SourceNginx, demo.SourceSSHD, demo.SourceApp, "hostile", "portal", "sudo"} {
		f, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		w := bufio.NewWriter(f)
		defer func() {
			if flushed := w.Flush(); err == nil {
				err = flushed
			}
			if closed := f.Close(); err == nil {
				err = closed
			}
		}()
		to[name] = w
	}
	first := last.Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	for day := range days {
		scenario := demo.Scenario{Start: first.AddDate(0, 0, day), Seed: uint64(day + 1), Visitors: visitors}
		for line := range scenario.Lines() {
			if line.Time.Before(last) {
				fmt.Fprintln(to[line.Source], line.Text)
			}
		}
	}
	portal(to["portal"], first, last)
	sudo(to["sudo"], first, last.Add(-5*time.Hour))
	for i, text := range hostile() {
		at := last.Add(time.Duration(i-60) * time.Second)
		fmt.Fprintf(to["hostile"], `{"timestamp":%q,"status":"error","message":%s}`+"\n", at.Format(time.RFC3339), text)
	}
	return nil
}

// portal writes logins from all over the world: their sender knows where addresses are.
func portal(w io.Writer, first, last time.Time) {
	places := []struct {
		country string
		of      int // how many of 60 logins
	}{{"CN", 14}, {"US", 11}, {"RU", 9}, {"JP", 7}, {"BR", 5}, {"DE", 4}, {"IN", 3}, {"NG", 2}, {"SG", 2}, {"GB", 1}, {"AU", 1}, {"MT", 1}}
	i := 0
	for at := first.Add(11 * time.Minute); at.Before(last); at = at.Add(13 * time.Minute) {
		n, k := i*7%60, 0
		for n >= places[k].of {
			n -= places[k].of
			k++
		}
		outcome, name := "failure", fmt.Sprintf("member%02d", i%23)
		if places[k].country == "JP" {
			outcome = "success"
		}
		fmt.Fprintf(w, `{"timestamp":%q,"status":"info","service":"portal","message":"login of %s from %s took %d ms","custom":{"evt":{"category":"authentication","name":"user.login","outcome":%q,"reason":"wrong_password"},"usr":{"id":%q},"network":{"client":{"ip":"203.0.113.%d","geoip":{"country":{"iso_code":%q},"as":{"number":%d,"name":"Example Networks"}}}}}}`+"\n",
			at.Format(time.RFC3339), name, places[k].country, 20+i*37%400, outcome, name, 100+k*7+i%3, places[k].country, 64496+k)
		i++
	}
}

// sudo writes what admins did, up to when their host fell silent.
func sudo(w io.Writer, first, last time.Time) {
	commands := []string{"/usr/bin/systemctl restart postgresql", "/usr/bin/apt-get update", "/usr/bin/tail -n 100 /var/log/syslog"}
	for i, at := 0, first.Add(9*time.Hour); at.Before(last); i, at = i+1, at.Add(47*time.Minute) {
		fmt.Fprintf(w, "%s db1 sudo: %s : TTY=pts/%d ; PWD=/home/ops ; USER=root ; COMMAND=%s\n", at.Format(time.Stamp), []string{"ann", "bob"}[i%2], i%3, commands[i%3])
	}
}

// hostile returns messages, in JSON, of somebody who wants the page that shows them to do
// something.
func hostile() []string {
	return []string{
		`"<script>alert(document.cookie)</script><img src=x onerror=alert(1)>"`,
		`"\u001b[2J\u001b[31mred\u001b[0m \u0007 bell and \u0000 nul"`,
		`"invoice\u202egpj.exe \u2066isolated\u2069 \u200bzero\ufeffwidth"`,
		`"=HYPERLINK(\"http://192.0.2.1\",\"click\")"`,
		`"javascript:alert(1) http://192.0.2.66/a?b=c"`,
		`"日本語のメッセージ パスワードが違います"`,
		`"` + strings.Repeat("a long line ", 80_000) + `"`,
	}
}
