// Package purl compares packages by their package URLs, and by names where a report
// has no more.
package purl

import (
	"errors"
	"net/url"
	"strings"
)

// PURL is a package URL, "pkg:type/namespace/name@version?qualifiers#subpath", without
// its qualifiers and subpath.
type PURL struct{ Type, Namespace, Name, Version string }

// errNoPURL is what Parse says of other texts.
var errNoPURL = errors.New("no package URL")

// Parse reads a package URL.
func Parse(text string) (PURL, error) {
	rest, ok := strings.CutPrefix(text, "pkg:")
	if !ok {
		return PURL{}, errNoPURL
	}
	rest = strings.TrimLeft(rest, "/")
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	kind, rest, ok := strings.Cut(rest, "/")
	if !ok || kind == "" {
		return PURL{}, errNoPURL
	}
	p := PURL{Type: strings.ToLower(kind)}
	rest = strings.Trim(rest, "/")
	// A scope may stand unescaped: the version begins at the last @ that is not the
	// first character of a segment.
	if i := strings.LastIndexByte(rest, '@'); i > 0 && rest[i-1] != '/' {
		rest, p.Version = rest[:i], unescape(rest[i+1:])
	}
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		p.Namespace, rest = unescape(rest[:i]), rest[i+1:]
	}
	if p.Name = unescape(rest); p.Name == "" {
		return PURL{}, errNoPURL
	}
	return p, nil
}

func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// FullName returns the name as the ecosystem writes it. The namespace of packages of
// distributions is the distribution, and no part of their names.
func (p PURL) FullName() string {
	switch {
	case p.Namespace == "":
		return p.Name
	case p.Type == "maven":
		return p.Namespace + ":" + p.Name
	case distribution(p.Type):
		return p.Name
	default:
		return p.Namespace + "/" + p.Name
	}
}

func distribution(kind string) bool {
	switch kind {
	case "deb", "rpm", "apk", "alpm", "bitnami", "oci", "docker":
		return true
	default:
		return false
	}
}

// Type returns the type of package URLs for the word that a tool uses for an
// ecosystem, a package manager, a language or a distribution; "" for one that is not
// known.
func Type(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	word, _, _ = strings.Cut(word, ":") // Debian:12, sles:15.3
	switch word {
	case "npm", "yarn", "pnpm", "node", "nodejs", "node-pkg", "javascript", "js", "bun":
		return "npm"
	case "pypi", "pip", "pipenv", "poetry", "python", "python-pkg", "uv", "pylock", "conda-pip", "pypi-pkg":
		return "pypi"
	case "maven", "gradle", "pom", "jar", "java", "java-archive", "sbt", "war":
		return "maven"
	case "golang", "go", "gomod", "gomodules", "gobinary", "go-module", "govendor", "golangdep":
		return "golang"
	case "gem", "rubygems", "ruby", "bundler", "gemspec":
		return "gem"
	case "cargo", "crates.io", "rust", "rust-binary", "rustbinary", "rust-crate":
		return "cargo"
	case "nuget", "dotnet", "dotnet-core", "packages-props", "c#":
		return "nuget"
	case "composer", "packagist", "php", "composer-vendor", "php-composer":
		return "composer"
	case "hex", "mix", "elixir", "erlang":
		return "hex"
	case "pub", "dart", "dart-pub":
		return "pub"
	case "swift", "swifturl", "spm":
		return "swift"
	case "cocoapods", "pod":
		return "cocoapods"
	case "conan", "conancenter", "c", "c++":
		return "conan"
	case "conda", "conda-pkg":
		return "conda"
	case "julia":
		return "julia"
	case "deb", "debian", "ubuntu", "dpkg", "apt":
		return "deb"
	case "rpm", "redhat", "red hat", "rhel", "centos", "rocky", "rocky linux", "almalinux", "alma", "fedora", "amazon", "amzn", "oracle", "oraclelinux",
		"suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "opensuse.leap", "opensuse.tumbleweed", "sles", "slem", "sl-micro", "photon", "mariner", "cbl-mariner", "azurelinux", "azure":
		return "rpm"
	case "apk", "alpine", "wolfi", "chainguard", "minimos":
		return "apk"
	case "alpm", "arch":
		return "alpm"
	default:
		return ""
	}
}

// Name returns the name of a package in the form in which names of the type are
// compared.
func Name(kind, name string) string {
	name = strings.TrimSpace(name)
	switch kind {
	case "pypi": // PEP 503
		return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' }), "-")
	case "npm", "nuget", "composer", "hex", "pub", "golang":
		return strings.ToLower(name)
	case "maven":
		if strings.Count(name, ":") == 0 && strings.Count(name, "/") == 1 {
			return strings.Replace(name, "/", ":", 1)
		}
		return name
	case "deb":
		name, _, _ = strings.Cut(name, ":") // the architecture
		return name
	default:
		return name
	}
}

// Loose returns the last part of a name, in lower case, for reports that leave out
// the rest or do not say the type.
func Loose(name string) string {
	name = strings.ToLower(name)
	if i := strings.LastIndexAny(name, ":/"); i >= 0 && i < len(name)-1 {
		name = name[i+1:]
	}
	return strings.NewReplacer("_", "-", ".", "-").Replace(name)
}
