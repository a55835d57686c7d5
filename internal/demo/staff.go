package demo

import (
	"fmt"
	"time"
)

// bots lets search engines and a monitor do their daily work.
func (d *day) bots() {
	crawlers := []struct{ ip, agent string }{
		{"2001:db8:60::66", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
		{"2001:db8:61::12", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
		{"203.0.113.250", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"},
	}
	for _, c := range crawlers {
		d.web(d.between(0, time.Hour), request{ip: c.ip, target: "/robots.txt", status: 200, size: 124, agent: c.agent})
		for at := d.between(0, time.Minute); at < 24*time.Hour; at += d.between(30*time.Second, 4*time.Minute) {
			target := fmt.Sprintf("/products/%d", 1000+d.rand.IntN(800))
			d.web(at, request{ip: c.ip, target: target, status: 200, size: 8000 + d.rand.IntN(9000), agent: c.agent})
		}
	}
	for at := time.Duration(0); at < 24*time.Hour; at += time.Minute {
		d.web(at, request{ip: "2001:db8:62::5", target: "/healthz", status: 200, size: 2, agent: "uptime-check/2.4"})
	}
}

// administrators work on the machine over ssh in office hours, and mistype.
func (d *day) administrators() {
	for _, user := range []string{"deploy", "mnori", "tanaka"} {
		for range 6 + d.rand.IntN(5) {
			at, pid, port := d.between(9*time.Hour, 18*time.Hour), d.nextPID(), 40_000+d.rand.IntN(20_000)
			ip := fmt.Sprintf("2001:db8:0:aa::%x", 1+d.rand.IntN(9))
			if user != "deploy" && d.rand.IntN(5) == 0 {
				d.ssh(at, pid, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s  user=%s", ip, user)
				d.ssh(at+2*time.Second, pid, "Failed password for %s from %s port %d ssh2", user, ip, port)
				at += 9 * time.Second
			}
			d.ssh(at, pid, "Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:c29ycnksIG5vIGtleSBoZXJlLCBqdXN0IGEgZGVtbw", user, ip, port)
			d.ssh(at+time.Second, pid, "pam_unix(sshd:session): session opened for user %s(uid=1000) by %s(uid=0)", user, user)
			d.ssh(at+d.between(time.Minute, 50*time.Minute), pid, "pam_unix(sshd:session): session closed for user %s", user)
		}
	}
}
