package report

import "strings"

// mdBlock is one block of a message or runbook.
type mdBlock struct {
	// Kind is "h" (heading), "p" (paragraph), "ul" and "ol" (lists) or "pre".
	Kind string
	// Items holds the entries of a list; of other kinds there is one.
	Items [][]mdSpan
}

// mdSpan is a stretch of text: plain, or with Kind "code" or "strong".
type mdSpan struct {
	Kind string
	Text []piece
}

// maxBlocks is how many blocks of one text are shown.
const maxBlocks = 200

// markdown reads the part of Markdown that runbooks use: headings, paragraphs,
// lists, fenced code, `code` and **strong**. Everything else, links and HTML too,
// stays text: values from logs stand in messages. A text of more than limit bytes is
// cut, and an ellipsis says so.
func markdown(text string, limit int) []mdBlock {
	var out []mdBlock
	var fence *mdBlock
	open := false // the last block is a paragraph that goes on
	if len(text) > limit {
		text = cutBytes(text, limit) + "\n\n…"
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		if len(out) >= maxBlocks {
			break
		}
		if strings.HasPrefix(trimmed, "```") {
			if fence != nil {
				out, fence = append(out, *fence), nil
			} else {
				fence = &mdBlock{Kind: "pre"}
			}
			open = false
			continue
		}
		if fence != nil {
			fence.Items = append(fence.Items, []mdSpan{{Text: pieces(line, maxLine)}})
			continue
		}
		kind, rest := blockKind(trimmed)
		switch {
		case trimmed == "":
			open = false
		case kind == "h":
			out, open = append(out, mdBlock{kind, [][]mdSpan{spans(rest)}}), false
		case kind != "p" && len(out) > 0 && out[len(out)-1].Kind == kind:
			last := &out[len(out)-1]
			last.Items, open = append(last.Items, spans(rest)), true
		case kind == "p" && open:
			last := &out[len(out)-1]
			item := &last.Items[len(last.Items)-1]
			*item = append(append(*item, mdSpan{Text: []piece{{Text: " "}}}), spans(rest)...)
		default:
			out, open = append(out, mdBlock{kind, [][]mdSpan{spans(rest)}}), true
		}
	}
	if fence != nil {
		out = append(out, *fence)
	}
	return out
}

// blockKind returns what a line begins, and the line without its mark.
func blockKind(line string) (kind, rest string) {
	if marks := len(line) - len(strings.TrimLeft(line, "#")); marks > 0 && marks <= 6 && strings.HasPrefix(line[marks:], " ") {
		return "h", strings.TrimSpace(line[marks:])
	}
	if len(line) > 2 && (line[0] == '-' || line[0] == '*') && line[1] == ' ' {
		return "ul", strings.TrimSpace(line[2:])
	}
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if digits > 0 && digits < 4 && (strings.HasPrefix(line[digits:], ". ") || strings.HasPrefix(line[digits:], ") ")) {
		return "ol", strings.TrimSpace(line[digits+2:])
	}
	return "p", line
}

// spans cuts a line at `code` and **strong**.
func spans(line string) []mdSpan {
	var out []mdSpan
	put := func(kind, text string) {
		if text != "" {
			out = append(out, mdSpan{Kind: kind, Text: pieces(text, maxLine)})
		}
	}
	for line != "" {
		code, strong := strings.Index(line, "`"), strings.Index(line, "**")
		mark, kind, at := "`", "code", code
		if strong >= 0 && (code < 0 || strong < code) {
			mark, kind, at = "**", "strong", strong
		}
		if at < 0 {
			break
		}
		end := strings.Index(line[at+len(mark):], mark)
		if end < 0 {
			break
		}
		put("", line[:at])
		put(kind, line[at+len(mark):][:end])
		line = line[at+len(mark)+end+len(mark):]
	}
	put("", line)
	return out
}
