package read

import (
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

func isTrivyOperator(s *shape) bool {
	const group = "aquasecurity.github.io"
	if s.starts(".apiVersion", group) || s.starts(".items[].apiVersion", group) {
		return true
	}
	for p := range s.paths {
		if strings.HasSuffix(p, "reports."+group) && !strings.Contains(p, "[]") {
			return true
		}
	}
	return false
}

type operatorReport struct {
	Kind     string
	Metadata struct {
		Name, Namespace string
		Labels          map[string]string
	}
	Report struct {
		Artifact        struct{ Repository, Tag string }
		Registry        struct{ Server string }
		Vulnerabilities []struct {
			VulnerabilityID, Resource, InstalledVersion, FixedVersion, Severity, Title, Description, PrimaryLink, Target, Class, PackageType, PkgPurl, PublishedDate string
			Score                                                                                                                                                    number
		}
		Secrets []struct{ Category, RuleID, Severity, Target, Title string }
		Checks  []operatorCheck
	}
	Status struct {
		DetailReport struct {
			Results []struct {
				ID, Name, Description, Severity string
				Checks                          []operatorCheck
			}
		}
		SummaryReport struct {
			ControlCheck []struct {
				ID, Name, Severity string
				TotalFail          int
			}
		}
	}
}

type operatorCheck struct {
	CheckID, Title, Description, Severity, Remediation, Target string
	Messages                                                   []string
	Success                                                    bool
}

// readTrivyOperator reads the reports that Trivy's operator keeps in a cluster: one,
// a list, or what kubectl get -o json writes.
func readTrivyOperator(in *input) error {
	in.out.Ran("trivy")
	var one func() error
	one = func() error {
		var doc operatorReport
		nested := false
		held := func(key string) (bool, error) {
			if key != "items" && !strings.HasSuffix(key, "reports.aquasecurity.github.io") {
				return in.operatorMember(&doc, key)
			}
			nested = true
			return true, in.Array(one)
		}
		if err := in.members(held); err != nil || nested {
			return err
		}
		return in.operator(&doc)
	}
	return in.documents(one)
}

func (in *input) operatorMember(doc *operatorReport, key string) (bool, error) {
	switch key {
	case "kind":
		return true, in.Into(&doc.Kind)
	case "metadata":
		return true, in.Into(&doc.Metadata)
	case "report":
		return true, in.Into(&doc.Report)
	case "status":
		return true, in.Into(&doc.Status)
	default:
		return false, nil
	}
}

func (in *input) operator(doc *operatorReport) error {
	l := doc.Metadata.Labels
	where := strings.Trim(strings.Join([]string{
		first(l["trivy-operator.resource.namespace"], doc.Metadata.Namespace), l["trivy-operator.resource.kind"], first(l["trivy-operator.resource.name"], doc.Metadata.Name),
	}, "/"), "/")
	image := doc.Report.Artifact.Repository
	if tag := doc.Report.Artifact.Tag; image != "" && tag != "" {
		image += ":" + tag
	}
	for i := range doc.Report.Vulnerabilities {
		v := &doc.Report.Vulnerabilities[i]
		if err := in.out.Add(&scan.Raw{
			Kind: scan.Vulnerability, ID: v.VulnerabilityID, Title: v.Title, Description: v.Description, Severity: v.Severity, CVSS: float64(v.Score), URL: v.PrimaryLink,
			Type: v.PackageType, Name: v.Resource, Version: v.InstalledVersion, PURL: v.PkgPurl, Fixed: strings.Split(v.FixedVersion, ","),
			Published: v.PublishedDate, Resource: where, Target: first(image, v.Target), Tool: "trivy",
		}); err != nil {
			return err
		}
	}
	for _, s := range doc.Report.Secrets {
		if err := in.out.Add(&scan.Raw{
			Kind: scan.Secret, ID: s.RuleID, Title: s.Title, Severity: s.Severity, Path: s.Target, Resource: where, Target: image, Tool: "trivy",
		}); err != nil {
			return err
		}
	}
	for i := range doc.Report.Checks {
		if err := in.operatorCheck(&doc.Report.Checks[i], where, "", ""); err != nil {
			return err
		}
	}
	for i := range doc.Status.DetailReport.Results {
		r := &doc.Status.DetailReport.Results[i]
		for k := range r.Checks {
			if err := in.operatorCheck(&r.Checks[k], first(r.Checks[k].Target, where), r.ID+" "+r.Name, r.Severity); err != nil {
				return err
			}
		}
	}
	for _, c := range doc.Status.SummaryReport.ControlCheck {
		if c.TotalFail > 0 {
			if err := in.out.Add(&scan.Raw{
				Kind: scan.Misconfiguration, ID: c.ID, Title: c.Name, Severity: c.Severity, Resource: where, Tool: "trivy",
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *input) operatorCheck(c *operatorCheck, where, control, severity string) error {
	if c.Success {
		return nil
	}
	return in.out.Add(&scan.Raw{
		Kind: scan.Misconfiguration, ID: first(c.CheckID, c.Title, control), Title: first(c.Title, control), Description: first(strings.Join(c.Messages, "\n"), c.Description),
		Fix: c.Remediation, Severity: first(c.Severity, severity), Resource: where, Tool: "trivy",
	})
}
