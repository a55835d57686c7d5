package respond

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/container"
)

// The rules by which nothing is done to a container.
const (
	neverSelf  = "own_container"
	neverNamed = "container_allowlist"
)

// ContainerRules returns all of them.
func ContainerRules() []string { return []string{neverSelf, neverNamed} }

// Self returns the ids, or their beginnings, of the containers that this process is in; none on a machine of its own.
// Proc is the folder with processes, such as /proc.
func Self(proc string) ([]string, error) {
	// With control groups of its own a container is the root of them, but the files that its
	// engine mounts in it lie in a folder of its id.
	var ids []string
	for name, pattern := range map[string]*regexp.Regexp{
		"cgroup":    regexp.MustCompile(`(?:docker[-/]|cri-containerd-|crio-|libpod-|/)([0-9a-f]{64})\b`),
		"mountinfo": regexp.MustCompile(`/containers/([0-9a-f]{64})/`),
	} {
		data, err := os.ReadFile(filepath.Join(proc, "self", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // no Linux
		}
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(data)) {
			if name == "mountinfo" { // only what is mounted from there; not what others mount
				f := strings.Fields(line)
				if len(f) < 5 || !slices.Contains([]string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}, f[4]) {
					continue
				}
			}
			for _, match := range pattern.FindAllStringSubmatch(line, -1) {
				ids = append(ids, match[1])
			}
		}
	}
	// By default the name of the host is the beginning of the id.
	if name, err := os.Hostname(); err == nil && regexp.MustCompile(`^[0-9a-f]{12,64}$`).MatchString(name) {
		ids = append(ids, name)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// spared returns the rule by which nothing is done to the container, and what to tell; "" when
// something may be.
func (p *plan) spared(c *container.Container, self []string) (rule, why string) {
	switch n := &p.Containers.Never; {
	case slices.ContainsFunc(self, func(id string) bool { return strings.HasPrefix(c.ID, id) }):
		return neverSelf, "Sasumata itself runs in the container " + c.Name + " (" + neverSelf + ")"
	case slices.ContainsFunc(n.Names, func(pattern string) bool { ok, err := path.Match(pattern, c.Name); return ok && err == nil }):
		return neverNamed, "nothing is done to the container " + c.Name + ": its name is in responses.containers.never.names (" + neverNamed + ")"
	case slices.ContainsFunc(n.Labels, func(want string) bool {
		key, value, hasValue := strings.Cut(want, "=")
		got, has := c.Labels[key]
		return has && (!hasValue || got == value)
	}):
		return neverNamed, "nothing is done to the container " + c.Name + ": it has a label of responses.containers.never.labels (" + neverNamed + ")"
	}
	return "", ""
}
