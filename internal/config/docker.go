package config

import (
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/source"
)

// Docker are the logs of Docker's containers, as its driver json-file writes them.
type Docker struct {
	Label

	// Root is the folder of the containers.
	Root string `doc:"root"`
	// From is where the log of a container that is there at the very first start is read
	// from: end or beginning.
	From string `doc:"from"`

	At map[string]document.Pos `doc:",positions"`
}

// FromStart reports whether logs are read from their beginning.
func (d *Docker) FromStart() bool { return d.From == beginning }

func (k *checker) docker(d *Docker) {
	if d == nil {
		return
	}
	if d.Root == "" {
		d.Root = source.DockerRoot
	}
	k.label(&d.Label, d.At)
	k.from(d.From, d.At)
	k.fault(!filepath.IsAbs(d.Root), d.At, "root", "root %q wants to begin with /: a server has no current folder", d.Root)
	k.fault(strings.ContainsAny(d.Root, `*?[\`), d.At, "root", "root %q is one folder, without wildcards", d.Root)
}
