package crs

import (
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// loadMultipart adds the fields of a form in parts, and the names of its files. What is
// in the files is not looked at. A form that is cut off is read up to the cut.
func (m *Machine) loadMultipart(contentType, body string) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return
	}
	parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for range maxArgs {
		part, err := parts.NextPart()
		if err != nil {
			return
		}
		if names := fileNames(part.Header.Get("Content-Disposition")); len(names) > 0 {
			for _, name := range names {
				m.add(slotFile, piece{}, name)
			}
			m.add(slotFileName, piece{}, part.FormName())
			continue
		}
		// The error is that of a part without an end, of which all is read.
		text, _ := io.ReadAll(part)
		m.post(part.FormName(), string(text))
	}
}

// fileNames returns the names of the file of a part: the one with an encoding of its
// own, and the plain one when that differs.
func fileNames(disposition string) []string {
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		return nil
	}
	plain, extended := parameter(disposition, "filename"), parameter(disposition, "filename*")
	if extended == "" {
		plain = params["filename"]
	}
	if _, rest, ok := strings.Cut(extended, "'"); ok {
		_, name, _ := strings.Cut(rest, "'")
		if extended = name; strings.IndexByte(name, '%') >= 0 {
			if decoded, err := url.PathUnescape(name); err == nil {
				extended = decoded
			}
		}
	}
	var names []string
	for _, name := range [...]string{extended, plain} {
		if name != "" && (len(names) == 0 || names[0] != name) {
			names = append(names, name)
		}
	}
	return names
}

// parameter returns the value of a parameter of a header as it stands there, without
// its quotes.
func parameter(header, name string) string {
	quoted, from := false, 0
	for i := 0; i <= len(header); i++ {
		switch {
		case i < len(header) && header[i] == '\\' && quoted:
			i++
		case i < len(header) && header[i] == '"':
			quoted = !quoted
		case i >= len(header) || header[i] == ';' && !quoted:
			key, text, ok := strings.Cut(header[from:min(i, len(header))], "=")
			if from = i + 1; ok && strings.EqualFold(strings.TrimSpace(key), name) {
				return unquoted(strings.TrimSpace(text))
			}
		}
	}
	return ""
}

func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
