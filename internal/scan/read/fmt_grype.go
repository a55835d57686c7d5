package read

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isGrype(s *shape) bool {
	return s.has(".matches") && s.any(".matches[].vulnerability", ".descriptor", ".distro", ".source")
}

type grypeVulnerability struct {
	ID, DataSource, Namespace, Severity, Description string
	CVSS                                             []struct {
		Version, Vector, Source string
		Metrics                 struct{ BaseScore number }
	}
	EPSS []struct {
		CVE, Date        string
		EPSS, Percentile float64
	}
	KnownExploited []struct{ CVE, DateAdded, DueDate, KnownRansomwareCampaignUse string }
	CWEs           []struct{ CWE string }
	Fix            struct {
		Versions []string
		State    string
	}
}

type grypeMatch struct {
	Vulnerability          grypeVulnerability
	RelatedVulnerabilities []grypeVulnerability
	Artifact               struct {
		Name, Version, Type, Language, PURL string
		Locations                           []struct{ Path string }
	}
}

// readGrype reads what grype -o json writes. What its configuration ignores is no
// finding.
func readGrype(in *input) error {
	in.out.Ran("grype")
	return in.documents(func() error {
		var target string
		from := len(in.out.Findings)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "matches":
				return true, each(in, func(m *grypeMatch) error { return in.out.Add(m.raw()) })
			case "source":
				var s struct{ Target any }
				err := in.Into(&s)
				switch t := s.Target.(type) {
				case string:
					target = t
				case map[string]any:
					target, _ = t["userInput"].(string)
				}
				return true, err
			default:
				return false, nil
			}
		})
		for _, f := range in.out.Findings[from:] {
			f.Sources[0].Target = scan.Clip(target, 500)
		}
		return err
	})
}

func (m *grypeMatch) raw() *scan.Raw {
	v := &m.Vulnerability
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: v.ID, Description: v.Description, Severity: v.Severity, URL: v.DataSource, Fixed: v.Fix.Versions,
		Type: first(m.Artifact.Type, m.Artifact.Language), Name: m.Artifact.Name, Version: m.Artifact.Version, PURL: m.Artifact.PURL, Tool: "grype",
	}
	if v.Fix.State == "wont-fix" {
		raw.Fix = "will not fix"
	}
	if len(m.Artifact.Locations) > 0 && raw.Type != "deb" && raw.Type != "rpm" && raw.Type != "apk" {
		raw.Path = m.Artifact.Locations[0].Path
	}
	source, _, _ := strings.Cut(v.Namespace, ":")
	if source == "github" {
		source = "ghsa"
	}
	raw.Ratings = append(raw.Ratings, scan.Rating{Source: source, Severity: scan.ParseSeverity(v.Severity), Chosen: true})
	for i, one := range append([]grypeVulnerability{*v}, m.RelatedVulnerabilities...) {
		if i > 0 {
			raw.Aliases = append(raw.Aliases, one.ID)
			name, _, _ := strings.Cut(one.Namespace, ":")
			raw.Ratings = append(raw.Ratings, scan.Rating{Source: name, Severity: scan.ParseSeverity(one.Severity)})
			raw.Description = first(raw.Description, one.Description)
		}
		for _, c := range one.CVSS {
			name, _, _ := strings.Cut(one.Namespace, ":")
			raw.Ratings = append(raw.Ratings, scan.Rating{Source: first(c.Source, name), Score: float64(c.Metrics.BaseScore), Vector: c.Vector})
		}
		for _, e := range one.EPSS {
			if raw.EPSS == nil || e.EPSS > raw.EPSS.Score {
				raw.EPSS = &scan.EPSS{Score: e.EPSS, Percentile: e.Percentile, Date: scan.Clip(e.Date, 40)}
			}
		}
		for _, k := range one.KnownExploited {
			raw.KEV = &scan.KEV{Added: scan.Clip(k.DateAdded, 40), Due: scan.Clip(k.DueDate, 40), Ransomware: strings.EqualFold(k.KnownRansomwareCampaignUse, "known")}
		}
		for _, c := range one.CWEs {
			raw.CWE = append(raw.CWE, cwes(c.CWE)...)
		}
	}
	return raw
}

// sortRatings puts ratings in an order that is always the same.
func sortRatings(list []scan.Rating) {
	slices.SortFunc(list, func(a, b scan.Rating) int { return strings.Compare(a.Source, b.Source) })
}
