package container

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/moby/moby/client"
)

// Top returns the processes of a running container, as the ps of the engine's host prints
// them with the arguments, such as -eo pid,ppid,uid,args; none is ps -ef. Nothing runs in the
// container.
func (e *Engine) Top(ctx context.Context, id string, arguments ...string) (Processes, error) {
	r, err := about(ctx, id, "list the processes of the container", func(ctx context.Context) (client.ContainerTopResult, error) {
		return e.client.ContainerTop(ctx, id, client.ContainerTopOptions{Arguments: arguments})
	})
	if err != nil {
		return Processes{}, err
	}
	return Processes{Titles: r.Titles, Rows: r.Processes}, nil
}

// Diff returns how the file system of a container differs from its image; volumes are no part
// of it.
func (e *Engine) Diff(ctx context.Context, id string) ([]Change, error) {
	r, err := about(ctx, id, "compare the container with its image", func(ctx context.Context) (client.ContainerDiffResult, error) {
		return e.client.ContainerDiff(ctx, id, client.ContainerDiffOptions{})
	})
	if err != nil {
		return nil, err
	}
	all := make([]Change, 0, len(r.Changes))
	for _, one := range r.Changes {
		kind := one.Kind.String()
		if kind == "" {
			return nil, told("compare the container with its image", errors.New("the engine names an unknown kind of change"))
		}
		all = append(all, Change{Kind: kind[0], Path: one.Path})
	}
	return all, nil
}

// Output is which part of the output of a container is wanted.
type Output struct {
	// Since leaves out what is older; zero leaves out nothing.
	Since time.Time
	// Tail is how many lines of the end are wanted; 0 is all.
	Tail int
	// Most is how many bytes are read; the rest is left out.
	Most int64
}

// errStream says that the output of a container cannot be taken apart.
var errStream = errors.New("the output of the container is broken")

// Logs writes what a container wrote to its standard output and standard error; each line
// begins with its time, as RFC 3339 with nanoseconds and a space. With a terminal all is
// standard output. Cut says that there was more than Output.Most, and may be where the
// connection has not ended: then ctx has. Only the context bounds the time that it takes.
func (e *Engine) Logs(ctx context.Context, id string, wanted Output, stdout, stderr io.Writer) (cut bool, err error) {
	c, err := e.Inspect(ctx, id)
	if err != nil {
		return false, err
	}
	options := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true}
	if !wanted.Since.IsZero() {
		options.Since = fmt.Sprintf("%d.%09d", wanted.Since.Unix(), wanted.Since.Nanosecond())
	}
	if wanted.Tail > 0 {
		options.Tail = strconv.Itoa(wanted.Tail)
	}
	body, err := e.client.ContainerLogs(ctx, id, options)
	if err != nil {
		return false, told("read the output of the container "+id, err)
	}
	defer func() { _ = body.Close() }() // nothing more is wanted of it
	limited := &io.LimitedReader{R: body, N: wanted.Most}
	if c.TTY {
		_, err = io.Copy(stdout, limited)
	} else {
		err = demultiplex(limited, stdout, stderr)
	}
	if limited.N <= 0 && (err == nil || errors.Is(err, errStream)) {
		n, _ := body.Read(make([]byte, 1)) // an error is as good as an end here
		return n > 0, nil
	}
	return false, told("read the output of the container "+id, err)
}

// demultiplex takes the two streams apart: pieces with a head of eight bytes, the stream's
// number first, the length of the piece last.
func demultiplex(from io.Reader, stdout, stderr io.Writer) error {
	r := bufio.NewReader(from)
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("%w: %w", errStream, err)
		}
		to := stdout
		switch {
		case head[0] > 2 || head[1]|head[2]|head[3] != 0:
			return fmt.Errorf("%w: a piece begins with %x", errStream, head)
		case head[0] == 2:
			to = stderr
		}
		length := int64(binary.BigEndian.Uint32(head[4:]))
		if n, err := io.CopyN(to, r, length); err != nil {
			if errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: a piece of %d bytes ends after %d", errStream, length, n)
			}
			return err
		}
	}
}
