package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// unwrapCRI takes the message out of a line as container runtimes write them for
// Kubernetes: time, stream, F (full) or P (partial), message.
func (in *intake) unwrapCRI() bool {
	e := in.e
	s := e.Message
	if len(s) < len("2006-01-02T15:04:05Z stdout F") || s[0] < '0' || s[0] > '9' || s[10] != 'T' {
		return false
	}
	ns, n := in.m.isoTime(s)
	if n == 0 {
		return false
	}
	rest := s[n:]
	stream := "stdout"
	if !strings.HasPrefix(rest, " stdout ") {
		if stream = "stderr"; !strings.HasPrefix(rest, " stderr ") {
			return false
		}
	}
	rest = rest[len(" stdout "):]
	tag, message, _ := strings.Cut(rest, " ")
	if tag != "F" && tag != "P" {
		return false
	}
	e.Time = ns
	e.Message = strings.TrimSpace(message)
	e.Set("container.stream", event.StringValue(stream))
	return true
}
