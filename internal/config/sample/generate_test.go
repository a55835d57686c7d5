package sample_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/metrics"
)

const module = "github.com/sasumata/sasumata"

// docs are the comments of the fields of a package's types.
type docs map[string]string // "Type.Field"

// generator writes the sample and the schema.
type generator struct {
	t        *testing.T
	packages map[string]docs
	out      strings.Builder
	above    string // the key above
}

func (g *generator) docs(path string) docs {
	if d, ok := g.packages[path]; ok {
		return d
	}
	d := docs{}
	dir := filepath.Join("..", "..", "..", filepath.FromSlash(strings.TrimPrefix(path, module+"/")))
	entries, err := os.ReadDir(dir)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			g.t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				d.add(spec.Name.Name, s)
			}
			return false
		})
	}
	g.packages[path] = d
	return d
}

// add notes the comments of a type. One comment may be that of several fields, which
// follow it.
func (d docs) add(name string, s *ast.StructType) {
	for _, f := range s.Fields.List {
		text := strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
		for _, field := range f.Names {
			d[name+"."+field.Name] = text
		}
	}
}

// key is a key of the configuration.
type key struct {
	name     string
	required bool
	doc      string
	of       reflect.Type
	value    reflect.Value // its default; may be none
	id       string        // "config.HTTP.Listen"
}

// keys returns those of a type, with the defaults of the value.
func (g *generator) keys(of reflect.Type, value reflect.Value) (all []key) {
	comments := g.docs(of.PkgPath())
	words := map[string]string{} // Go's names, and those that people write
	for i := range of.NumField() {
		f := of.Field(i)
		v := reflect.Value{}
		if value.IsValid() {
			v = value.Field(i)
		}
		tag, tagged := f.Tag.Lookup("doc")
		if !tagged && f.Anonymous && f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[document.Pos]() {
			all = append(all, g.keys(f.Type, v)...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" || name == "-" {
			continue
		}
		words[f.Name] = name
		id := of.Name() + "." + f.Name
		all = append(all, key{name: name, required: strings.Contains(options, "required"), doc: comments[id], of: f.Type, value: v, id: filepath.Base(of.PkgPath()) + "." + id})
	}
	for i := range all {
		all[i].doc = plain(all[i].doc, words)
	}
	return all
}

// plain makes a comment of a field one of its key.
func plain(doc string, words map[string]string) string {
	doc = regexp.MustCompile(`\b[A-Z][A-Za-z]*\b`).ReplaceAllStringFunc(doc, func(word string) string {
		if name, ok := words[word]; ok {
			return name
		}
		return word
	})
	return strings.NewReplacer("; nil means ", "; without it: ", "nil means ", "without it: ", "DefaultFiles", "those of syslog and nginx in /var/log", "DefaultMaxBytes", "1073741824", "DefaultQueue", "120000", "DefaultSeries", "500", "none means DefaultEvents", "none means all but ends of processes", "nil means none", "without it, there are none").Replace(doc)
}

func inner(of reflect.Type) (elem reflect.Type, list bool) {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of == reflect.TypeFor[document.Node]() || of == reflect.TypeFor[[]document.Node]() {
		return reflect.TypeFor[string](), false // another program's: there is an example
	}
	if of.Kind() == reflect.Slice {
		return of.Elem(), true
	}
	return of, false
}

func isStruct(of reflect.Type) bool { return of.Kind() == reflect.Struct }

// write writes keys, with what is below them.
func (g *generator) write(all []key, indent string) {
	for i, k := range all {
		if i > 0 && (k.doc != "" || indent == "") {
			g.out.WriteString("\n")
		}
		doc := k.doc
		if k.required {
			doc = strings.TrimSpace(doc + " Required.")
		}
		for line := range strings.Lines(wrap(doc, 96-len(indent))) {
			g.out.WriteString(indent + "# " + strings.TrimRight(line, "\n") + "\n")
		}
		hash := "#"
		if alternative(k.id) {
			hash = "##"
		}
		elem, list := inner(k.of)
		switch {
		case isStruct(elem):
			g.out.WriteString(indent + hash + k.name + ":\n")
			v := k.value
			for v.IsValid() && v.Kind() == reflect.Pointer {
				v = v.Elem()
			}
			if list {
				g.out.WriteString(indent + "  " + hash + "-\n")
				g.below(k, elem, reflect.Value{}, indent+"    ", hash)
			} else {
				g.below(k, elem, v, indent+"  ", hash)
			}
		default:
			g.out.WriteString(indent + hash + k.name + ": " + g.text(k) + "\n")
		}
	}
}

// below writes the keys of a key; below an alternative, all are.
func (g *generator) below(k key, of reflect.Type, v reflect.Value, indent, hash string) {
	switch k.id {
	case "config.Config.Alert":
		v = reflect.ValueOf(*alert.Default())
	case "config.Config.Metrics":
		v = reflect.ValueOf(*metrics.Default())
	}
	keys := g.keys(of, v)
	if len(keys) == 0 {
		whole := strings.TrimRight(g.out.String(), "\n") + " {}\n" // such as a console
		g.out.Reset()
		g.out.WriteString(whole)
		return
	}
	g.above = k.name
	if hash == "#" {
		g.write(keys, indent)
		return
	}
	from := g.out.Len()
	g.write(keys, indent)
	text := g.out.String()
	commented := regexp.MustCompile(`(?m)^( *)#([^# ])`).ReplaceAllString(text[from:], "$1##$2")
	g.out.Reset()
	g.out.WriteString(text[:from] + commented)
}

func wrap(text string, width int) string {
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(text) {
		if n > 0 && n+1+len(word) > width {
			b.WriteString("\n")
			n = 0
		}
		if n > 0 {
			b.WriteString(" ")
			n++
		}
		b.WriteString(word)
		n += len(word)
	}
	return b.String()
}

// text writes an example, or the default.
func (g *generator) text(k key) string {
	if text, ok := examples()[g.above+" "+k.id]; ok {
		return text
	}
	if text, ok := examples()[k.id]; ok {
		return text
	}
	v := k.value
	if !v.IsValid() {
		v = reflect.Zero(k.of)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v = reflect.Zero(k.of.Elem())
		} else {
			v = v.Elem()
		}
	}
	if d, ok := reflect.TypeAssert[time.Duration](v); ok {
		return duration(d)
	}
	switch v.Kind() {
	case reflect.Slice:
		texts := make([]string, v.Len())
		for i := range texts {
			texts[i] = quoted(fmt.Sprint(v.Index(i)))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case reflect.Map:
		return "{}"
	case reflect.String:
		return quoted(v.String())
	default:
		return fmt.Sprint(v.Interface())
	}
}

func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return s
	}
	data, _ := json.Marshal(s) // a string can be
	return string(data)
}

func duration(d time.Duration) string {
	if d >= 24*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	text := d.String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// schema returns the JSON schema of a type.
func (g *generator) schema(of reflect.Type) map[string]any {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of == reflect.TypeFor[document.Node]() {
		return map[string]any{} // another program's
	}
	if of == reflect.TypeFor[time.Duration]() {
		return map[string]any{"type": "string", "pattern": `^-?[0-9]`}
	}
	switch of.Kind() {
	case reflect.Struct:
		properties, required := map[string]any{}, []string{}
		for _, k := range g.keys(of, reflect.Value{}) {
			one := g.schema(k.of)
			if k.doc != "" {
				one["description"] = strings.Join(strings.Fields(k.doc), " ")
			}
			properties[k.name] = one
			if k.required {
				required = append(required, k.name)
			}
		}
		one := map[string]any{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
		if len(required) > 0 {
			one["required"] = required
		}
		return one
	case reflect.Slice:
		items := g.schema(of.Elem())
		if of.Elem().Kind() == reflect.String { // one may stand alone
			return map[string]any{"oneOf": []any{map[string]any{"type": "array", "items": items}, items}}
		}
		return map[string]any{"type": "array", "items": items}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": g.schema(of.Elem())}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return map[string]any{"type": "integer"}
	default:
		return map[string]any{"type": "string"}
	}
}

const head = `# The configuration of sasumata serve: every key, with its default or an example.
#
# Take the # away from what you want to be different, with that of the keys above it. Keys
# behind ## exclude others. "sasumata serve --check --config FILE" says what is wrong,
# "sasumata config sample" prints this file, "sasumata config schema" what editors want.
# The pages about it are docs/serve.md, docs/alerting.md and docs/responses.md.
# yaml-language-server: $schema=schema.json

`

var update = flag.Bool("update", false, "make the files anew")

// TestTheSampleIsCurrent makes the sample and the schema of the types.
func TestTheSampleIsCurrent(t *testing.T) {
	g := &generator{t: t, packages: map[string]docs{}}
	c := config.Default()
	g.out.WriteString(head)
	g.write(g.keys(reflect.TypeOf(*c), reflect.ValueOf(*c)), "")
	schema := g.schema(reflect.TypeOf(*c))
	schema["$schema"], schema["title"] = "https://json-schema.org/draft/2020-12/schema", "sasumata.yaml"
	text, err := json.MarshalIndent(schema, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	f := func(path, want string) {
		t.Helper()
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is not what the types say: go test ./internal/config/sample -update (-want +got):\n%.3000s", path, diff)
		}
	}
	f("sasumata.yaml", g.out.String())
	f("schema.json", string(text)+"\n")
	f("../../../deploy/sasumata.yaml", g.out.String())
}
