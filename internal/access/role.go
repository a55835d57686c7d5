package access

import (
	"fmt"
	"strings"
)

// Permission is what somebody may do: one thing, or several added up.
type Permission uint32

// The permissions. The names of scopes are those that String writes.
const (
	// ReadLogs is to search and watch events: logs:read.
	ReadLogs Permission = 1 << iota
	// ReadSignals is to look at signals: signals:read.
	ReadSignals
	// WriteSignals is to triage signals: signals:write.
	WriteSignals
	// ReadAudit is to read the audit trail: audit:read.
	ReadAudit
	// Operate is to look at dead letters, replay and drop them: operate.
	Operate
	// Manage is to change who may do what: manage.
	Manage
	// WriteRules is to write, remove and switch rules: rules:write.
	WriteRules
	// Respond is to block addresses, and to approve and undo responses: responses:write.
	Respond
	// ReadDecisions is to fetch which addresses are blocked, as bouncers do: decisions:read.
	ReadDecisions
	// SendFindings is to send what scanners found, as a build does: findings:write.
	SendFindings
	// SendLogs is to send logs, and nothing else: logs:send. No role has it, only tokens of
	// senders do.
	SendLogs
	// ReadMetrics is to ask for series of numbers, and for the rules over them: metrics:read.
	ReadMetrics
	// SendMetrics is to send samples, and nothing else: metrics:send. No role has it, only
	// tokens of senders do.
	SendMetrics

	// sending are the permissions of those who send, and do nothing else.
	sending = SendLogs | SendMetrics
	// everything is what an admin may.
	everything = SendMetrics<<1 - 1 - sending
)

// names are those of the permissions, in their order.
func names() []string {
	return []string{"logs:read", "signals:read", "signals:write", "audit:read", "operate", "manage", "rules:write", "responses:write", "decisions:read", "findings:write", "logs:send", "metrics:read", "metrics:send"}
}

// Scopes returns the names of the permissions.
func (p Permission) Scopes() []string {
	list := []string{}
	for i, name := range names() {
		if p&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// String returns the names with commas between.
func (p Permission) String() string { return strings.Join(p.Scopes(), ",") }

// Has reports whether all of the permissions are there. Nobody has no permission.
func (p Permission) Has(all Permission) bool { return all != 0 && p&all == all }

// ParseScopes reads the names of permissions. The name of a role stands for what it may.
func ParseScopes(scopes []string) (p Permission, err error) {
	for _, scope := range scopes {
		if role, err := ParseRole(scope); err == nil {
			p |= role.Permissions()
			continue
		}
		one := parsePermission(scope)
		if one == 0 {
			return 0, wrong("scope %q, want some of %s, or a role", scope, strings.Join(names(), ", "))
		}
		p |= one
	}
	if p == 0 {
		return 0, wrong("no scope, want some of %s, or a role", strings.Join(names(), ", "))
	}
	return p, nil
}

func parsePermission(name string) Permission {
	for i, known := range names() {
		if name == known {
			return 1 << i
		}
	}
	return 0
}

// Role is what a user is. Each may do what the one before may, and more.
type Role int

// The roles.
const (
	// Viewer looks at logs and signals.
	Viewer Role = iota + 1
	// Analyst triages signals, and reads the audit trail.
	Analyst
	// Responder operates the server, writes rules, blocks addresses and undoes that.
	Responder
	// Admin says who may do what.
	Admin
)

// Roles returns all of them.
func Roles() []Role { return []Role{Viewer, Analyst, Responder, Admin} }

// ParseRole reads the name of a role.
func ParseRole(name string) (Role, error) {
	for _, r := range Roles() {
		if name == r.String() {
			return r, nil
		}
	}
	return 0, wrong("role %q, want viewer, analyst, responder or admin", name)
}

// String returns the name.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Analyst:
		return "analyst"
	case Responder:
		return "responder"
	case Admin:
		return "admin"
	}
	return fmt.Sprintf("role %d", int(r))
}

// Permissions returns what the role may do; no role may do nothing.
func (r Role) Permissions() Permission {
	switch r {
	case Viewer:
		return ReadLogs | ReadSignals | ReadMetrics
	case Analyst:
		return Viewer.Permissions() | WriteSignals | ReadAudit
	case Responder:
		return Analyst.Permissions() | Operate | WriteRules | Respond | ReadDecisions | SendFindings
	case Admin:
		return everything
	}
	return 0
}
