package read

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isCycloneDX(s *shape) bool {
	return s.text[".bomFormat"] == "CycloneDX" || strings.Contains(s.text[".$schema"], "cyclonedx.org")
}

// The structures hold JSON and XML; XML of before 1.4 has vulnerabilities inside
// components, in an extension.
type cdxComponent struct {
	Ref        string         `json:"bom-ref" xml:"bom-ref,attr"`
	Group      string         `json:"group" xml:"group"`
	Name       string         `json:"name" xml:"name"`
	Version    string         `json:"version" xml:"version"`
	PURL       string         `json:"purl" xml:"purl"`
	Components []cdxComponent `json:"components" xml:"components>component"`

	Vulnerabilities []cdxVulnerability `json:"-" xml:"vulnerabilities>vulnerability"`
}

type cdxRating struct {
	Source struct {
		Name string `json:"name" xml:"name"`
	} `json:"source" xml:"source"`
	Score    number `json:"score" xml:"-"`
	XMLScore struct {
		Text string `xml:",chardata"`
		Base string `xml:"base"`
	} `json:"-" xml:"score"`
	Severity string `json:"severity" xml:"severity"`
	Method   string `json:"method" xml:"method"`
	Vector   string `json:"vector" xml:"vector"`
}

type cdxVulnerability struct {
	Ref    string `json:"-" xml:"ref,attr"`
	ID     string `json:"id" xml:"id"`
	Source struct {
		Name string `json:"name" xml:"name"`
		URL  string `json:"url" xml:"url"`
	} `json:"source" xml:"source"`
	References []struct {
		ID string `json:"id" xml:"id"`
	} `json:"references" xml:"references>reference"`
	Ratings        []cdxRating `json:"ratings" xml:"ratings>rating"`
	CWEs           []number    `json:"cwes" xml:"-"`
	XMLCWEs        []string    `json:"-" xml:"cwes>cwe"`
	Description    string      `json:"description" xml:"description"`
	Detail         string      `json:"detail" xml:"detail"`
	Recommendation string      `json:"recommendation" xml:"recommendation"`
	XMLAdvice      []string    `json:"-" xml:"recommendations>recommendation"`
	Advisories     []struct {
		URL string `json:"url" xml:"url"`
	} `json:"advisories" xml:"advisories>advisory"`
	Published string `json:"published" xml:"published"`
	Analysis  struct {
		State         string `json:"state" xml:"state"`
		Justification string `json:"justification" xml:"justification"`
		Detail        string `json:"detail" xml:"detail"`
	} `json:"analysis" xml:"analysis"`
	Affects []struct {
		Ref      string `json:"ref" xml:"ref"`
		Versions []struct {
			Version string `json:"version" xml:"version"`
			Status  string `json:"status" xml:"status"`
		} `json:"versions" xml:"versions>version"`
	} `json:"affects" xml:"affects>target"`
}

// cdx is what has been read of a bill of materials. Components and vulnerabilities
// may stand in any order, so that vulnerabilities wait for the end.
type cdx struct {
	out        *scan.Report
	components map[string]cdxComponent
	waiting    []cdxVulnerability
	tool       string
	target     string
}

func newCDX(out *scan.Report) *cdx { return &cdx{out: out, components: map[string]cdxComponent{}} }

// readCycloneDX reads a bill of materials. Without vulnerabilities it has no findings.
func readCycloneDX(in *input) error {
	return in.documents(func() error {
		bom := newCDX(in.out)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "metadata":
				return true, in.cdxMetadata(bom)
			case "components":
				return true, each(in, func(c *cdxComponent) error { return bom.component(c, 0) })
			case "vulnerabilities":
				return true, each(in, bom.vulnerability)
			default:
				return false, nil
			}
		})
		if err != nil {
			return err
		}
		return bom.finish()
	})
}

func (in *input) cdxMetadata(bom *cdx) error {
	return in.members(func(key string) (bool, error) {
		switch key {
		case "component":
			var c cdxComponent
			if err := in.Into(&c); err != nil {
				return true, err
			}
			bom.target = c.Name
			return true, bom.component(&c, 0)
		case "tools":
			kind, err := in.Kind()
			if err != nil {
				return true, err
			}
			named := func(c *struct{ Name string }) error { //nolint:unparam // as each wants it
				bom.tool = first(bom.tool, c.Name)
				return nil
			}
			if kind == '[' {
				return true, each(in, named)
			}
			return true, in.members(func(key string) (bool, error) {
				if key != "components" {
					return false, nil
				}
				return true, each(in, named)
			})
		default:
			return false, nil
		}
	})
}

// component learns of a component and those inside.
func (b *cdx) component(c *cdxComponent, depth int) error {
	if len(b.components) >= scan.MaxFindings || depth > 20 {
		return fmt.Errorf("%w: more than %d components", scan.ErrTooMany, scan.MaxFindings)
	}
	for i := range c.Vulnerabilities { // of the extension: of this component
		v := c.Vulnerabilities[i]
		v.Ref = first(c.Ref, c.PURL, c.Group+"/"+c.Name+"@"+c.Version)
		if err := b.vulnerability(&v); err != nil {
			return err
		}
	}
	one := cdxComponent{Group: scan.Clip(c.Group, 300), Name: scan.Clip(c.Name, 300), Version: scan.Clip(c.Version, 300), PURL: scan.Clip(c.PURL, 1000)}
	for _, ref := range []string{c.Ref, c.PURL, c.Group + "/" + c.Name + "@" + c.Version} {
		if ref != "" {
			b.components[scan.Clip(ref, 1000)] = one
		}
	}
	for i := range c.Components {
		if err := b.component(&c.Components[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (b *cdx) vulnerability(v *cdxVulnerability) error {
	if len(b.waiting) == scan.MaxFindings {
		return fmt.Errorf("%w: more than %d vulnerabilities", scan.ErrTooMany, scan.MaxFindings)
	}
	v.Description, v.Detail = scan.Clip(v.Description, 3000), scan.Clip(v.Detail, 3000)
	b.waiting = append(b.waiting, *v)
	return nil
}

// finish makes findings, one for each component that is affected.
func (b *cdx) finish() error {
	b.out.Ran(first(b.tool, "cyclonedx"))
	for i := range b.waiting {
		v := &b.waiting[i]
		if len(v.Affects) == 0 {
			if err := b.add(v, v.Ref, ""); err != nil {
				return err
			}
		}
		for _, a := range v.Affects {
			version := ""
			for _, one := range a.Versions {
				if one.Status == "" || one.Status == "affected" {
					version = first(version, one.Version)
				}
			}
			if err := b.add(v, a.Ref, version); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *cdx) add(v *cdxVulnerability, ref, version string) error {
	c, known := b.components[scan.Clip(ref, 1000)]
	if i := strings.LastIndexByte(ref, '#'); !known && i >= 0 { // urn:cdx:serial/version#ref
		c, known = b.components[scan.Clip(ref[i+1:], 1000)]
		if !known && strings.HasPrefix(ref[i+1:], "pkg:") {
			c.PURL = ref[i+1:]
		}
	}
	if !known && strings.HasPrefix(ref, "pkg:") {
		c.PURL = ref
	}
	raw := v.raw()
	raw.Tool, raw.Target = first(b.tool, "cyclonedx"), b.target
	raw.PURL, raw.Version, raw.Name = c.PURL, first(c.Version, version), c.Name
	if c.Group != "" {
		raw.Name = c.Group + "/" + c.Name
	}
	if !known && c.PURL == "" {
		raw.Resource = ref
	}
	status := ""
	switch v.Analysis.State {
	case "not_affected", "false_positive":
		status = "not_affected"
	case "resolved", "resolved_with_pedigree":
		status = "fixed"
	}
	if status != "" {
		why := strings.TrimSpace(v.Analysis.Justification + " " + v.Analysis.Detail)
		raw.Suppressed = &scan.Suppressed{By: "tool", Name: v.Analysis.State, Reason: why}
		if err := b.out.State(scan.Statement{
			IDs: append([]string{v.ID}, raw.Aliases...), Products: []string{raw.PURL}, Status: status, Justification: why,
		}); err != nil {
			return err
		}
	}
	return b.out.Add(raw)
}

func (v *cdxVulnerability) raw() *scan.Raw {
	raw := &scan.Raw{
		Kind: scan.Vulnerability, ID: v.ID, Description: first(v.Description, v.Detail), Title: firstLine(first(v.Description, v.Detail)),
		Fix: first(append([]string{v.Recommendation}, v.XMLAdvice...)...), URL: v.Source.URL, Published: v.Published,
	}
	for _, ref := range v.References {
		raw.Aliases = append(raw.Aliases, ref.ID)
	}
	for _, n := range v.CWEs {
		raw.CWE = append(raw.CWE, int(n))
	}
	raw.CWE = append(raw.CWE, cwes(v.XMLCWEs...)...)
	if len(v.Advisories) > 0 {
		raw.URL = first(raw.URL, v.Advisories[0].URL)
	}
	best := -1
	for _, r := range v.Ratings {
		score := r.Score
		if text := first(strings.TrimSpace(r.XMLScore.Base), strings.TrimSpace(r.XMLScore.Text)); text != "" {
			_ = score.UnmarshalJSON([]byte(text))
		}
		if !strings.HasPrefix(strings.ToUpper(r.Method), "CVSS") && r.Method != "" {
			score = 0 // a score on another scale
		}
		one := scan.Rating{Source: first(r.Source.Name, v.Source.Name), Severity: scan.ParseSeverity(r.Severity), Score: float64(score), Vector: r.Vector}
		raw.Ratings = append(raw.Ratings, one)
		// Of several the tool's own word is that of the source of the vulnerability.
		if i := len(raw.Ratings) - 1; one.Severity != scan.Unknown && (best < 0 || r.Source.Name == v.Source.Name && raw.Ratings[best].Source != v.Source.Name) {
			best = i
		}
	}
	if best >= 0 {
		raw.Ratings[best].Chosen, raw.Severity = true, raw.Ratings[best].Severity.String()
	}
	return raw
}
