package seclog

import (
	"context"
	"log/slog"
	"net/netip"
)

// Kinds of events, in evt.category.
const (
	// CategoryAuthentication is for attempts to log in, and for nothing else: rules count
	// them.
	CategoryAuthentication = "authentication"
	// CategorySession is for what happens to a login later.
	CategorySession = "session"
	// CategoryAccount is for changes of accounts, passwords and second factors.
	CategoryAccount = "account"
	// CategoryAuthorization is for what somebody was allowed, or not.
	CategoryAuthorization = "authorization"
	// CategoryData is for reading, exporting, changing and deleting data.
	CategoryData = "data"
	// CategoryWeb is for requests.
	CategoryWeb = "web"
)

// How an event ended, in evt.outcome.
const (
	Success = "success"
	Failure = "failure"
)

// User is somebody with an account, or who says so.
type User struct {
	// ID is the identifier of the account (usr.id). Where it is not known, as in a failed
	// login, the name goes by it, too, when Sasumata reads the line.
	ID string
	// Name is what the user typed or is called (usr.name).
	Name string
	// Email is the mail address (usr.email).
	Email string
}

func (u *User) isZero() bool { return u.ID == "" && u.Name == "" && u.Email == "" }

// Event is something that happened, in standard attributes. The functions of this package
// log the usual ones; [Event.Log] logs one of your own. As an attribute it may be given to
// any [slog.Logger]: other handlers write it as groups.
type Event struct {
	// Category is the kind (evt.category), Name what happened (evt.name), in words that
	// do not change from event to event.
	Category, Name string
	// Outcome is [Success] or [Failure] (evt.outcome), Reason why it failed (evt.reason),
	// Method how it was tried (evt.method): "password", "passkey", "totp".
	Outcome, Reason, Method string
	// User did it. The default is the user of the request, which [SetUser] names.
	User User
	// Client is where it came from (network.client.ip). The default is the client of
	// the request.
	Client netip.Addr
	// Resource is what it was done to (evt.resource), Action what was done (evt.action),
	// Count to how many records (evt.count), if it is above 0.
	Resource, Action string
	Count            int

	http *access // of the request that this is the end of
}

// Log logs the event, with the attributes beside it.
func (e Event) Log(ctx context.Context, logger *slog.Logger, level slog.Level, message string, attrs ...slog.Attr) {
	e.log(ctx, logger, level, message, attrs)
}

func (e *Event) log(ctx context.Context, logger *slog.Logger, level slog.Level, message string, attrs []slog.Attr) {
	if !logger.Enabled(ctx, level) {
		return
	}
	logger.LogAttrs(ctx, level, message, append([]slog.Attr{{Value: slog.AnyValue(e)}}, attrs...)...) //nolint:sloglint // the constant of the caller
}

// LogValue returns the standard attributes as groups, for handlers that do not know
// events.
func (e *Event) LogValue() slog.Value {
	groups := make([]slog.Attr, 0, 4)
	add := func(name string, pairs ...string) {
		var members []any
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				members = append(members, slog.String(pairs[i], pairs[i+1]))
			}
		}
		if len(members) > 0 {
			groups = append(groups, slog.Group(name, members...))
		}
	}
	add("evt", "category", e.Category, "name", e.Name, "outcome", e.Outcome, "reason", e.Reason, "method", e.Method, "action", e.Action, "resource", e.Resource)
	add("usr", "id", e.User.ID, "name", e.User.Name, "email", e.User.Email)
	if e.Client.IsValid() {
		groups = append(groups, slog.Group("network", slog.Group("client", slog.String("ip", e.Client.Unmap().WithZone("").String()))))
	}
	return slog.GroupValue(groups...)
}

// eventOf returns the event that an attribute is, or nil.
func eventOf(a slog.Attr) *Event {
	if a.Value.Kind() != slog.KindLogValuer {
		return nil
	}
	e, _ := a.Value.Any().(*Event)
	return e
}

// standard writes the groups evt, usr, network and http.
func (l *line) standard(c *core, e *Event, r *request) {
	var client netip.Addr
	var user User
	if r != nil {
		client = r.client
		if u := r.user.Load(); u != nil && e != nil {
			user = *u
		}
	}
	var done *access
	if e != nil {
		l.key("evt")
		l.b = append(l.b, '{')
		l.stringMember(c, "category", e.Category)
		l.stringMember(c, "name", e.Name)
		l.stringMember(c, "outcome", e.Outcome)
		l.stringMember(c, "reason", e.Reason)
		l.stringMember(c, "method", e.Method)
		l.stringMember(c, "action", e.Action)
		l.stringMember(c, "resource", e.Resource)
		if e.Count > 0 {
			l.intMember("count", int64(e.Count))
		}
		l.b = append(l.b, '}')
		if !e.User.isZero() {
			user = e.User
		}
		if e.Client.IsValid() {
			client = e.Client
		}
		done = e.http
	}
	if !user.isZero() {
		l.key("usr")
		l.b = append(l.b, '{')
		l.stringMember(c, "id", user.ID)
		l.stringMember(c, "name", user.Name)
		l.stringMember(c, "email", user.Email)
		l.b = append(l.b, '}')
	}
	if client.IsValid() || done != nil {
		l.network(client, done)
	}
	if r != nil {
		l.http(c, r, e != nil, done)
	}
}

func (l *line) network(client netip.Addr, done *access) {
	l.key("network")
	l.b = append(l.b, '{')
	if client.IsValid() {
		l.b = append(l.b, `"client":{"ip":"`...)
		l.b = client.Unmap().WithZone("").AppendTo(l.b)
		l.b = append(l.b, `"}`...)
	}
	if done != nil {
		if done.read >= 0 {
			l.intMember("bytes_read", done.read)
		}
		l.intMember("bytes_written", done.written)
	}
	l.b = append(l.b, '}')
}

// http writes what is known of the request: its id always, the program of the client
// with events, and the rest when it is done.
func (l *line) http(c *core, r *request, event bool, done *access) {
	l.key("http")
	l.b = append(l.b, '{')
	l.stringMember(c, "request_id", r.id)
	if done != nil {
		l.stringMember(c, "method", r.method)
		l.stringMember(c, "url", r.url)
		l.intMember("status_code", int64(done.status))
		l.stringMember(c, "version", r.version)
		l.stringMember(c, "referer", r.referer)
	}
	if event {
		l.stringMember(c, "useragent", r.agent)
	}
	l.b = append(l.b, '}')
	if done != nil {
		l.intMember("duration", int64(done.duration))
	}
}
