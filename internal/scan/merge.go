package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/scan/purl"
)

// maxNear is how many findings of one place are compared with each other; beyond
// that only those with the same id become one. It bounds the time that a report of
// nothing but one line can take.
const maxNear = 100

// Merge makes one list of what several reports say. The reports may come in any
// order: the list is the same, and sorted. The findings of the reports are used up.
// The error is ErrTooMany.
func Merge(reports []*Report) ([]*Finding, error) {
	var all []*Finding
	for _, r := range reports {
		if all = append(all, r.Findings...); len(all) > MaxFindings {
			return nil, fmt.Errorf("%w: more than %d in all reports", ErrTooMany, MaxFindings)
		}
		r.number()
	}
	relate(all)
	slices.SortStableFunc(all, func(a, b *Finding) int {
		return cmp.Or(
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Place.Path, b.Place.Path), cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.ID, b.ID),
			cmp.Compare(len(b.Package.Type), len(a.Package.Type)), cmp.Compare(a.Package.Name, b.Package.Name), cmp.Compare(first(a.Package.Versions), first(b.Package.Versions)),
			cmp.Compare(a.Sources[0].Tool, b.Sources[0].Tool), cmp.Compare(a.Sources[0].Format, b.Sources[0].Format), cmp.Compare(a.Sources[0].Report, b.Sources[0].Report), cmp.Compare(a.seq, b.seq), cmp.Compare(a.Title, b.Title),
		)
	})
	m := &merger{known: newAliases(), exact: map[string]*Finding{}, near: map[string][]*Finding{}}
	m.known.learn(all)
	// What names the ecosystem of its package comes first, so that what does not finds
	// it. Others keep their order.
	for _, untyped := range []bool{false, true} {
		for _, f := range all {
			if f.Kind == Vulnerability && (f.Package.Type == "") == untyped {
				m.vulnerability(f)
			}
		}
	}
	for _, f := range all {
		if f.Kind != Vulnerability {
			m.placed(f)
		}
	}
	for _, f := range m.out {
		f.complete()
	}
	name(m.out)
	Sort(m.out)
	return m.out, nil
}

// Sort orders findings as people want to read them: the gravest first.
func Sort(list []*Finding) {
	slices.SortStableFunc(list, func(a, b *Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity), cmp.Compare(exploited(b), exploited(a)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Component(), b.Component()),
			cmp.Compare(a.Place.Line, b.Place.Line), compareIDs(a.ID, b.ID), cmp.Compare(a.Key, b.Key),
		)
	})
}

func exploited(f *Finding) float64 {
	switch {
	case f.KEV != nil:
		return 2
	case f.EPSS != nil:
		return f.EPSS.Score
	default:
		return 0
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// number tells apart what one rule of a tool finds several times on one line, and
// drops what a report says twice.
func (r *Report) number() {
	type spot struct {
		tool, id, path, resource string
		line                     int
	}
	type mark struct {
		spot

		col  int
		text string
	}
	seen := map[mark]bool{}
	count := map[spot]int{}
	r.Findings = slices.DeleteFunc(r.Findings, func(f *Finding) bool {
		if f.Kind == Vulnerability {
			return false
		}
		s := spot{f.Sources[0].Tool, f.ID, f.Place.Path, f.Place.Resource, f.Place.Line}
		text := f.secret
		if f.Kind == Misconfiguration || f.Place.Line == 0 {
			text += f.Title + f.Description
		}
		m := mark{s, f.col, text}
		if seen[m] {
			return true
		}
		seen[m] = true
		f.seq = count[s]
		count[s]++
		return false
	})
}

// relate gives absolute paths the form of the relative ones in the run: of some tools
// one format has the one and another the other.
func relate(all []*Finding) {
	relative := map[string]bool{}
	for _, f := range all {
		if p := f.Place.Path; p != "" && !absolute(p) {
			relative[p] = true
		}
	}
	for _, f := range all {
		if !absolute(f.Place.Path) {
			continue
		}
		for rest := f.Place.Path; ; {
			_, after, ok := strings.Cut(rest, "/")
			if !ok {
				break
			}
			if rest = after; relative[rest] {
				f.Place.Path = rest
				break
			}
		}
	}
}

func absolute(path string) bool {
	return strings.HasPrefix(path, "/") || len(path) > 2 && path[1] == ':' && path[2] == '/'
}

type merger struct {
	known *aliases
	exact map[string]*Finding
	near  map[string][]*Finding
	out   []*Finding
}

func (m *merger) add(f *Finding, exact, near string) {
	m.out = append(m.out, f)
	m.exact[exact] = f
	if near != "" && len(m.near[near]) < maxNear {
		m.near[near] = append(m.near[near], f)
	}
}

func key(parts ...string) string { return strings.Join(parts, "\x00") }

// vulnerability adds a finding about a package. The same vulnerability in the same
// package is one finding; a report that does not say the ecosystem, or only the last
// part of the name, means the package that there is.
func (m *merger) vulnerability(f *Finding) {
	id := CanonicalID(f.ID)
	if ids := f.canonical(); len(ids) > 0 {
		id = m.known.root(ids[0])
	}
	f.note(id)
	loose := purl.Loose(f.Package.Name)
	if loose == "" {
		loose = key("", f.Place.Path, f.Place.Resource)
	}
	exact, near := key("v", f.Asset, id, f.Package.Type, f.Package.Name, loose), key("v", f.Asset, id, loose)
	if old := m.exact[exact]; old != nil {
		old.take(f)
		return
	}
	for _, old := range m.near[near] {
		if f.Package.Type == "" || old.Package.Type == "" || f.Package.Type == old.Package.Type && shorter(f.Package.Name, old.Package.Name) {
			old.take(f)
			m.exact[exact] = old
			return
		}
	}
	m.add(f, exact, near)
}

// shorter reports whether one of the names is the last part of the other.
func shorter(a, b string) bool {
	return !strings.ContainsAny(a, ":/") || !strings.ContainsAny(b, ":/")
}

// note keeps all ids that the finding came with.
func (f *Finding) note(id string) {
	all := append([]string{f.ID}, f.Aliases...)
	f.Aliases, f.Related = nil, nil
	f.ID = id
	for _, one := range all {
		switch one = CanonicalID(one); {
		case one == id || one == "":
		case sameThing(one) && (!isCVE(one) || !isCVE(id)):
			f.Aliases = append(f.Aliases, one)
		default:
			f.Related = append(f.Related, one)
		}
	}
}

// placed adds a finding about a file or a resource.
func (m *merger) placed(f *Finding) {
	rule := checkID(f.Sources[0].Tool, f.ID)
	line := strconv.Itoa(f.Place.Line)
	exact := key(f.Kind.String(), f.Asset, rule, f.Place.Path, f.Place.Resource, line, strconv.Itoa(f.seq))
	near := key(f.Kind.String(), f.Asset, f.Place.Path)
	if f.secret != "" { // wherever in the file it stands, and in however many commits
		exact = key(f.Kind.String(), f.Asset, rule, f.Place.Path, f.secret)
	}
	switch f.Kind {
	case Code:
		near = key(near, line)
	case Misconfiguration:
		near = key(near, rule)
	case Other:
		near = ""
	default: // by what is in the file
	}
	if old := m.exact[exact]; old != nil && !otherSecret(old, f) {
		old.take(f)
		return
	}
	for _, old := range m.near[near] {
		if same(old, f) {
			old.take(f)
			m.exact[exact] = old
			return
		}
	}
	m.add(f, exact, near)
}

// same reports whether two findings at one place are one, of different reports. Two
// of one tool and format never are: what one report has twice are two findings.
func same(a, b *Finding) bool {
	tool := b.Sources[0].Tool
	shared, once := false, false
	for _, s := range a.Sources {
		shared = shared || s.Tool == tool
		once = once || s.Tool == tool && s.Report == b.Sources[0].Report
	}
	if once {
		return false
	}
	switch a.Kind {
	case Code:
		// Of another tool, with the same weakness on the same line.
		return !shared && b.Place.Line > 0 && slices.ContainsFunc(a.CWE, func(n int) bool { return slices.Contains(b.CWE, n) })
	case Secret:
		if otherSecret(a, b) || a.Place.Line != b.Place.Line && a.Place.Line > 0 && b.Place.Line > 0 {
			return false
		}
		named := strings.EqualFold(a.ID, b.ID) || strings.EqualFold(a.Title, b.Title)
		return shared && named || !shared && (named || a.Place.Line > 0 && a.Place.Line == b.Place.Line)
	case Misconfiguration:
		return shared && a.seq == b.seq && (a.Place.Resource == b.Place.Resource || a.Place.Resource == "" || b.Place.Resource == "") &&
			(a.Place.Line == b.Place.Line || a.Place.Line == 0 || b.Place.Line == 0)
	default:
		return false
	}
}

// otherSecret reports whether two findings are about secrets that are known to differ.
func otherSecret(a, b *Finding) bool { return a.secret != "" && b.secret != "" && a.secret != b.secret }

// take adds to a finding what another report says about the same.
func (f *Finding) take(g *Finding) {
	for _, s := range g.Sources {
		if !slices.Contains(f.Sources, s) && len(f.Sources) < maxList {
			f.Sources = append(f.Sources, s)
		}
	}
	if g.Kind != Vulnerability && g.ID != f.ID {
		f.Aliases = union(f.Aliases, []string{g.ID})
	}
	f.Aliases, f.Related = union(f.Aliases, g.Aliases), union(f.Related, g.Related)
	f.Fixed = union(f.Fixed, g.Fixed)
	f.Package.Versions = union(f.Package.Versions, g.Package.Versions)
	for _, n := range g.CWE {
		if !slices.Contains(f.CWE, n) && len(f.CWE) < maxList {
			f.CWE = append(f.CWE, n)
		}
	}
	if len(f.Ratings) < 4*maxList {
		f.Ratings = append(f.Ratings, g.Ratings...)
	}
	f.CVSS = max(f.CVSS, g.CVSS)
	for _, p := range []struct {
		mine  *string
		other string
	}{
		{&f.Title, g.Title},
		{&f.Description, g.Description},
		{&f.Fix, g.Fix},
		{&f.URL, g.URL},
		{&f.Published, g.Published},
		{&f.Package.PURL, g.Package.PURL},
		{&f.Package.Type, g.Package.Type},
		{&f.Place.Path, g.Place.Path},
		{&f.Place.Resource, g.Place.Resource},
		{&f.secret, g.secret},
		{&f.line, g.line},
		{&f.partial, g.partial},
	} {
		if *p.mine == "" {
			*p.mine = p.other
		}
	}
	if f.Place.Line == 0 {
		f.Place.Line, f.Place.EndLine = g.Place.Line, g.Place.EndLine
	}
	if len(g.Package.Name) > len(f.Package.Name) {
		f.Package.Name = g.Package.Name
	}
	if g.EPSS != nil && (f.EPSS == nil || g.EPSS.Date > f.EPSS.Date) {
		f.EPSS = g.EPSS
	}
	if f.KEV == nil {
		f.KEV = g.KEV
	}
	// What one tool holds back and another does not is not held back.
	if g.Suppressed == nil {
		f.Suppressed = nil
	}
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) && len(a) < maxList {
			a = append(a, s)
		}
	}
	return a
}

// complete decides what was said in several ways.
func (f *Finding) complete() {
	f.Aliases = slices.DeleteFunc(f.Aliases, func(id string) bool { return id == f.ID })
	slices.SortFunc(f.Aliases, compareIDs)
	slices.SortFunc(f.Related, compareIDs)
	slices.Sort(f.Fixed)
	slices.Sort(f.Package.Versions)
	slices.Sort(f.CWE)
	slices.SortFunc(f.Sources, func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Format, b.Format), cmp.Compare(a.Report, b.Report), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Severity, b.Severity))
	})
	f.Related = slices.DeleteFunc(f.Related, func(id string) bool { return slices.Contains(f.Aliases, id) || id == f.ID })
	f.choose()
	f.State = New
}

// name gives findings their keys. A line of code is known by its text rather than by
// its number, which changes with every line above it.
func name(list []*Finding) {
	count := map[string]int{}
	for _, f := range list {
		parts := []string{f.Kind.String(), f.Asset, f.ID}
		switch f.Kind {
		case Vulnerability:
			parts = append(parts, f.Package.Type, f.Package.Name)
			if f.Package.Name == "" {
				parts = append(parts, f.Place.Path, f.Place.Resource)
			}
		case Code:
			parts = append(parts, f.Place.Path, cmp.Or(f.line, f.partial, f.Title))
		case Secret:
			parts = append(parts, f.Place.Path, f.Place.Resource, f.secret)
		default:
			parts = append(parts, f.Place.Path, f.Place.Resource, f.line)
		}
		k := digest(parts...)
		if n := count[k]; n > 0 {
			f.Key = digest(k, strconv.Itoa(n))
		} else {
			f.Key = k
		}
		count[k]++
	}
}
