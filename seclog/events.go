package seclog

import (
	"context"
	"log/slog"
)

// LoginSucceeded logs that the user logged in.
func LoginSucceeded(ctx context.Context, logger *slog.Logger, user User, attrs ...slog.Attr) {
	e := Event{Category: CategoryAuthentication, Name: "authentication", Outcome: Success, User: user}
	e.log(ctx, logger, slog.LevelInfo, "login succeeded", attrs)
}

// LoginFailed logs that somebody could not log in, and why: "wrong_password",
// "unknown_user", "account_locked". Tell the reason to the log, never to the visitor.
func LoginFailed(ctx context.Context, logger *slog.Logger, user User, reason string, attrs ...slog.Attr) {
	e := Event{Category: CategoryAuthentication, Name: "authentication", Outcome: Failure, Reason: reason, User: user}
	e.log(ctx, logger, slog.LevelWarn, "login failed", attrs)
}

// LoggedOut logs that the user ended the session, or that the program did, with a reason:
// "timeout", "password_changed".
func LoggedOut(ctx context.Context, logger *slog.Logger, user User, reason string, attrs ...slog.Attr) {
	e := Event{Category: CategorySession, Name: "session_closed", Outcome: Success, Reason: reason, User: user}
	e.log(ctx, logger, slog.LevelInfo, "session closed", attrs)
}

// AccountChanged logs what was done to the user's account. Rules know the names
// "account_created", "account_locked", "mfa_disabled", "mfa_denied",
// "password_reset_requested" and "password_changed".
func AccountChanged(ctx context.Context, logger *slog.Logger, user User, name string, attrs ...slog.Attr) {
	e := Event{Category: CategoryAccount, Name: name, Outcome: Success, User: user}
	e.log(ctx, logger, slog.LevelInfo, "account changed", attrs)
}

// AccessGranted logs that the user may do the action to the resource. It is worth a line
// where little is granted, as to administrators.
func AccessGranted(ctx context.Context, logger *slog.Logger, user User, action, resource string, attrs ...slog.Attr) {
	e := Event{Category: CategoryAuthorization, Name: "access_granted", Outcome: Success, User: user, Action: action, Resource: resource}
	e.log(ctx, logger, slog.LevelInfo, "access granted", attrs)
}

// AccessDenied logs that the user may not do the action to the resource, and why.
func AccessDenied(ctx context.Context, logger *slog.Logger, user User, action, resource, reason string, attrs ...slog.Attr) {
	e := Event{Category: CategoryAuthorization, Name: "access_denied", Outcome: Failure, Reason: reason, User: user, Action: action, Resource: resource}
	e.log(ctx, logger, slog.LevelWarn, "access denied", attrs)
}

// Actions of [DataAccessed].
const (
	Read   = "read"
	Export = "export"
	Change = "change"
	Delete = "delete"
)

// DataAccessed logs that the user did the action, such as [Export], to a number of
// records of the resource.
func DataAccessed(ctx context.Context, logger *slog.Logger, user User, action, resource string, count int, attrs ...slog.Attr) {
	e := Event{Category: CategoryData, Name: "data_" + action, Outcome: Success, User: user, Action: action, Resource: resource, Count: count}
	e.log(ctx, logger, slog.LevelInfo, "data accessed", attrs)
}

// Alerted logs, with [LevelAlert], what somebody must look at now, and why. Sasumata opens
// a signal for it without any rule of yours.
func Alerted(ctx context.Context, logger *slog.Logger, name, reason string, attrs ...slog.Attr) {
	e := Event{Category: "alert", Name: name, Outcome: Failure, Reason: reason}
	e.log(ctx, logger, LevelAlert, "alert", attrs)
}
