package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// maxFrame is the size in bytes of the largest frame of a stream: an engine sends about
	// 16 KiB at a time.
	maxFrame = 1 << 20
	// engineStamp is the length in bytes of the time before a line, and of the space
	// behind it.
	engineStamp = len("2006-01-02T15:04:05.000000000Z ")
)

// engineLine is a line of a container's output.
type engineLine struct {
	stream int // 0 stdout, 1 stderr
	at     int64
	text   []byte // with its end, if it has one
}

// errEngineStream says that what came is not what an engine sends.
var errEngineStream = errors.New("the engine sent no stream of lines")

// engineStream reads what an engine sends of a container's output, each line with its time
// before it. What the engine cut into pieces of 16 KiB is one line again, up to maxJoined.
type engineStream struct {
	in   *bufio.Reader
	tty  bool // nothing but the lines comes; else there are frames
	open [2]enginePiece
	// done are lines that are complete; the frame is what was read last.
	done  []engineLine
	frame []byte
}

// enginePiece is a line whose end is missing.
type enginePiece struct {
	text []byte
	at   int64
	last int // length of the last piece
}

// next returns the next line. The error is io.EOF when the stream ended well; last then
// returns what had no end.
func (s *engineStream) next() (engineLine, error) {
	for len(s.done) == 0 {
		var err error
		if s.tty {
			err = s.raw()
		} else {
			err = s.framed()
		}
		if err != nil {
			return engineLine{}, err
		}
	}
	line := s.done[0]
	s.done = s.done[1:]
	return line, nil
}

// last returns the lines that had no end when the stream ended.
func (s *engineStream) last() []engineLine {
	for i := range s.open {
		s.close(i)
	}
	lines := s.done
	s.done = nil
	return lines
}

// waits reports whether a line was read in part.
func (s *engineStream) waits() bool { return s.open[0].text != nil || s.open[1].text != nil }

// framed reads a frame: the number of its stream, three zeros, its length in four bytes,
// and a line or a piece of one.
func (s *engineStream) framed() error {
	var head [8]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head[4:])
	if head[0] > 3 || head[1]|head[2]|head[3] != 0 || size > maxFrame {
		return fmt.Errorf("%w: a frame begins with % x", errEngineStream, head)
	}
	s.frame = append(s.frame[:0], make([]byte, size)...)
	if _, err := io.ReadFull(s.in, s.frame); err != nil {
		return errors.Join(io.ErrUnexpectedEOF, ignoring(err, io.EOF))
	}
	if head[0] == 3 {
		return fmt.Errorf("the engine says: %.500q", s.frame)
	}
	stream := max(int(head[0])-1, 0)
	for rest := s.frame; len(rest) > 0; {
		piece := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			piece = rest[:end+1]
		}
		rest = rest[len(piece):]
		at, text, ok := cutStamp(piece)
		if !ok {
			return fmt.Errorf("%w: a line begins with %.40q", errEngineStream, piece)
		}
		s.add(stream, at, text)
	}
	return nil
}

// raw reads a line, or a piece of one, of a terminal. Between pieces stands nothing but
// the time of the next one, which is that of the first.
func (s *engineStream) raw() error {
	stamp, err := s.in.Peek(engineStamp)
	if err != nil {
		if errors.Is(err, io.EOF) && len(stamp) > 0 {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	at, _, ok := cutStamp(stamp)
	if !ok {
		return fmt.Errorf("%w: a line begins with %.40q", errEngineStream, stamp)
	}
	_, _ = s.in.Discard(engineStamp) // it was looked at
	s.frame = s.frame[:0]
	for len(s.frame) < dockerPiece {
		c, err := s.in.ReadByte()
		if err != nil {
			s.add(0, at, s.frame)
			return err
		}
		s.frame = append(s.frame, c)
		if c == '\n' {
			s.add(0, at, s.frame)
			return nil
		}
	}
	s.add(0, at, s.frame)
	return nil
}

// cutStamp cuts the time off a line.
func cutStamp(piece []byte) (at int64, text []byte, ok bool) {
	end := bytes.IndexByte(piece[:min(len(piece), engineStamp+5)], ' ')
	if end < 0 {
		return 0, nil, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(piece[:end]))
	if err != nil || t.Year() < 1970 || t.Year() > 2261 {
		return 0, nil, false
	}
	return t.UnixNano(), piece[end+1:], true
}

// add takes a piece. It goes on with one of the same time that was as long as a piece may
// be; else that one was the last of a program that ended.
func (s *engineStream) add(stream int, at int64, text []byte) {
	o := &s.open[stream]
	if o.text != nil && (o.at != at || o.last < dockerPiece || len(o.text)+len(text) > maxJoined) {
		s.close(stream)
	}
	if o.text == nil {
		o.text, o.at = []byte{}, at
	}
	o.text, o.last = append(o.text, text...), len(text)
	if bytes.HasSuffix(text, []byte("\n")) {
		s.close(stream)
	}
}

// close makes a line of what there is of it.
func (s *engineStream) close(stream int) {
	o := &s.open[stream]
	if o.text != nil {
		s.done = append(s.done, engineLine{stream: stream, at: o.at, text: o.text})
	}
	*o = enginePiece{}
}
