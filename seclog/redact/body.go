package redact

import "strings"

// findElement finds what stands in elements of XML: <password>hunter2</password>.
func findElement(text string, from int) secret { return findTagged(text, from, "<", ">") }

// findEscapedElement does the same where the brackets are escaped for JSON in HTML.
func findEscapedElement(text string, from int) secret {
	return findTagged(text, from, `\u003c`, `\u003e`)
}

func findTagged(text string, from int, open, end string) secret {
	// Where what has no end of its own ends is looked for once, and not for each element.
	unclosed, stop := false, 0
	for from < len(text) {
		i := strings.Index(text[from:], end)
		if i < 0 {
			break
		}
		tag := text[from : from+i]
		from += i + len(end)
		at := strings.LastIndex(tag, open)
		if at < 0 || strings.HasSuffix(tag, "/") {
			continue
		}
		name, _, _ := strings.Cut(tag[at+len(open):], " ")
		kind := secretName(name)
		if kind == "" {
			continue
		}
		s := secret{start: from, kind: kind}
		var length int
		if rest, ok := strings.CutPrefix(text[from:], open+"![CDATA["); ok {
			s.start, length = len(text)-len(rest), -1
			if !unclosed {
				length = strings.Index(rest, "]]"+end)
				unclosed = length < 0
			}
		} else if length = strings.Index(rest, open); length >= 0 && !strings.HasPrefix(strings.TrimPrefix(rest[length+len(open):], `\`), "/") {
			continue // the next element begins
		}
		if length < 0 { // the log has no more of it
			if stop < s.start || stop == 0 {
				if stop = strings.IndexAny(text[s.start:], "\"\r\n"); stop < 0 {
					stop = len(text) - s.start
				}
				stop += s.start
			}
			length = stop - s.start
		}
		if s.end = s.start + length; s.end > s.start && !harmless(kind, text[s.start:s.end]) {
			return s
		}
	}
	return secret{}
}

// maxPartHead is how many bytes behind the name of a part its head ends at the latest.
const maxPartHead = 256

// partAt finds the value of a part of a form, whose head says name="password" with the
// sign of equality at i. Line breaks may stand as they are in JSON.
func partAt(text string, i int) secret {
	name := strings.TrimLeft(text[i+1:], `\"`)
	end := strings.IndexAny(name, "\\\"\r\n;")
	if end < 0 {
		return secret{}
	}
	kind := secretName(name[:end])
	if kind == "" {
		return secret{}
	}
	at := len(text) - len(name) + end
	for _, lines := range [...]string{"\r\n", `\r\n`, "\n", `\n`} {
		blank := strings.Index(text[at:min(len(text), at+maxPartHead)], lines+lines)
		if blank < 0 {
			continue
		}
		s := secret{start: at + blank + 2*len(lines), kind: kind}
		if s.end = s.start + strings.Index(text[s.start:], lines); s.end < s.start {
			s.end = len(text) // the log has no more of it
		}
		if s.end > s.start && !harmless(kind, text[s.start:s.end]) {
			return s
		}
		break
	}
	return secret{}
}
