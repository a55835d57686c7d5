package container

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Inspect returns what the engine knows of a container.
func (e *Engine) Inspect(ctx context.Context, id string) (*Container, error) {
	return about(ctx, id, "inspect the container", func(ctx context.Context) (*Container, error) {
		r, err := e.client.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
		if err != nil {
			return nil, err
		}
		if !IsID(r.Container.ID) {
			return nil, errors.New("the engine's answer has no id")
		}
		return read(&r.Container, r.Raw), nil
	})
}

// read takes an answer apart; an engine that is not Docker's may leave out anything.
func read(r *container.InspectResponse, raw json.RawMessage) *Container {
	c := &Container{
		ID: r.ID, Name: strings.TrimPrefix(r.Name, "/"), ImageID: r.Image, RestartCount: r.RestartCount,
		Path: r.Path, Args: r.Args, Driver: r.Driver, Raw: raw,
	}
	if s := r.State; s != nil {
		c.State = State{
			Status: string(s.Status), Pid: s.Pid, OOMKilled: s.OOMKilled, ExitCode: s.ExitCode, Error: s.Error,
			Created: instant(r.Created), Started: instant(s.StartedAt), Finished: instant(s.FinishedAt),
		}
		if s.Health != nil {
			c.Health = string(s.Health.Status)
		}
	}
	if own := r.Config; own != nil {
		c.Image, c.Labels, c.User, c.TTY = own.Image, own.Labels, own.User, own.Tty
		c.Project, c.Service = own.Labels["com.docker.compose.project"], own.Labels["com.docker.compose.service"]
	}
	if h := r.HostConfig; h != nil {
		c.RestartPolicy = string(h.RestartPolicy.Name)
		c.Config = allowed(h)
	}
	if r.GraphDriver != nil {
		c.UpperDir = r.GraphDriver.Data["UpperDir"]
	}
	for _, m := range r.Mounts {
		c.Mounts = append(c.Mounts, Mount{Type: string(m.Type), Name: m.Name, Source: m.Source, Destination: m.Destination, Writable: m.RW})
	}
	slices.SortFunc(c.Mounts, func(a, b Mount) int { return strings.Compare(a.Destination, b.Destination) })
	if r.NetworkSettings != nil {
		for name, n := range r.NetworkSettings.Networks {
			if n != nil {
				c.Networks = append(c.Networks, connection(name, n))
			}
		}
		slices.SortFunc(c.Networks, func(a, b Network) int { return strings.Compare(a.Name, b.Name) })
	}
	return c
}

// allowed returns what a container may.
func allowed(h *container.HostConfig) Config {
	c := Config{
		Privileged: h.Privileged, CapAdd: capabilities(h.CapAdd), CapDrop: capabilities(h.CapDrop), SecurityOpt: slices.Sorted(slices.Values(h.SecurityOpt)),
		NetworkMode: string(h.NetworkMode), PidMode: string(h.PidMode), IpcMode: string(h.IpcMode), UsernsMode: string(h.UsernsMode),
		ReadonlyRootfs: h.ReadonlyRootfs, Memory: max(h.Memory, 0), CPUs: float64(h.NanoCPUs) / 1e9,
	}
	if h.NanoCPUs == 0 && h.CPUQuota > 0 {
		period := h.CPUPeriod
		if period <= 0 {
			period = 100_000 // of the kernel, in microseconds
		}
		c.CPUs = float64(h.CPUQuota) / float64(period)
	}
	if h.PidsLimit != nil {
		c.Pids = max(*h.PidsLimit, 0)
	}
	for _, d := range h.Devices {
		c.Devices = append(c.Devices, d.PathOnHost+":"+d.PathInContainer)
	}
	return c
}

// capabilities returns names in one form.
func capabilities(names []string) []string {
	all := make([]string, 0, len(names))
	for _, name := range names {
		if name = strings.ToUpper(name); name != "ALL" && !strings.HasPrefix(name, "CAP_") {
			name = "CAP_" + name
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func connection(name string, n *network.EndpointSettings) Network {
	c := Network{Name: name, ID: n.NetworkID, Aliases: n.Aliases}
	for _, a := range []netip.Addr{n.IPAddress, n.GlobalIPv6Address} {
		if a.IsValid() {
			c.Addresses = append(c.Addresses, a)
		}
	}
	if n.IPAMConfig != nil {
		for _, a := range []netip.Addr{n.IPAMConfig.IPv4Address, n.IPAMConfig.IPv6Address} {
			if a.IsValid() {
				c.Static = append(c.Static, a)
			}
		}
	}
	return c
}

// instant reads a time; engines write the year 1 for never.
func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}
