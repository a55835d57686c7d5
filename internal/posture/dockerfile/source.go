package dockerfile

import "strings"

// source returns the script of a RUN, CMD or ENTRYPOINT as it stands in the file, so
// that the lines of its commands are those of the file: what the shell does not get
// (the instruction's name, flags, comments between continued lines) becomes blanks.
func (r *reader) source(in *Instruction, skip int) (script string, ok bool) {
	if in.Line < 1 || in.EndLine > len(r.lines) || in.Line > in.EndLine {
		return "", false
	}
	var out strings.Builder
	goesOn := true
	for i, line := range r.lines[in.Line-1 : in.EndLine] {
		line = strings.TrimSuffix(line, "\r")
		trimmed := strings.TrimSpace(line)
		if i > 0 {
			out.WriteByte('\n')
		}
		switch {
		case !goesOn: // of a file in the Dockerfile
			out.WriteString(line)
		case i > 0 && (trimmed == "" || trimmed[0] == '#'):
			out.WriteByte('\\')
		default:
			rest := strings.TrimRight(line, " \t")
			if goesOn = strings.HasSuffix(rest, string(r.escape)); goesOn {
				rest = rest[:len(rest)-1] + `\`
			}
			out.WriteString(rest)
		}
	}
	text := []byte(out.String())
	for range skip + 1 {
		if text, ok = blank(text); !ok {
			return "", false
		}
	}
	for { // flags
		at := skipBlanks(text)
		if at+2 >= len(text) || text[at] != '-' || text[at+1] != '-' {
			break
		}
		if text, ok = blank(text); !ok {
			return "", false
		}
	}
	return strings.TrimRight(string(text), "\\\n"), true
}

// skipBlanks returns where the first word begins.
func skipBlanks(text []byte) int {
	for i := range text {
		switch {
		case text[i] == ' ' || text[i] == '\t' || text[i] == '\n':
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '\n':
		default:
			return i
		}
	}
	return len(text)
}

// blank makes blanks of the first word, and of what stands before it.
func blank(text []byte) ([]byte, bool) {
	at := skipBlanks(text)
	if at == len(text) {
		return nil, false
	}
	end := at
	for quote := byte(0); end < len(text); end++ {
		c := text[end]
		if quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\\' && end+1 < len(text) && text[end+1] == '\n') {
			break
		}
		switch {
		case quote == c:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		}
	}
	for i := range end {
		if text[i] != '\n' && (text[i] != '\\' || i+1 >= len(text) || text[i+1] != '\n') {
			text[i] = ' '
		}
	}
	return text, true
}
