package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// DockerRoot is where Docker keeps its containers, each in a folder with its logs.
	DockerRoot = "/var/lib/docker/containers"
	// dockerLogs are the logs of the driver json-file below it.
	dockerLogs = "*/*-json.log"
	// maxDockerConfig is the size in bytes of the largest description of a container.
	maxDockerConfig = 4 << 20
	// renamedEvery is how often it is looked whether a container was renamed.
	renamedEvery = 10 * time.Second
	// maxDockerTags is how many tags a container may name itself.
	maxDockerTags = 50
)

// DockerPattern returns the pattern of the logs below the folder of containers.
func DockerPattern(root string) string { return filepath.Join(root, dockerLogs) }

// Container is a container of Docker whose output is followed. It says of the records
// who wrote them: the container's name is the service, that of its image the source, and
// tags tell of name, id, image, and what labels say in the words of Datadog and Compose.
// It is for one Tail.
type Container struct {
	id     string
	config string
	given  record.Record // what the configuration says wins
	label  record.Record
	now    func() time.Time
	looked time.Time
	seen   os.FileInfo
}

// NewContainer returns the container with that log. The label is what is said of its
// records in any case.
func NewContainer(log string, label record.Record, now func() time.Time) *Container {
	folder := filepath.Dir(log)
	c := &Container{id: filepath.Base(folder), config: filepath.Join(folder, "config.v2.json"), given: label, now: now}
	c.describe(&dockerConfig{})
	c.refresh()
	return c
}

// ID returns the container's id.
func (c *Container) ID() string { return c.id }

func (c *Container) record(text string) record.Record {
	r := c.label
	r.Text = text
	return r
}

// refresh reads the description again if it changed, now and then. One that cannot be
// read changes nothing.
func (c *Container) refresh() {
	now := c.now()
	if since := now.Sub(c.looked); since >= 0 && since < renamedEvery {
		return
	}
	c.looked = now
	info, err := os.Stat(c.config)
	if err != nil || c.seen != nil && os.SameFile(info, c.seen) && info.ModTime().Equal(c.seen.ModTime()) && info.Size() == c.seen.Size() {
		return
	}
	if d, err := readDocker(c.config); err == nil {
		c.describe(d)
		c.seen = info
	}
}

// dockerConfig is what is read of config.v2.json; there are secrets in it, too.
type dockerConfig struct {
	Name   string
	Config struct {
		Image  string
		Labels map[string]string
		Tty    bool
	}
}

func readDocker(path string) (*dockerConfig, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDockerConfig+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxDockerConfig {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxDockerConfig)
	}
	d := &dockerConfig{}
	return d, json.Unmarshal(text, d)
}

// describe makes the label.
func (c *Container) describe(d *dockerConfig) { c.label = d.label(c.id, &c.given) }

// label returns what is said of the records of a container; what is given wins.
func (d *dockerConfig) label(id string, given *record.Record) record.Record {
	r := record.Record{Tags: slices.Clone(given.Tags)}
	tag := func(key, value string) {
		if value != "" {
			r.Tags = append(r.Tags, key+":"+value)
		}
	}
	name, labels := strings.TrimPrefix(d.Name, "/"), d.Config.Labels
	tag("container_id", id)
	tag("container_name", name)
	tag("image", d.Config.Image)
	tag("compose_project", labels["com.docker.compose.project"])
	tag("compose_service", labels["com.docker.compose.service"])
	tag("env", labels["com.datadoghq.tags.env"])
	tag("version", labels["com.datadoghq.tags.version"])
	var said []struct {
		Source, Service string
		Tags            []string
	}
	if json.Unmarshal([]byte(labels["com.datadoghq.ad.logs"]), &said) == nil && len(said) > 0 {
		r.Source, r.Service = said[0].Source, said[0].Service
		for _, own := range said[0].Tags[:min(len(said[0].Tags), maxDockerTags)] {
			if key, _, _ := strings.Cut(own, ":"); !reservedTag(key) {
				r.Tags = append(r.Tags, own)
			}
		}
	}
	first := func(to *string, texts ...string) {
		for _, text := range texts {
			if *to == "" {
				*to = text
			}
		}
	}
	first(&r.Service, labels["com.datadoghq.tags.service"], name)
	first(&r.Source, imageName(d.Config.Image))
	if given.Service != "" {
		r.Service = given.Service
	}
	if given.Source != "" {
		r.Source = given.Source
	}
	r.Host = given.Host
	r.Clip()
	return r
}

// reservedTag reports whether a container may not set the tag itself.
func reservedTag(key string) bool {
	switch key {
	case "sender", "container_id", "container_name", "image":
		return true
	}
	return false
}

// imageName returns the last part of an image's name, without registry, tag and digest.
func imageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndexByte(image, '/')+1:]
	image, _, _ = strings.Cut(image, ":")
	if image == "sha256" {
		return ""
	}
	return image
}
