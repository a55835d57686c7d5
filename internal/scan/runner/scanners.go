package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// scanner is a program that is known, and how it is called.
type scanner struct {
	name, program string
	// image says that it scans images; otherwise folders.
	image bool
	// needs are files of which one must lie in the folder; none are needed otherwise.
	needs []string
	// args returns the arguments: out is the file to write, found those of needs that
	// are there.
	args func(o *Options, out string, found []string) []string
	// stdout says that the report is what it prints.
	stdout bool
	// wrote is the name of the file in out when it takes a folder instead.
	wrote string
	// codes are exit codes besides 0 that come with a report.
	codes []int
}

// scanners returns those that are known. The list is by name.
func scanners() []scanner {
	return []scanner{
		{name: "bandit", program: "bandit", needs: []string{"*.py", "*/*.py", "*/*/*.py"}, codes: []int{1}, args: func(o *Options, out string, _ []string) []string {
			return []string{"-r", o.Folder, "-f", "json", "-q", "-o", out}
		}},
		{name: "checkov", program: "checkov", stdout: true, codes: []int{1}, args: func(o *Options, _ string, _ []string) []string {
			return []string{"-d", o.Folder, "-o", "json", "--quiet", "--compact"}
		}},
		{name: "conftest", program: "conftest", needs: []string{"Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"}, stdout: true, codes: []int{1}, args: func(o *Options, _ string, found []string) []string {
			policies := filepath.Join(o.Folder, "policy")
			if info, err := os.Stat(filepath.Join(o.Folder, "security-policies")); err == nil && info.IsDir() {
				policies = filepath.Join(o.Folder, "security-policies")
			}
			return append([]string{"test", "-o", "json", "--all-namespaces", "--policy", policies}, found...)
		}},
		{name: "gitleaks", program: "gitleaks", args: func(o *Options, out string, _ []string) []string {
			return []string{"dir", o.Folder, "--no-banner", "--redact", "--report-format", "json", "--report-path", out, "--exit-code", "0"}
		}},
		{name: "gosec", program: "gosec", needs: []string{"go.mod"}, codes: []int{1}, args: func(_ *Options, out string, _ []string) []string {
			return []string{"-quiet", "-fmt", "json", "-out", out, "./..."}
		}},
		{name: "govulncheck", program: "govulncheck", needs: []string{"go.mod"}, stdout: true, codes: []int{3}, args: func(*Options, string, []string) []string {
			return []string{"-json", "./..."}
		}},
		{name: "grype", program: "grype", args: func(o *Options, out string, _ []string) []string {
			return []string{"dir:" + o.Folder, "-q", "-o", "json", "--file", out}
		}},
		{name: "grype-image", program: "grype", image: true, args: func(o *Options, out string, _ []string) []string {
			return []string{o.Image, "-q", "-o", "json", "--file", out}
		}},
		{name: "dockle-image", program: "dockle", image: true, args: func(o *Options, out string, _ []string) []string {
			return []string{"-f", "json", "-o", out, o.Image}
		}},
		{name: "hadolint", program: "hadolint", needs: []string{"Dockerfile", "Dockerfile.*", "*/Dockerfile", "*/*/Dockerfile"}, stdout: true, codes: []int{1}, args: func(_ *Options, _ string, found []string) []string {
			return append([]string{"-f", "json"}, found...)
		}},
		{name: "kics", program: "kics", wrote: "results.json", codes: []int{20, 30, 40, 50, 60}, args: func(o *Options, out string, _ []string) []string {
			return []string{"scan", "-p", o.Folder, "--report-formats", "json", "-o", out, "--no-progress", "-s"}
		}},
		{name: "npm-audit", program: "npm", needs: []string{"package-lock.json"}, stdout: true, codes: []int{1}, args: func(*Options, string, []string) []string {
			return []string{"audit", "--json"}
		}},
		{name: "osv-scanner", program: "osv-scanner", stdout: true, codes: []int{1}, args: func(o *Options, _ string, _ []string) []string {
			return []string{"scan", "--format", "json", "-r", o.Folder}
		}},
		{name: "pip-audit", program: "pip-audit", needs: []string{"requirements.txt"}, codes: []int{1}, args: func(_ *Options, out string, found []string) []string {
			return []string{"-f", "json", "-o", out, "-r", found[0]}
		}},
		{name: "safety", program: "safety", needs: []string{"requirements.txt"}, stdout: true, codes: []int{64}, args: func(_ *Options, _ string, found []string) []string {
			return []string{"check", "--output", "json", "-r", found[0]}
		}},
		{name: "semgrep", program: "semgrep", args: func(o *Options, out string, _ []string) []string {
			return []string{"scan", "--config", "p/default", "--metrics", "off", "--json", "--quiet", "--output", out, o.Folder}
		}},
		{name: "trivy", program: "trivy", args: func(o *Options, out string, _ []string) []string {
			return []string{"fs", "--quiet", "--format", "json", "--scanners", "vuln,misconfig,secret", "--output", out, o.Folder}
		}},
		{name: "trivy-image", program: "trivy", image: true, args: func(o *Options, out string, _ []string) []string {
			return []string{"image", "--quiet", "--format", "json", "--output", out, o.Image}
		}},
		{name: "trufflehog", program: "trufflehog", stdout: true, codes: []int{183}, args: func(o *Options, _ string, _ []string) []string {
			return []string{"filesystem", "--json", "--no-update", o.Folder}
		}},
	}
}

// maxFiles is how many files a scanner is given by name.
const maxFiles = 200

// prepare returns what to start, or why nothing is.
func (s *scanner) prepare(o *Options) (*job, string) {
	switch {
	case s.image && o.Image == "":
		return nil, "no image to scan"
	case !s.image && o.Folder == "":
		return nil, "no folder to scan"
	}
	var found []string
	for _, pattern := range s.needs {
		paths, _ := fs.Glob(os.DirFS(o.Folder), pattern)
		for _, p := range paths {
			if len(found) < maxFiles {
				found = append(found, filepath.Join(o.Folder, filepath.FromSlash(p)))
			}
		}
	}
	if len(s.needs) > 0 && len(found) == 0 {
		return nil, "no " + strings.Join(s.needs, ", ") + " in the folder"
	}
	j := &job{name: s.name, folder: o.Folder, stdout: s.stdout, codes: s.codes, report: filepath.Join(o.Reports, s.name+".json")}
	out := j.report
	if s.wrote != "" {
		out = filepath.Join(o.Reports, s.name)
		j.report = filepath.Join(out, s.wrote)
	}
	j.args = s.args(o, out, found)
	return j, ""
}
