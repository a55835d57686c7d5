package scan

import "strings"

// ToolName returns one name for a tool, however its reports write it: in lower case,
// without what is no part of it.
func ToolName(name string) string {
	name = strings.ToLower(oneLine(name))
	switch {
	case strings.HasPrefix(name, "semgrep"):
		return "semgrep"
	case strings.HasPrefix(name, "snyk"):
		return "snyk"
	case strings.HasPrefix(name, "trivy"):
		return "trivy"
	case strings.HasPrefix(name, "anchore grype"), name == "grype":
		return "grype"
	case strings.Contains(name, "infrastructure as code secure"):
		return "kics"
	case strings.HasPrefix(name, "gitleaks"):
		return "gitleaks"
	case strings.HasPrefix(name, "osv"):
		return "osv-scanner"
	case name == "owasp dependency-check", name == "dependency check":
		return "dependency-check"
	default:
		return Clip(name, 100)
	}
}

// checkID returns the id of a check in one form: Trivy has written KSV001, KSV-0001
// and AVD-KSV-0001 for the same.
func checkID(tool, id string) string {
	if tool != "trivy" {
		return tool + ":" + id
	}
	text := strings.TrimPrefix(strings.ToUpper(id), "AVD-")
	letters := strings.TrimRight(text, "0123456789")
	digits := strings.TrimLeft(text[len(letters):], "0")
	if digits == "" {
		return tool + ":" + text
	}
	return tool + ":" + strings.TrimSuffix(letters, "-") + "-" + digits
}
