package grok

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// csvFilter reads one line of separated values. Values beyond the headers are
// ignored, empty ones skipped, numbers typed.
type csvFilter struct {
	headers []string
	sep     string
	quote   string
}

// newCSV reads csv("header,header"[, "separator"[, "quote"]]).
func newCSV(c *call) (filter, error) {
	text, err := texts(c.args, 1, 3)
	if err != nil {
		return nil, fmt.Errorf(`want csv("headers", "separator", "quote"): %w`, err)
	}
	f := csvFilter{sep: ",", quote: `"`}
	if len(text) > 1 && text[1] != "" {
		f.sep = control(text[1])
		if text[1] == "tab" {
			f.sep = "\t"
		}
	}
	if len(text) > 2 && text[2] != "" {
		f.quote = text[2]
	}
	for h := range strings.SplitSeq(text[0], ",") {
		f.headers = append(f.headers, strings.TrimSpace(h))
	}
	return f, nil
}

func (f csvFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	out := x.e.NewObject()
	rest, more := v.Str(), true
	for _, header := range f.headers {
		if !more {
			break
		}
		var value string
		value, rest, more = f.next(x, rest)
		if value == "" || header == "" {
			continue
		}
		one := event.StringValue(value)
		if n, ok := numeral(value); ok {
			one = n
		}
		x.e.SetIn(out, header, one)
	}
	return out, out.Kind() == event.Object
}

// next cuts off the next value.
func (f csvFilter) next(x *extraction, s string) (value, rest string, more bool) {
	inner, quoted := strings.CutPrefix(strings.TrimLeft(s, " "), f.quote)
	if !quoted {
		value, rest, more = strings.Cut(s, f.sep)
		return strings.TrimSpace(value), rest, more
	}
	doubled := false
	for at := 0; ; {
		i := strings.Index(inner[at:], f.quote)
		if i < 0 {
			return inner, "", false // the quote never ends: take all
		}
		at += i
		behind := inner[at+len(f.quote):]
		if strings.HasPrefix(behind, f.quote) {
			doubled = true
			at += 2 * len(f.quote)
			continue
		}
		value = inner[:at]
		_, rest, more = strings.Cut(behind, f.sep)
		break
	}
	if doubled {
		value = x.undouble(value, f.quote)
	}
	return value, rest, more
}

// undouble turns a doubled quote into one.
func (x *extraction) undouble(s, quote string) string {
	buf := x.m.buf[:0]
	for {
		i := strings.Index(s, quote)
		if i < 0 {
			break
		}
		buf = append(buf, s[:i+len(quote)]...)
		s = s[min(i+2*len(quote), len(s)):]
	}
	buf = append(buf, s...)
	x.m.keep(buf)
	return x.e.Intern(buf)
}
