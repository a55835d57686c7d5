package read

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isSPDX(s *shape) bool {
	return s.has(".spdxVersion") || s.has(".SPDXID") || strings.Contains(s.text[".@context"], "spdx.org/")
}

type spdxPackage struct {
	Name, VersionInfo string
	ExternalRefs      []spdxReference
}

type spdxReference struct{ ReferenceCategory, ReferenceType, ReferenceLocator string }

// readSPDX reads a bill of materials. It has findings only where a package refers to
// advisories about it.
func readSPDX(in *input) error {
	in.out.Ran("spdx")
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key == "@graph" {
				in.out.Note("SPDX 3 is known, but its elements are not read")
			}
			if key != "packages" {
				return false, nil
			}
			return true, each(in, func(p *spdxPackage) error { return p.add(in.out) })
		})
	})
}

func (p *spdxPackage) add(out *scan.Report) error {
	var purl string
	for _, r := range p.ExternalRefs {
		if r.ReferenceType == "purl" {
			purl = r.ReferenceLocator
		}
	}
	for _, r := range p.ExternalRefs {
		id := advisoryID(r.ReferenceLocator)
		if !strings.EqualFold(r.ReferenceCategory, "SECURITY") || r.ReferenceType != "advisory" || id == "" {
			continue
		}
		if err := out.Add(&scan.Raw{
			Kind: scan.Vulnerability, ID: id, Name: p.Name, Version: p.VersionInfo, PURL: purl, URL: r.ReferenceLocator, Tool: "spdx",
		}); err != nil {
			return err
		}
	}
	return nil
}

type (
	lines  = *bufio.Reader
	output = *scan.Report
)

// maxLine is the length in bytes of a line of a report in lines.
const maxLine = 1 << 20

// each calls one for each line.
func eachLine(text lines, one func(line string) error) error {
	s := bufio.NewScanner(text)
	s.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := int64(0)
	for s.Scan() {
		n++
		if err := one(strings.TrimRight(s.Text(), "\r")); err != nil {
			return &Error{Line: n, Col: 1, Message: err.Error()}
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return &Error{Line: n + 1, Col: 1, Message: fmt.Sprintf("a line longer than %d bytes", maxLine)}
	}
	if s.Err() != nil && !errors.Is(s.Err(), io.EOF) {
		return s.Err()
	}
	return nil
}

// readTagValue reads SPDX as lines of "Tag: value".
func readTagValue(text lines, out output) error {
	out.Ran("spdx")
	var p spdxPackage
	flush := func() error {
		err := p.add(out)
		p = spdxPackage{}
		return err
	}
	err := eachLine(text, func(line string) error {
		tag, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch tag {
		case "PackageName":
			if err := flush(); err != nil {
				return err
			}
			p.Name = value
		case "PackageVersion":
			p.VersionInfo = value
		case "ExternalRef":
			if parts := strings.Fields(value); len(parts) == 3 && len(p.ExternalRefs) < 10_000 {
				p.ExternalRefs = append(p.ExternalRefs, spdxReference{parts[0], parts[1], parts[2]})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// readLynis reads the report of Lynis: its warnings and suggestions.
func readLynis(text lines, out output) error {
	out.Ran("lynis")
	host := ""
	return eachLine(text, func(line string) error {
		key, value, _ := strings.Cut(line, "=")
		severity := ""
		switch key {
		case "hostname":
			host = value
		case "warning[]":
			severity = "medium"
		case "suggestion[]":
			severity = "low"
		}
		if severity == "" {
			return nil
		}
		parts := append(strings.Split(value, "|"), "", "", "", "")
		fix := strings.TrimPrefix(parts[3], "text:")
		if fix == "-" {
			fix = ""
		}
		return out.Add(&scan.Raw{
			Kind: scan.Misconfiguration, ID: parts[0], Title: parts[1], Severity: severity, Fix: fix, Resource: host, Tool: "lynis",
		})
	})
}
