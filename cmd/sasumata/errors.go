package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/document"
)

// printError writes an error for people: joined errors one a line, faults of
// documents with the line they stand on.
func printError(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // only a bare join is taken apart
		for _, one := range joined.Unwrap() {
			printError(w, one)
		}
		return
	}
	if faults, ok := errors.AsType[document.Faults](err); ok {
		for _, f := range faults {
			fmt.Fprintln(w, f.Error())
		}
		return
	}
	fmt.Fprintf(w, "sasumata: %v\n", err)
}

// runError gives an error of a run its exit code: inputs that are not there are
// the command line's fault, everything else broke on the way.
func runError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[document.Faults](err); ok {
		return &exitError{exitUsage, err}
	}
	code := exitFailure
	if in, ok := errors.AsType[*app.InputError](err); ok && !in.Opened {
		code = exitUsage
	} else if errors.Is(err, fs.ErrNotExist) && !ok {
		code = exitUsage
	}
	return &exitError{code, err}
}

// isTerminal reports whether w is a terminal that a person looks at.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
