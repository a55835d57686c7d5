package api

import (
	"net/http"
	"slices"
	"strings"
	"sync"

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

// routes is all that is served, and who may use it. Nothing is served beside it. What is
// below /api/v1 is described in openapi/*.yaml, and a test compares.
func (o *Options) routes() []route {
	list := []route{
		{"GET", "/-/healthy", need{kind: anybody}, func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "healthy") }},
		{"GET", "/-/ready", need{kind: anybody}, o.ready},
		{"GET", "/metrics", need{kind: anybody}, o.metrics},
		{"", "/", need{kind: sender}, o.Intake.ServeHTTP},
		{"GET", "/api/v1/openapi.json", need{kind: anybody}, describe(sync.OnceValues(openAPI))},

		{"GET", "/api/v1/logs", may(access.ReadLogs), o.Logs.search(o.Logs.events)},
		{"GET", "/api/v1/logs/stats", may(access.ReadLogs), o.Logs.search(o.Logs.stats)},
		{"GET", "/api/v1/logs/summary", may(access.ReadLogs), o.Logs.search(o.Logs.summary)},
		{"GET", "/api/v1/logs/patterns", may(access.ReadLogs), o.Logs.search(o.Logs.patterns)},
		{"GET", "/api/v1/logs/tail", may(access.ReadLogs), o.Logs.tail},
	}
	if p := o.Pages; p != nil {
		// One page for all addresses below /ui/: its scripts know which there are. All other
		// paths are those of the intake.
		list = append(list, []route{
			{"GET", "/{$}", need{kind: anybody}, p.index},
			{"GET", "/signals/{id}", need{kind: anybody}, p.index},
			{"GET", "/ui/{page...}", need{kind: anybody}, p.index},
			{"GET", "/ui/assets/{name}", need{kind: anybody}, p.asset},
			{"GET", "/api/v1/runbook", may(access.ReadSignals), o.Logs.answers(p.runbook)},
		}...)
	}
	list = append(list, o.ruleRoutes()...)
	if o.Series != nil {
		list = append(list, o.Series.routes()...)
	}
	if d := o.Dead; d != nil {
		list = append(list, []route{
			{"GET", "/api/v1/dead", may(access.Operate), o.Logs.answers(d.list)},
			{"GET", "/api/v1/dead/{id}", may(access.Operate), o.Logs.answers(d.get)},
			{"POST", "/api/v1/dead/{id}/replay", may(access.Operate), o.Logs.answers(d.replay)},
			{"DELETE", "/api/v1/dead/{id}", may(access.Operate), o.Logs.answers(d.drop)},
		}...)
	}
	if b := o.Backups; b != nil {
		list = append(list, route{"POST", "/api/v1/backup", may(access.Manage), b.take})
	}
	if s := o.Signals; s != nil {
		list = append(list, []route{
			{"GET", "/api/v1/signals", may(access.ReadSignals), s.serve(s.list)},
			{"GET", "/api/v1/signals/events", may(access.ReadSignals), s.events},
			{"GET", "/api/v1/signals/summary", may(access.ReadSignals), s.serve(s.summary)},
			{"GET", "/api/v1/signals/stats", may(access.ReadSignals), s.serve(s.stats)},
			{"GET", "/api/v1/signals/entities", may(access.ReadSignals), s.serve(s.entities)},
			{"GET", "/api/v1/signals/{id}", may(access.ReadSignals), s.serve(s.get)},
			{"PATCH", "/api/v1/signals/{id}", may(access.WriteSignals), s.serve(s.edit)},
			{"POST", "/api/v1/signals/{id}/mute", may(access.WriteSignals), s.serve(s.mute)},
			{"GET", "/api/v1/suppressions", may(access.ReadSignals), s.serve(s.suppressions)},
			{"POST", "/api/v1/suppressions", may(access.WriteSignals), s.serve(s.makeSuppression)},
			{"POST", "/api/v1/suppressions/preview", may(access.ReadSignals), s.serve(s.previewSuppression)},
			{"GET", "/api/v1/suppressions/{id}", may(access.ReadSignals), s.serve(s.suppression)},
			{"PATCH", "/api/v1/suppressions/{id}", may(access.WriteSignals), s.serve(s.editSuppression)},
			{"POST", "/api/v1/suppressions/{id}/end", may(access.WriteSignals), s.serve(s.endSuppression)},
			{"GET", "/api/v1/audit", may(access.ReadAudit), s.serve(s.audit)},
		}...)
	}
	if p, s := o.Posture, o.Signals; p != nil && s != nil {
		list = append(list, []route{
			{"GET", "/api/v1/posture/assets", may(access.ReadSignals), s.serve(p.assets)},
			{"DELETE", "/api/v1/posture/assets/{name}", may(access.Operate), s.serve(p.remove)},
			{"GET", "/api/v1/posture/assets/{name}/runs", may(access.ReadSignals), s.serve(p.runs)},
			{"GET", "/api/v1/posture/findings", may(access.ReadSignals), s.serve(p.findings)},
			{"POST", "/api/v1/posture/runs", may(access.SendFindings), s.serve(p.take)},
		}...)
	}
	if x, s := o.Responses, o.Signals; x != nil && s != nil {
		list = append(list, []route{
			{"GET", "/api/v1/responses", may(access.ReadSignals), s.serve(x.list)},
			{"POST", "/api/v1/responses", may(access.Respond), s.serve(x.block)},
			{"GET", "/api/v1/responses/summary", may(access.ReadSignals), s.serve(x.summary)},
			{"GET", "/api/v1/responses/check", may(access.ReadSignals), s.serve(x.check)},
			{"POST", "/api/v1/responses/import", may(access.Respond), s.serve(x.take)},
			{"POST", "/api/v1/responses/undo", may(access.Respond), s.serve(x.undoAll)},
			{"GET", "/api/v1/responses/{id}", may(access.ReadSignals), s.serve(x.get)},
			{"POST", "/api/v1/responses/{id}/undo", may(access.Respond), s.serve(x.undo)},
			{"POST", "/api/v1/responses/{id}/approve", may(access.Respond), s.serve(x.approve)},
			{"POST", "/api/v1/responses/{id}/refuse", may(access.Respond), s.serve(x.refuse)},
			{"GET", "/api/v1/incidents/{id}", may(access.ReadSignals), s.serve(x.incident)},
			{"GET", "/api/v1/evidence", may(access.ReadSignals), s.serve(x.evidences)},
			{"GET", "/api/v1/evidence/{id}", may(access.ReadSignals), s.serve(x.evidence)},
			// There are files of containers in it, which may hold anything.
			{"GET", "/api/v1/incidents/{id}/archive", may(access.Respond), s.archive(x.exportIncident)},
			{"GET", "/api/v1/evidence/{id}/archive", may(access.Respond), s.archive(x.exportEvidence)},
			{"GET", "/api/v1/evidence/{id}/verify", may(access.Respond), s.serve(x.verifyEvidence)},
			// Those of CrowdSec's local API stand one by one: others below /v1 belong to the intake.
			{"GET", "/v1/decisions", may(access.ReadDecisions), x.Bouncers.Decisions},
			{"GET", "/v1/decisions/stream", may(access.ReadDecisions), x.Bouncers.Stream},
			{"GET", "/v1/heartbeat", may(access.ReadDecisions), x.Bouncers.Beat},
			{"POST", "/v1/usage-metrics", may(access.ReadDecisions), x.Bouncers.Report},
		}...)
	}
	if c, s := o.Containers, o.Signals; c != nil && s != nil {
		list = append(list, []route{
			{"GET", "/api/v1/containers", may(access.ReadSignals), s.serve(c.list)},
			{"GET", "/api/v1/containers/{id}", may(access.ReadSignals), s.serve(c.get)},
		}...)
	}
	if n := o.Notices; n != nil {
		// Those of Alertmanager stand one by one: others below /api/v2 belong to the intake.
		list = append(list, []route{
			{"GET", "/api/v2/alerts", may(access.ReadSignals), n.look},
			{"POST", "/api/v2/alerts", may(access.Operate), n.change},
			{"GET", "/api/v2/alerts/groups", may(access.ReadSignals), n.look},
			{"GET", "/api/v2/silences", may(access.ReadSignals), n.look},
			{"POST", "/api/v2/silences", may(access.Operate), n.changeSilence},
			{"GET", "/api/v2/silence/{id}", may(access.ReadSignals), n.look},
			{"DELETE", "/api/v2/silence/{id}", may(access.Operate), n.changeSilence},
			{"GET", "/api/v2/status", may(access.ReadSignals), n.look},
			{"GET", "/api/v2/receivers", may(access.ReadSignals), n.look},
			{"GET", "/api/v1/notices/undelivered", may(access.ReadSignals), n.answers(n.undelivered)},
			{"GET", "/api/v1/notices/history", may(access.ReadSignals), n.answers(n.history)},
			{"GET", "/api/v1/silences/preview", may(access.ReadSignals), o.Logs.answers(n.silencing)},
			{"GET", "/api/v1/alerting", may(access.ReadSignals), n.answers(n.alerting)},
			{"POST", "/api/v1/alerting/preview", may(access.ReadSignals), n.answers(n.preview)},
			{"POST", "/api/v1/alerting/drill", may(access.Operate), n.answers(n.drill)},
			{"POST", "/api/v1/receivers/{name}/test", may(access.Operate), n.answers(n.test)},
			{"GET", "/alert/ack", need{kind: anybody}, n.link},
			{"POST", "/alert/ack", need{kind: anybody}, n.link},
		}...)
	}
	if o.Gate.Accounts == nil {
		return list
	}
	p := newPeople(o.Gate)
	if o.Views != nil {
		list = append(list, []route{
			{"GET", "/api/v1/views", need{kind: person}, p.lists(o.views)},
			{"POST", "/api/v1/views", need{kind: person}, p.answers(o.saveView)},
			{"DELETE", "/api/v1/views/{id}", need{kind: person}, p.answers(o.removeView)},
		}...)
	}
	if wl := o.Welcome; wl != nil {
		list = append(list, []route{
			{"GET", "/api/v1/welcome", may(access.Operate), p.answers(wl.look)},
			{"GET", "/api/v1/welcome/state", may(access.Operate), p.answers(wl.state)},
			{"POST", "/api/v1/welcome/state", may(access.Operate), p.answers(wl.change)},
			{"POST", "/api/v1/welcome/trial", may(access.Operate), p.answers(wl.try)},
		}...)
	}
	return append(list, []route{
		{"GET", "/setup", need{kind: anybody}, p.setupPage},
		{"POST", "/setup", need{kind: anybody}, p.setUp},
		{"GET", "/login", need{kind: anybody}, p.showLogin},
		{"POST", "/login", need{kind: anybody}, p.takeLogin},
		{"POST", "/logout", need{kind: anybody}, p.takeLogout},
		{"GET", "/login/oidc/{name}", need{kind: anybody}, p.toProvider},
		{"GET", "/login/oidc/{name}/callback", need{kind: anybody}, p.fromProvider},
		{"GET", "/account", need{kind: anybody}, p.account}, // sends others to the sign-in
		{"GET", "/access/style.css", need{kind: anybody}, p.asset},
		{"GET", "/access/passkey.js", need{kind: anybody}, p.asset},
		{"GET", "/access/icon.svg", need{kind: anybody}, p.asset},
		{"POST", "/api/v1/login", need{kind: anybody}, p.login},
		{"POST", "/api/v1/login/passkey", need{kind: anybody}, p.loginByPasskey},
		{"POST", "/api/v1/login/passkey/options", need{kind: anybody}, p.answers(p.askForPasskey)},
		{"POST", "/api/v1/logout", need{kind: person}, p.logout},
		{"GET", "/api/v1/me", need{kind: someone}, p.answers(p.me)},
		{"GET", "/api/v1/me/account", need{kind: person}, p.answers(p.ownAccount)},
		{"POST", "/api/v1/me/recovery", need{kind: person}, p.answers(p.newRecoveryCodes)},
		{"POST", "/api/v1/me/password", need{kind: person}, p.password},
		{"POST", "/api/v1/me/totp", need{kind: person}, p.answers(p.beginTOTP)},
		{"POST", "/api/v1/me/totp/confirm", need{kind: person}, p.answers(p.confirmTOTP)},
		{"POST", "/api/v1/me/totp/off", need{kind: person}, p.answers(p.dropTOTP)},
		{"GET", "/api/v1/me/passkeys", need{kind: person}, p.answers(p.myPasskeys)},
		{"POST", "/api/v1/me/passkeys", need{kind: person}, p.answers(p.addPasskey)},
		{"POST", "/api/v1/me/passkeys/options", need{kind: person}, p.answers(p.askForNewPasskey)},
		{"POST", "/api/v1/me/passkeys/{id}/remove", need{kind: person}, p.answers(p.removePasskey)},
		{"GET", "/api/v1/me/sessions", need{kind: person}, p.answers(p.sessions)},
		{"DELETE", "/api/v1/me/sessions/{id}", need{kind: person}, p.answers(p.endSession)},
		{"GET", "/api/v1/me/tokens", need{kind: person}, p.lists(p.myTokens)},
		{"POST", "/api/v1/me/tokens", need{kind: person}, p.answers(p.addToken)},
		{"DELETE", "/api/v1/me/tokens/{id}", need{kind: person}, p.answers(p.removeMyToken)},
		{"GET", "/api/v1/users", may(access.Manage), p.lists(p.users)},
		{"POST", "/api/v1/users", may(access.Manage), p.answers(p.addUser)},
		{"PATCH", "/api/v1/users/{name}", may(access.Manage), p.answers(p.editUser)},
		{"DELETE", "/api/v1/users/{name}", may(access.Manage), p.answers(p.removeUser)},
		{"DELETE", "/api/v1/users/{name}/sessions", may(access.Manage), p.answers(p.endSessions)},
		{"GET", "/api/v1/users/{name}/passkeys", may(access.Manage), p.answers(p.passkeysOf)},
		{"DELETE", "/api/v1/users/{name}/passkeys/{id}", may(access.Manage), p.answers(p.removePasskeyOf)},
		{"GET", "/api/v1/tokens", may(access.Manage), p.lists(p.tokens)},
		{"POST", "/api/v1/tokens", may(access.Manage), p.answers(p.addToken)},
		{"DELETE", "/api/v1/tokens/{id}", may(access.Manage), p.answers(p.removeToken)},
	}...)
}

// handler returns what serves the routes through the gate.
func handler(routes []route, gate *Gate) http.Handler {
	mux := http.NewServeMux()
	routes = append(slices.Clip(routes), route{"", below, need{kind: anybody}, func(w http.ResponseWriter, r *http.Request) { missing(mux.Handler, w, r) }})
	for i := range routes {
		mux.Handle(routes[i].pattern(), gate.guard(&routes[i]))
	}
	return gate.open(mux)
}

// below is where all is ours: what is not served there is no business of the intake.
const below = "/api/v1/"

// missing answers what is not served: 405 when it is by another method, else 404.
func missing(find func(*http.Request) (http.Handler, string), w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := find(&other); pattern != below {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		explain(w, http.StatusNotFound, "there is no such path: "+below+"openapi.json has all there are")
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	explain(w, http.StatusMethodNotAllowed, "this path has "+strings.Join(allow, ", "))
}
