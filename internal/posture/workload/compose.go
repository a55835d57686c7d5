package workload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// Bounds of compose files. The largest ones that people write have a few thousand
// lines.
const (
	maxFile     = 2 << 20 // bytes of one file
	maxFiles    = 64      // files of one project, with what they include and extend
	maxServices = 2000
	maxPorts    = 4096 // published ports of one project that are taken apart one by one
)

// ErrInput is that an input is not what it was said to be.
var ErrInput = errors.New("not readable")

// File is one input by its name and content.
type File struct {
	Name string
	Data []byte
}

// ComposeOptions say how compose files are read.
type ComposeOptions struct {
	// Variables are filled in for ${NAME}. The environment of the program is not
	// among them: what it holds is the matter of one machine.
	Variables map[string]string
	// Profiles leave out services of other profiles. Without any, all services count.
	Profiles []string
}

// Compose is a compose project as read: its workloads, and what could not be
// followed.
type Compose struct {
	Set
	// Notes say what was left out or read differently, for people.
	Notes []string
	// Services are the keys of the services as merged, for who changes them.
	Services map[string]map[string]any
	// Networks are the top-level networks as merged.
	Networks map[string]map[string]any
}

// ReadCompose reads the files of one compose project; later ones lay over earlier
// ones. A file that is not YAML, or whose services are no mapping, is an error.
// What the reference implementation refuses otherwise is read as far as it goes,
// with a note.
func ReadCompose(ctx context.Context, files []File, o ComposeOptions) (*Compose, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("compose: %w: no file", ErrInput)
	}
	var at places
	for _, f := range files {
		n, err := composeNode(f.Name, f.Data)
		if err != nil {
			return nil, err
		}
		at = append(at, source{file: f.Name, root: n})
	}
	c := &Compose{}
	model, err := mergedModel(ctx, files, at, o.Variables)
	if err != nil {
		c.Notes = append(c.Notes, fmt.Sprintf("%s: read key by key, without what it includes or extends in other files: %v", files[0].Name, err))
		model = plainModel(at, o.Variables)
	}
	if len(asMap(model["services"])) > maxServices {
		return nil, fmt.Errorf("%s: %w: more than %d services", files[0].Name, ErrInput, maxServices)
	}
	c.fill(model, at, o.Profiles)
	return c, nil
}

// composeNode reads one file.
func composeNode(name string, data []byte) (document.Node, error) {
	if len(data) > maxFile {
		return document.Node{}, fmt.Errorf("%s: %w: larger than %d bytes", name, ErrInput, maxFile)
	}
	n, err := document.DecodeNode(name, data, document.Options{AllowUnknown: true, MaxBytes: maxFile})
	if err != nil {
		return n, err
	}
	if n.Kind() != document.Map {
		return n, n.Pos().Fault("want a compose file: a mapping with services")
	}
	if services, ok := n.Get("services"); ok && services.Kind() != document.Map && services.Kind() != document.Null {
		return n, services.Pos().Fault("services must be a mapping")
	}
	for _, key := range []string{"services", "include", "volumes", "networks", "secrets", "configs", "name", "extends"} {
		if _, ok := n.Get(key); ok {
			return n, nil
		}
	}
	// The first form of compose files has the services at the top.
	for _, v := range n.Pairs() {
		if _, ok := v.Get("image"); ok {
			return n, nil
		}
		if _, ok := v.Get("build"); ok {
			return n, nil
		}
	}
	return n, n.Pos().Fault("want a compose file: there are no services")
}

// fill makes the workloads of a model.
func (c *Compose) fill(model map[string]any, at places, profiles []string) {
	c.Kind = KindCompose
	services := asMap(model["services"])
	prefix := []string{"services"}
	if services == nil && model["services"] == nil && model["include"] == nil {
		services, prefix = firstForm(model), nil
	}
	c.Services, c.Networks = map[string]map[string]any{}, map[string]map[string]any{}
	for name, v := range asMap(model["networks"]) {
		c.Networks[name] = asMap(v)
	}
	for _, name := range keys(services) {
		service := asMap(services[name])
		if service == nil || len(profiles) > 0 && !active(service, profiles) {
			continue
		}
		c.Services[name] = service
		c.Workloads = append(c.Workloads, newService(name, service, model, at, append(slices.Clone(prefix), name)))
	}
	slices.SortStableFunc(c.Workloads, func(a, b Workload) int { return a.Line - b.Line })
	c.share()
}

// firstForm returns the services of a file without the key services.
func firstForm(model map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range model {
		if m := asMap(v); m["image"] != nil || m["build"] != nil {
			out[name] = v
		}
	}
	return out
}

// active reports whether a service is of one of the profiles, or of none.
func active(service map[string]any, profiles []string) bool {
	own := texts(service["profiles"])
	return len(own) == 0 || slices.ContainsFunc(own, func(p string) bool { return slices.Contains(profiles, p) })
}

// share finds the named volumes that several workloads may write.
func (s *Set) share() {
	s.Shared = []Shared{}
	by := map[string]*Shared{}
	for _, w := range s.Workloads {
		for _, m := range w.Mounts {
			if m.Type != "volume" || m.Source == "" || m.ReadOnly {
				continue
			}
			v := by[m.Source]
			if v == nil {
				v = &Shared{Volume: m.Source}
				by[m.Source] = v
			}
			if !slices.Contains(v.Workloads, w.Name) {
				v.Workloads, v.Line = append(v.Workloads, w.Name), m.Line
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if v := by[name]; len(v.Workloads) > 1 {
			slices.Sort(v.Workloads)
			s.Shared = append(s.Shared, *v)
		}
	}
}

// plainModel reads the files key by key: maps are merged, lists joined, and services
// that extend others of the same file are filled up. It is what remains when the
// reference implementation refuses a file.
func plainModel(at places, variables map[string]string) map[string]any {
	var model map[string]any
	for _, s := range at {
		m, _ := fillVariables(s.root.Any(), variables).(map[string]any)
		model = merge(model, m)
	}
	services := asMap(model["services"])
	for _, name := range keys(services) {
		services[name] = extended(services, name, maxNested)
	}
	return model
}

// extended returns a service with what it extends in the same file.
func extended(services map[string]any, name string, depth int) any {
	service := asMap(services[name])
	from := asText(service["extends"])
	if m := asMap(service["extends"]); m != nil && m["file"] == nil {
		from = asText(m["service"])
	}
	if depth == 0 || from == "" || from == name || asMap(services[from]) == nil {
		return services[name]
	}
	return merge(asMap(extended(services, from, depth-1)), service)
}

// merge lays over over base; neither is changed.
func merge(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]any{}
	}
	for key, v := range over {
		switch old := out[key].(type) {
		case map[string]any:
			if m, ok := v.(map[string]any); ok {
				v = merge(old, m)
			}
		case []any:
			if l, ok := v.([]any); ok && key != "command" && key != "entrypoint" && key != "test" {
				v = slices.Concat(old, l)
			}
		}
		out[key] = v
	}
	return out
}

// fillVariables fills variables into every text of a tree.
func fillVariables(v any, variables map[string]string) any {
	switch v := v.(type) {
	case string:
		return Interpolate(v, variables)
	case []any:
		for i := range v {
			v[i] = fillVariables(v[i], variables)
		}
	case map[string]any:
		for key := range v {
			v[key] = fillVariables(v[key], variables)
		}
	}
	return v
}

// follow checks the files that a project includes and extends before anybody reads
// them: only regular files of the bounded size are, and only so many. What is named
// by a variable, or lies elsewhere, is refused.
func follow(ctx context.Context, at places, dir string, variables map[string]string) error {
	seen := map[string]bool{}
	var visit func(n document.Node, dir string) error
	file := func(name, dir string) error {
		if name == "" || strings.Contains(name, "$") || strings.Contains(name, "://") || strings.HasPrefix(name, "oci:") || strings.HasPrefix(name, "git@") {
			return fmt.Errorf("%q: not a file of this machine", name)
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if seen[name] {
			return nil
		}
		if seen[name] = true; len(seen) > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		data, err := ReadFile(name)
		if err != nil {
			return err
		}
		n, err := document.DecodeNode(name, data, document.Options{AllowUnknown: true, MaxBytes: maxFile})
		if err != nil {
			return err
		}
		return visit(n, filepath.Dir(name))
	}
	ports := 0
	visit = func(n document.Node, dir string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if ports += published(n, variables); ports > maxPorts {
			return fmt.Errorf("more than %d published ports", maxPorts)
		}
		for _, name := range references(n) {
			if err := file(name, dir); err != nil {
				return err
			}
		}
		return nil
	}
	for _, s := range at {
		if err := visit(s.root, dir); err != nil {
			return err
		}
	}
	return nil
}

// published counts the ports that a file publishes, each of a range.
func published(n document.Node, variables map[string]string) int {
	count := 0
	services, _ := n.Get("services")
	for _, service := range services.Pairs() {
		list, _ := service.Get("ports")
		for item := range list.Items() {
			p := port(Interpolate(item.Text(), variables), 0)
			count += max(p.Last-p.First, p.HostLast-p.HostFirst) + 1
		}
	}
	return count
}

// references returns the names of the files that a file includes and extends.
func references(n document.Node) []string {
	var out []string
	texts := func(n document.Node) {
		if n.Kind() == document.Scalar {
			out = append(out, n.Text())
		}
		for item := range n.Items() {
			out = append(out, item.Text())
		}
	}
	include, _ := n.Get("include")
	for item := range include.Items() {
		if item.Kind() == document.Scalar {
			out = append(out, item.Text())
			continue
		}
		for _, key := range []string{"path", "env_file"} {
			v, _ := item.Get(key)
			texts(v)
		}
	}
	services, _ := n.Get("services")
	for _, service := range services.Pairs() {
		extends, _ := service.Get("extends")
		if file, ok := extends.Get("file"); ok {
			texts(file)
		}
	}
	return out
}

// ReadFile reads a regular file of at most 2 MiB.
func ReadFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	case info.Size() > maxFile:
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("larger than %d bytes", maxFile)}
	}
	return os.ReadFile(name)
}
