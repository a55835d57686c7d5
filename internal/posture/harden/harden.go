// Package harden proposes how services of a compose project are run with less: as a
// file that is laid over the user's, which itself stays as it is, and as text.
package harden

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/posture/workload"
)

// Change is one thing that is proposed for a service.
type Change struct {
	// Service is whom it is for.
	Service string
	// Key is the key of the service: read_only.
	Key string
	// Before is what the files say, "" for nothing.
	Before string
	// Lines are the YAML of the key and what is below it, without the indentation of a
	// service.
	Lines []string
	// Reason says why, in one sentence.
	Reason string
	// Sure says that the change cannot keep the service from working, or that it was
	// seen to work without.
	Sure bool
}

// Note is what is not proposed, or has to be done by hand.
type Note struct{ Service, Text string }

// Plan is what is proposed for a project.
type Plan struct {
	// Lang is that of the texts.
	Lang    Lang
	Changes []Change
	Notes   []Note
	// Secrets maps the names of new secrets to the files that have to hold them.
	Secrets map[string]string
	// Internal are networks that get no way out.
	Internal []string
	// Trials are what came of starting the services with their changes, if that was tried.
	Trials []Trial
}

// Trial is what came of starting a service with its changes.
type Trial struct {
	Service string
	// Unverified is why nobody knows whether it starts with its changes; "" when it does.
	Unverified string
	// LeftOut are parts of the service, and changes, that the trial was without.
	LeftOut []string
	// Taken are changes that are taken back: they are no changes of the plan any more.
	Taken []Taken
}

// Taken is a change that was taken back: the service did not start with it.
type Taken struct {
	Change

	// Why says how it failed, and Log is the end of what it wrote then.
	Why string
	Log []string
}

// Observed is what was seen of a service while it ran.
type Observed struct {
	// Written are the paths that differ from the image.
	Written []string
	// UIDs are the users of its processes.
	UIDs []string
	// Memory is the most it took, in bytes; PIDs the most processes.
	Memory int64
	PIDs   int64
	// Capabilities are those that the kernel granted to it, as NET_BIND_SERVICE. Watched says
	// that this was looked at, and Started that it was from a start of the service on.
	Capabilities []string
	Watched      bool
	Started      bool
}

// Bounds of what is proposed without an observation, and how much room one gets.
const (
	defaultMemory = 512 << 20 // bytes
	defaultPIDs   = 200
	headroom      = 2        // times the peak
	leastMemory   = 64 << 20 // bytes
	leastPIDs     = 50
	maxTmpfs      = 12 // folders of one service that become a tmpfs
)

// Compose proposes changes for the services of a project, in a language. What was observed
// of a service may be missing.
func Compose(c *workload.Compose, observed map[string]*Observed, lang Lang) *Plan {
	p := &Plan{Lang: lang, Secrets: map[string]string{}}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		s := service{plan: p, w: w, raw: c.Services[w.Name], known: knownImage(w.Image.Name), seen: observed[w.Name]}
		s.propose()
	}
	p.internal(c)
	return p
}

// service proposes changes for one service.
type service struct {
	plan  *Plan
	w     *workload.Workload
	raw   map[string]any
	known known
	seen  *Observed
}

func (s *service) change(sure bool, key, before, reason string, lines ...string) {
	s.plan.Changes = append(s.plan.Changes, Change{Service: s.w.Name, Key: key, Before: before, Lines: lines, Reason: s.plan.Lang.Say(reason), Sure: sure})
}

func (s *service) note(format string, args ...any) {
	s.plan.Notes = append(s.plan.Notes, Note{s.w.Name, s.say(format, args...)})
}

func (s *service) say(format string, args ...any) string { return s.plan.Lang.Say(format, args...) }

func (s *service) propose() {
	s.filesystem()
	s.capabilities()
	if !s.w.NoNewPrivileges {
		s.change(s.known.name != "", "security_opt", "", "Programs with the setuid bit give no process more rights.", "security_opt:", "  - no-new-privileges:true")
	}
	s.user()
	s.limits()
	s.ports()
	s.health()
	s.secrets()
	s.left()
}

// filesystem makes the root file system read-only, with a tmpfs for what is written.
func (s *service) filesystem() {
	if s.w.ReadOnly {
		return
	}
	folders := append([]string{"/tmp"}, s.known.writes...)
	reason := s.say("The programs of the container cannot be replaced; /tmp stays writable. Not observed: other folders may be written, too.")
	if s.known.name != "" {
		reason = s.say("The programs of the container cannot be replaced; what %s writes stays writable.", s.known.name)
	}
	if s.seen != nil {
		folders = append(folders, writeFolders(s.seen.Written)...)
		reason = s.say("The programs of the container cannot be replaced; the folders that were seen to be written stay writable.")
	}
	slices.Sort(folders)
	folders = slices.DeleteFunc(slices.Compact(folders), s.mounted)
	if len(folders) > maxTmpfs {
		s.note("writes to %d folders of its image: give it volumes for them before making it read-only", len(folders))
		return
	}
	s.change(s.seen != nil, "read_only", "", reason, "read_only: true")
	if len(folders) > 0 {
		lines := []string{"tmpfs:"}
		for _, f := range folders {
			lines = append(lines, "  - "+quote(f+":noexec,nosuid,size=64m"))
		}
		s.change(s.seen != nil, "tmpfs", "", "What is written goes to memory, and no program can be started from there.", lines...)
	}
}

// mounted reports whether a folder is a mount already, or below one.
func (s *service) mounted(folder string) bool {
	return slices.ContainsFunc(s.w.Mounts, func(m workload.Mount) bool {
		return m.Target == folder || strings.HasPrefix(folder, strings.TrimSuffix(m.Target, "/")+"/")
	})
}

// writeFolders returns the folders of files that differ from the image, without those
// that lie below another. Folders that changed only because something in them did, do
// not count; neither do those whose content the image brings along.
func writeFolders(paths []string) []string {
	paths = slices.Clone(paths)
	slices.Sort(paths)
	var out []string
	for i, p := range paths {
		if i+1 < len(paths) && strings.HasPrefix(paths[i+1], p+"/") {
			continue
		}
		folder := p[:max(strings.LastIndexByte(p, '/'), 0)]
		switch {
		case folder == "", folder == "/etc", folder == "/root", folder == "/dev", strings.HasPrefix(folder, "/proc"), strings.HasPrefix(folder, "/dev/"), strings.HasPrefix(folder, "/sys"):
			continue
		}
		out = append(out, folder)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	all := slices.Clone(out)
	return slices.DeleteFunc(out, func(p string) bool {
		return slices.ContainsFunc(all, func(q string) bool { return strings.HasPrefix(p, q+"/") })
	})
}

// capabilities drops all, and adds those that are needed: those that were used since the
// service started, or those that are known and those that were used while it ran. Nothing
// is added that the service did not have.
func (s *service) capabilities() {
	s.unused()
	if s.w.Privileged || slices.Contains(s.w.Capabilities.Drop, "ALL") {
		return
	}
	whole := s.seen != nil && s.seen.Watched && s.seen.Started
	s.change(s.known.name != "" || whole, "cap_drop", strings.Join(s.w.Capabilities.Drop, ", "), "None of the 14 capabilities that a container has by default is kept.", "cap_drop:", "  - ALL")
	add := slices.Clone(s.known.capabilities)
	reason := s.say("Its port is below 1024.")
	if s.known.name != "" {
		reason = s.say("What %s needs to start and to become its own user.", s.known.name)
	}
	if s.w.User.Root != "no" && slices.ContainsFunc(s.w.Ports, func(p workload.Port) bool { return p.First > 0 && p.First < 1024 }) {
		add = append(add, "NET_BIND_SERVICE")
	}
	switch used := s.used(); {
	case whole:
		add, reason = used, s.say("These, and no others, were used while it was watched, from its start on.")
	case len(used) > 0 && len(add) == 0:
		add, reason = used, s.say("These were used while it was watched; what it needs to start was not seen.")
	case len(used) > 0:
		add, reason = append(add, used...), reason+" "+s.say("What was used while it was watched is added.")
	}
	add = slices.DeleteFunc(add, func(c string) bool { return slices.Contains(s.w.Capabilities.Add, c) })
	slices.Sort(add)
	if add = slices.Compact(add); len(add) > 0 {
		lines := []string{"cap_add:"}
		for _, c := range add {
			lines = append(lines, "  - "+c)
		}
		s.change(true, "cap_add", strings.Join(s.w.Capabilities.Add, ", "), reason, lines...)
	}
}

// used returns the capabilities that were seen in use and that the service has by its files.
func (s *service) used() []string {
	if s.seen == nil || !s.seen.Watched {
		return nil
	}
	has := s.w.Capabilities.Effective
	return slices.DeleteFunc(slices.Clone(s.seen.Capabilities), func(c string) bool { return !slices.Contains(has, c) && !slices.Contains(has, "ALL") })
}

// unused notes capabilities that the files add and that were not used.
func (s *service) unused() {
	if s.seen == nil || !s.seen.Watched || !s.seen.Started || s.w.Privileged {
		return
	}
	for _, c := range s.w.Capabilities.Add {
		if c != "ALL" && !slices.Contains(s.seen.Capabilities, c) {
			s.note("is given %s, which it did not use while it was watched, from its start on", c)
		}
	}
}

func (s *service) user() {
	if s.w.User.Root == "no" {
		return
	}
	if s.seen != nil && len(s.seen.UIDs) == 1 && s.seen.UIDs[0] != "0" {
		s.change(true, "user", s.w.User.Text, "Its processes were only seen as this user.", "user: "+quote(s.seen.UIDs[0]))
		return
	}
	if s.known.name != "" {
		if s.known.user == "" {
			s.note("%s starts as root and becomes its own user by itself", s.known.name)
			return
		}
		s.change(false, "user", s.w.User.Text, s.say("The image of %s has this user; files in volumes must be its own.", s.known.name), "user: "+quote(s.known.user))
		return
	}
	s.note(`runs as the user of its image, or root: add user: "10001:10001" once its files belong to that user`)
}

func (s *service) limits() {
	var lines []string
	reason := s.say("A service that goes wrong cannot take the machine. These are guesses: observe it, or set them yourself.")
	memory, pids := int64(defaultMemory), int64(defaultPIDs)
	if s.known.memory > 0 {
		memory = s.known.memory
	}
	if s.seen != nil && s.seen.Memory > 0 {
		memory = max(s.seen.Memory*headroom, leastMemory)
		pids = max(s.seen.PIDs*headroom, leastPIDs)
		reason = s.say("Twice what was seen: %d MiB and %d processes.", s.seen.Memory>>20, s.seen.PIDs)
	}
	if s.w.Limits.Memory == 0 {
		lines = append(lines, fmt.Sprintf("      memory: %dM", (memory+1<<20-1)>>20))
	}
	if s.w.Limits.CPU == 0 {
		lines = append(lines, `      cpus: "1.0"`)
	}
	if s.w.Limits.PIDs == 0 {
		lines = append(lines, "      pids: "+strconv.FormatInt(pids, 10))
	}
	if len(lines) > 0 {
		s.change(s.seen != nil, "deploy", "", reason, append([]string{"deploy:", "  resources:", "    limits:"}, lines...)...)
	}
}

// ports binds published ports to the machine itself, but for those of the Web.
func (s *service) ports() {
	lines, before, changed := make([]string, 0, 1+len(s.w.Ports)), make([]string, 0, len(s.w.Ports)), false
	lines = append(lines, "ports: !override")
	for _, p := range s.w.Ports {
		before = append(before, p.Text)
		text := p.Text
		web := p.HostFirst == p.HostLast && (p.HostFirst == 80 || p.HostFirst == 443)
		if p.All && !web && !strings.Contains(text, "$") && p.First > 0 {
			text = "127.0.0.1:" + span(p.HostFirst, p.HostLast) + ":" + span(p.First, p.Last)
			changed = true
		}
		if p.Protocol != "tcp" && !strings.Contains(text, "/") {
			text += "/" + p.Protocol
		}
		lines = append(lines, "  - "+quote(text))
	}
	if changed {
		s.change(false, "ports", strings.Join(before, ", "), "Only programs of this machine, such as a reverse proxy, reach the port; 80 and 443 stay as they are.", lines...)
	}
}

func span(first, last int) string {
	switch first {
	case 0:
		return ""
	case last:
		return strconv.Itoa(first)
	default:
		return strconv.Itoa(first) + "-" + strconv.Itoa(last)
	}
}

func (s *service) health() {
	if s.w.Health.Set {
		return
	}
	if s.known.health == "" {
		s.note("has no health check: write one that asks the service")
		return
	}
	s.change(true, "healthcheck", "", "A service that hangs is seen.", "healthcheck:", "  test: ["+`"CMD-SHELL", `+quote(s.known.health)+"]", "  interval: 30s", "  timeout: 5s", "  retries: 3")
}

// secrets moves passwords of images that read files into secrets.
func (s *service) secrets() {
	environment, names := []string{"environment:"}, []string{"secrets:"}
	for _, v := range s.w.Env {
		if !v.Secret && !v.URLPassword {
			continue
		}
		file, ok := s.known.fileVariable(v.Key)
		if !ok || v.URLPassword {
			s.note("%s holds a literal credential: the image is not known to read it from a file; take it from the environment (${%s}) at least", v.Key, v.Key)
			continue
		}
		name := strings.ToLower(s.w.Name + "_" + v.Key)
		name = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
				return r
			}
			return '_'
		}, name)
		s.plan.Secrets[name] = "./secrets/" + name + ".txt"
		environment = append(environment, "  "+v.Key+": !reset null", "  "+file+": "+quote("/run/secrets/"+name))
		names = append(names, "  - "+name)
	}
	if len(names) > 1 {
		s.change(true, "environment", "", "The password is no longer in docker inspect and the files of the project.", environment...)
		s.change(true, "secrets", "", "Only this service can read it.", names...)
	}
}

// left notes what nobody can take away without knowing why it is there.
func (s *service) left() {
	if s.w.Privileged {
		s.note("is privileged: remove that by hand, it makes most of the rest worthless")
	}
	for _, m := range s.w.Mounts {
		switch m.Class {
		case workload.ClassNone, workload.ClassLog:
		case workload.ClassSocket, workload.ClassRun:
			s.note("mounts %s, which reaches the container engine", m.Source)
		default:
			s.note("mounts %s of the host", m.Source)
		}
	}
	for name, mode := range map[string]string{"network": s.w.Namespaces.Network, "pid": s.w.Namespaces.PID, "ipc": s.w.Namespaces.IPC} {
		if mode == "host" {
			s.note("uses the %s namespace of the host", name)
		}
	}
	if s.w.Image.Digest == "" && !s.w.Image.Built && s.w.Image.Reference != "" {
		s.note("its image %s is not pinned by a digest", s.w.Image.Reference)
	}
}

// internal finds networks whose services neither publish a port nor depend on them for
// a way out: each is a data store, or is on another network as well.
func (p *Plan) internal(c *workload.Compose) {
	for _, name := range slices.Sorted(maps.Keys(c.Networks)) {
		network := c.Networks[name]
		if name == "default" || network["external"] != nil || network["internal"] != nil {
			continue
		}
		members, fine := 0, true
		for i := range c.Workloads {
			w := &c.Workloads[i]
			if !slices.ContainsFunc(w.Networks, func(n workload.Network) bool { return n.Name == name }) {
				continue
			}
			members++
			if len(w.Networks) == 1 && (len(w.Ports) > 0 || !knownImage(w.Image.Name).store) {
				fine = false
			}
		}
		if members > 1 && fine {
			p.Internal = append(p.Internal, name)
		}
	}
}
