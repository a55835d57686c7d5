package sensor

import (
	"net/netip"
	"path"
	"strings"
)

// Flags say what else is so of an event; bpf/sensor.bpf.c has the same.
type Flags uint16

// The flags.
const (
	// Upper is an executable in the writable layer of a container: it is not, or not as it
	// is, in the image.
	Upper Flags = 1 << iota
	// Deleted is an executable without a name any more, Memfd one that never had one.
	Deleted
	Memfd
	// CutArgs says that the command line is longer, CutPath that a path is.
	CutArgs
	CutPath
	// Created says that the file was made by opening it.
	Created
	// Remote says that the addresses are those of a socket that is standard input or output.
	Remote
)

// Stdio is what standard input, output or error of a process is.
type Stdio uint8

// The kinds of standard input and output.
const (
	StdioOther Stdio = iota
	StdioSocket
	StdioPipe
	StdioTTY
	StdioUnix
)

// String returns the name that events have; "" for whatever is of no interest.
func (s Stdio) String() string {
	switch s {
	case StdioSocket:
		return "socket"
	case StdioPipe:
		return "pipe"
	case StdioTTY:
		return "tty"
	case StdioUnix:
		return "unix"
	default:
		return ""
	}
}

// NoLogin is the LoginUID of a process that nobody started who signed in.
const NoLogin = ^uint32(0)

// Event is something that a process did. Its strings are what processes chose: they may hold
// any bytes, and are bounded as bpf/sensor.bpf.c says.
type Event struct {
	Kind  Kind
	Flags Flags
	// Time is when, in nanoseconds since 1970 UTC; 0 is now.
	Time int64
	// PID is the process, as the whole machine sees it, VPID as its container does; Parent and
	// Grandparent are those above it. Start tells processes of one number apart.
	PID, VPID, Parent, Grandparent uint32
	Start                          uint64
	UID, EUID, LoginUID            uint32
	// Caps are the effective capabilities, a bit for each.
	Caps uint64
	// Name is that of the process, at most 15 bytes, ParentName that of its parent.
	Name, ParentName string
	// Exe is the path of what it runs, ParentExe of what its parent runs, as their containers
	// see them. CWD is the working directory.
	Exe, ParentExe, CWD string
	// Args is the command line, each argument followed by a zero byte.
	Args string
	TTY  string
	// Container is the whole id, "" outside of containers.
	Container string
	Stdio     [3]Stdio
	// Local and Peer are the ends of a connection.
	Local, Peer netip.AddrPort
	// Object is the path of the file of Open and Module.
	Object string
	// Cap is the number of a capability, Target the process of Ptrace, Arg what was asked for.
	Cap    uint8
	Target uint32
	Arg    uint64
	// Ret is what the kernel answered; negative numbers are errors.
	Ret int64
	// Incomplete says that the process was gone before all could be read of it.
	Incomplete bool
}

// rename gives a program that was started as /proc/self/exe the name that it was told: busybox
// does so.
func (e *Event) rename() {
	if first, _, _ := strings.Cut(e.Args, "\x00"); e.Name == "exe" && first != "" {
		e.Name = path.Base(first)
	}
}
