package workload

import (
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// Daemon is how the Docker daemon is set up: its daemon.json, with what its command
// line adds. It is what policies see as their document.
type Daemon struct {
	File string `json:"file"`
	// Lines names the lines of the keys of the file.
	Lines map[string]int `json:"lines"`
	// Settings are the keys of daemon.json as they are.
	Settings map[string]any `json:"settings"`
	// Host is what the machine says, nil when only a file was read.
	Host *Host `json:"host"`
}

// ReadDaemon reads a daemon.json. An empty file is one without settings.
func ReadDaemon(name string, data []byte) (*Daemon, error) {
	n, err := document.DecodeNode(name, data, document.Options{AllowUnknown: true, MaxBytes: maxFile})
	if err != nil {
		return nil, err
	}
	d := &Daemon{File: name, Lines: map[string]int{}, Settings: map[string]any{}}
	switch n.Kind() {
	case document.Null:
		return d, nil
	case document.Map:
	default:
		return nil, n.Pos().Fault("want the settings of a daemon: an object")
	}
	d.Settings = asMap(n.Any())
	for key := range n.Pairs() {
		d.Lines[key] = n.KeyPos(key).Line
	}
	return d, nil
}

// AddFlags adds what the command line of dockerd says: --icc=false, -H tcp://... An
// option that is given twice, or for a list, is added to what is there.
func (d *Daemon) AddFlags(args []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		key, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !given && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			value, given = args[i], true
		}
		if !given {
			value = "true"
		}
		switch key {
		case "H", "host":
			d.list("hosts", value)
		case "insecure-registry":
			d.list("insecure-registries", value)
		case "authorization-plugin":
			d.list("authorization-plugins", value)
		case "default-ulimit":
			d.Settings["default-ulimits"] = map[string]any{value: true}
		case "s":
			d.Settings["storage-driver"] = value
		case "l":
			d.Settings["log-level"] = value
		default:
			d.Settings[key] = scalar(value)
		}
	}
}

func (d *Daemon) list(key, value string) {
	d.Settings[key] = append(asList(d.Settings[key]), value)
}

// scalar reads true and false as such.
func scalar(text string) any {
	switch text {
	case "true":
		return true
	case "false":
		return false
	default:
		return text
	}
}
