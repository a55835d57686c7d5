package read

import (
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isTrivy(s *shape) bool {
	return s.has(".SchemaVersion", ".ArtifactName") || s.has(".ArtifactName", ".ArtifactType") || s.any(".Results[].Target", ".Results[].Class") ||
		s.has(".ClusterName") && s.any(".Vulnerabilities", ".Misconfigurations", ".Resources", ".Findings") ||
		s.list && s.has(".Target") && s.any(".Vulnerabilities", ".Type", ".Class")
}

// readTrivy reads what trivy --format json writes: of images, folders, clusters, and
// the lists of results of versions before 0.20.
func readTrivy(in *input) error {
	in.out.Ran("trivy")
	return in.documents(in.trivyDocument)
}

// trivyDocument reads a report, a resource of a cluster, or a bare result.
func (in *input) trivyDocument() error {
	var doc struct{ artifact, namespace, kind, name string }
	from := len(in.out.Findings)
	var bare trivyResult
	err := in.members(func(key string) (ok bool, err error) {
		switch key {
		case "ArtifactName":
			doc.artifact, err = in.Text()
		case "Namespace":
			doc.namespace, err = in.Text()
		case "Kind":
			doc.kind, err = in.Text()
		case "Name":
			doc.name, err = in.Text()
		case "Results":
			err = in.Array(in.trivyResult)
		case "Resources", "Findings":
			err = in.Array(in.trivyDocument)
		case "Vulnerabilities", "Misconfigurations": // of a cluster, or of an old result
			err = in.Array(in.trivyEither)
		default:
			return in.trivyMember(&bare, key)
		}
		return true, err
	})
	bare.finish(in.out.Findings[from:])
	where := strings.Trim(strings.Join([]string{doc.namespace, doc.kind, doc.name}, "/"), "/")
	for _, f := range in.out.Findings[from:] {
		s := &f.Sources[0]
		s.Target = first(s.Target, scan.Clip(doc.artifact, 500))
		if where != "" && f.Place.Resource == "" {
			f.Place.Resource = scan.Clip(where, 500)
		}
	}
	return err
}

// trivyEither reads an item of Vulnerabilities or Misconfigurations at the top: in the
// report of a cluster it is a resource, in an old report a finding.
func (in *input) trivyEither() error {
	var one struct {
		trivyVulnerability

		Namespace, Kind, Name string
		Results               []struct {
			Target, Class, Type string
			Vulnerabilities     []trivyVulnerability
			Misconfigurations   []trivyMisconfiguration
			Secrets             []trivySecret
		}
	}
	if err := in.Into(&one); err != nil {
		return err
	}
	if one.VulnerabilityID != "" {
		return in.out.Add(one.raw())
	}
	where := strings.Trim(strings.Join([]string{one.Namespace, one.Kind, one.Name}, "/"), "/")
	for _, result := range one.Results {
		from := len(in.out.Findings)
		for i := range result.Vulnerabilities {
			if err := in.out.Add(result.Vulnerabilities[i].raw()); err != nil {
				return err
			}
		}
		for i := range result.Misconfigurations {
			if err := in.trivyMisconfiguration(&result.Misconfigurations[i]); err != nil {
				return err
			}
		}
		for i := range result.Secrets {
			if err := in.out.Add(result.Secrets[i].raw()); err != nil {
				return err
			}
		}
		for _, f := range in.out.Findings[from:] {
			f.Place.Resource = scan.Clip(where, 500)
		}
		(&trivyResult{target: result.Target, class: result.Class, kind: result.Type}).finish(in.out.Findings[from:])
	}
	return nil
}

// trivyResult is what findings of one target have in common. It may stand behind them.
type trivyResult struct{ target, class, kind string }

func (in *input) trivyResult() error {
	var r trivyResult
	from := len(in.out.Findings)
	err := in.members(func(key string) (bool, error) { return in.trivyMember(&r, key) })
	r.finish(in.out.Findings[from:])
	return err
}

func (in *input) trivyMember(r *trivyResult, key string) (ok bool, err error) {
	switch key {
	case "Target":
		r.target, err = in.Text()
	case "Class":
		r.class, err = in.Text()
	case "Type":
		r.kind, err = in.Text()
	case "Vulnerabilities":
		err = each(in, func(v *trivyVulnerability) error { return in.out.Add(v.raw()) })
	case "Misconfigurations":
		err = each(in, in.trivyMisconfiguration)
	case "Secrets":
		err = each(in, func(s *trivySecret) error { return in.out.Add(s.raw()) })
	default:
		return false, nil
	}
	return true, err
}

// finish says of findings where they were found.
func (r *trivyResult) finish(findings []*scan.Finding) {
	for _, f := range findings {
		f.Sources[0].Target = first(f.Sources[0].Target, scan.Clip(r.target, 500))
		switch {
		case f.Kind != scan.Vulnerability:
			f.SetPath(first(f.Place.Path, r.target))
		case r.class == "lang-pkgs" && f.Place.Path == "":
			f.SetPath(r.target)
			f.SetPackageType(r.kind)
		default:
			f.SetPackageType(r.kind)
		}
	}
}

type trivyVulnerability struct {
	VulnerabilityID, PkgName, PkgPath, InstalledVersion, FixedVersion, Status string
	PkgIdentifier                                                             struct{ PURL string }
	VendorIDs                                                                 []string
	Severity, SeveritySource, Title, Description, PrimaryURL, PublishedDate   string
	CweIDs                                                                    []string
	VendorSeverity                                                            map[string]int
	CVSS                                                                      map[string]struct {
		V2Vector, V3Vector, V40Vector string
		V2Score, V3Score, V40Score    float64
	}
}

func (v *trivyVulnerability) raw() *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: v.VulnerabilityID, Aliases: v.VendorIDs, Title: v.Title, Description: v.Description, URL: v.PrimaryURL,
		Severity: v.Severity, CWE: cwes(v.CweIDs...), Name: v.PkgName, Version: v.InstalledVersion, PURL: v.PkgIdentifier.PURL,
		Fixed: strings.Split(v.FixedVersion, ","), Path: v.PkgPath, Published: v.PublishedDate, Tool: "trivy",
	}
	if v.Status == "will_not_fix" || v.Status == "end_of_life" {
		raw.Fix = strings.ReplaceAll(v.Status, "_", " ")
	}
	sources := map[string]scan.Rating{}
	for source, n := range v.VendorSeverity {
		if n > 0 && n < 5 {
			sources[source] = scan.Rating{Source: source, Severity: scan.Severity(n + 1)}
		}
	}
	for source, c := range v.CVSS {
		r := sources[source]
		r.Source = source
		switch {
		case c.V40Score > 0:
			r.Score, r.Vector = c.V40Score, c.V40Vector
		case c.V3Score > 0:
			r.Score, r.Vector = c.V3Score, c.V3Vector
		default:
			r.Score, r.Vector = c.V2Score, c.V2Vector
		}
		sources[source] = r
	}
	if _, ok := sources[v.SeveritySource]; !ok && v.SeveritySource != "" {
		sources[v.SeveritySource] = scan.Rating{Source: v.SeveritySource, Severity: scan.ParseSeverity(v.Severity)}
	}
	for source, r := range sources {
		r.Chosen = source == v.SeveritySource
		raw.Ratings = append(raw.Ratings, r)
	}
	sortRatings(raw.Ratings)
	return raw
}

type trivyMisconfiguration struct {
	ID, AVDID, Title, Description, Message, Resolution, Severity, PrimaryURL, Status string
	CauseMetadata                                                                    struct {
		Resource           string
		StartLine, EndLine int
		Code               struct{ Lines []trivyLine }
	}
}

type trivyLine struct {
	Number  int
	Content string
}

func (in *input) trivyMisconfiguration(m *trivyMisconfiguration) error {
	if m.Status != "" && m.Status != "FAIL" {
		return nil
	}
	c := &m.CauseMetadata
	raw := &scan.Raw{
		Kind: scan.Misconfiguration, ID: first(m.ID, m.AVDID), Aliases: []string{m.AVDID}, Title: m.Title, Description: first(m.Message, m.Description),
		Fix: m.Resolution, Severity: m.Severity, URL: m.PrimaryURL, Line: c.StartLine, EndLine: c.EndLine, Resource: c.Resource, Tool: "trivy",
	}
	for _, l := range c.Code.Lines {
		if l.Number == c.StartLine {
			raw.Snippet = l.Content
		}
	}
	return in.out.Add(raw)
}

type trivySecret struct {
	RuleID, Category, Severity, Title, Match string
	StartLine, EndLine                       int
}

func (s *trivySecret) raw() *scan.Raw {
	return &scan.Raw{
		Kind: scan.Secret, ID: s.RuleID, Title: s.Title, Severity: s.Severity, Line: s.StartLine, EndLine: s.EndLine, Tool: "trivy",
	}
}
