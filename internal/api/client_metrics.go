package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The limits of what a server says of itself.
const (
	// maxMetrics is the size in bytes.
	maxMetrics = 32 << 20
	// maxSamples is how many values there may be.
	maxSamples = 200_000
)

// Sample is one value of a metric of the server.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// Metrics returns what the server counts of itself, as /metrics has it.
func (c *Client) Metrics(ctx context.Context) ([]Sample, error) {
	body, err := c.open(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return readMetrics(io.LimitReader(body, maxMetrics))
}

// readMetrics reads the text format of Prometheus, as far as servers of ours write it.
func readMetrics(r io.Reader) ([]Sample, error) {
	var list []Sample
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if text == "" || text[0] == '#' {
			continue
		}
		s, err := readSample(text)
		if err != nil {
			return nil, fmt.Errorf("read line %d of the metrics: %w", n, err)
		}
		if list = append(list, s); len(list) > maxSamples {
			return nil, fmt.Errorf("read the metrics: more than %d values", maxSamples)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the metrics: %w", err)
	}
	return list, nil
}

var errSample = errors.New("want NAME{LABEL=\"TEXT\"} NUMBER")

func readSample(text string) (s Sample, err error) {
	at := strings.IndexAny(text, "{ ")
	if at <= 0 {
		return s, errSample
	}
	s.Name, text = text[:at], text[at:]
	if text[0] == '{' {
		s.Labels = map[string]string{}
		text = text[1:]
		for !strings.HasPrefix(text, "}") {
			name, rest, found := strings.Cut(text, `="`)
			if !found || name == "" {
				return s, errSample
			}
			if s.Labels[name], text, err = readLabel(rest); err != nil {
				return s, err
			}
			text = strings.TrimPrefix(text, ",")
		}
		text = text[1:]
	}
	number, _, _ := strings.Cut(strings.TrimLeft(text, " "), " ") // a time may follow
	if s.Value, err = strconv.ParseFloat(number, 64); err != nil {
		return s, errSample
	}
	return s, nil
}

// readLabel reads a value up to its quotation mark, and returns what follows that.
func readLabel(text string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:], nil
		case '\\':
			if i++; i == len(text) {
				return "", "", errSample
			}
			if text[i] == 'n' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", errSample
}
