package scan

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// MaxPoints is how many runs of a history are shown: the latest.
const MaxPoints = 400

// maxPoint is the length in bytes of a line of a history.
const maxPoint = 64 << 10

// Point is one run in a history: a line of the file.
type Point struct {
	// Time is when the run was, in RFC 3339.
	Time string `json:"time"`
	// Asset is what was scanned.
	Asset string `json:"asset,omitempty"`
	// Counts are those of the run.
	Counts Counts `json:"counts"`
}

// Point returns the line that this run adds to its history.
func (l *List) Point() Point { return Point{Time: l.Generated, Asset: l.Asset, Counts: l.Counts} }

// Line returns the point as a line of a history.
func (p Point) Line() ([]byte, error) {
	line, err := json.Marshal(p)
	return append(line, '\n'), err
}

// ReadHistory reads the runs of an asset, the latest MaxPoints of them. A last line
// that was cut off is left out: its writer did not come to the end.
func ReadHistory(r io.Reader, asset string) ([]Point, error) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), maxPoint)
	var out []Point
	var broken error
	for n := 1; s.Scan(); n++ {
		if broken != nil {
			return nil, broken
		}
		var p Point
		if len(s.Bytes()) == 0 {
			continue
		}
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			broken = fmt.Errorf("line %d: %w", n, err)
			continue
		}
		if _, err := time.Parse(time.RFC3339, p.Time); err != nil {
			broken = fmt.Errorf("line %d: %w", n, err)
			continue
		}
		if p.Asset == asset {
			out = append(out, p)
		}
		if len(out) > 2*MaxPoints {
			out = append(out[:0], out[len(out)-MaxPoints:]...)
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("a line longer than %d bytes", maxPoint)
	}
	if s.Err() != nil {
		return nil, s.Err()
	}
	return out[max(0, len(out)-MaxPoints):], nil
}
