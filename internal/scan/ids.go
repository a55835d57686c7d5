package scan

import (
	"cmp"
	"slices"
	"strings"
)

// CanonicalID writes an id as its catalogue does: CVE-2024-1, GHSA-xxxx-xxxx-xxxx.
// Ids of OSV that only put the name of a distribution before a CVE's lose it.
func CanonicalID(id string) string {
	id = strings.TrimSpace(id)
	upper := strings.ToUpper(id)
	if i := strings.Index(upper, "-CVE-"); i > 0 && !strings.ContainsAny(upper[:i], " /:.") {
		upper = upper[i+1:]
	}
	switch {
	case strings.HasPrefix(upper, "CVE-"):
		return upper
	case strings.HasPrefix(upper, "GHSA-"):
		return "GHSA-" + strings.ToLower(upper[len("GHSA-"):])
	default:
		return id
	}
}

// IsVulnerabilityID reports whether the text is an id of a catalogue of
// vulnerabilities or advisories.
func IsVulnerabilityID(id string) bool {
	if sameThing(id) {
		return true
	}
	head, _, ok := strings.Cut(strings.ToUpper(id), "-")
	if !ok {
		return false
	}
	switch head {
	case "RHSA", "RHBA", "RHEA", "ALAS", "ALAS2", "ALAS2023", "DSA", "DLA", "USN", "ELSA", "SUSE", "OPENSUSE", "GLSA", "FEDORA", "CESA", "ALSA", "RLSA", "MGASA", "TEMP":
		return true
	default:
		return false
	}
}

// sameThing reports whether ids of this catalogue name one vulnerability each, so
// that an alias means the same thing. An advisory of a distribution names many.
func sameThing(id string) bool {
	head, rest, ok := strings.Cut(strings.ToUpper(id), "-")
	if !ok || rest == "" {
		return false
	}
	switch head {
	case "CVE":
		return rest[0] >= '0' && rest[0] <= '9'
	case "GHSA", "PYSEC", "GO", "RUSTSEC", "MAL", "OSV", "SNYK", "PVE", "NSWG", "GMS", "HSEC", "RSEC", "BIT", "CURL", "SONATYPE", "GSD", "EUVD", "NPM", "JLSEC", "EEF", "DRUPAL":
		return true
	default:
		return false
	}
}

// compareIDs orders ids by what people know best: CVE, then GHSA, then the others.
func compareIDs(a, b string) int {
	rank := func(id string) int {
		switch {
		case strings.HasPrefix(id, "CVE-"):
			return 0
		case strings.HasPrefix(id, "GHSA-"):
			return 1
		default:
			return 2
		}
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func isCVE(id string) bool { return strings.HasPrefix(id, "CVE-") }

// aliases joins ids that name the same vulnerability into groups. A group never
// holds two ids of CVE: what a report says to be one thing under two such ids stays
// two.
type aliases struct {
	parent map[string]string
	cve    map[string]string // of a root
}

func newAliases() *aliases { return &aliases{parent: map[string]string{}, cve: map[string]string{}} }

// root returns the id that stands for the group.
func (a *aliases) root(id string) string {
	up, ok := a.parent[id]
	if !ok {
		a.parent[id] = id
		if isCVE(id) {
			a.cve[id] = id
		}
		return id
	}
	if up == id {
		return id
	}
	top := a.root(up)
	a.parent[id] = top
	return top
}

// join says that two ids name the same thing. It reports false when each group has
// an id of CVE already.
func (a *aliases) join(x, y string) bool {
	x, y = a.root(x), a.root(y)
	if x == y {
		return true
	}
	if a.cve[x] != "" && a.cve[y] != "" {
		return false
	}
	if compareIDs(y, x) < 0 {
		x, y = y, x
	}
	a.parent[y] = x
	if a.cve[x] == "" {
		a.cve[x] = a.cve[y]
	}
	return true
}

// learn takes over what the findings say. What is said to be one under several ids
// of CVE joins the first of them only.
func (a *aliases) learn(findings []*Finding) {
	type edge struct{ from, to string }
	seen := map[edge]bool{}
	var edges []edge
	for _, f := range findings {
		if f.Kind != Vulnerability {
			continue
		}
		ids := f.canonical()
		for _, id := range ids[min(1, len(ids)):] {
			e := edge{ids[0], id}
			if isCVE(ids[0]) && isCVE(id) || seen[e] {
				continue
			}
			seen[e] = true
			edges = append(edges, e)
		}
	}
	slices.SortFunc(edges, func(x, y edge) int { return cmp.Or(compareIDs(x.from, y.from), compareIDs(x.to, y.to)) })
	for _, e := range edges {
		a.join(e.from, e.to)
	}
}

// canonical returns the ids of the finding that name one thing each, sorted; none if
// its own id is that of an advisory.
func (f *Finding) canonical() []string {
	id := CanonicalID(f.ID)
	if !sameThing(id) {
		return nil
	}
	ids := []string{id}
	for _, alias := range f.Aliases {
		if alias = CanonicalID(alias); sameThing(alias) && !slices.Contains(ids, alias) {
			ids = append(ids, alias)
		}
	}
	slices.SortFunc(ids, compareIDs)
	return ids
}
