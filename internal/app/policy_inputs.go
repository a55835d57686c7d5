package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

// readPolicyInputs makes of a file the documents that checks look at.
func readPolicyInputs(ctx context.Context, kind posture.Kind, file string, data []byte) ([]posture.Input, []string, error) {
	switch kind {
	case posture.Dockerfile:
		ignore, err := dockerignore(file)
		if err != nil {
			return nil, nil, err
		}
		d, err := dockerfile.Read(file, data, ignore)
		if err != nil {
			return nil, nil, err
		}
		return []posture.Input{{Kind: kind, File: file, Document: d}}, nil, nil
	default:
		return workload.Inputs(ctx, kind, file, data)
	}
}

// dockerignore reads what a Dockerfile's context leaves out: the file of its own, or
// that of its folder.
func dockerignore(file string) (dockerfile.Ignore, error) {
	if file == "-" {
		return dockerfile.Ignore{}, nil
	}
	out := dockerfile.Ignore{Known: true}
	for _, name := range []string{file + ".dockerignore", filepath.Join(filepath.Dir(file), ".dockerignore")} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return out, err
		}
		if info.Size() > dockerfile.MaxBytes {
			return out, fmt.Errorf("%s: larger than %d bytes", name, dockerfile.MaxBytes)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return out, err
		}
		out.Present = true
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				out.Patterns = append(out.Patterns, line)
			}
		}
		return out, nil
	}
	return out, nil
}

// kindOfName returns what a file is by its name alone; "" when that says nothing.
func kindOfName(path string) posture.Kind {
	name := strings.ToLower(filepath.Base(path))
	stem, ending := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	switch {
	case ending == ".dockerignore":
		return ""
	case stem == "dockerfile" || stem == "containerfile" || ending == ".dockerfile" || ending == ".containerfile" || strings.HasPrefix(name, "dockerfile.") || strings.HasPrefix(name, "dockerfile-"):
		return posture.Dockerfile
	default:
		return workload.KindOfName(path)
	}
}

// kindInFolder returns what a file of a folder is: by its name, when manifests of
// Kubernetes are meant, every file of YAML, and when images are, every archive.
func (o *PolicyOptions) kindInFolder(path string) posture.Kind {
	ending := strings.ToLower(filepath.Ext(path))
	if o.Kind == posture.Kubernetes && (ending == ".yaml" || ending == ".yml") {
		return o.Kind
	}
	if o.Kind == posture.Image && archiveName(path) {
		return o.Kind
	}
	return kindOfName(path)
}

// overrides reports whether a compose file is laid over another one beside it.
func overrides(path string) bool {
	base := filepath.Base(path)
	stem, ending, ok := strings.Cut(base, ".override.")
	if !ok {
		return false
	}
	first := filepath.Join(filepath.Dir(path), stem+"."+ending)
	if workload.Override(first) != path {
		return false
	}
	_, err := os.Stat(first)
	return err == nil
}

// policyKind returns what a file is by its name, or what stands in it.
func policyKind(name string, data []byte) posture.Kind {
	if kind := kindOfName(name); kind != "" {
		return kind
	}
	for line := range strings.Lines(string(data)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToLower(word) {
		case "", "#":
			continue
		case "from", "arg":
			return posture.Dockerfile
		default:
			if strings.HasPrefix(word, "#") {
				continue
			}
			return workload.KindOf(name, data)
		}
	}
	return workload.KindOf(name, data)
}
