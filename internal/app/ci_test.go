package app_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/document"
)

// TestCITemplates reads the pipelines that are shipped: each is one document without
// faults, nothing in it can be moved under its user's feet, and each report that a
// scanner writes reaches the job that makes one page of them.
func TestCITemplates(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9/-]+@[0-9a-f]{40}$`)
	version := regexp.MustCompile(`@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	image := regexp.MustCompile(`^[a-z0-9.-]+/[a-z0-9/._-]+:v?\d+\.\d+[0-9a-z.-]*$`)
	for _, file := range []string{"deploy/ci/github-actions.yml", "deploy/ci/gitlab-ci.yml"} {
		text := read(t, file)
		root, err := document.DecodeNode(file, []byte(text), document.Options{})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		uses, images := 0, 0
		walk(root, func(key string, n document.Node) {
			value := n.Text()
			switch {
			case key == "uses":
				uses++
				if !pinned.MatchString(value) {
					t.Errorf("%v: %s is not pinned by commit", n.Pos(), value)
				}
			case strings.Contains(value, "docker.io/"):
				images++
				if !image.MatchString(value) {
					t.Errorf("%v: %s is of no version", n.Pos(), value)
				}
			}
		})
		if images < 3 || strings.HasSuffix(file, "github-actions.yml") && uses < 10 {
			t.Errorf("%s: %d actions and %d images: the test looks at the wrong things", file, uses, images)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); strings.Contains(line, "uses:") && !version.MatchString(line) {
				t.Errorf("%s: %s: want the version in a comment", file, line)
			}
			for _, bad := range []string{":latest", "@master", "| sh", "|sh", "wget ", "curl "} {
				if strings.Contains(line, bad) {
					t.Errorf("%s: %q in %s", file, bad, line)
				}
			}
			if strings.Contains(line, "pip install") || strings.Contains(line, "pipx install") {
				if strings.Count(line, "~=") != strings.Count(line, "'")/2 || !strings.Contains(line, "~=") {
					t.Errorf("%s: a package without a version: %s", file, line)
				}
			}
		}
		for _, tool := range []string{"trivy", "grype", "bandit", "semgrep", "safety", "pip-audit", "conftest"} {
			if strings.Count(text, tool+"-report.json") < 1 {
				t.Errorf("%s: no report of %s", file, tool)
			}
		}
		if !strings.Contains(text, "security-summary.html") || !strings.Contains(text, "--strict") {
			t.Errorf("%s: the summary of the guide is not made, or a scanner that failed passes", file)
		}
	}
}

// TestCITemplatesNeedEveryJob has the report wait for all scanners, whatever became
// of them.
func TestCITemplatesNeedEveryJob(t *testing.T) {
	root, err := document.DecodeNode("github-actions.yml", []byte(read(t, "deploy/ci/github-actions.yml")), document.Options{})
	if err != nil {
		t.Fatal(err)
	}
	jobs, _ := root.Get("jobs")
	var names, needed []string
	for name, job := range jobs.Pairs() {
		if name != "security-report" {
			names = append(names, name)
			continue
		}
		needs, _ := job.Get("needs")
		for n := range needs.Items() {
			needed = append(needed, n.Text())
		}
		if when, _ := job.Get("if"); when.Text() != "always()" {
			t.Error("the report is not made when a scanner fails")
		}
	}
	slices.Sort(names)
	slices.Sort(needed)
	if !slices.Equal(names, needed) {
		t.Errorf("the report waits for %v, there are %v", needed, names)
	}
}

// walk visits every value with its key.
func walk(n document.Node, visit func(key string, n document.Node)) {
	for key, value := range n.Pairs() {
		visit(key, value)
		walk(value, visit)
	}
	for item := range n.Items() {
		walk(item, visit)
	}
}
