package config

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/source"
)

// Docker are the logs of Docker's containers: as the engine tells them by its API, or as
// its driver json-file writes them.
type Docker struct {
	Label

	// Disabled leaves containers alone.
	Disabled bool `doc:"disabled"`
	// Address is where the engine listens; "" means that files are read.
	Address string `doc:"address"`
	// TLS encrypts the connection over TCP.
	TLS *DialTLS `doc:"tls"`
	// Containers are the names of those to follow, with wildcards, and Labels are what each
	// must have; none means all. Only the engine knows them.
	Containers []string `doc:"containers,single"`
	Labels     []string `doc:"labels,single"`
	// Root is the folder of the containers, for files.
	Root string `doc:"root"`
	// From is where the log of a container that is there at the very first start is read
	// from: end or beginning.
	From string `doc:"from"`

	At map[string]document.Pos `doc:",positions"`
}

// FromStart reports whether logs are read from their beginning.
func (d *Docker) FromStart() bool { return d.From == beginning }

// maxNames is how many names of containers, and of labels, there may be.
const maxNames = 100

func (k *checker) docker(d *Docker) {
	if d == nil {
		return
	}
	asks := d.TLS != nil || len(d.Containers) > 0 || len(d.Labels) > 0
	if d.Address == "" && asks {
		d.Address = source.DefaultEngine
	}
	if d.Address != "" {
		err := source.EngineAddress(d.Address)
		k.Fault(err != nil, d.At, "address", "address %v", err)
		k.Fault(d.Root != "", d.At, "root", "root is for files: with address, containers, labels or tls the engine is asked")
		k.Fault(d.TLS != nil && strings.HasPrefix(d.Address, "unix:"), d.At, "tls", "tls is for tcp: a socket of this machine needs none")
	}
	if d.Root == "" {
		d.Root = source.DockerRoot
	}
	k.label(&d.Label, d.At)
	k.from(d.From, d.At)
	k.dialTLS(d.TLS)
	k.Fault(!filepath.IsAbs(d.Root), d.At, "root", "root %q wants to begin with /: a server has no current folder", d.Root)
	k.Fault(strings.ContainsAny(d.Root, `*?[\`), d.At, "root", "root %q is one folder, without wildcards", d.Root)
	for key, names := range map[string][]string{"containers": d.Containers, "labels": d.Labels} {
		k.Fault(slices.Contains(names, "") || len(names) > maxNames, d.At, key, "%s wants at most %d names, none of them empty", key, maxNames)
	}
	for _, name := range d.Containers {
		_, err := path.Match(name, "")
		k.Fault(err != nil, d.At, "containers", "containers: %q is no pattern: a [ is not closed", name)
	}
}
