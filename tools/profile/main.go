// Command profile makes of CPU profiles the one that the compiler reads: it adds them up,
// and leaves out what names the machine on which they were measured.
//
// usage: profile OUT IN...
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/google/pprof/profile"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: profile OUT IN...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func run(out string, in []string) error {
	var all []*profile.Profile
	for _, name := range in {
		p, err := read(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
	}
	sum, err := profile.Merge(all)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := sum.Write(f); err != nil {
		return err
	}
	return f.Close()
}

func read(name string) (*profile.Profile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		return nil, err
	}
	for _, m := range p.Mapping {
		m.File, m.BuildID, m.KernelRelocationSymbol = "", "", ""
		m.Start, m.Limit, m.Offset = 0, 0, 0
	}
	for _, l := range p.Location {
		l.Address = 0 // the compiler goes by lines
	}
	for _, f := range p.Function {
		if strings.HasPrefix(f.Filename, "/") {
			return nil, fmt.Errorf("names the file %s: build the program with -trimpath", f.Filename)
		}
	}
	p.TimeNanos, p.Comments = 0, nil
	return p, nil
}
