package sensor

import (
	"net/netip"
	"path"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// encode writes events as records. It belongs to one goroutine.
type encode struct {
	containers Containers
	table      *table
	users      *users
	buf        []byte
	above      []string
}

// object writes JSON objects without white space. Texts are escaped as event.AppendJSONString
// says.
type object struct {
	buf   []byte
	comma bool
}

func (o *object) key(name string) {
	if o.comma {
		o.buf = append(o.buf, ',')
	}
	o.comma = true
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, '"', ':')
}

func (o *object) open(name string) {
	o.key(name)
	o.buf, o.comma = append(o.buf, '{'), false
}

func (o *object) shut() { o.buf, o.comma = append(o.buf, '}'), true }

// text writes a text unless it is empty.
func (o *object) text(name, value string) {
	if value != "" {
		o.key(name)
		o.buf = event.AppendJSONString(o.buf, value)
	}
}

func (o *object) number(name string, n int64) {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, n, 10)
}

// truth writes what is so.
func (o *object) truth(name string, is bool) {
	if is {
		o.key(name)
		o.buf = append(o.buf, "true"...)
	}
}

// place writes one end of a connection.
func (o *object) place(name string, at netip.AddrPort) {
	if !at.IsValid() || at.Addr().IsUnspecified() {
		return
	}
	o.open(name)
	o.text("ip", at.Addr().String())
	if at.Port() != 0 {
		o.number("port", int64(at.Port()))
	}
	o.shut()
}

// append returns the text of an event, which the next call writes over. docs/sensor.md says
// what is in it.
func (c *encode) append(e *Event) []byte {
	o := &object{buf: append(c.buf[:0], '{')}
	line := commandLine(e.Args)
	var own *process
	if e.Kind != Exec {
		if own = c.table.find(e.PID, e.Start); own == nil {
			own = c.table.get(e.Parent, 0) // it only forked
		}
		if own != nil {
			line = commandLine(own.args)
			if e.Exe == "" {
				e.Exe = own.exe
			}
			if e.Name == "exe" {
				e.Name = own.name
			}
		}
	}
	if e.Time != 0 {
		o.number("time", e.Time/1e6)
	}
	o.text("message", message(e, line))
	o.open("sensor")
	o.text("event", e.Kind.String())
	o.shut()
	o.open("evt")
	o.text("name", e.Kind.String())
	o.text("category", e.Kind.category())
	if e.Ret < 0 {
		o.text("outcome", "failure")
	} else {
		o.text("outcome", "success")
	}
	o.shut()
	c.process(o, e, line)
	o.open("usr")
	o.key("id")
	o.buf = append(strconv.AppendUint(append(o.buf, '"'), uint64(e.UID), 10), '"')
	o.text("name", c.users.name(e.UID, e.Container != ""))
	o.shut()
	if e.Container != "" {
		o.open("container")
		o.text("id", e.Container)
		if c.containers != nil {
			if known, ok := c.containers.Container(e.Container); ok {
				o.text("name", known.Name)
				o.text("image", known.Image)
			}
		}
		o.shut()
	}
	if e.Peer.IsValid() {
		o.open("network")
		o.text("transport", "tcp")
		o.place("client", e.Local)
		o.place("destination", e.Peer)
		o.shut()
	}
	if e.Object != "" {
		o.open("file")
		o.text("path", e.Object)
		o.text("name", path.Base(e.Object))
		o.truth("created", e.Flags&Created != 0)
		o.shut()
	}
	switch e.Kind {
	case Capability:
		o.text("capability", CapabilityName(e.Cap))
	case Ptrace:
		o.open("target")
		o.number("pid", int64(e.Target))
		if p := c.table.find(e.Target, 0); p != nil {
			o.text("name", p.name)
			o.text("executable", p.exe)
			o.text("container", p.container)
		}
		o.shut()
	case Setns, Unshare:
		o.text("namespaces", namespaces(e.Arg))
	default:
	}
	o.shut()
	c.buf = o.buf
	return c.buf
}

// process writes what is known of the process and those above it.
func (c *encode) process(o *object, e *Event, line string) {
	o.open("process")
	o.number("pid", int64(e.PID))
	o.number("ppid", int64(e.Parent))
	if e.VPID != e.PID && e.VPID != 0 {
		o.number("vpid", int64(e.VPID))
	}
	o.text("name", e.Name)
	o.text("executable", e.Exe)
	o.text("command_line", line)
	if first, _, _ := strings.Cut(e.Args, "\x00"); e.Kind == Exec {
		o.text("exe", first)
	}
	o.text("working_directory", e.CWD)
	o.text("tty", e.TTY)
	o.number("euid", int64(e.EUID))
	if e.LoginUID != NoLogin {
		o.number("loginuid", int64(e.LoginUID))
	}
	if e.Caps != 0 {
		o.key("capabilities")
		o.buf = append(strconv.AppendUint(append(o.buf, '"'), e.Caps, 16), '"')
	}
	o.truth("upper_layer", e.Flags&Upper != 0)
	o.truth("deleted", e.Flags&Deleted != 0)
	o.truth("memfd", e.Flags&Memfd != 0)
	o.truth("args_cut", e.Flags&CutArgs != 0)
	o.truth("path_cut", e.Flags&CutPath != 0)
	o.truth("incomplete", e.Incomplete)
	o.text("stdin", e.Stdio[0].String())
	o.text("stdout", e.Stdio[1].String())
	o.text("stderr", e.Stdio[2].String())
	o.open("parent")
	o.text("name", e.ParentName)
	exe, args := e.ParentExe, ""
	if up := c.table.find(e.Parent, 0); up != nil {
		args = up.args
		if exe == "" {
			exe = up.exe
		}
	}
	o.text("executable", exe)
	o.text("command_line", commandLine(args))
	o.shut()
	c.above = c.table.ancestors(c.above[:0], e)
	if len(c.above) > 0 {
		o.key("ancestors")
		for i, name := range c.above {
			o.buf = append(o.buf, "[,"[min(i, 1)])
			o.buf = event.AppendJSONString(o.buf, name)
		}
		o.buf = append(o.buf, ']')
	}
	o.shut()
}

// commandLine joins arguments with spaces, as ps does.
func commandLine(args string) string {
	return strings.ReplaceAll(strings.TrimRight(args, "\x00"), "\x00", " ")
}

// message says what happened in a line.
func message(e *Event, line string) string {
	who := e.Name
	if who == "" {
		who = path.Base(e.Exe)
	}
	switch e.Kind {
	case Exec:
		if line == "" {
			return e.Exe
		}
		return line
	case Connect:
		return who + " connects to " + e.Peer.String()
	case Open:
		return who + " writes " + e.Object
	case Ptrace:
		return who + " traces process " + strconv.FormatUint(uint64(e.Target), 10)
	case Module:
		return who + " loads the module " + e.Object
	case Setns:
		return who + " enters a namespace " + namespaces(e.Arg)
	case Unshare:
		return who + " makes namespaces " + namespaces(e.Arg)
	case Capability:
		return who + " uses " + CapabilityName(e.Cap)
	default:
		return who + " " + e.Kind.String()
	}
}

// namespaces names those that the flags of clone(2) name, separated by spaces.
func namespaces(flags uint64) string {
	var all []string
	for _, one := range [...]struct {
		flag uint64
		name string
	}{{0x80, "time"}, {0x20000, "mnt"}, {0x2000000, "cgroup"}, {0x4000000, "uts"}, {0x8000000, "ipc"}, {0x10000000, "user"}, {0x20000000, "pid"}, {0x40000000, "net"}} {
		if flags&one.flag != 0 {
			all = append(all, one.name)
		}
	}
	return strings.Join(all, " ")
}

// CapabilityName returns the name of a capability by its number, as CAP_SYS_ADMIN; of one
// that nobody knows here, the number stands in its place.
func CapabilityName(n uint8) string {
	names := [...]string{
		"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
		"NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
		"SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
		"AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
		"PERFMON", "BPF", "CHECKPOINT_RESTORE",
	}
	if int(n) >= len(names) {
		return "CAP_" + strconv.Itoa(int(n))
	}
	return "CAP_" + names[n]
}
