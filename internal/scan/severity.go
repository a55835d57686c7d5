package scan

import (
	"cmp"
	"slices"
	"strings"
)

// Severity is how serious a finding is.
type Severity uint8

// The severities, from the least.
const (
	Unknown Severity = iota
	Info
	Low
	Medium
	High
	Critical
)

// Severities returns all of them, the gravest first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info, Unknown} }

// String returns the severity as output has it.
func (s Severity) String() string {
	switch s {
	case Critical:
		return "critical"
	case High:
		return "high"
	case Medium:
		return "medium"
	case Low:
		return "low"
	case Info:
		return "info"
	default:
		return "unknown"
	}
}

// MarshalText writes the severity as String does.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a word as ParseSeverity does.
func (s *Severity) UnmarshalText(text []byte) error {
	*s = ParseSeverity(string(text))
	return nil
}

// ParseSeverity reads the word that a tool uses; Unknown for one that says nothing.
func ParseSeverity(word string) Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical", "fatal", "blocker", "defcon1", "catastrophic", "very-high", "very high":
		return Critical
	case "high", "error", "important", "fail", "failed", "major":
		return High
	case "medium", "moderate", "warning", "warn", "mid", "minor":
		return Medium
	case "low", "style", "trivial", "advice":
		return Low
	case "info", "informational", "information", "note", "negligible", "none", "inform", "trace", "inventory", "experiment", "untriaged", "recommendation":
		return Info
	default:
		return Unknown
	}
}

// OfScore returns the severity of a CVSS base score, as CVSS 3 and 4 name it.
func OfScore(score float64) Severity {
	switch {
	case score >= 9:
		return Critical
	case score >= 7:
		return High
	case score >= 4:
		return Medium
	case score > 0:
		return Low
	default:
		return Unknown
	}
}

// Rating is what somebody says about the severity.
type Rating struct {
	// Tool is whose report it stands in, Source whose opinion it is: nvd, redhat,
	// ghsa; "" is the tool's own.
	Tool   string `json:"tool,omitempty"`
	Source string `json:"source,omitempty"`
	// Severity is the opinion, Score the CVSS base score behind it (0 is none) and
	// Vector how it comes about.
	Severity Severity `json:"severity"`
	Score    float64  `json:"score,omitempty"`
	Vector   string   `json:"vector,omitempty"`
	// Chosen marks the rating of the tool that it took for its own word.
	Chosen bool `json:"chosen,omitempty"`
}

// String names who rated.
func (r Rating) String() string {
	switch {
	case r.Source == "" || r.Source == r.Tool:
		return r.Tool
	case r.Tool == "":
		return r.Source
	default:
		return r.Source + ", in " + r.Tool
	}
}

// vendor reports whether the source makes a distribution: it knows how its packages
// are built and what of them is reachable.
func vendor(source string) bool {
	switch source {
	case "alma", "alpine", "amazon", "azure", "bottlerocket", "cbl-mariner", "chainguard", "debian", "echo", "fedora",
		"mariner", "minimos", "oracle", "oracle-oval", "photon", "redhat", "rhel", "rocky", "sles", "suse", "suse-cvrf", "ubuntu", "wolfi":
		return true
	default:
		return false
	}
}

// rate takes over the ratings of a raw finding.
func (f *Finding) rate(r *Raw, tool string) {
	var own *Rating
	for _, one := range r.Ratings {
		one.Tool, one.Source, one.Vector = tool, Clip(strings.ToLower(one.Source), 100), Clip(one.Vector, 200)
		if one.Score < 0 || one.Score > 10 {
			one.Score = 0
		}
		if one.Severity == Unknown {
			one.Severity = OfScore(one.Score)
		}
		f.CVSS = max(f.CVSS, one.Score)
		if len(f.Ratings) < maxList {
			f.Ratings = append(f.Ratings, one)
			if one.Chosen {
				own = &f.Ratings[len(f.Ratings)-1]
			}
		}
	}
	if f.CVSS < 0 || f.CVSS > 10 {
		f.CVSS = 0
	}
	word := ParseSeverity(r.Severity)
	switch {
	case own != nil && word != Unknown:
		own.Severity = word
	case own == nil && word != Unknown:
		f.Ratings = append(f.Ratings, Rating{Tool: tool, Severity: word, Chosen: !r.Coarse})
	case own == nil && r.CVSS > 0:
		f.Ratings = append(f.Ratings, Rating{Tool: tool, Severity: OfScore(f.CVSS), Score: f.CVSS, Chosen: true})
	}
}

// choose decides the severity: the gravest that a tool took for its own word, but
// what the maker of the distribution says goes before what others say. Without any,
// the gravest of all ratings.
func (f *Finding) choose() {
	slices.SortFunc(f.Ratings, func(a, b Rating) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Source, b.Source), cmp.Compare(b.Score, a.Score), strings.Compare(a.Vector, b.Vector))
	})
	f.Ratings = slices.CompactFunc(f.Ratings, func(a, b Rating) bool {
		return a.Tool == b.Tool && a.Source == b.Source && a.Severity == b.Severity && a.Score == b.Score && a.Vector == b.Vector
	})
	best, rank := -1, 0
	for i, r := range f.Ratings {
		if r.Severity == Unknown {
			continue
		}
		n := 1
		if r.Chosen {
			n = 2
		}
		if r.Chosen && vendor(r.Source) {
			n = 3
		}
		if n > rank { // they are sorted: the first of its rank is the gravest
			best, rank = i, n
		}
	}
	f.Severity, f.SeverityFrom = Unknown, ""
	if best >= 0 {
		f.Severity, f.SeverityFrom = f.Ratings[best].Severity, f.Ratings[best].String()
	}
}
