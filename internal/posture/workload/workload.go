// Package workload describes how a container is run, in one form for all that
// can say it: compose files, `docker inspect`, `docker run` command lines,
// manifests of Kubernetes and running containers. One set of policies reads it.
//
// What an input leaves open (an image's own user, a variable without a value) is
// left open here: a policy that cannot know does not guess. The JSON names of
// the fields are what policies see below `input.workloads`.
package workload

// Kind says which input described a workload.
type Kind string

// The inputs.
const (
	KindCompose    Kind = "compose"
	KindContainer  Kind = "container" // docker inspect, or a running container
	KindRun        Kind = "run"       // a docker run command line
	KindKubernetes Kind = "kubernetes"
)

// Set is all workloads of one input: what policies get as their document.
type Set struct {
	Kind      Kind       `json:"kind"`
	Workloads []Workload `json:"workloads"`
	// Volumes says which named volumes more than one workload may write, with
	// the names of these workloads, sorted.
	Shared []Shared `json:"shared_volumes"`
}

// Shared is a named volume that several workloads may write.
type Shared struct {
	Volume    string   `json:"volume"`
	Workloads []string `json:"workloads"`
	Line      int      `json:"line"`
}

// Workload is one container as it is, or would be, run.
type Workload struct {
	Kind Kind `json:"kind"`
	// Name is the service, the container or "Kind/name/container" of an object.
	Name string `json:"name"`
	File string `json:"file"`
	// Line is where the workload is described, from 1; 0 is unknown.
	Line int `json:"line"`
	// Lines names, for each field that was written, the line it stands on.
	Lines map[string]int `json:"lines"`

	Image Image `json:"image"`
	User  User  `json:"user"`

	Privileged      bool         `json:"privileged"`
	Capabilities    Capabilities `json:"capabilities"`
	ReadOnly        bool         `json:"read_only"`
	NoNewPrivileges bool         `json:"no_new_privileges"`
	// Seccomp, AppArmor and SELinux are "" when nothing is said, "unconfined"
	// when the protection is off, otherwise the name of the profile.
	Seccomp  string `json:"seccomp"`
	AppArmor string `json:"apparmor"`
	SELinux  string `json:"selinux"`

	Namespaces   Namespaces `json:"namespaces"`
	CgroupParent string     `json:"cgroup_parent"`

	Mounts   []Mount           `json:"mounts"`
	Ports    []Port            `json:"ports"`
	Env      []Variable        `json:"env"`
	Command  []Text            `json:"command"`
	Labels   []Variable        `json:"labels"`
	Limits   Limits            `json:"limits"`
	Restart  Restart           `json:"restart"`
	Health   Health            `json:"healthcheck"`
	Logging  Logging           `json:"logging"`
	Devices  []Device          `json:"devices"`
	Networks []Network         `json:"networks"`
	Sysctls  map[string]string `json:"sysctls"`
	// Ulimits maps a name ("nofile") to its hard limit, -1 for unlimited.
	Ulimits map[string]int64 `json:"ulimits"`
}

// Image is the image of a workload, taken apart.
type Image struct {
	Reference string `json:"reference"`
	Name      string `json:"name"`
	Tag       string `json:"tag"`
	Digest    string `json:"digest"`
	// Built says that the image is built here, so that nobody else decides what
	// its tag means.
	Built bool `json:"built"`
	// Open says that a variable without a known value stands in the reference.
	Open bool `json:"open"`
}

// User is whom the first process runs as.
type User struct {
	// Text is what was written; "" leaves it to the image.
	Text string `json:"text"`
	// Root is "yes", "no" or "unknown".
	Root string `json:"root"`
}

// Capabilities are the kernel capabilities of a workload, upper case and without
// the prefix CAP_, sorted; "ALL" stands for all.
type Capabilities struct {
	Add       []string `json:"add"`
	Drop      []string `json:"drop"`
	Effective []string `json:"effective"`
}

// Namespaces says what is shared with the host ("host") or another container
// ("container:NAME", "service:NAME"); "" is a namespace of its own, or the
// engine's default.
type Namespaces struct {
	Network string `json:"network"`
	PID     string `json:"pid"`
	IPC     string `json:"ipc"`
	UTS     string `json:"uts"`
	User    string `json:"user"`
	Cgroup  string `json:"cgroup"`
}

// Mount is something mounted into a workload.
type Mount struct {
	// Type is "bind", "volume", "tmpfs" or another type as it was written.
	Type     string `json:"type"`
	Source   string `json:"source"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"read_only"`
	// Class is what a bind mount's source is; see Classify.
	Class       Class    `json:"class"`
	Propagation string   `json:"propagation"`
	Options     []string `json:"options"`
	// Size is the limit of a tmpfs in bytes, 0 for none.
	Size int64 `json:"size"`
	Line int   `json:"line"`
}

// Port is a published port or range of ports.
type Port struct {
	// Address is the address of the host that is bound, "" for all of them.
	Address string `json:"address"`
	// All says that every interface of the host is bound.
	All bool `json:"all_interfaces"`
	// HostFirst to HostLast are the ports of the host, 0 when the engine picks
	// them or they are not known.
	HostFirst int    `json:"host_first"`
	HostLast  int    `json:"host_last"`
	First     int    `json:"first"`
	Last      int    `json:"last"`
	Protocol  string `json:"protocol"`
	Text      string `json:"text"`
	Line      int    `json:"line"`
}

// Variable is a name with a value: of the environment, or a label.
type Variable struct {
	Key string `json:"key"`
	// Value is "" when the variable carries a secret: findings never repeat it.
	Value string `json:"value"`
	// Set says whether there is a value.
	Set bool `json:"set"`
	// Secret says that the key names a secret and the value is a literal that
	// could be one.
	Secret bool `json:"secret"`
	// URLPassword says that the value holds a literal password before an @.
	URLPassword bool `json:"url_password"`
	Line        int  `json:"line"`
}

// Text is a piece of text of a workload, an argument of its command.
type Text struct {
	Value string `json:"value"`
	// Secret says that the text holds a literal credential; Value is "" then.
	Secret bool `json:"secret"`
	Line   int  `json:"line"`
}

// Limits are the resources a workload may take; 0 is no limit.
type Limits struct {
	Memory int64   `json:"memory"` // bytes; -1 for a limit whose size is not known
	CPU    float64 `json:"cpu"`    // cores; -1 for a limit in another form (shares, a set)
	PIDs   int64   `json:"pids"`
}

// Restart is what happens when a workload ends.
type Restart struct {
	// Policy is "", "no", "always", "unless-stopped" or "on-failure".
	Policy string `json:"policy"`
	// Attempts is how often on-failure tries, 0 for without end.
	Attempts int64 `json:"attempts"`
}

// Health is the check of a workload's health.
type Health struct {
	Set      bool `json:"set"`
	Disabled bool `json:"disabled"`
}

// Logging is where the output of a workload goes.
type Logging struct {
	Driver string `json:"driver"`
	// Rotates is "yes", "no", or "unknown" when the engine decides.
	Rotates string `json:"rotates"`
}

// Device is a device of the host.
type Device struct {
	Source string `json:"source"`
	Target string `json:"target"`
	// Dangerous says that the device gives more than itself: disks, memory.
	Dangerous bool `json:"dangerous"`
	Line      int  `json:"line"`
}

// Network is a network that a workload is on.
type Network struct {
	Name     string `json:"name"`
	Internal bool   `json:"internal"`
	// Bridge says that it is the engine's default bridge, where every container
	// without a network of its own is.
	Bridge bool `json:"default_bridge"`
}
