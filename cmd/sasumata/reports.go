package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/atomicfile"
	"github.com/sasumata/sasumata/internal/report"
)

// reportKind returns how a report is written, by the ending of its file's name.
func reportKind(path string) (func(io.Writer, report.Document) error, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html", ".htm":
		return report.WriteHTML, nil
	case ".json":
		return report.WriteJSON, nil
	case ".csv":
		return report.WriteCSV, nil
	default:
		return nil, fmt.Errorf("--report %s: want a name that ends in .html, .json or .csv", path)
	}
}

// checkReports refuses names of reports whose kind nobody knows.
func checkReports(paths []string) error {
	errs := make([]error, 0, len(paths))
	for _, path := range paths {
		_, err := reportKind(path)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// writeReports writes each of the reports.
func writeReports(paths []string, d report.Document) error {
	errs := make([]error, 0, len(paths))
	for _, path := range paths {
		errs = append(errs, writeReport(path, d))
	}
	return errors.Join(errs...)
}

// writeReport writes one report, for everybody on the machine to read.
func writeReport(path string, d report.Document) error {
	write, err := reportKind(path)
	if err != nil {
		return err
	}
	if err := atomicfile.Fill(path, 0o644, func(w io.Writer) error { return write(w, d) }); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	return nil
}

// readEarlier reads the JSON report to compare with; nil without a name.
func readEarlier(path string) (*report.Export, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--compare: %w", err)
	}
	earlier, err := report.ReadExport(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("--compare %s: %w", path, err)
	}
	return earlier, nil
}
