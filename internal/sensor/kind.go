package sensor

// Kind is what happened.
type Kind uint8

// The kinds, with the numbers that bpf/sensor.bpf.c has.
const (
	// Exec is a program that a process started to run.
	Exec Kind = iota + 1
	// Exit is the end of a process.
	Exit
	// Connect is a connection by TCP that a process asks for; those to this machine itself are
	// left out.
	Connect
	// Open is a regular file that was opened to be written.
	Open
	// Ptrace is a process that takes control of another one.
	Ptrace
	// Module is a module that was loaded into the kernel.
	Module
	// Setns is a process that enters a namespace of others.
	Setns
	// Unshare is a process that makes a namespace of its own.
	Unshare
	// Capability is a capability that was asked for in a container.
	Capability
	kinds
)

// String returns the name, as configurations and events have it.
func (k Kind) String() string {
	switch k {
	case Exec:
		return "exec"
	case Exit:
		return "exit"
	case Connect:
		return "connect"
	case Open:
		return "open"
	case Ptrace:
		return "ptrace"
	case Module:
		return "module"
	case Setns:
		return "setns"
	case Unshare:
		return "unshare"
	case Capability:
		return "capability"
	default:
		return "unknown"
	}
}

// category returns the evt.category of the kind.
func (k Kind) category() string {
	switch k {
	case Connect:
		return "network"
	case Open:
		return "file"
	case Module:
		return "driver"
	default:
		return "process"
	}
}

// Kinds returns all kinds in their order.
func Kinds() []Kind {
	all := make([]Kind, 0, kinds-1)
	for k := Exec; k < kinds; k++ {
		all = append(all, k)
	}
	return all
}

// kindOf returns the kind of the name, 0 for none.
func kindOf(name string) Kind {
	for _, k := range Kinds() {
		if k.String() == name {
			return k
		}
	}
	return 0
}
