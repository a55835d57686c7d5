package workload

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Class is what a path of the host means to who may read or write it.
type Class string

// The classes of paths. Socket, Run and Root reach the engine's control socket;
// the classes from Root to Cgroup give the host away when they can be written.
const (
	ClassNone     Class = ""
	ClassSocket   Class = "socket"   // the control socket of an engine
	ClassRun      Class = "run"      // a folder that holds such a socket
	ClassRoot     Class = "root"     // the whole host
	ClassEtc      Class = "etc"      // configuration, accounts, timers
	ClassRootHome Class = "roothome" // keys of root
	ClassBoot     Class = "boot"
	ClassEngine   Class = "engine" // images and containers of an engine
	ClassKubelet  Class = "kubelet"
	ClassProc     Class = "proc"
	ClassSys      Class = "sys"
	ClassCgroup   Class = "cgroup"
	ClassDev      Class = "dev"
	ClassHome     Class = "home"
	ClassSystem   Class = "system" // programs and libraries
	ClassLog      Class = "log"
	ClassVar      Class = "var"
)

// Classify returns what a path of the host means. A path that is not absolute,
// or of no interest, has no class.
func Classify(source string) Class {
	if source == "~" || strings.HasPrefix(source, "~/.ssh") || strings.HasPrefix(source, "~/.aws") || strings.HasPrefix(source, "~/.kube") {
		return ClassHome
	}
	if !strings.HasPrefix(source, "/") {
		return ClassNone
	}
	clean := path.Clean("/" + strings.TrimLeft(source, "/"))
	if clean == "/" {
		return ClassRoot
	}
	if strings.HasPrefix(clean, "/var/run/") || clean == "/var/run" {
		clean = strings.TrimPrefix(clean, "/var")
	}
	if socketPath(clean) {
		return ClassSocket
	}
	for _, c := range hostPaths() {
		if clean == c.path || c.below && strings.HasPrefix(clean, c.path+"/") {
			return c.class
		}
	}
	return ClassNone
}

// socketPath reports whether the path is the control socket of an engine.
func socketPath(clean string) bool {
	switch path.Base(clean) {
	case "docker.sock", "containerd.sock", "podman.sock", "crio.sock", "docker.pid.sock", "dockershim.sock", "cri-dockerd.sock", "buildkitd.sock":
		return true
	default:
		return false
	}
}

type hostPath struct {
	path  string
	below bool // also what is below it
	class Class
}

// hostPaths lists the paths with a class, longer ones before what holds them.
func hostPaths() []hostPath {
	return []hostPath{
		{"/run", false, ClassRun},
		{"/run/containerd", true, ClassRun},
		{"/run/docker", true, ClassRun},
		{"/run/podman", true, ClassRun},
		{"/run/crio", true, ClassRun},
		{"/run/systemd", true, ClassRun},
		{"/run/dbus", true, ClassRun},
		{"/var", false, ClassVar},
		{"/var/lib", false, ClassVar},
		{"/var/lib/docker", true, ClassEngine},
		{"/var/lib/containerd", true, ClassEngine},
		{"/var/lib/containers", true, ClassEngine},
		{"/var/lib/kubelet", true, ClassKubelet},
		{"/var/lib/etcd", true, ClassKubelet},
		{"/var/log", true, ClassLog},
		{"/etc/localtime", false, ClassNone},
		{"/etc/timezone", false, ClassNone},
		{"/etc", true, ClassEtc},
		{"/root", true, ClassRootHome},
		{"/boot", true, ClassBoot},
		{"/proc", true, ClassProc},
		{"/sys/fs/cgroup", true, ClassCgroup},
		{"/sys", true, ClassSys},
		{"/dev/shm", true, ClassNone},
		{"/dev/null", false, ClassNone},
		{"/dev/net/tun", false, ClassNone},
		{"/dev", true, ClassDev},
		{"/home", false, ClassHome},
		{"/usr", true, ClassSystem},
		{"/bin", true, ClassSystem},
		{"/sbin", true, ClassSystem},
		{"/lib", true, ClassSystem},
		{"/lib64", true, ClassSystem},
	}
}

// dangerousDevice reports whether a device of the host gives away more than
// itself: disks hold every file, memory and ports the kernel.
func dangerousDevice(source string) bool {
	name, ok := strings.CutPrefix(path.Clean("/"+strings.TrimLeft(source, "/")), "/dev")
	if !ok {
		return false
	}
	name = strings.TrimPrefix(name, "/")
	switch name {
	case "", "mem", "kmem", "port", "kmsg", "zfs", "fuse", "raw", "kcore":
		return true
	}
	return slices.ContainsFunc([]string{"sd", "nvme", "vd", "xvd", "hd", "mmcblk", "md", "disk", "loop", "dm-", "mapper", "rbd", "raw/", "bus/usb", "input", "vfio"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// secretKey reports whether a key names a secret.
func secretKey(key string) bool {
	k := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(key))
	for _, ending := range []string{"_FILE", "_PATH", "_DIR", "_NAME", "_ID", "_URL", "_URI", "_HOST", "_PORT", "_POLICY", "_LENGTH", "_TTL", "_EXPIRY", "_EXPIRATION", "_EXPIRES", "_ALGORITHM", "_TYPE", "_HEADER", "_TIMEOUT", "_ENABLED", "_HASH_ROUNDS"} {
		if strings.HasSuffix(k, ending) && !strings.HasSuffix(k, "ACCESS_KEY_ID") {
			return false
		}
	}
	if strings.Contains(k, "ALLOW_EMPTY_") || strings.Contains(k, "RANDOM_") {
		return false
	}
	for _, part := range []string{"PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "SECRET", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL", "ENCRYPTION_KEY", "SIGNING_KEY", "MASTER_KEY"} {
		if strings.Contains(k, part) {
			return true
		}
	}
	for _, ending := range []string{"_PASS", "_PWD", "_SALT", "_DSN", "_AUTH"} {
		if strings.HasSuffix(k, ending) {
			return true
		}
	}
	return k == "PASS" || k == "PWD_HASH"
}

// secretValue reports whether a value could be the secret its key promises: text
// that is no switch, no number of seconds and no reference to something else.
func secretValue(value string) bool {
	v := strings.TrimSpace(value)
	switch strings.ToLower(v) {
	case "", "yes", "no", "true", "false", "on", "off", "0", "1", "null", "none":
		return false
	}
	return !variable.MatchString(v) && !strings.HasPrefix(v, "/run/secrets/")
}

var (
	variable    = regexp.MustCompile(`\$(?:\{|\(|[A-Za-z_])`)
	urlPassword = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@$'"]*:([^\s/@'"]+)@`)
	flagSecret  = regexp.MustCompile(`(?i)^--?[a-z0-9_.-]*(?:password|passwd|passphrase|secret|token|api-?key|requirepass)(?:=|\s+)(\S+)$`)
)

// hasURLPassword reports whether the text holds a URL with a literal password.
func hasURLPassword(text string) bool {
	for _, m := range urlPassword.FindAllStringSubmatch(text, -1) {
		if !variable.MatchString(m[1]) {
			return true
		}
	}
	return false
}

// newVariable judges a key and a value. The raw text is the value as it was
// written, before variables were filled in.
func newVariable(key, value, raw string, set bool, line int) Variable {
	v := Variable{Key: key, Value: value, Set: set, Line: line}
	if !set {
		return v
	}
	v.Secret = secretKey(key) && secretValue(value) && secretValue(raw)
	v.URLPassword = hasURLPassword(value) && hasURLPassword(raw)
	if v.Secret || v.URLPassword {
		v.Value = ""
	}
	return v
}

// NewVariable judges a key and its value, as an image or a command has them.
func NewVariable(key, value string) Variable { return newVariable(key, value, value, true, 0) }

// newArgument judges an argument of a command; next is the one behind it.
func newArguments(args []string, line int) []Text {
	texts := make([]Text, 0, len(args))
	for i, arg := range args {
		t := Text{Value: arg, Line: line}
		joined := arg
		if i+1 < len(args) && strings.HasPrefix(arg, "-") && !strings.Contains(arg, "=") && !strings.HasPrefix(args[i+1], "-") {
			joined = arg + " " + args[i+1]
		}
		if m := flagSecret.FindStringSubmatch(joined); m != nil && secretValue(m[1]) && !strings.HasPrefix(m[1], "/") {
			t.Secret = true
		}
		if hasURLPassword(arg) {
			t.Secret = true
		}
		if t.Secret {
			t.Value = ""
		}
		texts = append(texts, t)
	}
	return texts
}
