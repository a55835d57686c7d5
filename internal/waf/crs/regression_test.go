package crs_test

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"testing"

	crstests "github.com/corazawaf/coraza-coreruleset/v4/tests"
	"go.yaml.in/yaml/v4"

	"github.com/sasumata/sasumata/internal/waf/crs"
)

// regression is a file of the rule set's own tests.
type regression struct {
	Tests []struct {
		Stages []struct {
			Input  regressionInput
			Output struct {
				Log struct {
					Expect []int `yaml:"expect_ids"`
				}
			}
		}
	}
}

// regressionInput is the request of a test.
type regressionInput struct {
	Headers map[string]string
	Method  string
	URI     string
	Version string
	Data    string
}

// request returns what a log has of it: the body where it is of a kind that is judged.
func (in *regressionInput) request() crs.Request {
	r := crs.Request{
		Method: cmp.Or(in.Method, "GET"), URI: cmp.Or(in.URI, "/"), Protocol: cmp.Or(in.Version, "HTTP/1.1"),
		UserAgent: in.Headers["User-Agent"], Referer: in.Headers["Referer"], Cookie: in.Headers["Cookie"],
	}
	r.ContentType, r.Body = in.Headers["Content-Type"], in.Data
	if r.ContentType != "" && !isJudged(r.ContentType) {
		r.Body = ""
	}
	return r
}

func isJudged(contentType string) bool {
	return regexp.MustCompile(`^(?:application/x-www-form-urlencoded|multipart/form-data|application/(?:\S+\+)?(?:json|xml)|text/xml)`).MatchString(contentType)
}

// expectation is a request of the rule set's own tests, and the rules that must
// match it.
type expectation struct {
	request crs.Request
	ids     []int
}

// expectations returns the rule set's own tests.
func expectations(t *testing.T) []expectation {
	t.Helper()
	names, err := fs.Glob(crstests.FS, "*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []expectation
	for _, name := range names {
		data, err := fs.ReadFile(crstests.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var file regression
		if err := yaml.Unmarshal(data, &file); err != nil {
			t.Fatalf("%s: %v", path.Base(name), err)
		}
		for _, test := range file.Tests {
			for _, stage := range test.Stages {
				list = append(list, expectation{stage.Input.request(), stage.Output.Log.Expect})
			}
		}
	}
	return list
}

// regressions returns the requests of the rule set's own tests.
func regressions(t *testing.T) []crs.Request {
	t.Helper()
	var list []crs.Request
	for _, one := range expectations(t) {
		list = append(list, one.request)
	}
	return list
}
