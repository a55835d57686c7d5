package image

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/posture/workload"
)

// manifest names the parts of one image.
type manifest struct {
	name, config string
	layers       []string
}

// saved is an entry of manifest.json, as docker save writes it.
type saved struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// descriptor names a part of an image in OCI's form.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
	Platform    struct {
		OS           string `json:"os"`
		Architecture string `json:"architecture"`
	} `json:"platform"`
}

// index is a list of manifests, or a manifest.
type index struct {
	Manifests []descriptor `json:"manifests"`
	Config    descriptor   `json:"config"`
	Layers    []descriptor `json:"layers"`
}

// configuration is that of an image; the rest of it is about running it.
type configuration struct {
	Created      string `json:"created"`
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Config       struct {
		User        string
		Env         []string
		Labels      map[string]string
		Healthcheck *struct{ Test []string }
	} `json:"config"`
	History []struct {
		CreatedBy string `json:"created_by"`
	} `json:"history"`
}

// images returns what the archive says of its images.
func (a *archive) images(o Options) (out []*Document, notes []string, err error) {
	all, notes, err := a.manifests()
	if err != nil {
		return nil, nil, err
	}
	if len(all) > maxImages {
		return nil, nil, fmt.Errorf("%w: more than %d images", ErrLimit, maxImages)
	}
	for _, m := range all {
		d, omitted, err := a.document(m, o)
		if err != nil {
			return nil, nil, fmt.Errorf("image %s: %w", Printable(m.name), err)
		}
		if omitted > 0 {
			notes = append(notes, fmt.Sprintf("image %s: %d more files that checks would look at are not listed", Printable(m.name), omitted))
		}
		out = append(out, d)
	}
	return out, notes, nil
}

// manifests returns the images of the archive: as docker save names them, else by OCI's
// index.
func (a *archive) manifests() (out []manifest, notes []string, err error) {
	if data, ok := a.descriptions["manifest.json"]; ok {
		var list []saved
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, nil, fmt.Errorf("%w: manifest.json: %w", ErrNoImage, err)
		}
		for _, s := range list {
			m := manifest{name: strings.TrimSuffix(s.Config, ".json"), config: s.Config, layers: s.Layers}
			if len(s.RepoTags) > 0 {
				m.name = s.RepoTags[0]
			}
			out = append(out, m)
		}
	} else if _, ok := a.descriptions["index.json"]; ok {
		if out, notes, err = a.listed("index.json", "", 0); err != nil {
			return nil, nil, err
		}
	} else {
		return nil, nil, fmt.Errorf("%w: neither manifest.json nor index.json is in it: docker save writes one, docker export does not", ErrNoImage)
	}
	if len(out) == 0 {
		return nil, nil, fmt.Errorf("%w: it names no image that is in it", ErrNoImage)
	}
	return out, notes, nil
}

// listed follows an index to its manifests. Platforms that the archive does not hold are
// noted; attestations are no images.
func (a *archive) listed(file, name string, depth int) (out []manifest, notes []string, err error) {
	var i index
	if err := json.Unmarshal(a.descriptions[file], &i); err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrNoImage, Printable(file), err)
	}
	if i.Config.Digest != "" {
		m := manifest{name: name, config: blobName(i.Config.Digest)}
		for _, l := range i.Layers {
			m.layers = append(m.layers, blobName(l.Digest))
		}
		return []manifest{m}, nil, nil
	}
	if depth > 3 || len(i.Manifests) > maxImages {
		return nil, nil, fmt.Errorf("%w: an index in an index, or more than %d images", ErrLimit, maxImages)
	}
	for _, m := range i.Manifests {
		if m.Annotations["vnd.docker.reference.type"] != "" || m.Platform.OS == "unknown" {
			continue
		}
		inner := name
		for _, key := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
			if inner == "" {
				inner = m.Annotations[key]
			}
		}
		if inner == "" {
			inner = m.Digest
		}
		file := blobName(m.Digest)
		if _, ok := a.descriptions[file]; !ok {
			notes = append(notes, fmt.Sprintf("the image %s for %s is not in the archive", Printable(inner), Printable(m.Platform.OS+"/"+m.Platform.Architecture)))
			continue
		}
		more, told, err := a.listed(file, inner, depth+1)
		if err != nil {
			return nil, nil, err
		}
		if out, notes = append(out, more...), append(notes, told...); len(out) > maxImages {
			return nil, nil, fmt.Errorf("%w: more than %d images", ErrLimit, maxImages)
		}
	}
	return out, notes, nil
}

// blobName returns where a part is that a digest names.
func blobName(digest string) string {
	return "blobs/" + strings.Replace(digest, ":", "/", 1)
}

// document makes one of an image.
func (a *archive) document(m manifest, o Options) (*Document, int, error) {
	config, err := clean(m.config)
	if err != nil {
		return nil, 0, err
	}
	data, ok := a.descriptions[a.follow(config)]
	if !ok {
		return nil, 0, fmt.Errorf("%w: its configuration %s is not in the archive", ErrNoImage, Printable(m.config))
	}
	var c configuration
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, 0, fmt.Errorf("%w: its configuration: %w", ErrNoImage, err)
	}
	if len(m.layers) > maxLayers {
		return nil, 0, fmt.Errorf("%w: more than %d layers", ErrLimit, maxLayers)
	}
	var layers []*layer
	for _, name := range m.layers {
		file, err := clean(name)
		if err != nil {
			return nil, 0, err
		}
		l := a.layers[a.follow(file)]
		switch {
		case l == nil:
			return nil, 0, fmt.Errorf("%w: the layer %s is not in the archive", ErrNoImage, Printable(name))
		case l.fault != nil:
			return nil, 0, fmt.Errorf("the layer %s: %w", Printable(name), l.fault)
		}
		layers = append(layers, l)
	}
	d := &Document{
		Name: m.name, Platform: strings.Trim(c.OS+"/"+c.Architecture, "/"), Age: -1, User: c.Config.User,
		Env: []workload.Variable{}, Labels: []workload.Variable{}, Steps: []Step{}, Files: []File{}, Accounts: []Account{}, Caches: []Cache{},
	}
	d.configured(&c, o.Now)
	omitted, err := a.merge(d, layers)
	d.Root = d.root()
	return d, omitted, err
}

// first is when the first images of this kind were built: what is older is no time.
func first() time.Time { return time.Date(2013, 3, 1, 0, 0, 0, 0, time.UTC) }

func (d *Document) configured(c *configuration, now time.Time) {
	if t, err := time.Parse(time.RFC3339Nano, c.Created); err == nil && t.After(first()) {
		d.Created, d.Age = t.UTC().Format(time.RFC3339), max(int(now.Sub(t)/(24*time.Hour)), 0)
	}
	if h := c.Config.Healthcheck; h != nil {
		d.Health = len(h.Test) > 0 && h.Test[0] != "NONE"
	}
	for _, one := range c.Config.Env[:min(len(c.Config.Env), maxListed)] {
		key, value, _ := strings.Cut(one, "=")
		d.Env = append(d.Env, workload.NewVariable(key, value))
	}
	keys := slices.Sorted(maps.Keys(c.Config.Labels))
	for _, key := range keys[:min(len(keys), maxListed)] {
		d.Labels = append(d.Labels, workload.NewVariable(key, c.Config.Labels[key]))
	}
	for n, h := range c.History[:min(len(c.History), maxHistory)] {
		text := h.CreatedBy
		if len(text) > maxStep {
			text = strings.ToValidUTF8(text[:maxStep], "")
		}
		s := newStep(text)
		s.Number = n + 1
		d.Steps = append(d.Steps, s)
	}
}

// newStep reads an entry of the history, as the two builders of Docker and Buildah write
// them:
//
//	/bin/sh -c #(nop)  ENV A=b          ENV A=b
//	|1 A=b /bin/sh -c make              RUN |1 A=b /bin/sh -c make # buildkit
func newStep(text string) Step {
	s := Step{Variables: []workload.Variable{}}
	if _, rest, ok := strings.Cut(text, "#(nop)"); ok {
		text = rest
	}
	text = strings.TrimSuffix(strings.TrimSpace(text), "# buildkit")
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "ENV", "ARG":
		s.variables(rest)
		return s
	case "LABEL", "COPY", "ADD", "CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "USER", "WORKDIR", "HEALTHCHECK", "STOPSIGNAL", "SHELL", "MAINTAINER", "ONBUILD", "FROM":
		return s
	case "RUN":
		text = rest
	}
	if m := regexp.MustCompile(`^\|\d+ `).FindString(text); m != "" {
		given, command, _ := strings.Cut(text[len(m):], " /bin/")
		s.variables(given)
		text = "/bin/" + command
	}
	s.Command = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "/bin/sh -c "))
	return s
}

// variables reads NAME=value, and more of them behind it. Builders write no quotes, so a
// value ends where the next name begins.
func (s *Step) variables(text string) {
	names := regexp.MustCompile(`(?:^|\s)([A-Za-z_][A-Za-z0-9_.-]*)=`).FindAllStringSubmatchIndex(text, maxListed)
	for i, at := range names {
		end := len(text)
		if i+1 < len(names) {
			end = names[i+1][0]
		}
		value := strings.Trim(strings.TrimSpace(text[at[1]:end]), `"'`)
		s.Variables = append(s.Variables, workload.NewVariable(text[at[2]:at[3]], value))
	}
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
