package api

import (
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/sasumata/sasumata/internal/container"
)

// Containers is what is asked about the containers that the server watches.
type Containers struct {
	// View returns how watching is; nil, and why, when nobody watches.
	View func() (view *container.View, why string)
	// Find returns one container and its samples.
	Find func(idOrName string) (one container.Watched, history []container.Point, ok bool)
}

// ContainerList is how watching is.
type ContainerList struct {
	// Watching says that there is an engine to watch; else Why says why not.
	Watching bool   `json:"watching"`
	Why      string `json:"why,omitempty"`
	// Address, Engine and API are the engine's address, version and protocol.
	Address string `json:"address,omitempty"`
	Engine  string `json:"engine,omitempty"`
	API     string `json:"api,omitempty"`
	// Connected says that the engine's events are followed; Since is since when that is so, or
	// not, and Error is why not.
	Connected bool       `json:"connected"`
	Since     *time.Time `json:"since,omitempty"`
	Error     string     `json:"error,omitempty"`
	// Blind is what cannot be seen: see container.View.
	Blind []string `json:"blind"`
	// LeftOut is how many containers are not watched, as there are too many.
	LeftOut    int             `json:"left_out"`
	Containers []ContainerInfo `json:"containers"`
}

// ContainerInfo is one container.
type ContainerInfo struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Image    string     `json:"image"`
	Project  string     `json:"compose_project,omitempty"`
	Service  string     `json:"compose_service,omitempty"`
	State    string     `json:"state"`
	Health   string     `json:"health,omitempty"`
	Started  *time.Time `json:"started,omitempty"`
	Restarts int        `json:"restarts"`
	Crashes  int64      `json:"crashes"`
	// Powers are what it may that others may not, Written the files that it wrote though it is
	// not to (at most 20), WrittenCount how many there are.
	Powers       []string `json:"powers"`
	Immutable    bool     `json:"immutable"`
	Written      []string `json:"written"`
	WrittenCount int      `json:"written_count"`
	// Usage is the last sample; absent when there is none, and Problem may say why.
	Usage   *ContainerUsage `json:"usage,omitempty"`
	Problem string          `json:"problem,omitempty"`
}

// ContainerUsage is what a container uses. What is not known is absent.
type ContainerUsage struct {
	At            time.Time `json:"at"`
	CPU           *float64  `json:"cpu_percent,omitempty"`
	CPUOfLimit    *float64  `json:"cpu_limit_percent,omitempty"`
	Cores         float64   `json:"cpu_limit_cores,omitempty"`
	Memory        int64     `json:"memory_bytes"`
	MemoryLimit   int64     `json:"memory_limit_bytes,omitempty"`
	MemoryOfLimit *float64  `json:"memory_percent,omitempty"`
	OOMKills      int64     `json:"oom_kills"`
	Pids          int64     `json:"pids"`
	PidsLimit     int64     `json:"pids_limit,omitempty"`
	Connections   *int64    `json:"connections,omitempty"`
	UDPSockets    *int64    `json:"udp_sockets,omitempty"`
	Received      *float64  `json:"received_rate,omitempty"`
	Sent          *float64  `json:"sent_rate,omitempty"`
	Disk          *float64  `json:"disk_percent,omitempty"`
	DiskShared    bool      `json:"disk_shared,omitempty"`
}

// ContainerDetail is one container with what it was given and what it used lately.
type ContainerDetail struct {
	Container ContainerInfo `json:"container"`

	Command     []string           `json:"command"`
	User        string             `json:"user,omitempty"`
	Restart     string             `json:"restart_policy,omitempty"`
	Privileged  bool               `json:"privileged"`
	ReadOnly    bool               `json:"read_only"`
	CapAdd      []string           `json:"cap_add"`
	CapDrop     []string           `json:"cap_drop"`
	NetworkMode string             `json:"network_mode"`
	PidMode     string             `json:"pid_mode,omitempty"`
	Networks    []ContainerNetwork `json:"networks"`
	Mounts      []ContainerMount   `json:"mounts"`
	// History are samples of the last minutes, the oldest first.
	History []ContainerPoint `json:"history"`
}

// ContainerNetwork is one that a container is connected to.
type ContainerNetwork struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"`
}

// ContainerMount is a folder, file or volume in a container.
type ContainerMount struct {
	Type        string `json:"type"`
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination"`
	Writable    bool   `json:"writable"`
}

// ContainerPoint is a sample of long ago.
type ContainerPoint struct {
	At          time.Time `json:"at"`
	CPU         *float64  `json:"cpu_percent,omitempty"`
	Memory      int64     `json:"memory_bytes"`
	Connections *int64    `json:"connections,omitempty"`
}

func (c *Containers) list(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	l := ContainerList{Blind: []string{}, Containers: []ContainerInfo{}}
	v, why := c.View()
	if v == nil {
		l.Why = why
		return l, nil
	}
	l.Watching, l.Address, l.Engine, l.API, l.Connected, l.Error, l.Blind, l.LeftOut = true, v.Address, v.About.Version, v.About.API, v.Connected, v.LastError, v.Blind, v.LeftOut
	l.Since = moment(v.Since)
	for i := range v.Containers {
		l.Containers = append(l.Containers, infoOf(&v.Containers[i]))
	}
	return l, nil
}

// errNoContainer says that no such container is watched.
var errNoContainer = errors.New("no such container is watched")

func (c *Containers) get(r *http.Request) (any, error) {
	if _, err := known(r); err != nil {
		return nil, err
	}
	one, history, ok := c.Find(r.PathValue("id"))
	if !ok {
		return nil, errNoContainer
	}
	is := &one.Container
	d := ContainerDetail{
		Container: infoOf(&one), Command: append([]string{is.Path}, is.Args...), User: is.User, Restart: is.RestartPolicy, Privileged: is.Privileged, ReadOnly: is.ReadonlyRootfs,
		CapAdd: listOf(is.CapAdd), CapDrop: listOf(is.CapDrop), NetworkMode: is.NetworkMode, PidMode: is.PidMode,
		Networks: []ContainerNetwork{}, Mounts: []ContainerMount{}, History: make([]ContainerPoint, 0, len(history)),
	}
	for _, n := range is.Networks {
		addresses := []string{}
		for _, a := range n.Addresses {
			addresses = append(addresses, a.String())
		}
		d.Networks = append(d.Networks, ContainerNetwork{n.Name, addresses})
	}
	for _, m := range is.Mounts {
		d.Mounts = append(d.Mounts, ContainerMount{m.Type, m.Source, m.Destination, m.Writable})
	}
	for _, p := range history {
		point := ContainerPoint{At: time.Unix(p.At, 0).UTC(), Memory: p.Memory}
		if p.CPU >= 0 {
			cpu := math.Round(float64(p.CPU)*10) / 10
			point.CPU = &cpu
		}
		if n := int64(p.Connections); n >= 0 {
			point.Connections = &n
		}
		d.History = append(d.History, point)
	}
	return d, nil
}

// infoOf describes one container.
func infoOf(w *container.Watched) ContainerInfo {
	c := &w.Container
	info := ContainerInfo{
		ID: c.ID, Name: c.Name, Image: c.Image, Project: c.Project, Service: c.Service, State: c.Status, Health: c.Health, Started: moment(c.Started), Restarts: c.RestartCount,
		Crashes: w.Crashes, Powers: listOf(w.Powers), Immutable: c.Immutable(), Written: listOf(w.Written), WrittenCount: w.WrittenCount, Problem: w.Problem,
	}
	if !w.Sampled {
		return info
	}
	s := &w.Now
	u := &ContainerUsage{
		At: s.At.UTC(), CPU: figure(s.CPU), CPUOfLimit: figure(s.CPUOfLimit), Cores: s.Cores, Memory: s.Memory, MemoryLimit: s.MemoryLimit, MemoryOfLimit: figure(s.MemoryOfLimit),
		OOMKills: s.OOMKills, Pids: s.Pids, PidsLimit: s.PidsLimit, Received: figure(s.ReceivedRate), Sent: figure(s.SentRate), Disk: figure(s.Disk), DiskShared: s.DiskShared,
	}
	if s.Connections >= 0 {
		u.Connections, u.UDPSockets = &s.Connections, &s.UDPSockets
	}
	info.Usage = u
	return info
}

// figure is a number with one digit behind the point; nil for what is none.
func figure(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	f = math.Round(f*10) / 10
	return &f
}

// moment is a time; nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// listOf is a list that is never null.
func listOf(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
