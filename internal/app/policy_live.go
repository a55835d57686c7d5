package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

// daemonFile is where the settings of the Docker daemon are.
const daemonFile = "/etc/docker/daemon.json"

// live returns what is looked at without a file: containers that run, and the daemon of
// this machine.
func (o *PolicyOptions) live(ctx context.Context) ([]policyFile, error) {
	var out []policyFile
	if len(o.Containers) > 0 || o.AllContainers {
		found, err := o.inspected(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if o.Machine {
		f, err := thisDaemon()
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// openEngine opens the engine at an address, by default the environment's.
func openEngine(address string) (*container.Engine, error) {
	return container.Open(cmp.Or(address, os.Getenv("DOCKER_HOST"), "unix:///var/run/docker.sock"), nil)
}

// inspected asks the engine for containers.
func (o *PolicyOptions) inspected(ctx context.Context) ([]policyFile, error) {
	engine, err := openEngine(o.Engine)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	names := o.Containers
	if o.AllContainers {
		all, err := engine.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			if c.Status == "running" || c.Status == "paused" || c.Status == "restarting" {
				names = append(names, c.ID)
			}
		}
	}
	var out []policyFile
	for _, name := range names {
		c, err := engine.Inspect(ctx, name)
		switch {
		case errors.Is(err, container.ErrNotFound) && o.AllContainers:
			continue // it ended since it was listed
		case err != nil:
			return nil, err
		}
		file := "container:" + cmp.Or(c.Name, c.ID)
		if !json.Valid(c.Raw) {
			return nil, fmt.Errorf("%s: the engine's answer is no JSON", file)
		}
		out = append(out, policyFile{name: file, kind: posture.Inspect, data: c.Raw})
	}
	return out, nil
}

// thisDaemon looks at the Docker daemon of this machine.
func thisDaemon() (policyFile, error) {
	data, err := workload.ReadFile(daemonFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return policyFile{}, err
	}
	d, err := workload.ReadDaemon(daemonFile, data)
	if err != nil {
		return policyFile{}, err
	}
	d.Host = workload.ReadHost("/")
	d.AddFlags(d.Host.Arguments)
	return policyFile{name: daemonFile, kind: posture.Daemon, inputs: []posture.Input{{Kind: posture.Daemon, File: daemonFile, Document: d}}}, nil
}
