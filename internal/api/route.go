package api

import (
	"net/http"

	"github.com/sasumata/sasumata/internal/access"
)

// need is who may use a route. The zero need is none: a route without one is a fault.
type need struct {
	kind needKind
	may  access.Permission
}

type needKind int

const (
	nobody  needKind = iota
	anybody          // no questions asked
	sender           // the intake knows its senders itself
	someone          // anybody with a valid session or token
	person           // a user with a session: what concerns nobody else
	allowed          // who has the permission
)

func may(p access.Permission) need { return need{allowed, p} }

// route is something that is served.
type route struct {
	method, path string // no method is all of them
	need         need
	serve        http.HandlerFunc
}

func (r *route) pattern() string {
	if r.method == "" {
		return r.path
	}
	return r.method + " " + r.path
}

// routes is all that is served, and who may use it. Nothing is served beside it.
func (o *Options) routes() []route {
	list := []route{
		{"GET", "/-/healthy", need{kind: anybody}, func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "healthy") }},
		{"GET", "/-/ready", need{kind: anybody}, o.ready},
		{"GET", "/metrics", need{kind: anybody}, o.metrics},
		{"", "/", need{kind: sender}, o.Intake.ServeHTTP},

		{"GET", "/api/v1/logs", may(access.ReadLogs), o.Logs.search(o.Logs.events)},
		{"GET", "/api/v1/logs/stats", may(access.ReadLogs), o.Logs.search(o.Logs.stats)},
		{"GET", "/api/v1/logs/summary", may(access.ReadLogs), o.Logs.search(o.Logs.summary)},
		{"GET", "/api/v1/logs/tail", may(access.ReadLogs), o.Logs.tail},
	}
	if d := o.Dead; d != nil {
		list = append(list, []route{
			{"GET", "/api/v1/dead", may(access.Operate), o.Logs.answers(d.list)},
			{"GET", "/api/v1/dead/{id}", may(access.Operate), o.Logs.answers(d.get)},
			{"POST", "/api/v1/dead/{id}/replay", may(access.Operate), o.Logs.answers(d.replay)},
			{"DELETE", "/api/v1/dead/{id}", may(access.Operate), o.Logs.answers(d.drop)},
		}...)
	}
	if s := o.Signals; s != nil {
		list = append(list, []route{
			{"GET", "/api/v1/signals", may(access.ReadSignals), s.serve(s.list)},
			{"GET", "/api/v1/signals/stats", may(access.ReadSignals), s.serve(s.stats)},
			{"GET", "/api/v1/signals/entities", may(access.ReadSignals), s.serve(s.entities)},
			{"GET", "/api/v1/signals/{id}", may(access.ReadSignals), s.serve(s.get)},
			{"PATCH", "/api/v1/signals/{id}", may(access.WriteSignals), s.serve(s.edit)},
			{"GET", "/api/v1/audit", may(access.ReadAudit), s.serve(s.audit)},
		}...)
	}
	if n := o.Notices; n != nil {
		// Those of Alertmanager stand one by one: others below /api/v2 belong to the intake.
		list = append(list, []route{
			{"GET", "/api/v2/alerts", may(access.ReadSignals), n.look},
			{"POST", "/api/v2/alerts", may(access.Operate), n.change},
			{"GET", "/api/v2/alerts/groups", may(access.ReadSignals), n.look},
			{"GET", "/api/v2/silences", may(access.ReadSignals), n.look},
			{"POST", "/api/v2/silences", may(access.Operate), n.change},
			{"GET", "/api/v2/silence/{id}", may(access.ReadSignals), n.look},
			{"DELETE", "/api/v2/silence/{id}", may(access.Operate), n.change},
			{"GET", "/api/v2/status", may(access.ReadSignals), n.look},
			{"GET", "/api/v2/receivers", may(access.ReadSignals), n.look},
			{"GET", "/api/v1/notices/undelivered", may(access.ReadSignals), n.state},
			{"GET", "/api/v1/notices/history", may(access.ReadSignals), n.state},
			{"GET", "/alert/ack", need{kind: anybody}, n.link},
			{"POST", "/alert/ack", need{kind: anybody}, n.link},
		}...)
	}
	if o.Gate.Accounts == nil {
		return list
	}
	p := &people{o.Gate.Accounts, o.Gate}
	return append(list, []route{
		{"GET", "/setup", need{kind: anybody}, p.setupPage},
		{"POST", "/setup", need{kind: anybody}, p.setUp},
		{"POST", "/api/v1/login", need{kind: anybody}, p.login},
		{"POST", "/api/v1/logout", need{kind: person}, p.logout},
		{"GET", "/api/v1/me", need{kind: someone}, p.answers(p.me)},
		{"POST", "/api/v1/me/password", need{kind: person}, p.password},
		{"POST", "/api/v1/me/totp", need{kind: person}, p.answers(p.beginTOTP)},
		{"POST", "/api/v1/me/totp/confirm", need{kind: person}, p.answers(p.confirmTOTP)},
		{"POST", "/api/v1/me/totp/off", need{kind: person}, p.answers(p.dropTOTP)},
		{"GET", "/api/v1/me/sessions", need{kind: person}, p.answers(p.sessions)},
		{"DELETE", "/api/v1/me/sessions/{id}", need{kind: person}, p.answers(p.endSession)},
		{"GET", "/api/v1/me/tokens", need{kind: person}, p.answers(p.myTokens)},
		{"POST", "/api/v1/me/tokens", need{kind: person}, p.answers(p.addToken)},
		{"DELETE", "/api/v1/me/tokens/{id}", need{kind: person}, p.answers(p.removeMyToken)},
		{"GET", "/api/v1/users", may(access.Manage), p.answers(p.users)},
		{"POST", "/api/v1/users", may(access.Manage), p.answers(p.addUser)},
		{"PATCH", "/api/v1/users/{name}", may(access.Manage), p.answers(p.editUser)},
		{"DELETE", "/api/v1/users/{name}", may(access.Manage), p.answers(p.removeUser)},
		{"DELETE", "/api/v1/users/{name}/sessions", may(access.Manage), p.answers(p.endSessions)},
		{"GET", "/api/v1/tokens", may(access.Manage), p.answers(p.tokens)},
		{"POST", "/api/v1/tokens", may(access.Manage), p.answers(p.addToken)},
		{"DELETE", "/api/v1/tokens/{id}", may(access.Manage), p.answers(p.removeToken)},
	}...)
}

// handler returns what serves the routes through the gate.
func handler(routes []route, gate *Gate) http.Handler {
	mux := http.NewServeMux()
	for i := range routes {
		mux.Handle(routes[i].pattern(), gate.guard(&routes[i]))
	}
	return mux
}
