package seclog

import "log/slog"

// Stream is one of the logs into which lines go: each line goes into one.
type Stream uint8

// The streams.
const (
	// Access has the requests, and what the program says in the course of its work.
	Access Stream = iota
	// Security has the events: logins, what was refused, who saw or changed which data.
	Security
	// Error has what the program logs from [slog.LevelError] on.
	Error
	// Alert has what has [LevelAlert].
	Alert

	streams = 4
)

// String returns the name of the stream, which its file has before ".log".
func (s Stream) String() string {
	switch s {
	case Access:
		return "access"
	case Security:
		return "security"
	case Error:
		return "error"
	default:
		return "alert"
	}
}

// LevelAlert is the level of what somebody must look at now.
const LevelAlert = slog.LevelError + 4

func levelName(level slog.Level) string {
	switch level {
	case slog.LevelDebug:
		return "DEBUG"
	case slog.LevelInfo:
		return "INFO"
	case slog.LevelWarn:
		return "WARN"
	case slog.LevelError:
		return "ERROR"
	}
	if level >= LevelAlert {
		return "ALERT"
	}
	return level.String()
}

func streamOf(level slog.Level, event *Event) Stream {
	switch {
	case level >= LevelAlert:
		return Alert
	case event != nil && event.Category == CategoryWeb:
		return Access
	case event != nil:
		return Security
	case level >= slog.LevelError:
		return Error
	default:
		return Access
	}
}
