// Package container knows the containers of a machine: it asks their engine about them,
// samples what they use from the kernel's files, and says what changes.
//
// Engine is the one door to Docker's engine, and to those that speak its API, such as Podman.
package container

import (
	"net/netip"
	"time"
)

// Container is what the engine says of one container. It is a copy: nobody else writes to it.
type Container struct {
	// ID has 64 hexadecimal digits. Name is without the leading slash.
	ID, Name string
	// Image is the name by which the container was made, and ImageID its digest.
	Image, ImageID string
	// Labels are those of the container and of its image.
	Labels map[string]string
	// Project and Service are those of Docker Compose; "" for others.
	Project, Service string

	State
	// RestartCount is how often the engine itself started the container again.
	RestartCount int
	// RestartPolicy is no, always, on-failure or unless-stopped.
	RestartPolicy string

	// Path and Args are the first process.
	Path string
	Args []string
	// User is as whom it runs, as it was given; "" is the image's, mostly root.
	User string
	// TTY says that the container has a terminal; its output is then one stream.
	TTY bool

	Config
	// Mounts are the volumes and folders of the host, by destination.
	Mounts []Mount
	// UpperDir is the folder of the host with what the container wrote to its file system; ""
	// when its storage driver, which is Driver, has no such folder.
	UpperDir, Driver string
	// Networks are those that it is connected to, by name. With the network of the host, or of
	// another container, there are no addresses here.
	Networks []Network

	// Raw is the engine's whole answer in JSON. There are secrets in it: the environment.
	Raw []byte
}

// State is how a container is.
type State struct {
	// Status is created, running, paused, restarting, removing, exited or dead.
	Status string
	// Pid is the host's number of the first process; 0 when none runs.
	Pid int
	// OOMKilled says that the kernel ended a process for want of memory, in this run of it.
	OOMKilled bool
	// ExitCode is that of the last run.
	ExitCode int
	// Error is why it could not be started.
	Error string
	// Health is starting, healthy or unhealthy; "" without a check.
	Health string
	// Created, Started and Finished are zero where the engine does not know.
	Created, Started, Finished time.Time
}

// Running reports whether the container has processes; they may be frozen.
func (s *State) Running() bool { return s.Pid > 0 }

// Paused reports whether its processes are frozen.
func (s *State) Paused() bool { return s.Status == "paused" }

// Config is what a container is allowed. It is comparable by its text in JSON.
type Config struct {
	// Privileged containers may do what the host's root may.
	Privileged bool
	// CapAdd and CapDrop are capabilities, with CAP_ and sorted; ALL is all.
	CapAdd, CapDrop []string
	// SecurityOpt are such as no-new-privileges, seccomp=unconfined; sorted.
	SecurityOpt []string
	// NetworkMode, PidMode, IpcMode and UsernsMode are host, container:ID, or a name.
	NetworkMode, PidMode, IpcMode, UsernsMode string
	// ReadonlyRootfs says that the container cannot write to its own file system.
	ReadonlyRootfs bool
	// Devices are those of the host that it may use, as path on the host:path in the container.
	Devices []string
	// CPUs is how many cores it may use; 0 is all. Memory is in bytes, Pids a number of
	// processes; 0 is no limit.
	CPUs   float64
	Memory int64
	Pids   int64
}

// Mount is a folder, file or volume in a container.
type Mount struct {
	// Type is bind, volume, tmpfs and the like; Name is that of a volume.
	Type, Name string
	// Source is the place on the host, Destination that in the container.
	Source, Destination string
	// Writable says that the container may change it.
	Writable bool
}

// Network is one that a container is connected to.
type Network struct {
	// Name and ID are the network's.
	Name, ID string
	// Addresses are the container's there, at most one of IPv4 and one of IPv6.
	Addresses []netip.Addr
	// Static are those of the addresses that were asked for, and Aliases the names that the
	// container has there: what NetworkConnect wants to make the same connection again.
	Static  []netip.Addr
	Aliases []string
}

// Summary is what a list says of a container.
type Summary struct {
	ID, Name, Image string
	// Status is as State has it.
	Status string
}

// Event is what happened to a container.
type Event struct {
	// ID and Name are the container's.
	ID, Name string
	// Action is create, start, die, oom, kill, pause, unpause, rename, update, destroy,
	// health_status and others that engines know, without what follows a colon.
	Action string
	// ExitCode is that of die, Signal that of kill, both as numbers; "" else.
	ExitCode, Signal string
	// At is when, by the engine's clock.
	At time.Time
}

// Processes are those of a container, as ps of the host prints them.
type Processes struct {
	// Titles are the names of the columns.
	Titles []string
	// Rows have as many texts as there are titles.
	Rows [][]string
}

// Change is a difference of a container's file system from its image.
type Change struct {
	// Kind is C for changed, A for added and D for deleted. A folder whose content changed is
	// changed, too.
	Kind byte
	// Path begins with a slash.
	Path string
}

// About is what an engine says of itself.
type About struct {
	// Version is the engine's, API the newest of its protocol, OS and Arch the machine.
	Version, API, OS, Arch string
	// Platform is its name, such as Docker Engine - Community; may be "".
	Platform string
}
