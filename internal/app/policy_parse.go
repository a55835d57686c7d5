package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
)

// PolicyParsers returns the forms that files for the rules of users may have.
func PolicyParsers() []string {
	return []string{"yaml", "json", "dockerfile", "dotenv", "ini", "properties", "ignore"}
}

// policyParser returns the form of a file by its name; "" when that says nothing.
func policyParser(name string) string {
	base := strings.ToLower(filepath.Base(name))
	switch {
	case kindOfName(name) == "dockerfile":
		return "dockerfile"
	case base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env"):
		return "dotenv"
	case strings.HasSuffix(base, "ignore"):
		return "ignore"
	}
	switch filepath.Ext(base) {
	case ".yaml", ".yml":
		return "yaml"
	case ".json", ".jsonl", ".ndjson":
		return "json"
	case ".ini", ".conf", ".cfg":
		return "ini"
	case ".properties":
		return "properties"
	default:
		return ""
	}
}

// parseForRules makes of a file what the rules of users see as input, one value a
// document. Lists at the top of a document are documents of their own, as conftest has
// it; instructions of a Dockerfile come together.
func parseForRules(form, file string, data []byte) ([]any, error) {
	switch form {
	case "yaml", "json":
		list, err := document.DecodeAll(file, data, func() any { return new(document.Node) }, document.Options{})
		if err != nil {
			return nil, err
		}
		var out []any
		for _, one := range list {
			value := one.(*document.Node).Any() //nolint:forcetypeassert // as it was made above
			if items, ok := value.([]any); ok {
				out = append(out, items...)
			} else {
				out = append(out, value)
			}
		}
		return out, nil
	case "dockerfile":
		d, err := dockerfile.Read(file, data, dockerfile.Ignore{})
		if err != nil {
			return nil, err
		}
		return []any{conftestDockerfile(file, d)}, nil
	case "dotenv", "properties":
		return []any{pairs(string(data), form == "dotenv")}, nil
	case "ini":
		return []any{sections(string(data))}, nil
	case "ignore":
		var out []any
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				kind := "Path"
				if line[0] == '!' {
					kind = "NegatedPath"
				}
				out = append(out, map[string]any{"Kind": kind, "Value": strings.TrimPrefix(line, "!"), "Original": line})
			}
		}
		return []any{out}, nil
	default:
		return nil, fmt.Errorf("%s: nothing says what form it has: name it with --parser (%s)", file, strings.Join(PolicyParsers(), ", "))
	}
}

// conftestDockerfile writes a Dockerfile as conftest's parser does, with lines besides.
func conftestDockerfile(file string, d *dockerfile.Document) []any {
	out := make([]any, 0, len(d.Instructions))
	for _, i := range d.Instructions {
		flags := []any{}
		for name, values := range i.Flags {
			for _, v := range values {
				flags = append(flags, "--"+name+"="+v)
			}
		}
		slices.SortFunc(flags, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		value := []any{}
		for _, p := range i.Pairs {
			value = append(value, p.Key, p.Value)
		}
		if len(i.Pairs) == 0 {
			for _, a := range i.Args {
				value = append(value, a)
			}
		}
		cmd, sub := i.Cmd, ""
		if i.OnBuild {
			cmd, sub = "onbuild", i.Cmd
		}
		out = append(out, map[string]any{
			"Cmd": cmd, "SubCmd": sub, "JSON": i.JSON, "Flags": flags, "Value": value, "Stage": max(i.Stage, 0), "StartLine": i.Line, "EndLine": i.EndLine, "Path": file,
		})
	}
	return out
}

// pairs reads lines of the form name=value.
func pairs(text string, env bool) map[string]any {
	out := map[string]any{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		separators := "=:"
		if env {
			line, separators = strings.TrimPrefix(line, "export "), "="
		}
		at := strings.IndexAny(line, separators)
		if at < 0 {
			continue
		}
		value := strings.TrimSpace(line[at+1:])
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		out[strings.TrimSpace(line[:at])] = value
	}
	return out
}

// sections reads lines of the form name = value below [sections].
func sections(text string) map[string]any {
	out := map[string]any{}
	here := out
	section := regexp.MustCompile(`^\[([^\]]+)\]$`)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := section.FindStringSubmatch(line); m != nil {
			inner, ok := out[m[1]].(map[string]any)
			if !ok {
				inner = map[string]any{}
				out[m[1]] = inner
			}
			here = inner
			continue
		}
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		here[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return out
}

// errCombined is that there is nothing to combine.
var errCombined = errors.New("--combine wants --policy")
