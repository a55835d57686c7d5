package container

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Spec is a container to be made for a trial. It cannot have what reaches out of it: ports
// of the host, its namespaces and devices, folders that can be written.
type Spec struct {
	// Name is the container's; Image has to be there: nothing is pulled.
	Name, Image string
	// Entrypoint and Command replace those of the image; nil leaves them.
	Entrypoint, Command []string
	// Env has texts of the form NAME=value.
	Env []string
	// User and WorkingDir are those of the image, and Hostname the engine's, when they are "".
	User, WorkingDir, Hostname string
	// TTY gives it a terminal, OpenStdin an input that stays open.
	TTY, OpenStdin bool
	// Init has the engine start a first process of its own; nil leaves it to the engine.
	Init *bool
	// Labels are those of the container and of its Volumes.
	Labels map[string]string

	// CapAdd, CapDrop, SecurityOpt and GroupAdd are as docker run has them.
	CapAdd, CapDrop, SecurityOpt, GroupAdd []string
	// ReadOnly makes its own file system such that it cannot be written.
	ReadOnly bool
	// Tmpfs maps folders that lie in memory to the options of their mount.
	Tmpfs map[string]string
	// Volumes are folders that get a fresh volume each, which goes with the container.
	Volumes []string
	// Files maps places in the container to files of the host that it can only read.
	Files map[string]string
	// Sysctls are parameters of the kernel, for its own namespaces.
	Sysctls map[string]string
	// Ulimits maps a name, such as nofile, to its soft and its hard limit.
	Ulimits map[string][2]int64

	// CPUs is how many cores it may use, Memory and Shm are in bytes, Pids is a number of
	// processes; 0 leaves it to the engine.
	CPUs              float64
	Memory, Shm, Pids int64
	// NoSwap has Memory count what is swapped, too.
	NoSwap bool
	// Retries is how often the engine starts it again after it ended with an error.
	Retries int

	// Health is its check, such as CMD-SHELL and a command; nil is that of the image, NONE
	// none at all. It is asked every HealthEvery, and failures do not count.
	Health                     []string
	HealthEvery, HealthTimeout time.Duration

	// Network is the name or id of the only network that it is on, or none; Aliases are its
	// names there.
	Network string
	Aliases []string
}

const (
	// trialLog is how much output of a made container the engine keeps.
	trialLog = "1m"
	// neverUnhealthy is longer than anybody waits for a made container: who made it decides.
	neverUnhealthy = time.Hour
)

// Create makes a container without starting it, and returns its id. ErrNotFound says that
// there is no such image.
func (e *Engine) Create(ctx context.Context, s *Spec) (id string, err error) {
	config := &container.Config{
		Image: s.Image, Entrypoint: s.Entrypoint, Cmd: s.Command, Env: s.Env, User: s.User, WorkingDir: s.WorkingDir, Hostname: s.Hostname,
		Tty: s.TTY, OpenStdin: s.OpenStdin, Labels: s.Labels,
		Healthcheck: &container.HealthConfig{Test: s.Health, Interval: s.HealthEvery, Timeout: s.HealthTimeout, StartPeriod: neverUnhealthy},
	}
	host := &container.HostConfig{
		NetworkMode: container.NetworkMode(s.Network), CapAdd: s.CapAdd, CapDrop: s.CapDrop, SecurityOpt: s.SecurityOpt, GroupAdd: s.GroupAdd,
		ReadonlyRootfs: s.ReadOnly, Tmpfs: s.Tmpfs, Sysctls: s.Sysctls, ShmSize: s.Shm, Init: s.Init,
		LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": trialLog}},
		Resources: container.Resources{Memory: s.Memory, NanoCPUs: int64(s.CPUs * 1e9)},
	}
	if s.NoSwap {
		host.MemorySwap = s.Memory
	}
	if s.Retries > 0 {
		host.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyOnFailure, MaximumRetryCount: s.Retries}
	}
	if s.Pids != 0 {
		host.PidsLimit = &s.Pids
	}
	for name, l := range s.Ulimits {
		host.Ulimits = append(host.Ulimits, &container.Ulimit{Name: name, Soft: l[0], Hard: l[1]})
	}
	for _, target := range s.Volumes {
		host.Mounts = append(host.Mounts, mount.Mount{Type: mount.TypeVolume, Target: target, VolumeOptions: &mount.VolumeOptions{Labels: s.Labels}})
	}
	for target, source := range s.Files {
		host.Mounts = append(host.Mounts, mount.Mount{Type: mount.TypeBind, Source: source, Target: target, ReadOnly: true})
	}
	networks := &network.NetworkingConfig{}
	if len(s.Aliases) > 0 {
		networks.EndpointsConfig = map[string]*network.EndpointSettings{s.Network: {Aliases: s.Aliases}}
	}
	return about(ctx, s.Name, "make the container", func(ctx context.Context) (string, error) {
		r, err := e.client.ContainerCreate(ctx, client.ContainerCreateOptions{Name: s.Name, Config: config, HostConfig: host, NetworkingConfig: networks})
		return r.ID, err
	})
}

// Start starts a container that was made.
func (e *Engine) Start(ctx context.Context, id string) error {
	_, err := about(ctx, id, "start the container", func(ctx context.Context) (client.ContainerStartResult, error) {
		return e.client.ContainerStart(ctx, id, client.ContainerStartOptions{})
	})
	return err
}

// Remove kills and removes a container, with the volumes that have no name.
func (e *Engine) Remove(ctx context.Context, id string) error {
	_, err := about(ctx, id, "remove the container", func(ctx context.Context) (client.ContainerRemoveResult, error) {
		return e.client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	})
	return err
}

// HasImage reports whether an image is there, by its name or id.
func (e *Engine) HasImage(ctx context.Context, image string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	_, err := e.client.ImageInspect(ctx, image)
	switch err = told("look for the image "+strconv.Quote(image), err); {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrNotFound):
		return false, nil
	default:
		return false, err
	}
}

// CreateNetwork makes a network from which nothing gets out of the machine.
func (e *Engine) CreateNetwork(ctx context.Context, name string, labels map[string]string) error {
	_, err := about(ctx, name, "make the network", func(ctx context.Context) (client.NetworkCreateResult, error) {
		return e.client.NetworkCreate(ctx, name, client.NetworkCreateOptions{Driver: "bridge", Internal: true, Labels: labels})
	})
	return err
}

// RemoveNetwork removes a network on which nobody is any more, by its name or id.
func (e *Engine) RemoveNetwork(ctx context.Context, name string) error {
	_, err := about(ctx, name, "remove the network", func(ctx context.Context) (client.NetworkRemoveResult, error) {
		return e.client.NetworkRemove(ctx, name, client.NetworkRemoveOptions{})
	})
	return err
}
