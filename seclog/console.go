package seclog

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
)

// Colour says whether the console is in colour.
type Colour uint8

// The choices.
const (
	// AutoColour is in colour on a terminal, unless the environment has NO_COLOR.
	AutoColour Colour = iota
	// AlwaysColour is in colour.
	AlwaysColour
	// NeverColour is not.
	NeverColour
)

// console writes lines for people. It reads them from the finished JSON, which has no
// secrets any more.
type console struct {
	w      io.Writer
	colour bool
}

func newConsole(w io.Writer, colour Colour) *console {
	c := &console{w: w, colour: colour == AlwaysColour}
	if f, ok := w.(*os.File); ok && colour == AutoColour && os.Getenv("NO_COLOR") == "" {
		info, err := f.Stat()
		c.colour = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return c
}

const (
	colourDim    = "\x1b[2m"
	colourRed    = "\x1b[31m"
	colourAlert  = "\x1b[1;37;41m"
	colourYellow = "\x1b[33m"
	colourGreen  = "\x1b[32m"
	colourEnd    = "\x1b[0m"
)

// append appends the line: time, level, log, message, and name=value for the rest.
func (c *console) append(b []byte, stream Stream, line []byte) []byte {
	var head struct {
		Time  string `json:"time"`
		Level string `json:"level"`
		Msg   string `json:"msg"`
	}
	if json.Unmarshal(line, &head) != nil {
		return append(b, line...) // it is JSON: it was made here
	}
	if _, clock, ok := strings.Cut(strings.TrimSuffix(head.Time, "Z"), "T"); ok {
		b = c.paint(b, colourDim, clock[:min(len(clock), len("15:04:05.000"))])
		b = append(b, ' ')
	}
	colour := colourGreen
	switch {
	case stream == Alert:
		colour = colourAlert
	case strings.HasPrefix(head.Level, "ERROR"):
		colour = colourRed
	case strings.HasPrefix(head.Level, "WARN"):
		colour = colourYellow
	}
	b = c.paint(b, colour, head.Level)
	b = append(b, "     "[:max(1, 6-len(head.Level))]...)
	b = c.paint(b, colourDim, stream.String())
	b = append(b, "        "[:max(1, 9-len(stream.String()))]...)
	b = append(b, strings.Trim(visible(head.Msg), `"`)...)
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	return append(c.members(b, d, ""), '\n')
}

func (c *console) paint(b []byte, colour, text string) []byte {
	if !c.colour {
		return append(b, text...)
	}
	return append(append(append(b, colour...), text...), colourEnd...)
}

// members appends what follows in the decoder, one value, under the name.
func (c *console) members(b []byte, d *json.Decoder, name string) []byte {
	token, err := d.Token()
	if err != nil {
		return b
	}
	switch v := token.(type) {
	case json.Delim:
		for i := 0; d.More(); i++ {
			inner := strconv.Itoa(i)
			if v == '{' {
				key, err := d.Token()
				if err != nil {
					return b
				}
				inner, _ = key.(string)
			}
			if name != "" {
				inner = name + "." + inner
			}
			b = c.members(b, d, inner)
		}
		_, _ = d.Token() // the end of what More saw
		return b
	case string:
		if name == "time" || name == "level" || name == "msg" {
			return b
		}
		return append(c.name(b, name), visible(v)...)
	case json.Number:
		return append(c.name(b, name), v...)
	case bool:
		return strconv.AppendBool(c.name(b, name), v)
	default:
		return append(c.name(b, name), "null"...)
	}
}

func (c *console) name(b []byte, name string) []byte {
	b = append(b, ' ')
	return c.paint(b, colourDim, strings.Trim(visible(name), `"`)+"=")
}

// visible returns the text as it is if a terminal only shows it, or quoted: control and
// bidirectional characters are escaped.
func visible(text string) string {
	for _, r := range text {
		if !strconv.IsPrint(r) || r == '"' {
			return strconv.Quote(text)
		}
	}
	if text == "" || strings.ContainsAny(text, " =") {
		return `"` + text + `"`
	}
	return text
}
