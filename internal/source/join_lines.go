package source

import "strings"

// trace is how far a Python traceback has come.
type trace uint8

const (
	noTrace   trace = iota
	traceHead       // "Traceback (most recent call last):"
	traceBody       // the indented lines below it
)

// traceStart is how Python begins a traceback.
const traceStart = "Traceback (most recent call last):"

// traceAt is the state behind the first line of a record.
func traceAt(line string) trace {
	if strings.HasPrefix(line, traceStart) {
		return traceHead
	}
	return noTrace
}

// follow takes the next line of a record.
func (t *trace) follow(line string) {
	switch {
	case strings.HasPrefix(line, traceStart):
		*t = traceHead
	case indented(line):
		if *t == traceHead {
			*t = traceBody
		}
	default:
		*t = noTrace
	}
}

// opensRecord reports whether lines may go on with this one. An indented line is
// the first of its record where everything is indented: there each stands alone.
func opensRecord(line string) bool { return line != "" && !indented(line) }

func indented(line string) bool { return line != "" && (line[0] == ' ' || line[0] == '\t') }

// continues reports whether the line goes on with the record.
func (p *pending) continues(line string) bool {
	if !p.joins || line == "" {
		return false
	}
	switch line[0] {
	case ' ', '\t':
		return !beginsRecord(strings.TrimLeft(line, " \t"))
	case 'C':
		if strings.HasPrefix(line, "Caused by:") {
			return true
		}
	case 'T':
		if strings.HasPrefix(line, traceStart) {
			return true
		}
	case '.':
		return isMore(line)
	}
	return p.trace == traceBody && isException(line)
}

// isMore reports the "... 12 more" that ends a cause's stack.
func isMore(line string) bool {
	rest, ok := strings.CutPrefix(line, "... ")
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return ok && n > 0 && strings.HasPrefix(rest[n:], " more")
}

// isException reports the line behind a traceback: the dotted name of a class,
// alone or with a colon and a text.
func isException(line string) bool {
	n := 0
	for n < len(line) && (line[n] == '_' || line[n] == '.' || line[n] >= '0' && line[n] <= '9' ||
		line[n] >= 'a' && line[n] <= 'z' || line[n] >= 'A' && line[n] <= 'Z') {
		n++
	}
	return n > 0 && (line[0] < '0' || line[0] > '9') && (n == len(line) || line[n] == ':' && (n+1 == len(line) || line[n+1] == ' '))
}

// beginsRecord reports whether an indented text looks like a record of its own: it
// begins with a number (a date, an address, a count), the name of a day or month,
// a priority, or a JSON object; or a time of day stands near its beginning. What an
// attack leaves in the log must not hide in the record before.
func beginsRecord(text string) bool {
	if text == "" {
		return false
	}
	if hasClock(text[:min(len(text), 48)]) {
		return true
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9':
		return true
	case c == '{':
		return len(text) > 1 && text[1] == '"'
	case c == '<', c == '[':
		return len(text) > 1 && text[1] >= '0' && text[1] <= '9'
	case c >= 'A' && c <= 'Z':
		return len(text) > 4 && (text[3] == ' ' || text[3] == ',') && isCalendarName(text[:3])
	case c == 't' || c == 'n' || c == 'a':
		_, ok := parseAudit(text)
		return ok
	default:
		return false
	}
}

// hasClock reports a time of day: 10:05:03.
func hasClock(s string) bool {
	for at := 2; at+6 <= len(s); at++ {
		if s[at] == ':' && s[at+3] == ':' && isNumber(s[at-2:at], 2) && isNumber(s[at+1:at+3], 2) && isNumber(s[at+4:at+6], 2) {
			return true
		}
	}
	return false
}

// isCalendarName reports the short English names of months and days.
func isCalendarName(s string) bool {
	const names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun "
	at := strings.Index(names, s)
	return at >= 0 && at%4 == 0
}
