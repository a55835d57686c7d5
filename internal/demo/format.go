package demo

import (
	"encoding/json"
	"fmt"
	"time"
)

// request is one line of the access log.
type request struct {
	ip, method, target string
	status, size       int
	referer, agent     string
}

// web writes a line in nginx's combined format.
func (d *day) web(at time.Duration, r request) {
	if r.referer == "" {
		r.referer = "-"
	}
	if r.method == "" {
		r.method = "GET"
	}
	d.add(at, SourceNginx, fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %d %d "%s" "%s"`,
		r.ip, d.start.Add(at.Truncate(time.Second)).Format("02/Jan/2006:15:04:05 -0700"),
		r.method, r.target, r.status, r.size, r.referer, r.agent))
}

// ssh writes a line of sshd as syslog does.
func (d *day) ssh(at time.Duration, pid int, format string, args ...any) {
	d.add(at, SourceSSHD, fmt.Sprintf("%s shop-1 sshd[%d]: %s",
		d.start.Add(at.Truncate(time.Second)).Format(time.Stamp), pid, fmt.Sprintf(format, args...)))
}

// nextPID returns the process id of a new connection.
func (d *day) nextPID() int {
	d.pid += 1 + d.rand.IntN(9)
	return d.pid
}

// The login event of the application, with Datadog's standard attributes below
// "custom".
type appEvent struct {
	Timestamp string    `json:"timestamp"`
	Status    string    `json:"status"`
	Service   string    `json:"service"`
	Message   string    `json:"message"`
	Custom    appCustom `json:"custom"`
}

type appCustom struct {
	Event   appOutcome `json:"evt"`
	User    appUser    `json:"usr"`
	Network appNetwork `json:"network"`
	HTTP    appHTTP    `json:"http"`
}

type appOutcome struct {
	Category string `json:"category"`
	Name     string `json:"name"`
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason,omitempty"`
}

type appUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type appNetwork struct {
	Client appClient `json:"client"`
}

type appClient struct {
	IP string `json:"ip"`
}

type appHTTP struct {
	Method    string `json:"method"`
	URL       string `json:"url"`
	Status    int    `json:"status_code"`
	UserAgent string `json:"useragent"`
}

// login writes the application's event about a login, and the request that
// caused it to the access log.
func (d *day) login(at time.Duration, ip, user, agent string, success bool) {
	event := appEvent{
		Timestamp: d.start.Add(at.Truncate(time.Second)).Format(time.RFC3339),
		Status:    "info", Service: "shop", Message: "User login succeeded",
		Custom: appCustom{
			Event:   appOutcome{Category: "authentication", Name: "user.login", Outcome: "success"},
			User:    appUser{ID: user, Name: user},
			Network: appNetwork{Client: appClient{IP: ip}},
			HTTP:    appHTTP{Method: "POST", URL: "/login", Status: 200, UserAgent: agent},
		},
	}
	status := 302
	if !success {
		status = 401
		event.Status, event.Message = "warn", "User login failed"
		event.Custom.Event.Outcome, event.Custom.Event.Reason = "failure", "invalid_credentials"
		event.Custom.HTTP.Status = status
	}
	d.web(at, request{ip: ip, method: "POST", target: "/login", status: status, size: 312, referer: shopURL + "/login", agent: agent})
	text, err := json.Marshal(event)
	if err != nil {
		panic("BUG: a login event is not JSON: " + err.Error())
	}
	d.add(at, SourceApp, string(text))
}
