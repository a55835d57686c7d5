// Package seclog lets an application write logs from which attacks can be seen: lines of
// JSON with standard attributes (usr.id, evt.category, evt.outcome, evt.reason,
// network.client.ip), which Sasumata and Datadog's rules count without being told anything
// about the application.
//
// It needs nothing but the standard library, of which it extends log/slog:
//
//   - [Open] opens four rotated logs (access.log, security.log, error.log, alert.log), a
//     coloured console, or both, and hands out a [log/slog.Handler]; [NewHandler] writes to
//     any writer.
//   - [LoginFailed], [AccessDenied], [DataAccessed] and their like log events.
//   - [Middleware] logs requests: who really asked behind which proxies, with which outcome;
//     what is logged in a request has its address and id.
//
// Secrets never reach a log: every message, name and value is judged by its name and by
// what it says, however deep it stands in groups, structs, maps, lists, errors and whatever
// says itself how it is logged, as [Handler] writes it.
package seclog
