package app_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sasumata/sasumata"

// layers lists the packages below internal/ from the bottom up. A package may
// import only packages of lower layers, and its own subpackages; a subpackage
// counts as the package that it belongs to.
var layers = [][]string{
	{"event", "document", "atomicfile", "disk", "auth", "program", "secret"},
	{"query", "lookup", "queue", "database", "backup"},
	{"store", "tail", "dead", "source", "sensor", "pipeline", "rule", "waf", "feed", "reputation", "audit", "scan"},
	{"signal", "search", "access", "view", "container", "evidence"},
	{"detect", "alert", "respond", "metrics", "posture", "asset"},
	{"config", "api", "report", "demo"},
	{"app"},
}

// doors names, for each borrowed engine, the only folders whose code may import
// it. Tests pass every door.
var doors = []struct {
	engine string
	owners []string
}{
	{"go.yaml.in/yaml", []string{"internal/document"}},
	{"github.com/klauspost/compress", []string{"internal/source", "internal/queue", "internal/backup", "internal/posture/image", "internal/store"}},
	{"github.com/nats-io", []string{"internal/queue", "internal/source"}},
	{"github.com/twmb/franz-go", []string{"internal/source"}},
	{"gopkg.in/natefinch/lumberjack.v2", []string{"internal/app"}},
	{"github.com/moby/moby", []string{"internal/container"}},
	{"github.com/google/nftables", []string{"internal/respond/firewall"}},
	{"github.com/mdlayher/netlink", []string{"internal/respond/firewall"}},
	{"github.com/cilium/ebpf", []string{"internal/sensor"}},
	{"github.com/ua-parser/uap-go", []string{"internal/lookup/useragent"}},
	{"github.com/oschwald/maxminddb-golang", []string{"internal/lookup/geoip"}},
	{"github.com/parquet-go", []string{"internal/store"}},
	{"google.golang.org/protobuf", []string{"internal/source", "internal/alert"}},
	{"github.com/prometheus/prometheus", []string{"internal/metrics"}},
	{"github.com/prometheus/alertmanager", []string{"internal/alert"}},
	{"github.com/prometheus", []string{"internal/alert", "internal/metrics"}},
	{"golang.org/x/crypto", []string{"internal/access"}},
	{"github.com/go-webauthn", []string{"internal/access/passkey"}},
	{"github.com/coreos/go-oidc", []string{"internal/access/oidc"}},
	{"golang.org/x/oauth2", []string{"internal/access/oidc"}},
	{"modernc.org/sqlite", []string{"internal/database"}},
	{"github.com/jackc/pgx", []string{"internal/database"}},
	{"github.com/spf13/cobra", []string{"cmd"}},
	{"github.com/spf13/pflag", []string{"cmd"}},
	{"github.com/corazawaf/coraza-coreruleset", []string{"internal/waf/coreruleset"}},
	{"github.com/corazawaf/libinjection-go", []string{"internal/waf/injection"}},
	{"github.com/corazawaf/coraza", nil},
	{"github.com/open-policy-agent/opa", []string{"internal/posture"}},
	{"github.com/aquasecurity/trivy-checks", []string{"internal/posture"}},
	{"github.com/compose-spec/compose-go", []string{"internal/posture/workload"}},
	{"github.com/moby/buildkit", []string{"internal/posture/dockerfile"}},
	{"mvdan.cc/sh", []string{"internal/posture/shell"}},
	{"github.com/google/go-cmp", nil},
	{"github.com/rogpeppe/go-internal", nil},
	{module + "/content", []string{"internal/app", "cmd"}},
	{module + "/web", []string{"internal/app"}},
}

// quiet are the packages that answer from memory: they must not import any of
// noisy, which reach over the network or start a process.
var (
	quiet = []string{"event", "document", "atomicfile", "query", "lookup"}
	noisy = []string{"net/http", "os/exec", "database/sql"}
)

// callers are the folders whose code may reach over the network, or listen there;
// README promises that nothing else does. Providers of OpenID Connect are asked if a
// configuration names some. The state database may be one of PostgreSQL and
// the queue one of NATS servers, which a configuration names. The commands only name who is asked,
// the sources, the tokens and the API only look at what others send, the configuration
// checks where. Responses call webhooks, and ask which addresses the machine has. The lab of
// the demo hands requests to a handler in memory.
var callers = []string{"internal/feed", "internal/reputation", "internal/source", "internal/config", "internal/auth", "internal/access/oidc", "internal/api", "internal/database", "internal/queue", "internal/alert", "internal/respond", "internal/metrics", "internal/container", "internal/demo/lab", "cmd", "test/load", "seclog"}

// maxLines is the length in lines that a file may have, tests excluded.
const maxLines = 600

// sourceFile is one parsed Go file of the module.
type sourceFile struct {
	name  string // slash path below the module's root
	lines int
	ast   *ast.File
}

func (f sourceFile) dir() string  { return path.Dir(f.name) }
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

func (f sourceFile) imports() []string {
	paths := make([]string, len(f.ast.Imports))
	for i, spec := range f.ast.Imports {
		paths[i] = strings.Trim(spec.Path.Value, `"`)
	}
	return paths
}

func TestImportsPointDown(t *testing.T) {
	level := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			level[name] = i
		}
	}
	for _, f := range sourceFiles(t) {
		pkg, ok := internalPackage(f.dir())
		if !ok {
			continue
		}
		from, ok := level[pkg]
		if !ok {
			t.Errorf("%s: package %q is in no layer: add it to layers in arch_test.go", f.name, pkg)
			continue
		}
		for _, imported := range f.imports() {
			to, ok := internalPackage(strings.TrimPrefix(imported, module+"/"))
			if !ok || to == pkg {
				continue
			}
			if height, known := level[to]; !known || height >= from {
				t.Errorf("%s: %s (layer %d) must not import %s (layer %d)", f.name, pkg, from, to, height)
			}
		}
	}
}

func TestBottomPackagesDoNoNetwork(t *testing.T) {
	for _, f := range sourceFiles(t) {
		pkg, ok := internalPackage(f.dir())
		if !ok || f.isTest() || !slices.Contains(quiet, pkg) {
			continue
		}
		for _, imported := range f.imports() {
			if slices.Contains(noisy, imported) {
				t.Errorf("%s: %s must not import %s", f.name, pkg, imported)
			}
		}
	}
}

func TestOnlyCallersReachOverTheNetwork(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sourceFiles(t) {
		if f.isTest() {
			continue
		}
		for _, imported := range f.imports() {
			if imported != "net" && imported != "net/http" && imported != "crypto/tls" {
				continue
			}
			owner := slices.IndexFunc(callers, func(dir string) bool { return within(f.dir(), dir) })
			if owner < 0 {
				t.Errorf("%s: imports %s, which is allowed in %v and tests only", f.name, imported, callers)
				continue
			}
			seen[callers[owner]] = true
		}
	}
	for _, dir := range callers {
		if !seen[dir] {
			t.Errorf("%s reaches over no network: take it off the list", dir)
		}
	}
}

// TestSeclogNeedsNothing holds what package seclog promises to applications: the standard
// library is enough.
func TestSeclogNeedsNothing(t *testing.T) {
	seen := false
	for _, f := range sourceFiles(t) {
		if !within(f.dir(), "seclog") || f.isTest() {
			continue
		}
		seen = true
		for _, imported := range f.imports() {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && !within(imported, module+"/seclog") {
				t.Errorf("%s: imports %s", f.name, imported)
			}
		}
	}
	if !seen {
		t.Error("there is no package seclog")
	}
}

func TestEnginesHaveOneDoor(t *testing.T) {
	for _, f := range sourceFiles(t) {
		if f.isTest() {
			continue
		}
		for _, imported := range f.imports() {
			for _, door := range doors {
				if within(imported, door.engine) && !slices.ContainsFunc(door.owners, func(owner string) bool {
					return within(f.dir(), owner)
				}) {
					t.Errorf("%s: imports %s, which is allowed in %v and tests only", f.name, imported, door.owners)
				}
			}
		}
	}
}

func TestNoInitFunctions(t *testing.T) {
	for _, f := range sourceFiles(t) {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init: build it in a constructor and pass it on", f.name)
			}
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, f := range sourceFiles(t) {
		if !f.isTest() && !ast.IsGenerated(f.ast) && f.lines > maxLines {
			t.Errorf("%s: %d lines, at most %d: split it by what it does", f.name, f.lines, maxLines)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sourceFiles(t) {
		if !f.isTest() {
			documented[f.dir()] = documented[f.dir()] || f.ast.Doc != nil
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment: say in one sentence what the package does", dir)
		}
	}
}

// sourceFiles parses every Go file of the module: tests too, testdata and nested
// modules not.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []sourceFile
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && skipFolder(name, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parseFile(root, name)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func skipFolder(name, base string) bool {
	if strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
}

func parseFile(root, name string) (sourceFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return sourceFile{}, err
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return sourceFile{}, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	return sourceFile{name: filepath.ToSlash(rel), lines: bytes.Count(text, []byte("\n")), ast: tree}, err
}

// internalPackage returns the package below internal/ that a folder or import
// path belongs to.
func internalPackage(dir string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(dir, "internal/")
	name, _, _ = strings.Cut(rest, "/")
	return name, ok
}

// within reports whether a slash path is the folder or lies below it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}
