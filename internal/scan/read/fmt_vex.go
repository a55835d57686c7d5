package read

import (
	"encoding/json"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isOpenVEX(s *shape) bool {
	return s.starts(".@context", "https://openvex.dev/ns") || s.has(".statements", ".statements[].status", ".author")
}

// vexProduct is a product or a part of one: an id, or an object with one.
type vexProduct struct {
	ID            string            `json:"@id"`
	Identifiers   map[string]string `json:"identifiers"`
	Subcomponents []vexProduct      `json:"subcomponents"`
}

// UnmarshalJSON takes a text, too, as the first version has it.
func (p *vexProduct) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &p.ID)
	}
	type plain vexProduct
	return json.Unmarshal(data, (*plain)(p))
}

func (p *vexProduct) purl() string { return first(p.Identifiers["purl"], p.ID) }

type vexStatement struct {
	Vulnerability struct {
		name    string
		aliases []string
	} `json:"-"`
	Raw             json.RawMessage `json:"vulnerability"`
	Products        []vexProduct    `json:"products"`
	Subcomponents   []vexProduct    `json:"subcomponents"`
	Status          string          `json:"status"`
	Justification   string          `json:"justification"`
	ImpactStatement string          `json:"impact_statement"`
	StatusNotes     string          `json:"status_notes"`
	ActionStatement string          `json:"action_statement"`
	Timestamp       string          `json:"timestamp"`
}

// readOpenVEX reads statements. Those that say that something is affected are
// findings; all of them can be applied to the findings of others.
func readOpenVEX(in *input) error {
	return in.documents(func() error {
		var when string
		from := len(in.out.Statements)
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "timestamp":
				return true, in.Into(&when)
			case "statements":
				return true, each(in, in.openVEX)
			default:
				return false, nil
			}
		})
		in.out.Date(from, when)
		return err
	})
}

func (in *input) openVEX(s *vexStatement) error {
	var named struct {
		ID      string `json:"@id"`
		Name    string `json:"name"`
		Aliases words  `json:"aliases"`
	}
	var text string
	if json.Unmarshal(s.Raw, &text) != nil {
		_ = json.Unmarshal(s.Raw, &named)
		text = first(named.Name, named.ID)
	}
	ids := append([]string{text}, named.Aliases...)
	why := strings.TrimSpace(s.Justification + " " + first(s.ImpactStatement, s.StatusNotes))
	for _, p := range s.Products {
		one := scan.Statement{IDs: ids, Products: []string{p.purl()}, Status: s.Status, Justification: why, Time: s.Timestamp}
		for _, c := range append(p.Subcomponents, s.Subcomponents...) {
			one.Components = append(one.Components, c.purl())
		}
		if err := in.out.State(one); err != nil {
			return err
		}
		if s.Status != "affected" {
			continue
		}
		for _, component := range one.Components {
			if err := in.vexAffected(ids, component, s.ActionStatement); err != nil {
				return err
			}
		}
		if len(one.Components) == 0 {
			if err := in.vexAffected(ids, p.purl(), s.ActionStatement); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *input) vexAffected(ids []string, product, action string) error {
	raw := &scan.Raw{Kind: scan.Vulnerability, ID: ids[0], Aliases: ids[1:], Fix: action, Tool: in.out.Format}
	if strings.HasPrefix(product, "pkg:") {
		raw.PURL = product
	} else {
		raw.Name = product
	}
	return in.out.Add(raw)
}

func isCSAF(s *shape) bool { return s.any(".document.csaf_version", ".document.tracking") }

type csafBranch struct {
	Branches []csafBranch
	Product  csafProduct
}

type csafProduct struct {
	ProductID string `json:"product_id"`
	Name      string
	Helper    struct {
		PURL  string
		PURLs []string
	} `json:"product_identification_helper"`
}

func (p *csafProduct) purl() string {
	if p.Helper.PURL == "" && len(p.Helper.PURLs) > 0 {
		return p.Helper.PURLs[0]
	}
	return p.Helper.PURL
}

type csafVulnerability struct {
	CVE, Title string
	IDs        []struct{ Text string }
	CWE        struct{ ID string }
	CWEs       []struct{ ID string }
	Notes      []struct{ Category, Text string }
	Status     map[string][]string `json:"product_status"`
	Scores     []csafScore
	Metrics    []struct{ Content csafScore }
	Flags      []struct {
		Label      string
		ProductIDs []string `json:"product_ids"`
	}
	Remediations []struct{ Category, Details, URL string }
	References   []struct{ URL string }
}

type csafScore struct {
	V2 csafCVSS `json:"cvss_v2"`
	V3 csafCVSS `json:"cvss_v3"`
	V4 csafCVSS `json:"cvss_v4"`
}

type csafCVSS struct {
	BaseScore                  number
	BaseSeverity, VectorString string
}

// readCSAF reads an advisory. Its tree of products may stand behind the
// vulnerabilities, which wait.
func readCSAF(in *input) error {
	in.out.Ran("csaf")
	return in.documents(func() error {
		products := map[string]csafProduct{}
		var waiting []csafVulnerability
		var title string
		err := in.members(func(key string) (bool, error) {
			switch key {
			case "document":
				var doc struct{ Title string }
				err := in.Into(&doc)
				title = doc.Title
				return true, err
			case "product_tree":
				return true, in.csafProducts(products)
			case "vulnerabilities":
				return true, each(in, func(v *csafVulnerability) error {
					if len(waiting) == scan.MaxStatements {
						return scan.ErrTooMany
					}
					waiting = append(waiting, *v)
					return nil
				})
			default:
				return false, nil
			}
		})
		for i := range waiting {
			if err == nil {
				err = in.csaf(&waiting[i], products, title)
			}
		}
		return err
	})
}

func (in *input) csafProducts(products map[string]csafProduct) error {
	add := func(p *csafProduct) {
		if p.ProductID != "" && len(products) < scan.MaxFindings {
			products[p.ProductID] = *p
		}
	}
	var walk func(b *csafBranch)
	walk = func(b *csafBranch) {
		add(&b.Product)
		for i := range b.Branches {
			walk(&b.Branches[i])
		}
	}
	return in.members(func(key string) (bool, error) {
		switch key {
		case "full_product_names":
			return true, each(in, func(p *csafProduct) error { add(p); return nil })
		case "branches":
			return true, each(in, func(b *csafBranch) error { walk(b); return nil })
		case "relationships":
			return true, each(in, func(r *struct {
				Reference string      `json:"product_reference"`
				Full      csafProduct `json:"full_product_name"`
			},
			) error {
				if part := products[r.Reference]; r.Full.purl() == "" {
					r.Full.Helper.PURL = part.purl()
				}
				add(&r.Full)
				return nil
			})
		default:
			return false, nil
		}
	})
}

func (in *input) csaf(v *csafVulnerability, products map[string]csafProduct, title string) error {
	ids := []string{v.CVE}
	for _, id := range v.IDs {
		ids = append(ids, id.Text)
	}
	if v.CVE == "" && len(ids) > 1 {
		ids = ids[1:]
	}
	raw := scan.Raw{Kind: scan.Vulnerability, ID: ids[0], Aliases: ids[1:], Title: first(v.Title, title), CWE: cwes(v.CWE.ID), Tool: "csaf"}
	for _, c := range v.CWEs {
		raw.CWE = append(raw.CWE, cwes(c.ID)...)
	}
	for _, n := range v.Notes {
		raw.Description = first(raw.Description, n.Text)
	}
	for _, r := range v.Remediations {
		raw.Fix = first(raw.Fix, r.Details)
		raw.URL = first(raw.URL, r.URL)
	}
	for _, r := range v.References {
		raw.URL = first(raw.URL, r.URL)
	}
	for _, m := range v.Metrics {
		v.Scores = append(v.Scores, m.Content)
	}
	for _, s := range v.Scores {
		for _, c := range []csafCVSS{s.V4, s.V3, s.V2} {
			if c.BaseScore > 0 {
				raw.Ratings = append(raw.Ratings, scan.Rating{Source: "vendor", Severity: scan.ParseSeverity(c.BaseSeverity), Score: float64(c.BaseScore), Vector: c.VectorString, Chosen: true})
				break
			}
		}
	}
	for _, group := range []struct{ key, status string }{
		{"known_affected", "affected"},
		{"first_affected", "affected"},
		{"last_affected", "affected"},
		{"known_not_affected", "not_affected"},
		{"fixed", "fixed"},
		{"first_fixed", "fixed"},
		{"under_investigation", "under_investigation"},
	} {
		for _, id := range v.Status[group.key] {
			p := products[id]
			s := scan.Statement{IDs: ids, Products: []string{p.purl()}, Status: group.status}
			for _, f := range v.Flags {
				for _, flagged := range f.ProductIDs {
					if flagged == id {
						s.Justification = f.Label
					}
				}
			}
			if err := in.out.State(s); err != nil {
				return err
			}
			if group.key != "known_affected" {
				continue
			}
			one := raw
			one.PURL, one.Name = p.purl(), first(p.Name, id)
			if err := in.out.Add(&one); err != nil {
				return err
			}
		}
	}
	return nil
}
