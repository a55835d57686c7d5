package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sasumata/sasumata/internal/access"
)

// contract is the description of the API, to compare with.
type contract struct {
	root    map[string]any
	schemas *jsonschema.Compiler
	closed  map[string]any // root, with schemas that have no keys but those they list
}

const contractAt = "mem:///openapi.json"

func newContract(t *testing.T) *contract {
	t.Helper()
	data, err := openAPI()
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{}
	for _, into := range []*map[string]any{&c.root, &c.closed} {
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	closeObjects(c.closed)
	c.schemas = jsonschema.NewCompiler()
	c.schemas.DefaultDraft(jsonschema.Draft2020)
	c.schemas.AssertFormat()
	if err := c.schemas.AddResource(contractAt, c.closed); err != nil {
		t.Fatal(err)
	}
	return c
}

// closeObjects makes schemas refuse keys that they do not list: clients must expect new
// ones, the test must not.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, one := range v {
			closeObjects(one)
		}
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
	case []any:
		for _, one := range v {
			closeObjects(one)
		}
	}
}

// at returns what stands at the pointer, and follows references.
func (c *contract) at(v any) map[string]any {
	for {
		m, _ := v.(map[string]any)
		ref, ok := m["$ref"].(string)
		if !ok {
			return m
		}
		v = c.root
		for key := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			next, _ := v.(map[string]any)
			v = next[strings.NewReplacer("~1", "/", "~0", "~").Replace(key)]
		}
	}
}

// operation is one of the description.
type operation struct {
	method, path string
	is           map[string]any
	parameters   []map[string]any
}

func (o *operation) name() string { return o.method + " " + o.path }

// takes returns the names of the parameters there.
func (o *operation) takes(in string) []string {
	names := []string{}
	for _, p := range o.parameters {
		if p["in"] == in {
			names = append(names, p["name"].(string))
		}
	}
	slices.Sort(names)
	return names
}

func (c *contract) operations() map[string]*operation {
	all := map[string]*operation{}
	for path, item := range c.at(c.root["paths"]) {
		item := c.at(item)
		shared, _ := item["parameters"].([]any)
		for method, is := range item {
			if method == "parameters" {
				continue
			}
			o := &operation{method: strings.ToUpper(method), path: path, is: c.at(is)}
			own, _ := o.is["parameters"].([]any)
			for _, p := range slices.Concat(shared, own) {
				o.parameters = append(o.parameters, c.at(p))
			}
			all[o.name()] = o
		}
	}
	return all
}

// needs returns what the description is to say of the need.
func (n need) needs() string {
	switch n.kind {
	case someone:
		return "someone"
	case person:
		return "person"
	case allowed:
		return n.may.String()
	default:
		return "anybody"
	}
}

// TestContractNamesEveryRoute compares the description with the table of routes.
func TestContractNamesEveryRoute(t *testing.T) {
	c, h := newContract(t), newMatrixHouse(t)
	described := c.operations()
	ids := map[string]string{}
	for name, o := range described {
		id, _ := o.is["operationId"].(string)
		if other := ids[id]; id == "" || other != "" {
			t.Errorf("%s: operationId %q, which %q has; want one of its own", name, id, other)
		}
		ids[id] = name
		if o.is["summary"] == nil || o.is["tags"] == nil || o.is["responses"] == nil {
			t.Errorf("%s: want summary, tags and responses", name)
		}
	}
	routes := h.options().routes()
	for i := range routes {
		r := &routes[i]
		if !strings.HasPrefix(r.path, below) && !strings.HasPrefix(r.path, "/-/") && r.path != "/metrics" {
			continue // pages, the intake, and the API of Alertmanager
		}
		o := described[r.pattern()]
		if o == nil {
			t.Errorf(`%s is served and not described. Add to internal/api/openapi/*.yaml, and see the README.md there:

paths:
  %s:
    %s:
      operationId: ...
      tags: [...]
      summary: ...
      x-needs: %s
      parameters: [{$ref: "#/components/parameters/...}] # that it reads
      requestBody: {required: true, content: {application/json: {schema: {...}}}} # if it has one
      responses:
        "200": {description: It, content: {application/json: {schema: {...}}}}
        default: {$ref: "#/components/responses/Problem"}
`, r.pattern(), r.path, strings.ToLower(r.method), r.need.needs())
			continue
		}
		delete(described, r.pattern())
		if got := o.is["x-needs"]; got != r.need.needs() {
			t.Errorf("%s: x-needs is %v, the table of routes says %s", o.name(), got, r.need.needs())
		}
		want := map[needKind]string{anybody: "[]", person: `[{"session":[]}]`}[r.need.kind]
		got := ""
		if is, ok := o.is["security"]; ok {
			text, _ := json.Marshal(is)
			got = string(text)
		}
		if got != want {
			t.Errorf("%s: security %s, want %q", o.name(), got, want)
		}
		names := []string{}
		for part := range strings.SplitSeq(r.path, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				names = append(names, strings.TrimSuffix(name, "}"))
			}
		}
		slices.Sort(names)
		if got := o.takes("path"); !slices.Equal(got, names) {
			t.Errorf("%s: parameters %q of the path are described, want %q", o.name(), got, names)
		}
	}
	for name := range described {
		t.Errorf("%s is described and not served: remove it from internal/api/openapi, or add it to route.go", name)
	}
}

// TestContractHolds looks whether the description makes sense: references lead to
// something, what is shared is used, and what is listed is there.
func TestContractHolds(t *testing.T) {
	c := newContract(t)
	used := map[string]bool{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
				if len(v) != 1 || c.at(v) == nil {
					t.Errorf("%s: %s leads nowhere", at, ref)
				}
			}
			if needs, ok := v["required"].([]any); ok && v["type"] == "object" {
				properties, _ := v["properties"].(map[string]any)
				for _, name := range needs {
					if properties[name.(string)] == nil {
						t.Errorf("%s: %s is required, and not among the properties", at, name)
					}
				}
			}
			for key, one := range v {
				walk(at+"/"+key, one)
			}
		case []any:
			for i, one := range v {
				walk(fmt.Sprint(at, "/", i), one)
			}
		case nil:
			t.Errorf("%s has no value: a text with a comma wants quotes", at)
		}
	}
	walk("#", c.root)
	shared := c.at(c.root["components"])
	for kind, list := range shared {
		for name := range c.at(list) {
			if ref := "#/components/" + kind + "/" + name; !used[ref] && kind != "securitySchemes" {
				t.Errorf("%s: nobody refers to it", ref)
			}
		}
	}
	for name := range c.at(shared["schemas"]) {
		if _, err := c.schemas.Compile(contractAt + "#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
	scopes, _ := c.at(c.at(shared["schemas"])["Scope"])["enum"].([]any)
	if got, want := fmt.Sprint(scopes...), (access.Admin.Permissions() | access.SendLogs | access.SendMetrics).Scopes(); len(scopes) != len(want) || slices.ContainsFunc(want, func(s string) bool { return !strings.Contains(got, s) }) {
		t.Errorf("schema Scope has %v, want %v", scopes, want)
	}
	tags := map[any]bool{}
	list, _ := c.root["tags"].([]any)
	for _, tag := range list {
		tags[c.at(tag)["name"]] = true
	}
	for name, o := range c.operations() {
		list, _ := o.is["tags"].([]any)
		for _, tag := range list {
			if !tags[tag] {
				t.Errorf("%s: tag %s is not described", name, tag)
			}
		}
	}
}

// fits says how a value does not fit the schema at the pointer.
func (c *contract) fits(pointer string, data []byte) error {
	schema, err := c.schemas.Compile(contractAt + pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// pointer returns where something of the operation stands.
func (o *operation) pointer(keys ...string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	out := "#/paths/" + escape.Replace(o.path) + "/" + strings.ToLower(o.method)
	for _, key := range keys {
		out += "/" + escape.Replace(key)
	}
	return (&url.URL{Fragment: out[1:]}).String()
}

// exchange is a request and its answer.
type exchange struct {
	method, path string // with parameters
	body         string
	code         int
	kind         string // without parameters
	answer       []byte
	header       http.Header
}

// check compares a request and its answer with the description of the operation. It
// returns which answer it is: a status, or default.
func (c *contract) check(t *testing.T, o *operation, x *exchange) string {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s %s: %d %.600s\n%s", x.method, x.path, x.code, x.answer, fmt.Sprintf(format, args...))
	}
	_, raw, _ := strings.Cut(x.path, "?")
	values, err := url.ParseQuery(raw)
	if err != nil {
		fail("%v", err)
	}
	for name := range values {
		if !slices.Contains(o.takes("query"), name) && x.code < 400 {
			fail("the handler takes parameter %q, which is not described", name)
		}
	}
	if body, ok := o.is["requestBody"]; ok && x.code < 400 {
		pointer := o.pointer("requestBody", "content", "application/json", "schema")
		if ref, ok := body.(map[string]any)["$ref"].(string); ok {
			pointer = ref + "/content/application~1json/schema"
		}
		if err := c.fits(pointer, []byte(x.body)); err != nil {
			fail("the body of the request is taken, and not as described: %v", err)
		}
	} else if !ok && x.body != "" && x.code < 400 {
		fail("no requestBody is described")
	}
	responses := c.at(o.is["responses"])
	status := fmt.Sprint(x.code)
	if responses[status] == nil {
		status = "default"
	}
	if responses[status] == nil || status == "default" && x.code < 400 {
		fail("this answer is not described: there are %v", slices.Sorted(maps.Keys(responses)))
		return status
	}
	pointer := o.pointer("responses", status)
	if ref, ok := responses[status].(map[string]any)["$ref"].(string); ok {
		pointer = ref
	}
	kinds := c.at(c.at(responses[status])["content"])
	if kinds[x.kind] == nil {
		fail("it is %s, described are %v", x.kind, slices.Sorted(maps.Keys(kinds)))
		return status
	}
	if strings.HasSuffix(x.kind, "json") {
		if err := c.fits(pointer+"/content/"+strings.ReplaceAll(x.kind, "/", "~1")+"/schema", x.answer); err != nil {
			fail("the answer is not as described: %v", err)
		}
	}
	if x.kind == "application/problem+json" {
		var p problemDetails
		if err := json.Unmarshal(x.answer, &p); err != nil || p.Status != x.code || p.Title != http.StatusText(x.code) {
			fail("the problem says %d %s", p.Status, p.Title)
		}
	}
	return status
}
