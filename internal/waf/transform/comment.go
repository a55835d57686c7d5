package transform

import "bytes"

// replaceComments makes one space of each comment of C, also of one that is not
// closed. What that leaves does not count as a change.
func replaceComments(dst, src []byte) ([]byte, bool) {
	changed := false
	for {
		start := bytes.Index(src, []byte("/*"))
		if start < 0 {
			return append(dst, src...), changed
		}
		changed = true
		dst = append(append(dst, src[:start]...), ' ')
		src = src[start+2:]
		end := bytes.Index(src, []byte("*/"))
		if end < 0 {
			return dst, changed
		}
		src = src[end+2:]
	}
}

// removeComments takes the comments of C and HTML out, and what follows on -- or
// #. The byte behind a closed comment is copied unseen, as ModSecurity does it; at
// the end of the text it is a NUL.
func removeComments(dst, src []byte) ([]byte, bool) {
	changed, inside := false, false
	has := func(i int, s string) bool { return i+len(s) <= len(src) && string(src[i:i+len(s)]) == s }
	for i := 0; i < len(src); {
		n := 1
		switch {
		case !inside && has(i, "/*"):
			inside, changed, n = true, true, 2
		case !inside && has(i, "<!--"):
			inside, changed, n = true, true, 4
		case !inside && (has(i, "--") || src[i] == '#'):
			return dst, true
		case !inside:
			dst = append(dst, src[i])
		case has(i, "*/"), has(i, "-->"):
			inside = false
			if n = 2; src[i] == '-' {
				n = 3
			}
			if i += n; i < len(src) {
				dst = append(dst, src[i])
			} else {
				dst = append(dst, 0)
			}
			n = 1
		}
		i += n
	}
	if inside {
		dst = append(dst, ' ')
	}
	return dst, changed
}

// removeCommentsChar takes the marks of comments out.
func removeCommentsChar(dst, src []byte) ([]byte, bool) {
	changed := false
next:
	for i := 0; i < len(src); {
		for _, mark := range [...]string{"/*", "*/", "<!--", "-->", "--", "#"} {
			if i+len(mark) <= len(src) && string(src[i:i+len(mark)]) == mark {
				changed = true
				i += len(mark)
				continue next
			}
		}
		dst = append(dst, src[i])
		i++
	}
	return dst, changed
}
