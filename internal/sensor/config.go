package sensor

import (
	"path"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// The modes of a sensor beside the ways.
const (
	// Off watches nothing.
	Off Way = "off"
	// Auto takes the best way that the machine offers.
	Auto Way = "auto"
)

// maxFiles is how many folders may be watched for files that are written.
const maxFiles = 100

// Config is what a sensor is told.
type Config struct {
	// Mode is off, auto, or the one way to take: ebpf, audit, proc or top.
	Mode string `doc:"mode"`
	// Events are the kinds that become events; none means DefaultEvents.
	Events []string `doc:"events,single"`
	// ContainersOnly leaves out what happens outside of containers.
	ContainersOnly bool `doc:"containers_only"`
	// Files are the folders below which files are watched that are opened to be written; none
	// means DefaultFiles.
	Files []string `doc:"files,single"`
	// BufferBytes is the size of the kernel's buffer, a power of two; it is rounded up.
	BufferBytes int64 `doc:"buffer_bytes"`

	At map[string]document.Pos `doc:",positions"`
}

// The limits of BufferBytes. An event takes about 500 bytes, so the default holds 15,000.
const (
	DefaultBuffer = 8 << 20
	minBuffer     = 64 << 10
	maxBuffer     = 512 << 20
)

// DefaultEvents are the kinds that become events without a configuration: all but ends of
// processes.
func DefaultEvents() []string {
	return []string{"exec", "connect", "open", "ptrace", "module", "setns", "unshare", "capability"}
}

// DefaultFiles are the folders whose files are watched without a configuration: programs and
// what they are told, and where intruders put things. Below are neither logs nor data.
func DefaultFiles() []string {
	return []string{
		"/bin", "/boot", "/dev/shm", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc/sys/kernel", "/root", "/sbin", "/tmp", "/usr",
		"/var/spool/cron", "/var/tmp", "/var/www",
	}
}

// Check completes the configuration and returns what is wrong with it; pos is where it stands.
func (c *Config) Check(pos document.Pos) document.Faults {
	k := document.Checker{Here: pos}
	modes := []string{string(Off), string(Auto), string(EBPF), string(Audit), string(Proc), string(Top)}
	if c.Mode == "" {
		c.Mode = string(Auto)
	}
	if !slices.Contains(modes, c.Mode) {
		k.Fault(true, c.At, "mode", "mode %q, want %s", c.Mode, strings.Join(modes, ", "))
		k.Faults[len(k.Faults)-1].Suggestion = document.Suggest(c.Mode, modes)
	}
	names := make([]string, 0, kinds)
	for _, kind := range Kinds() {
		names = append(names, kind.String())
	}
	for _, name := range c.Events {
		if kindOf(name) != 0 {
			continue
		}
		k.Fault(true, c.At, "events", "events: %q is no kind, want %s", name, strings.Join(names, ", "))
		k.Faults[len(k.Faults)-1].Suggestion = document.Suggest(name, names)
	}
	for _, name := range c.Files {
		k.Fault(!path.IsAbs(name) || path.Clean(name) != name || name == "/" || len(name) > 1000, c.At, "files", "files: %q wants to be the whole name of a folder, such as /etc", name)
		k.Fault(path.IsAbs(name) && len(top(name)) > maxTop, c.At, "files", "files: the first folder of %q has more than %d bytes", name, maxTop)
	}
	k.Fault(len(c.Files) > maxFiles, c.At, "files", "files wants at most %d folders", maxFiles)
	if c.BufferBytes == 0 {
		c.BufferBytes = DefaultBuffer
	}
	k.Fault(c.BufferBytes < minBuffer || c.BufferBytes > maxBuffer, c.At, "buffer_bytes", "buffer_bytes wants a number from %d to %d", minBuffer, maxBuffer)
	return k.Faults
}

// wants reports whether the kind is to become events.
func (c *Config) wants(k Kind) bool {
	if len(c.Events) == 0 {
		return slices.Contains(DefaultEvents(), k.String())
	}
	return slices.Contains(c.Events, k.String())
}

// files returns the folders to watch.
func (c *Config) files() []string {
	if len(c.Files) == 0 {
		return DefaultFiles()
	}
	return c.Files
}

// tells reports whether the event is to be told.
func (c *Config) tells(e *Event) bool {
	if !c.wants(e.Kind) || c.ContainersOnly && e.Container == "" {
		return false
	}
	if e.Kind != Open {
		return true
	}
	return slices.ContainsFunc(c.files(), func(folder string) bool {
		rest, ok := strings.CutPrefix(e.Object, folder)
		return ok && strings.HasPrefix(rest, "/")
	})
}

// maxTop is the length in bytes of the longest first folder that the kernel can look for.
const maxTop = 15

// top returns the first folder of a path.
func top(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}
