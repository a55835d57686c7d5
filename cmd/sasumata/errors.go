package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/document"
)

// printError writes an error for people: joined errors one a line, faults of
// documents with the line they stand on. Only a bare join is taken apart, not one
// that was wrapped.
func printError(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
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

// usageError gives an error in what the user gave (content, flags, files of a
// check) its exit code.
func usageError(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

// runError gives an error of a run its exit code: an input that is not there,
// or a state file that is none, is the command line's fault, everything else broke on the way.
func runError(err error) error {
	if err == nil {
		return nil
	}
	if in, ok := errors.AsType[*app.InputError](err); ok && !in.Opened {
		return &exitError{exitUsage, err}
	}
	if _, ok := errors.AsType[*app.StateError](err); ok {
		return &exitError{exitUsage, err}
	}
	return &exitError{exitFailure, err}
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
