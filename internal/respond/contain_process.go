package respond

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/container"
)

// process is one of a container: its number alone may be another's by now.
type process struct {
	container string
	pid       int
	start     uint64 // in ticks since the machine began
}

// parseProcess reads ID/PID@START.
func parseProcess(text string) (p process, err error) {
	id, rest, _ := strings.Cut(text, "/")
	pid, start, _ := strings.Cut(rest, "@")
	p.container = id
	if p.pid, err = strconv.Atoi(pid); err == nil {
		p.start, err = strconv.ParseUint(start, 10, 64)
	}
	if err != nil || !container.IsID(id) || p.pid < 2 || p.String() != text {
		return process{}, wrong("%.100q is no process of a container, want the form ID/PID@START", text)
	}
	return p, nil
}

// String returns what parseProcess reads.
func (p process) String() string {
	return fmt.Sprintf("%s/%d@%d", p.container, p.pid, p.start)
}
