package read

import "strings"

// format is a kind of report in JSON.
type format struct {
	name string
	// is reports whether a report of this shape is one.
	is func(s *shape) bool
	// read reads it; nil for what holds no findings.
	read func(in *input) error
}

// formats returns all formats in JSON. The first that a shape fits is taken, so those
// that say what they are stand before those that are known by what they hold.
func formats() []format {
	return []format{
		{"cyclonedx", isCycloneDX, readCycloneDX},
		{"openvex", isOpenVEX, readOpenVEX},
		{"csaf", isCSAF, readCSAF},
		{"spdx", isSPDX, readSPDX},
		{"sarif", isSARIF, readSARIF},
		{"trivy_operator", isTrivyOperator, readTrivyOperator},
		{"trivy", isTrivy, readTrivy},
		{"grype", isGrype, readGrype},
		{"gitlab", isGitLab, readGitLab},
		{"github_sbom", func(s *shape) bool { return s.has(".manifests", ".detector") }, nil},
		{"safety_db", func(s *shape) bool { return s.has(".vulnerable_packages", ".meta") }, nil},
		{"asff", isASFF, readASFF},
		{"dockerbench", isDockerBench, readDockerBench},
		{"kubebench", isKubeBench, readKubeBench},
		{"kubescape", isKubescape, readKubescape},
		{"kics", isKICS, readKICS},
		{"checkov", isCheckov, readCheckov},
		{"conftest", isConftest, readConftest},
		{"dockle", isDockle, readDockle},
		{"hadolint", isHadolint, readHadolint},
		{"npm_audit", isNPM, readNPM},
		{"yarn_audit", isYarn, readYarn},
		{"pip_audit", isPipAudit, readPipAudit},
		{"safety", isSafety, readSafety},
		{"govulncheck", isGovulncheck, readGovulncheck},
		{"osv_scanner", isOSV, readOSV},
		{"snyk", isSnyk, readSnyk},
		{"clair", isClair, readClair},
		{"bandit", isBandit, readBandit},
		{"gosec", isGosec, readGosec},
		{"semgrep", isSemgrep, readSemgrep},
		{"codechecker", isCodeChecker, readCodeChecker},
		{"gitleaks", isGitleaks, readGitleaks},
		{"trufflehog", isTruffleHog, readTruffleHog},
		{"nuclei", isNuclei, readNuclei},
		{"empty", func(s *shape) bool { return !s.full }, nil},
	}
}

// Names returns the names of all formats that are read, in the order of the list.
func Names() []string {
	var out []string
	for _, f := range formats() {
		if f.read != nil {
			out = append(out, f.name)
		}
	}
	return append(out, "dependency_check", "junit", "lynis")
}

// format returns what a shape is, nil for something unknown.
func (s *shape) format() *format {
	for _, f := range formats() {
		if f.is(s) {
			return &f
		}
	}
	return nil
}

// readText reads what is neither JSON nor XML.
func readText(head []byte, text lines, out output) error {
	first := string(head)
	switch {
	case strings.HasPrefix(first, "# Lynis Report") || strings.Contains(first, "\nreport_version_major=") || strings.HasPrefix(first, "report_version_major="):
		out.Format = "lynis"
		return readLynis(text, out)
	case strings.HasPrefix(first, "SPDXVersion:") || strings.Contains(first, "\nSPDXVersion:"):
		out.Format = "spdx"
		return readTagValue(text, out)
	default:
		return unknown("", ": neither JSON nor XML")
	}
}
