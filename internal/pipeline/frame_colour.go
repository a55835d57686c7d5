package pipeline

import "strings"

// withoutColours takes the escape sequences of a terminal out of a line that
// begins with one, as programs write that believe to talk to a person: ESC [ 33 m,
// also as the text that a syslog daemon made of the escape character. Other lines
// stay as they are: there such a sequence is somebody's input.
func withoutColours(line string) string {
	if start, _ := colour(line, 0); start != 0 {
		return line
	}
	var b strings.Builder
	b.Grow(len(line))
	for at := 0; ; {
		start, end := colour(line, at)
		if start < 0 {
			b.WriteString(strings.TrimSuffix(line[at:], `\x1b`)) // of a line that was cut
			return b.String()
		}
		b.WriteString(line[at:start])
		at = end
	}
}

// colour returns where the next sequence from at begins and ends; start is -1
// when there is none.
func colour(line string, at int) (start, end int) {
	for at < len(line) {
		i := strings.IndexByte(line[at:], '[')
		if i < 0 {
			break
		}
		bracket := at + i
		at = bracket + 1
		for at < len(line) && (line[at] >= '0' && line[at] <= '9' || line[at] == ';') {
			at++
		}
		if at >= len(line) || line[at] != 'm' {
			continue
		}
		at++
		for _, escape := range [...]string{"\x1b", `\x1b`, `\u001b`, `\033`, "#033", "^["} {
			if strings.HasSuffix(line[:bracket], escape) {
				return bracket - len(escape), at
			}
		}
	}
	return -1, 0
}
