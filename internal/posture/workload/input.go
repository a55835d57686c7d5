package workload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/posture"
)

// Inputs reads one file of a kind into the documents that policies look at, and says
// what was left out. A compose file with a name that Docker looks for is read as Docker
// reads it: with the override file and the file .env beside it.
func Inputs(ctx context.Context, kind posture.Kind, name string, data []byte) (inputs []posture.Input, notes []string, err error) {
	var document any
	switch kind {
	case posture.Compose:
		files, variables, err := Beside(name, data)
		if err != nil {
			return nil, nil, err
		}
		c, err := ReadCompose(ctx, files, ComposeOptions{Variables: variables})
		if err != nil {
			return nil, nil, err
		}
		document, notes = c.Set, c.Notes
	case posture.Inspect:
		document, err = ReadInspect(name, data)
	case posture.Run:
		document, err = ReadRun(name, data)
	case posture.Kubernetes:
		m, err := ReadKubernetes(name, data)
		if err != nil {
			return nil, nil, err
		}
		return []posture.Input{{Kind: kind, File: name, Document: m.Set}, {Kind: posture.Objects, File: name, Document: m, Objects: m.Nodes}}, nil, nil
	case posture.Daemon:
		document, err = ReadDaemon(name, data)
	default:
		return nil, nil, fmt.Errorf("%s: %w: no container is described by a %s", name, ErrInput, kind)
	}
	if err != nil {
		return nil, nil, err
	}
	return []posture.Input{{Kind: kind, File: name, Document: document}}, notes, nil
}

// Override returns the name of the file that Docker lays over a compose file, "" when
// it does so for no file of this name.
func Override(name string) string {
	base := filepath.Base(name)
	for _, stem := range []string{"compose", "docker-compose"} {
		if ending, ok := strings.CutPrefix(base, stem+"."); ok && (ending == "yaml" || ending == "yml") {
			return filepath.Join(filepath.Dir(name), stem+".override."+ending)
		}
	}
	return ""
}

// Beside returns the files of the compose project that a file begins, and the
// variables of the file .env beside it.
func Beside(name string, data []byte) ([]File, map[string]string, error) {
	files := []File{{name, data}}
	over := Override(name)
	if name == "-" || over == "" {
		return files, nil, nil
	}
	text, err := ReadFile(over)
	switch {
	case err == nil:
		files = append(files, File{over, text})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	}
	text, err = ReadFile(filepath.Join(filepath.Dir(name), ".env"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	return files, Variables(text), nil
}

// Variables reads the lines NAME=value of an environment file.
func Variables(data []byte) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		value = strings.TrimSpace(value)
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		} else if at := strings.Index(value, " #"); at >= 0 {
			value = strings.TrimSpace(value[:at])
		}
		out[strings.TrimSpace(key)] = value
	}
	return out
}

// KindOfName returns what a file is by its name alone; "" when that says nothing.
func KindOfName(name string) posture.Kind {
	base := strings.ToLower(filepath.Base(name))
	ending := filepath.Ext(base)
	yaml := ending == ".yaml" || ending == ".yml"
	switch {
	case base == "daemon.json":
		return posture.Daemon
	case yaml && (strings.HasPrefix(base, "compose.") || strings.HasPrefix(base, "docker-compose.") || strings.HasPrefix(base, "docker-compose-") || strings.HasPrefix(base, "podman-compose.") || strings.HasSuffix(base, ".compose"+ending)):
		return posture.Compose
	default:
		return ""
	}
}

// KindOf returns what a text is; "" when nothing says so.
func KindOf(name string, data []byte) posture.Kind {
	if kind := KindOfName(name); kind != "" {
		return kind
	}
	docs, err := document.DecodeAll(name, data, func() any { return new(document.Node) }, document.Options{AllowUnknown: true, MaxBytes: maxInspect})
	if err != nil || len(docs) == 0 {
		if _, err := ReadRun(name, data); err == nil {
			return posture.Run
		}
		return ""
	}
	n, _ := docs[0].(*document.Node)
	first := *n
	for item := range n.Items() {
		first = item
		break
	}
	has := func(keys ...string) bool {
		for _, key := range keys {
			if _, ok := first.Get(key); !ok {
				return false
			}
		}
		return true
	}
	switch {
	case has("Config", "HostConfig"):
		return posture.Inspect
	case n.Kind() == document.Map && has("apiVersion", "kind"):
		return posture.Kubernetes
	case n.Kind() == document.Map && has("services"):
		return posture.Compose
	case n.Kind() == document.Scalar:
		if _, err := ReadRun(name, data); err == nil {
			return posture.Run
		}
	}
	return ""
}
