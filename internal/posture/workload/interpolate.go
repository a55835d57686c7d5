package workload

import "strings"

// maxNested is how deep variables may stand within the defaults of others.
const maxNested = 20

// Interpolate fills variables into a text as compose does: $NAME, ${NAME},
// ${NAME:-default}, ${NAME-default}, ${NAME:+other}, ${NAME+other}, ${NAME:?text};
// $$ is a dollar sign. A variable without a value and default stays as it was
// written: nobody knows what it will be.
func Interpolate(text string, variables map[string]string) string {
	return interpolate(text, variables, maxNested)
}

func interpolate(text string, variables map[string]string, depth int) string {
	if depth == 0 || !strings.Contains(text, "$") {
		return text
	}
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at+1 == len(text) {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at])
		text = text[at:]
		switch text[1] {
		case '$':
			b.WriteByte('$')
			text = text[2:]
		case '{':
			end := closing(text[2:])
			if end < 0 {
				b.WriteString(text)
				return b.String()
			}
			b.WriteString(expand(text[:end+3], text[2:end+2], variables, depth))
			text = text[end+3:]
		default:
			n := nameLength(text[1:])
			if value, ok := variables[text[1:1+n]]; ok && n > 0 {
				b.WriteString(value)
			} else {
				b.WriteString(text[:1+n])
			}
			text = text[1+n:]
		}
	}
}

// closing returns where the brace closes that was opened before the text, -1 for
// nowhere.
func closing(text string) int {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func nameLength(text string) int {
	for i := range len(text) {
		c := text[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}

// expand returns what stands for ${inner}; whole is how it was written.
func expand(whole, inner string, variables map[string]string, depth int) string {
	n := nameLength(inner)
	name, rest := inner[:n], inner[n:]
	if n == 0 {
		return whole
	}
	value, set := variables[name]
	operator := ""
	for _, o := range []string{":-", ":+", ":?", "-", "+", "?"} {
		if strings.HasPrefix(rest, o) {
			operator, rest = o, rest[len(o):]
			break
		}
	}
	if strings.HasPrefix(operator, ":") && value == "" {
		set = false
	}
	switch {
	case strings.HasSuffix(operator, "-") && !set:
		return interpolate(rest, variables, depth-1)
	case strings.HasSuffix(operator, "+") && set:
		return interpolate(rest, variables, depth-1)
	case strings.HasSuffix(operator, "+"):
		return ""
	case set:
		return value
	default:
		return whole
	}
}
