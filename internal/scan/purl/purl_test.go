package purl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/scan/purl"
)

func TestParse(t *testing.T) {
	f := func(text string, want purl.PURL, full string) {
		t.Helper()
		got, err := purl.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || got.FullName() != full {
			t.Errorf("%s: %s %s", text, got.FullName(), diff)
		}
	}
	f("pkg:npm/%40babel/core@7.0.0", purl.PURL{"npm", "@babel", "core", "7.0.0"}, "@babel/core")
	f("pkg:npm/@babel/core", purl.PURL{"npm", "@babel", "core", ""}, "@babel/core")
	f("pkg:maven/org.x/y@1.0?type=jar#sub", purl.PURL{"maven", "org.x", "y", "1.0"}, "org.x:y")
	f("pkg:deb/debian/openssl@1.1.1%2B1?arch=amd64", purl.PURL{"deb", "debian", "openssl", "1.1.1+1"}, "openssl")
	f("pkg:golang/github.com/x/y@v1.2.3", purl.PURL{"golang", "github.com/x", "y", "v1.2.3"}, "github.com/x/y")
	for _, text := range []string{"", "npm/x", "pkg:", "pkg:npm", "pkg:npm/", "pkg:/x", "pkg:npm/@1.0/"} {
		if got, err := purl.Parse(text); err == nil && got.Name == "" {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestNames(t *testing.T) {
	f := func(kind, name, want string) {
		t.Helper()
		if got := purl.Name(purl.Type(kind), name); got != want {
			t.Errorf("%s %s: %s, want %s", kind, name, got, want)
		}
	}
	f("python-pkg", "Foo__Bar.baz", "foo-bar-baz")
	f("Packagist", "Symfony/Yaml", "symfony/yaml")
	f("java-archive", "org.x/y", "org.x:y")
	f("Debian:12", "libc6:amd64", "libc6")
	f("nuget", "Newtonsoft.Json", "newtonsoft.json")
	f("whatever", "Keep_Me", "Keep_Me")
}

// FuzzParse finds no text that Parse cannot take.
func FuzzParse(f *testing.F) {
	f.Add("pkg:npm/%40babel/core@7.0.0?x=y#z")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := purl.Parse(text)
		if err == nil && (p.Type == "" || p.Name == "") {
			t.Errorf("%q: %+v", text, p)
		}
		purl.Name(p.Type, p.FullName())
		purl.Loose(text)
	})
}
