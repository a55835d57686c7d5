package transform

import (
	"bytes"
	"path"
)

// normalizePath takes double slashes, /./ and /../ out.
func normalizePath(dst, src []byte) ([]byte, bool) {
	if isNormal(src) {
		return append(dst, src...), false
	}
	clean := path.Clean(string(src))
	switch {
	case len(src) == 0:
		return dst, false
	case clean == ".":
		return dst, true
	case src[len(src)-1] == '/':
		clean += "/"
	}
	return append(dst, clean...), clean != string(src)
}

// isNormal reports that there is nothing to do.
func isNormal(b []byte) bool {
	if len(b) == 1 {
		return b[0] != '/' && b[0] != '.' // a single slash is doubled
	}
	start := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] != '/' {
			continue
		}
		part := b[start:i]
		if len(part) == 0 && start > 0 && i < len(b) || len(part) <= 2 && len(part) > 0 && part[0] == '.' && part[len(part)-1] == '.' {
			return false
		}
		start = i + 1
	}
	return true
}

// normalizePathWin also makes slashes of backslashes, and takes off what Windows
// ignores: the name of a stream, and dots and spaces at the end of a name.
func normalizePathWin(dst, src []byte) ([]byte, bool) {
	if len(src) == 0 {
		return dst, false
	}
	slashed := bytes.ReplaceAll(src, []byte(`\`), []byte("/"))
	clean, _ := normalizePath(nil, slashed)
	result := trimNames(withoutStream(clean))
	return append(dst, result...), !bytes.Equal(result, src)
}

// withoutStream cuts the last name of the path at its colon; that behind the
// letter of a drive stays.
func withoutStream(b []byte) []byte {
	start := 0
	if len(b) >= 2 && b[1] == ':' && (b[0]|0x20 >= 'a' && b[0]|0x20 <= 'z') {
		start = 2
	}
	end, tail := len(b), ""
	if end > start && b[end-1] == '/' {
		end, tail = end-1, "/"
	}
	name := max(start, bytes.LastIndexByte(b[:end], '/')+1)
	if colon := bytes.IndexByte(b[name:end], ':'); colon >= 0 {
		return append(b[:name+colon:name+colon], tail...)
	}
	return b
}

// trimNames takes dots and spaces off the end of each name; names of dots only
// stay, and a name of which nothing remains goes with its slash.
func trimNames(b []byte) []byte {
	var out []byte
	trimmed, wrote, start := false, false, 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] != '/' {
			continue
		}
		name := b[start:i]
		start = i + 1
		if len(bytes.Trim(name, ".")) > 0 {
			short := bytes.TrimRight(name, ". ")
			if trimmed = trimmed || len(short) < len(name); len(short) == 0 {
				continue
			}
			name = short
		}
		if wrote {
			out = append(out, '/')
		}
		out, wrote = append(out, name...), true
	}
	if !trimmed {
		return b
	}
	return out
}
