package anomaly

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine is the length in bytes that a line of CSV may have.
	maxLine = 1 << 20
	// maxColumns is the number of columns that CSV may have.
	maxColumns = 4096
)

// csvLines reads CSV line by line. Quoted fields may hold commas and doubled
// quotes, but no line breaks: rows of numbers have none, and one quote too many
// then spoils a line and not the file.
type csvLines struct {
	in     *bufio.Reader
	line   int // the number of the line read last, from 1
	fields []string
	buf    []byte
}

func newCSVLines(r io.Reader) *csvLines {
	return &csvLines{in: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the fields of the next line that is not blank, valid until the next
// call, or io.EOF. Other errors name the line.
func (c *csvLines) next() ([]string, error) {
	for {
		text, err := c.read()
		if err != nil {
			return nil, err
		}
		if c.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := c.split(text); err != nil {
			return nil, fmt.Errorf("line %d: %w", c.line, err)
		}
		return c.fields, nil
	}
}

// read returns the next line without its end.
func (c *csvLines) read() (string, error) {
	c.buf = c.buf[:0]
	for {
		part, err := c.in.ReadSlice('\n')
		if len(c.buf) == 0 && len(part) == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				return "", io.EOF
			}
			return "", fmt.Errorf("line %d: %w", c.line+1, err)
		}
		c.buf = append(c.buf, part...)
		switch {
		case len(c.buf) > maxLine:
			return "", fmt.Errorf("line %d: longer than %d bytes", c.line+1, maxLine)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("line %d: %w", c.line+1, err)
		}
		c.line++
		return strings.TrimRight(string(c.buf), "\r\n"), nil
	}
}

// split takes a line apart into c.fields.
func (c *csvLines) split(text string) error {
	c.fields = c.fields[:0]
	for {
		if len(c.fields) == maxColumns {
			return fmt.Errorf("more than %d columns", maxColumns)
		}
		field, rest, more, err := cutField(text)
		if err != nil {
			return err
		}
		c.fields = append(c.fields, field)
		if !more {
			return nil
		}
		text = rest
	}
}

// cutField returns the first field of a line, and whether another follows.
func cutField(text string) (field, rest string, more bool, err error) {
	text = strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(text, `"`) {
		field, rest, more = strings.Cut(text, ",")
		return strings.TrimSpace(field), rest, more, nil
	}
	text = text[1:]
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '"')
		if i < 0 {
			return "", "", false, errors.New("a quote is not closed")
		}
		i += from
		if strings.HasPrefix(text[i+1:], `"`) {
			from = i + 2
			continue
		}
		field = strings.ReplaceAll(text[:i], `""`, `"`)
		behind, rest, more := strings.Cut(text[i+1:], ",")
		if strings.TrimSpace(behind) != "" {
			return "", "", false, fmt.Errorf("%s follows a closing quote", quote(behind))
		}
		return field, rest, more, nil
	}
}

// quote shows hostile text in a message: quoted, and cut where it is long.
func quote(text string) string {
	const most = 40
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%q...", text[:end])
}
