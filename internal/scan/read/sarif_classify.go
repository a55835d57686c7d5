package read

import (
	"net/url"
	"strings"

	"github.com/sasumata/sasumata/internal/scan"
)

// classify says what kind of finding a result is. SARIF knows code only; scanners of
// packages put the package into the text, in ways of their own.
func (run *sarifRun) classify(raw *scan.Raw, r *sarifResult, rule *sarifRule) {
	tool := scan.ToolName(run.driver.Name)
	if id := vulnerabilityOf(raw.ID); id != "" {
		raw.Kind, raw.ID = scan.Vulnerability, id
		packageOf(raw, r)
		return
	}
	tags := strings.ToLower(strings.Join(rule.Properties.Tags, " "))
	switch {
	case tool == "gitleaks", tool == "trufflehog", tool == "detect-secrets", tool == "trivy" && strings.Contains(tags, "secret"):
		raw.Kind, raw.Secret, raw.Snippet = scan.Secret, raw.Snippet, ""
		raw.Description = ""
	case strings.Contains(tags, "misconfiguration"), tool == "checkov", tool == "kics", tool == "tfsec", tool == "terrascan", tool == "hadolint", tool == "dockle", tool == "kubescape", tool == "conftest":
		raw.Kind = scan.Misconfiguration
	case len(r.Properties.PURLs) > 0:
		raw.Kind, raw.PURL = scan.Vulnerability, r.Properties.PURLs[0]
	}
}

// vulnerabilityOf returns the id of a vulnerability that a rule is named by: Grype
// writes CVE-2021-1-openssl.
func vulnerabilityOf(rule string) string {
	if !scan.IsVulnerabilityID(rule) {
		return ""
	}
	parts := strings.Split(rule, "-")
	switch strings.ToUpper(parts[0]) {
	case "CVE":
		if len(parts) < 3 {
			return ""
		}
		return strings.Join(parts[:3], "-")
	case "GHSA":
		if len(parts) < 4 {
			return ""
		}
		return strings.Join(parts[:4], "-")
	case "GO", "PYSEC", "RUSTSEC":
		if len(parts) < 3 {
			return ""
		}
		return strings.Join(parts[:3], "-")
	default:
		return rule
	}
}

// packageOf finds the package in what a result says.
func packageOf(raw *scan.Raw, r *sarifResult) {
	if len(r.Properties.PURLs) > 0 {
		raw.PURL = r.Properties.PURLs[0]
	}
	for line := range strings.Lines(raw.Description) { // Trivy: "Package: x", "Installed Version: 1"
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "package":
			raw.Name = value
		case "installed version", "version":
			raw.Version = value
		case "fixed version":
			raw.Fixed = strings.Split(value, ",")
		case "severity":
			if scan.ParseSeverity(value) != scan.Unknown {
				raw.Severity, raw.Coarse = value, false
			}
		}
	}
	if raw.Name == "" { // Grype: "... in deb package: openssl, version 1.1 was found ..."
		if before, rest, ok := strings.Cut(raw.Description, " package: "); ok {
			name, rest, _ := strings.Cut(rest, ", version ")
			version, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			if len(name) < 200 && !strings.Contains(name, "\n") {
				raw.Name, raw.Version, raw.Type = name, version, before[strings.LastIndexByte(before, ' ')+1:]
			}
		}
	}
	if raw.Name == "" { // OSV-Scanner: "Package 'x@1' is vulnerable to ..."
		if _, rest, ok := strings.Cut(raw.Description, "Package '"); ok {
			if name, _, ok := strings.Cut(rest, "'"); ok {
				if at := strings.LastIndexByte(name, '@'); at > 0 {
					name, raw.Version = name[:at], name[at+1:]
				}
				raw.Name = name
			}
		}
	}
	if raw.Name == "" {
		for _, l := range r.Locations {
			for _, logical := range l.LogicalLocations {
				if logical.Kind == "package" || strings.HasPrefix(logical.FullyQualifiedName, "pkg:") {
					raw.PURL = first(raw.PURL, logical.FullyQualifiedName)
				}
			}
		}
	}
	// The line is the first of an archive, which says nothing.
	raw.Line, raw.EndLine, raw.Snippet = 0, 0, ""
}

// filePath returns the path in an address of a file, without escapes.
func filePath(uri string) string {
	if !strings.Contains(uri, "%") && !strings.HasPrefix(uri, "file:") {
		return uri
	}
	plain, err := url.PathUnescape(uri)
	if err != nil {
		plain = uri
	}
	if rest, ok := strings.CutPrefix(plain, "file:"); ok {
		plain = "/" + strings.TrimLeft(rest, "/")
		if len(plain) > 2 && plain[2] == ':' { // /C:/folder
			plain = plain[1:]
		}
	}
	return plain
}
