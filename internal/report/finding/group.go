package finding

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// group is the findings of one component, or those that one step repairs.
type group struct {
	name     string
	to       string
	counts   [6]int // by severity
	total    int
	findings []*scan.Finding
}

func (g *group) add(f *scan.Finding) {
	g.counts[f.Severity]++
	g.total++
	g.findings = append(g.findings, f)
}

// worst orders groups by their gravest findings.
func worst(a, b *group) int {
	for s := len(a.counts) - 1; s >= 0; s-- {
		if c := cmp.Compare(b.counts[s], a.counts[s]); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.name, b.name)
}

// byComponent groups findings by package, file or resource.
func byComponent(list []*scan.Finding) []*group {
	at := map[string]*group{}
	var out []*group
	for _, f := range list {
		name := f.Component()
		g := at[name]
		if g == nil {
			g = &group{name: name}
			at[name] = g
			out = append(out, g)
		}
		g.add(f)
	}
	slices.SortStableFunc(out, worst)
	return out
}

// byFix groups the vulnerabilities of packages for which a version is known that
// repairs them: one upgrade for each package.
func byFix(list []*scan.Finding) []*group {
	at := map[string]*group{}
	var out []*group
	for _, f := range list {
		if f.Kind != scan.Vulnerability || len(f.Fixed) == 0 {
			continue
		}
		name := f.Package.Name
		if f.Package.Type != "" {
			name += " (" + f.Package.Type + ")"
		}
		g := at[name]
		if g == nil {
			g = &group{name: name}
			at[name] = g
			out = append(out, g)
		}
		g.add(f)
		if v := least(f.Fixed, f.Package.Versions); compareVersions(v, g.to) > 0 {
			g.to = v
		}
	}
	slices.SortStableFunc(out, worst)
	return out
}

// least returns the lowest of the versions that lies above all that are installed: the
// smallest step that repairs. Without one it is the highest.
func least(fixed, installed []string) string {
	best, highest := "", ""
	for _, v := range fixed {
		if compareVersions(v, highest) > 0 {
			highest = v
		}
		above := !slices.ContainsFunc(installed, func(i string) bool { return compareVersions(v, i) <= 0 })
		if above && len(installed) > 0 && (best == "" || compareVersions(v, best) < 0) {
			best = v
		}
	}
	return cmp.Or(best, highest)
}

// compareVersions orders versions for people: runs of digits as numbers, other text
// as text. It is no rule of any ecosystem.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		x, restA := chunk(a)
		y, restB := chunk(b)
		nx, errX := strconv.ParseUint(x, 10, 64)
		ny, errY := strconv.ParseUint(y, 10, 64)
		c := strings.Compare(x, y)
		if errX == nil && errY == nil {
			c = cmp.Compare(nx, ny)
		}
		if c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// chunk cuts a run of digits, or of anything else, off the front.
func chunk(s string) (head, rest string) {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	i := 1
	for i < len(s) && digit(s[i]) == digit(s[0]) {
		i++
	}
	return s[:i], s[i:]
}
