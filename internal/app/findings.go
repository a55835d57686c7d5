package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/scan/read"
	"github.com/sasumata/sasumata/internal/scan/runner"
)

// Limits of what is read of scanners' reports.
const (
	// maxReports is how many files may be read in one run.
	maxReports = 2000
	// maxStdinReport is the size of a report on the standard input: it is kept in
	// memory, to be read twice.
	maxStdinReport = 256 << 20
)

// FindingOptions say what scanners' reports are made into.
type FindingOptions struct {
	// Inputs are files and folders with reports; - is Stdin.
	Inputs []string
	Stdin  io.Reader
	// Run starts scanners first, if it names something to scan; without Reports, what
	// they write is thrown away afterwards.
	Run runner.Options
	// Asset is what was scanned, "" when nobody says so.
	Asset string
	// Root is the folder that paths in reports lie in; it is cut off.
	Root string
	// VEX, Suppressions, EPSS, KEV, Baseline and History are names of files; "" and
	// none are without.
	VEX, Suppressions []string
	EPSS, KEV         string
	Baseline, History string
	// Gate is what the findings are held to.
	Gate scan.Gate
	// Now is the time of the run, Version that of the program.
	Now     time.Time
	Version string
}

// Findings reads reports of scanners and makes one list of them. A report that cannot
// be read stands in the list's Unread. With History, this run is added to that file;
// the runs in it come back. The error says what of the other files is wrong: of
// suppressions, it is document.Faults.
func Findings(ctx context.Context, o FindingOptions) (*scan.List, []scan.Point, error) {
	suppressions, vex, earlier, err := o.besides()
	if err != nil {
		return nil, nil, err
	}
	l := scan.NewList(o.Now, o.Version, o.Asset)
	l.Gate = o.Gate
	if o.Baseline != "" && earlier == nil {
		l.Notices = append(l.Notices, scan.Notice{Code: scan.NoBaseline, At: o.Baseline})
	}
	files, err := o.files(l)
	if err != nil {
		return nil, nil, err
	}
	ran, done, err := o.scan(ctx, l)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	files = append(files, ran...)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		o.report(l, f)
	}
	history, err := o.finish(l, suppressions, vex, earlier)
	return l, history, err
}

// settle makes the list of what was read: Findings without reading reports.
func (o *FindingOptions) settle(l *scan.List) ([]scan.Point, error) {
	suppressions, vex, earlier, err := o.besides()
	if err != nil {
		return nil, err
	}
	if o.Baseline != "" && earlier == nil {
		l.Notices = append(l.Notices, scan.Notice{Code: scan.NoBaseline, At: o.Baseline})
	}
	return o.finish(l, suppressions, vex, earlier)
}

// finish merges the findings of the reports, and says what became of each.
func (o *FindingOptions) finish(l *scan.List, suppressions []*scan.Suppression, vex []*scan.Report, earlier *scan.List) (_ []scan.Point, err error) {
	if l.Findings, err = scan.Merge(l.Reports); err != nil {
		return nil, err
	}
	if err := o.enrich(l); err != nil {
		return nil, err
	}
	for _, r := range l.Reports {
		if n := len(r.Statements); n > 0 {
			l.Notices = append(l.Notices, scan.Notice{Code: scan.VEXNotNamed, At: r.Name, N: n})
		}
		r.Findings, r.Statements = nil, nil
	}
	l.Compare(earlier, o.Now)
	if n := scan.ApplyVEX(l.Findings, vex); len(vex) > 0 && n == 0 {
		l.Notices = append(l.Notices, scan.Notice{Code: scan.VEXUnused})
	}
	l.Notices = append(l.Notices, scan.Suppress(l.Findings, suppressions, o.Now)...)
	l.Gate.Hold(l.Findings, o.Now)
	l.Count()
	return o.history(l)
}

// besides reads what findings are compared with.
func (o *FindingOptions) besides() (suppressions []*scan.Suppression, vex []*scan.Report, earlier *scan.List, err error) {
	var errs []error
	for _, name := range o.Suppressions {
		data, err := os.ReadFile(name)
		if err == nil {
			var list []*scan.Suppression
			list, err = scan.ReadSuppressions(name, data)
			suppressions = append(suppressions, list...)
		}
		errs = append(errs, err)
	}
	for _, name := range o.VEX {
		r, err := readReport(name, name, "")
		if err == nil && len(r.Statements) == 0 {
			err = fmt.Errorf("%s: no VEX statements in it (%s)", name, r.Format)
		}
		vex = append(vex, r)
		errs = append(errs, err)
	}
	if o.Baseline != "" {
		f, err := os.Open(o.Baseline)
		switch {
		case err == nil:
			earlier, err = scan.ReadList(f)
			if err = errors.Join(err, f.Close()); err != nil {
				err = fmt.Errorf("baseline %s: %w", o.Baseline, err)
			}
		case errors.Is(err, fs.ErrNotExist): // of the first run
			err = nil
		}
		errs = append(errs, err)
	}
	return suppressions, vex, earlier, errors.Join(errs...)
}

// scan starts scanners, and returns what they wrote. Done throws that away, if
// nobody wants to keep it.
func (o *FindingOptions) scan(ctx context.Context, l *scan.List) (files []found, done func(), err error) {
	done = func() {}
	run := o.Run
	if run.Folder == "" && run.Image == "" {
		return nil, done, nil
	}
	if run.Reports == "" {
		if run.Reports, err = os.MkdirTemp("", "sasumata-scan-"); err != nil {
			return nil, done, err
		}
		done = func() { _ = os.RemoveAll(run.Reports) } // it is the system's to clean
	}
	results, err := runner.Run(ctx, run)
	if err != nil {
		done()
		return nil, func() {}, err
	}
	started := 0
	for _, r := range results {
		switch {
		case r.Skipped != "" && len(run.Only) > 0:
			l.Unread = append(l.Unread, scan.Unread{Report: r.Scanner, Error: r.Scanner + ": " + r.Skipped})
		case r.Skipped != "":
			l.Notices = append(l.Notices, scan.Notice{Code: scan.Skipped, At: r.Scanner, Name: r.Skipped})
		case r.Err != nil:
			l.Unread = append(l.Unread, scan.Unread{Report: r.Scanner, Error: r.Err.Error()})
		default:
			started++
			files = append(files, found{name: r.Scanner + ".json", path: r.Report})
		}
	}
	if started == 0 && len(l.Unread) == 0 {
		done()
		return nil, func() {}, errors.New("no scanner that is known is installed and has something to scan")
	}
	return files, done, nil
}

// found is a file that a report may be in.
type found struct {
	name   string
	path   string // where it lies, if that is not its name
	inside bool   // of a folder, where other things may lie
}

// files returns the files that the inputs name, those of folders sorted.
func (o *FindingOptions) files(l *scan.List) ([]found, error) {
	var out []found
	var errs []error
	for _, in := range o.Inputs {
		info, err := os.Stat(in)
		switch {
		case in == "-":
			out = append(out, found{name: in})
		case err != nil:
			errs = append(errs, err)
		case !info.IsDir():
			out = append(out, found{name: in})
		default:
			before := len(out)
			err := filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					l.Unread = append(l.Unread, scan.Unread{Report: path, Error: err.Error()})
					return nil //nolint:nilerr // it is told, and the other files are read
				}
				hidden := strings.HasPrefix(d.Name(), ".") && path != in
				switch {
				case d.IsDir() && hidden:
					return fs.SkipDir
				case !hidden && regular(path, d):
					out = append(out, found{name: path, inside: true})
				}
				return nil
			})
			errs = append(errs, err)
			if len(out) == before {
				l.Notices = append(l.Notices, scan.Notice{Code: scan.EmptyFolder, At: in})
			}
		}
	}
	if len(out) > maxReports {
		errs = append(errs, fmt.Errorf("%d files, at most %d are read in one run", len(out), maxReports))
	}
	return out, errors.Join(errs...)
}

// regular reports whether a file of a folder is one to read; a link to one is.
func regular(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular() // what cannot be opened is told later
}

// report reads one file into the list.
func (o *FindingOptions) report(l *scan.List, f found) {
	var r *scan.Report
	var err error
	if f.name == "-" {
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(o.Stdin, maxStdinReport+1)); err == nil && len(data) > maxStdinReport {
			err = fmt.Errorf("-: larger than %d MB: name a file", maxStdinReport>>20)
		}
		if err == nil {
			r, err = read.Read("-", bytes.NewReader(data), o.Asset)
		}
	} else {
		r, err = readReport(cmp.Or(f.path, f.name), f.name, o.Asset)
	}
	if r != nil && err == nil {
		r.Strip(o.Run.Folder)
	}
	switch {
	case errors.Is(err, read.ErrUnknown) && f.inside:
		l.Notices = append(l.Notices, scan.Notice{Code: scan.NoReport, At: f.name, Name: err.Error()})
	case err != nil:
		l.Unread = append(l.Unread, scan.Unread{Report: f.name, Error: err.Error()})
	default:
		if o.Root != "" {
			r.Strip(o.Root)
		}
		l.Reports = append(l.Reports, r)
	}
}

func readReport(path, name, asset string) (*scan.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return scan.NewReport(name, asset), err
	}
	defer f.Close()
	return read.Read(name, f, asset)
}

// enrich adds what is known about the vulnerabilities.
func (o *FindingOptions) enrich(l *scan.List) error {
	add := func(name string, into func([]*scan.Finding, io.Reader) (int, error)) error {
		if name == "" {
			return nil
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if _, err = into(l.Findings, f); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return errors.Join(err, f.Close())
	}
	return errors.Join(add(o.EPSS, scan.AddEPSS), add(o.KEV, scan.AddKEV))
}

// history reads the earlier runs and adds this one.
func (o *FindingOptions) history(l *scan.List) ([]scan.Point, error) {
	if o.History == "" {
		return nil, nil
	}
	data, err := os.ReadFile(o.History)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	points, err := scan.ReadHistory(bytes.NewReader(data), o.Asset)
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", o.History, err)
	}
	line, err := l.Point().Line()
	if err != nil {
		return nil, err
	}
	// What a run before left half written goes: its line was never whole.
	data = append(data[:bytes.LastIndexByte(data, '\n')+1], line...)
	if err := atomicfile.Write(o.History, 0o644, data); err != nil {
		return nil, fmt.Errorf("history %s: %w", o.History, err)
	}
	points = append(points, l.Point())
	return slices.Clone(points[max(0, len(points)-scan.MaxPoints):]), nil
}
