package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// syslogParser is the syslog-parser processor: the header of RFC 3164 and RFC
// 5424, for syslog inside another envelope. The intake reads the header of a line
// by itself.
type syslogParser struct{ source string }

var _ Processor = (*syslogParser)(nil)

// Process writes the official fields and syslog.*, and makes what stands behind
// the header the official message.
func (p *syslogParser) Process(e *event.Event, m *Machine) {
	if frame, ok := parseSyslog(strings.TrimSpace(sourceText(e, p.source)), m); ok {
		frame.apply(e)
		m.grokMatched = true
	}
}
