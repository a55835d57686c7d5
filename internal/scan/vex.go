package scan

import (
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/scan/purl"
)

// Statement is what a VEX document says about a vulnerability in products.
type Statement struct {
	// IDs are those of the vulnerability.
	IDs []string
	// Products are package URLs of what was looked at. Components are those of parts
	// of the products; without any, the products are meant themselves.
	Products, Components []string
	// Status is not_affected, fixed, affected or under_investigation.
	Status string
	// Justification says why not, in a word or in words.
	Justification string
	// Time is when it was said, in RFC 3339.
	Time string
	// Document is the name of the file.
	Document string
}

func (s *Statement) clip() {
	list := func(in []string) []string {
		var out []string
		for _, text := range in {
			if text != "" && len(out) < 1000 {
				out = append(out, Clip(text, maxWord))
			}
		}
		return out
	}
	s.IDs, s.Products, s.Components = list(s.IDs), list(s.Products), list(s.Components)
	if when, err := time.Parse(time.RFC3339, s.Time); err == nil { // in one zone, to be compared as text
		s.Time = when.UTC().Format("2006-01-02T15:04:05.000000000Z")
	}
	s.Status, s.Justification, s.Time = Clip(s.Status, 100), Clip(oneLine(s.Justification), maxTitle), Clip(s.Time, 40)
}

// maxStatements is how many statements about one vulnerability are looked at for each
// finding of it.
const maxStatements = 1000

// ApplyVEX holds back findings that the documents say nobody is affected by, or that
// are fixed. Of several statements about the same the latest counts. It returns how
// many statements meant a finding.
func ApplyVEX(list []*Finding, documents []*Report) (applied int) {
	by := map[string][]*Statement{}
	for _, d := range documents {
		for i := range d.Statements {
			s := &d.Statements[i]
			for _, id := range s.IDs {
				if id = CanonicalID(id); len(by[id]) < maxStatements {
					by[id] = append(by[id], s)
				}
			}
		}
	}
	used := map[*Statement]bool{}
	for _, f := range list {
		if f.Kind != Vulnerability {
			continue
		}
		var last *Statement
		for _, id := range append([]string{f.ID}, f.Aliases...) {
			for _, s := range by[CanonicalID(id)] {
				if !s.means(f) {
					continue
				}
				used[s] = true
				if last == nil || s.Time >= last.Time {
					last = s
				}
			}
		}
		if last != nil && (last.Status == "not_affected" || last.Status == "fixed") {
			f.Suppressed = &Suppressed{By: "vex", Name: last.Document, Reason: strings.TrimSpace(last.Status + " " + last.Justification)}
		}
	}
	return len(used)
}

// means reports whether the statement is about the package of the finding. A product
// that cannot be told to be what was scanned is another one.
func (s *Statement) means(f *Finding) bool {
	product := func(text string) bool { return isPackage(text, f) }
	if len(s.Components) > 0 {
		return slices.ContainsFunc(s.Components, product) && slices.ContainsFunc(s.Products, func(text string) bool { return isAsset(text, f) })
	}
	return slices.ContainsFunc(s.Products, func(text string) bool { return product(text) || isAsset(text, f) })
}

// isPackage reports whether a package URL is that of the finding's package. With a
// version it must be the only one that is installed.
func isPackage(text string, f *Finding) bool {
	p, err := purl.Parse(text)
	if err != nil || p.Type != f.Package.Type || purl.Name(p.Type, p.FullName()) != f.Package.Name {
		return false
	}
	if p.Version == "" {
		return true
	}
	return len(f.Package.Versions) > 0 && !slices.ContainsFunc(f.Package.Versions, func(v string) bool {
		return strings.TrimPrefix(v, "v") != strings.TrimPrefix(p.Version, "v")
	})
}

// isAsset reports whether a product is what was scanned: as the user named it, or as
// a tool names the image.
func isAsset(text string, f *Finding) bool {
	if text == f.Asset && text != "" {
		return true
	}
	p, err := purl.Parse(text)
	if err != nil || p.Type != "oci" && p.Type != "docker" && p.Type != "generic" {
		return false
	}
	names := []string{f.Asset}
	for _, s := range f.Sources {
		names = append(names, s.Target)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		name, _, _ = strings.Cut(name, " (") // "alpine:3.19 (alpine 3.19.1)"
		name, digest, pinned := strings.Cut(name, "@")
		image := name[strings.LastIndexByte(name, '/')+1:]
		image, tag, _ := strings.Cut(image, ":")
		if image != p.Name || image == "" {
			return false
		}
		return p.Version == "" || p.Version == tag || pinned && p.Version == digest
	})
}
