package read

import (
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isOSV(s *shape) bool {
	return s.any(".results[].packages") || s.has(".results") && s.any(".experimental_config", ".image_metadata")
}

// osvEntry is a vulnerability in the form of OSV.
type osvEntry struct {
	ID, Summary, Details, Published string
	Aliases, Related                []string
	Affected                        []struct {
		Package struct{ Name, Ecosystem, PURL string }
		Ranges  []struct {
			Type   string
			Events []map[string]string
		}
		DatabaseSpecific struct{ CWEs []struct{ CWEID string } } `json:"database_specific"`
	}
	Severity []struct{ Type, Score string }
	Database struct {
		Severity word
		CWEIDs   words `json:"cwe_ids"`
	} `json:"database_specific"`
	References []struct{ Type, URL string }
	Withdrawn  string
}

// fixed returns the versions of a package that repair it.
func (o *osvEntry) fixed(name string) []string {
	var out []string
	for _, a := range o.Affected {
		if a.Package.Name != name {
			continue
		}
		for _, r := range a.Ranges {
			for _, e := range r.Events {
				if r.Type != "GIT" && e["fixed"] != "" {
					out = append(out, e["fixed"])
				}
			}
		}
	}
	return out
}

func (o *osvEntry) raw() *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: o.ID, Aliases: o.Aliases, Title: o.Summary, Description: first(o.Details, o.Summary), Severity: string(o.Database.Severity),
		CWE: cwes(o.Database.CWEIDs...), Published: o.Published, URL: "https://osv.dev/vulnerability/" + o.ID,
	}
	for _, a := range o.Affected {
		for _, c := range a.DatabaseSpecific.CWEs {
			raw.CWE = append(raw.CWE, cwes(c.CWEID)...)
		}
	}
	if strings.HasPrefix(o.ID, "MAL-") {
		raw.Severity = "critical" // a package made to harm
	}
	return raw
}

// readOSV reads what osv-scanner --format json writes.
func readOSV(in *input) error {
	in.out.Ran("osv-scanner")
	type pack struct {
		Package         struct{ Name, Version, Ecosystem string }
		Vulnerabilities []osvEntry
		Groups          []struct {
			IDs, Aliases []string
			MaxSeverity  number `json:"max_severity"`
		}
	}
	result := func() error {
		var path string
		from := len(in.out.Findings)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "source":
				var s struct{ Path string }
				err := in.Into(&s)
				path = s.Path
				return true, err
			case "packages":
				return true, each(in, func(p *pack) error {
					for i := range p.Vulnerabilities {
						v := &p.Vulnerabilities[i]
						raw := v.raw()
						raw.Type, raw.Name, raw.Version, raw.Tool = p.Package.Ecosystem, p.Package.Name, p.Package.Version, "osv-scanner"
						raw.Fixed = v.fixed(p.Package.Name)
						for _, g := range p.Groups {
							for _, id := range g.IDs {
								if id == v.ID {
									raw.CVSS = float64(g.MaxSeverity)
									raw.Aliases = append(append(raw.Aliases, g.IDs...), g.Aliases...)
								}
							}
						}
						if err := in.out.Add(raw); err != nil {
							return err
						}
					}
					return nil
				})
			default:
				return false, nil
			}
		})
		for _, f := range in.out.Findings[from:] {
			f.SetPath(path)
		}
		return err
	}
	return in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			if key != "results" {
				return false, nil
			}
			return true, in.Array(result)
		})
	})
}

func isGovulncheck(s *shape) bool {
	return s.any(".config.protocol_version", ".config.scanner_name", ".finding.osv", ".osv.id") || s.has(".Vulns", ".Modules") || s.has(".Calls", ".Imports")
}

type govulnFrame struct {
	Module, Version, Package, Function, Receiver string
	Position                                     struct {
		Filename string
		Line     int
	}
}

// readGovulncheck reads the stream of messages of govulncheck -json, and the one
// object of versions before 1. A vulnerability whose code is never called is of low
// severity.
func readGovulncheck(in *input) error {
	in.out.Ran("govulncheck")
	entries := map[string]*osvEntry{}
	type found struct {
		module, version, fixed, path, symbol string
		line, depth                          int
	}
	best := map[string]*found{}
	var order []string
	learn := func(o *osvEntry) {
		if len(entries) < scan.MaxFindings {
			o.Details = scan.Clip(o.Details, 3000)
			entries[o.ID] = o
		}
	}
	see := func(id string, f found) {
		key := id + "\x00" + f.module
		if old := best[key]; old == nil && len(best) < scan.MaxFindings {
			order = append(order, key)
			best[key] = &f
		} else if old != nil && f.depth > old.depth {
			*old = f
		}
	}
	err := in.documents(func() error {
		return in.members(func(key string) (bool, error) {
			switch key {
			case "osv":
				var o osvEntry
				err := in.Into(&o)
				learn(&o)
				return true, err
			case "finding":
				var f struct {
					OSV          string
					FixedVersion string `json:"fixed_version"`
					Trace        []govulnFrame
				}
				if err := in.Into(&f); err != nil || len(f.Trace) == 0 {
					return true, err
				}
				sink, entry := f.Trace[0], f.Trace[len(f.Trace)-1]
				one := found{module: sink.Module, version: strings.TrimPrefix(sink.Version, "v"), fixed: strings.TrimPrefix(f.FixedVersion, "v"), symbol: sink.Function}
				switch {
				case sink.Function != "":
					one.depth, one.path, one.line = 3, entry.Position.Filename, entry.Position.Line
				case sink.Package != "":
					one.depth = 2
				default:
					one.depth = 1
				}
				see(f.OSV, one)
				return true, nil
			case "Vulns":
				return true, each(in, func(v *struct {
					OSV                      osvEntry
					Symbol, PkgPath, ModPath string
					CallSink                 int
				},
				) error {
					learn(&v.OSV)
					one := found{module: v.ModPath, symbol: v.Symbol, depth: 2}
					if v.CallSink > 0 {
						one.depth = 3
					}
					see(v.OSV.ID, one)
					return nil
				})
			default:
				return false, nil
			}
		})
	})
	if err != nil {
		return err
	}
	for _, key := range order {
		id, _, _ := strings.Cut(key, "\x00")
		f := best[key]
		raw := &scan.Raw{Kind: scan.Vulnerability, ID: id}
		if o := entries[id]; o != nil {
			raw = o.raw()
			raw.Fixed = o.fixed(f.module)
		}
		raw.URL, raw.Tool = "https://pkg.go.dev/vuln/"+id, "govulncheck"
		raw.Type, raw.Name, raw.Version, raw.Path, raw.Line = "golang", f.module, f.version, f.path, f.line
		if f.fixed != "" {
			raw.Fixed = []string{f.fixed}
		}
		if f.depth < 3 {
			raw.Severity = "low"
			raw.Fix = "the vulnerable code is not called"
		} else {
			raw.Fix = "the vulnerable code is called: " + f.symbol
		}
		if err := in.out.Add(raw); err != nil {
			return err
		}
	}
	return nil
}
