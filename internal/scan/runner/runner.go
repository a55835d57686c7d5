// Package runner starts the scanners that are installed, and collects their reports.
package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of one scanner.
const (
	// maxOutput is how much of its output is kept in a report, in bytes.
	maxOutput = 1 << 30
	// maxComplaint is how much of what it says on its error output is repeated.
	maxComplaint = 2000
	// patience is how long a scanner that was told to stop may take before nobody
	// waits for its output any more.
	patience = 5 * time.Second
)

// Options say what is scanned, and how.
type Options struct {
	// Folder is the folder with sources, Image the name of an image; "" leaves the
	// scanners of such things out.
	Folder, Image string
	// Only names the scanners that may run; none means all that are installed.
	Only []string
	// Timeout is how long each may take.
	Timeout time.Duration
	// Parallel is how many run at the same time.
	Parallel int
	// Reports is the folder that reports are written to. It must be there.
	Reports string
	// Look finds a program, as exec.LookPath does.
	Look func(name string) (string, error)
	// Clock tells the time, for how long scanners took.
	Clock func() time.Time
	// Progress is told of each scanner that starts and ends. Calls do not overlap.
	Progress func(Event)
}

// Event is what happened to a scanner.
type Event struct {
	// Scanner is its name.
	Scanner string
	// Done says that it ended, after Took; otherwise it starts.
	Done bool
	Took time.Duration
	// Err says why there is no report; nil when there is one.
	Err error
}

// Result is what one scanner gave.
type Result struct {
	// Scanner is its name.
	Scanner string
	// Report is the file that it wrote, "" without one.
	Report string
	// Skipped says why it was not started; "" when it was.
	Skipped string
	// Err says why there is no report.
	Err error
}

// Names returns the names of all scanners that are known.
func Names() []string {
	all := scanners()
	out := make([]string, 0, len(all))
	for _, s := range all {
		out = append(out, s.name)
	}
	return out
}

// Run runs the scanners that are installed and have something to scan, and returns
// what each gave, in the order of Names. It waits for all of them, also when ctx
// ends: then they are told to stop. The error says what is wrong with the options.
func Run(ctx context.Context, o Options) ([]Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	known := scanners()
	results := make([]Result, 0, len(known))
	var told sync.Mutex
	progress := func(e Event) {
		told.Lock()
		defer told.Unlock()
		if o.Progress != nil {
			o.Progress(e)
		}
	}
	slots := make(chan struct{}, max(1, o.Parallel))
	var wait sync.WaitGroup
	type started struct {
		at int
		j  *job
	}
	var jobs []started
	for _, s := range known {
		r := Result{Scanner: s.name}
		if len(o.Only) > 0 && !slices.Contains(o.Only, s.name) {
			continue
		}
		path, err := o.Look(s.program)
		if err != nil {
			r.Skipped = s.program + " is not installed"
		} else if j, why := s.prepare(&o); j == nil {
			r.Skipped = why
		} else {
			j.path = path
			jobs = append(jobs, started{len(results), j})
		}
		results = append(results, r)
	}
	for _, one := range jobs {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := &results[one.at] // nobody else touches it
			if r.Err = ctx.Err(); r.Err != nil {
				return
			}
			progress(Event{Scanner: r.Scanner})
			began := o.Clock()
			r.Report, r.Err = one.j.run(ctx, o.Timeout)
			progress(Event{Scanner: r.Scanner, Done: true, Took: o.Clock().Sub(began), Err: r.Err})
		})
	}
	wait.Wait()
	return results, nil
}

// check looks at the options, and makes the folders' names whole.
func (o *Options) check() error {
	var errs []error
	if o.Folder == "" && o.Image == "" {
		errs = append(errs, errors.New("want a folder or an image to scan"))
	}
	if strings.HasPrefix(o.Image, "-") || strings.ContainsAny(o.Image, " \t\r\n\x00") {
		errs = append(errs, fmt.Errorf("%q is no name of an image", o.Image))
	}
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			errs = append(errs, fmt.Errorf("scanner %q is not known, want one of %s", name, strings.Join(Names(), ", ")))
		}
	}
	for _, p := range []*string{&o.Folder, &o.Reports} {
		if *p == "" {
			continue
		}
		whole, err := filepath.Abs(*p)
		if err == nil {
			var info os.FileInfo
			if info, err = os.Stat(whole); err == nil && !info.IsDir() {
				err = fmt.Errorf("%s is no folder", *p)
			}
		}
		*p = whole
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// job is one scanner, ready to start.
type job struct {
	name   string
	path   string
	args   []string
	folder string
	report string // the file that it writes, or that its output goes to
	stdout bool
	codes  []int // exit codes that come with a report
}

// run runs the scanner and returns its report. There is no shell: arguments are
// arguments, whatever stands in them.
func (j *job) run(ctx context.Context, timeout time.Duration) (string, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, j.path, j.args...) //nolint:gosec // the program is one of a list, found where programs are
	cmd.Dir = j.folder
	cmd.WaitDelay = patience
	together(cmd)
	complaint := &tail{limit: maxComplaint}
	cmd.Stderr = complaint
	var out *os.File
	if j.stdout {
		var err error
		if out, err = os.OpenFile(j.report, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
			return "", err
		}
		cmd.Stdout = &bounded{to: out, left: maxOutput}
	}
	err := cmd.Run()
	if out != nil {
		err = errors.Join(err, out.Close())
	}
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", fmt.Errorf("%s: stopped after %v", j.name, timeout)
		}
		return "", fmt.Errorf("%s: %w", j.name, ctx.Err())
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && slices.Contains(j.codes, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		if text := complaint.text(); text != "" {
			err = fmt.Errorf("%w: %s", err, text)
		}
		return "", fmt.Errorf("%s: %w", j.name, err)
	}
	if info, err := os.Stat(j.report); err != nil || info.Size() == 0 {
		return "", fmt.Errorf("%s: it wrote no report: %s", j.name, complaint.text())
	}
	return j.report, nil
}

// tail keeps the end of what is written.
type tail struct {
	limit int
	held  []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.held = append(t.held, p...)
	if len(t.held) > 2*t.limit {
		t.held = append(t.held[:0], t.held[len(t.held)-t.limit:]...)
	}
	return len(p), nil
}

// text returns the last lines, as one.
func (t *tail) text() string {
	text := strings.Join(strings.Fields(string(bytes.ToValidUTF8(t.held, []byte("?")))), " ")
	return text[max(0, len(text)-t.limit):]
}

// bounded ends a scanner that writes without end.
type bounded struct {
	to   io.Writer
	left int64
}

// Write fails beyond the limit.
func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, fmt.Errorf("more than %d MB of output", maxOutput>>20)
	}
	return b.to.Write(p)
}
