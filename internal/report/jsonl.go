package report

import (
	"io"

	"github.com/sasumata/sasumata/internal/signal"
)

// JSONLines writes signals as JSON, one a line, in the form that
// signal.Signal.AppendJSON documents. It is for one goroutine.
type JSONLines struct {
	w   io.Writer
	buf []byte
}

// NewJSONLines returns a writer to w. Each signal is one call of w.Write.
func NewJSONLines(w io.Writer) *JSONLines { return &JSONLines{w: w} }

// Signal writes one signal and a line feed.
func (j *JSONLines) Signal(s *signal.Signal) error {
	j.buf = append(s.AppendJSON(j.buf[:0]), '\n')
	_, err := j.w.Write(j.buf)
	return err
}
