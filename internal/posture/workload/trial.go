package workload

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	engine "github.com/sasumata/sasumata/internal/container"
)

// Trial is a service as it can be started for trial: on its own network, without anything
// of the machine.
type Trial struct {
	// Spec is what the engine is asked for. Name, Labels and Network are for who does that.
	Spec engine.Spec
	// After are the services that it depends on.
	After []string
	// Patience is how long its health check may take to succeed, from the start.
	Patience time.Duration
	// Refused is why it is not to be started; "" when nothing speaks against it.
	Refused string
	// LeftOut are the parts of the service that Spec is without, for people.
	LeftOut []string
	// Secrets are values that must not be shown.
	Secrets []string
}

const (
	// healthEvery is how often a service is asked during a trial.
	healthEvery = time.Second
	// healthInterval and healthRetries are what engines take by default.
	healthInterval = 30 * time.Second
	healthRetries  = 3
)

// ReadTrials reads the services of a compose project to start them, as Docker reads it,
// with its variables; what Docker refuses is an error. Project is the name by which images
// that are built are found. Local says that the files of this machine are the engine's.
func ReadTrials(ctx context.Context, files []File, variables map[string]string, project string, local bool) (trials map[string]*Trial, err error) {
	defer func() { // as in mergedModel
		if r := recover(); r != nil {
			trials, err = nil, fmt.Errorf("not readable as a compose file: %v", r)
		}
	}()
	dir, err := filepath.Abs(filepath.Dir(files[0].Name))
	if err != nil {
		return nil, err
	}
	details := types.ConfigDetails{WorkingDir: dir, Environment: variables}
	var at places
	for _, f := range files {
		n, err := composeNode(f.Name, f.Data)
		if err != nil {
			return nil, err
		}
		at = append(at, source{file: f.Name, root: n})
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: filepath.Join(dir, filepath.Base(f.Name)), Content: f.Data})
	}
	if err := follow(ctx, at, dir, variables); err != nil {
		return nil, err
	}
	p, err := loader.LoadWithContext(ctx, details, func(o *loader.Options) {
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true // it reads files of any size
		o.SkipResolveLabels = true
		o.Profiles = []string{"*"}
		o.SetProjectName("project", true)
	})
	if err != nil {
		return nil, err
	}
	if len(p.Services) > maxServices {
		return nil, fmt.Errorf("%s: %w: more than %d services", files[0].Name, ErrInput, maxServices)
	}
	trials = map[string]*Trial{}
	for name := range p.Services {
		s := p.Services[name]
		t := &trial{Trial: Trial{After: slices.Sorted(maps.Keys(s.DependsOn))}, s: &s, p: p, local: local}
		t.Spec = engine.Spec{
			Image: s.Image, Entrypoint: s.Entrypoint, Command: s.Command, User: s.User, WorkingDir: s.WorkingDir, Hostname: s.Hostname,
			TTY: s.Tty, OpenStdin: s.StdinOpen, Init: s.Init, CapAdd: s.CapAdd, CapDrop: s.CapDrop, GroupAdd: s.GroupAdd, ReadOnly: s.ReadOnly,
			Shm: int64(s.ShmSize), Sysctls: s.Sysctls, Aliases: []string{name}, HealthEvery: healthEvery,
			Tmpfs: map[string]string{}, Files: map[string]string{}, Ulimits: map[string][2]int64{},
		}
		if s.Image == "" {
			t.Spec.Image = project + "-" + name
		}
		if err := t.environment(); err != nil {
			return nil, err
		}
		t.names()
		t.security()
		t.mounts()
		t.limits()
		t.health()
		trials[name] = &t.Trial
	}
	return trials, nil
}

// trial translates one service.
type trial struct {
	Trial

	s     *types.ServiceConfig
	p     *types.Project
	local bool
}

func (t *trial) leave(format string, args ...any) {
	t.LeftOut = append(t.LeftOut, fmt.Sprintf(format, args...))
}

// environment joins the files of variables with the variables.
func (t *trial) environment() error {
	all := map[string]string{}
	for _, f := range t.s.EnvFiles {
		data, err := ReadFile(f.Path)
		if err != nil {
			if !bool(f.Required) && os.IsNotExist(err) {
				continue
			}
			return err
		}
		values, err := dotenv.UnmarshalBytesWithLookup(data, func(name string) (string, bool) {
			v, ok := t.p.Environment[name]
			return v, ok
		})
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		maps.Copy(all, values)
	}
	for name, value := range t.s.Environment {
		if value != nil {
			all[name] = *value
		} else if v, ok := t.p.Environment[name]; ok {
			all[name] = v
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Spec.Env = append(t.Spec.Env, name+"="+all[name])
		if v := newVariable(name, all[name], all[name], true, 0); v.Secret || v.URLPassword {
			t.Secrets = append(t.Secrets, all[name])
		}
	}
	return nil
}

// names are those by which others reach the service.
func (t *trial) names() {
	if t.s.ContainerName != "" {
		t.Spec.Aliases = append(t.Spec.Aliases, t.s.ContainerName)
	}
	for _, n := range t.s.Networks {
		if n != nil {
			t.Spec.Aliases = append(t.Spec.Aliases, n.Aliases...)
		}
	}
	switch mode := t.s.NetworkMode; mode {
	case "", "bridge":
	case "none":
		t.Spec.Network, t.Spec.Aliases = mode, nil
	default:
		t.leave("network_mode: %s", mode)
	}
	if len(t.s.Ports) > 0 {
		t.leave("published ports")
	}
	if len(t.s.Labels)+len(t.s.LabelFiles) > 0 {
		t.leave("labels") // a proxy of this machine would send it requests
	}
}

// reaching are capabilities with which a container changes the machine.
func reaching() []string {
	return []string{"ALL", "BPF", "DAC_READ_SEARCH", "MAC_ADMIN", "MAC_OVERRIDE", "PERFMON", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "SYS_TIME", "SYSLOG"}
}

func (t *trial) security() {
	if t.s.Privileged {
		t.Refused = "it is privileged: a trial must not change this machine"
	}
	for _, name := range capabilityNames(t.s.CapAdd) {
		if slices.Contains(reaching(), name) {
			t.Refused = "it has the capability " + name + ": a trial must not change this machine"
		}
	}
	for _, option := range t.s.SecurityOpt {
		if value, ok := strings.CutPrefix(option, "seccomp"); ok && !strings.HasSuffix(value, "unconfined") {
			t.leave("security_opt: %s", option) // the profile is a file that Compose reads
			continue
		}
		t.Spec.SecurityOpt = append(t.Spec.SecurityOpt, option)
	}
	for name, mode := range map[string]string{"pid": t.s.Pid, "ipc": t.s.Ipc, "uts": t.s.Uts, "userns_mode": t.s.UserNSMode, "cgroup": t.s.Cgroup} {
		if mode != "" {
			t.leave("%s: %s", name, mode)
		}
	}
	if len(t.s.Devices)+len(t.s.DeviceCgroupRules)+len(t.s.Gpus) > 0 {
		t.leave("devices")
	}
	if t.s.Runtime != "" {
		t.leave("runtime: %s", t.s.Runtime)
	}
	if len(t.s.ExtraHosts)+len(t.s.Links)+len(t.s.ExternalLinks) > 0 {
		t.leave("extra_hosts and links")
	}
	slices.Sort(t.LeftOut)
}

// mounts gives it fresh volumes for all that it can write, and of the files of the
// machine those that it only reads.
func (t *trial) mounts() {
	for _, m := range t.s.Volumes {
		switch {
		case m.Type == types.VolumeTypeTmpfs:
			t.Spec.Tmpfs[m.Target] = ""
			if m.Tmpfs != nil && m.Tmpfs.Size > 0 {
				t.Spec.Tmpfs[m.Target] = fmt.Sprintf("size=%d", int64(m.Tmpfs.Size))
			}
		case m.Type == types.VolumeTypeVolume:
			t.fresh(m.Source, m.Target)
		case m.Type == types.VolumeTypeBind && m.ReadOnly && t.file(m.Source, m.Target):
		case m.Type == types.VolumeTypeBind && folder(m.Source):
			t.fresh(m.Source, m.Target)
		default:
			t.leave("%s at %s", m.Source, m.Target)
		}
	}
	for _, text := range t.s.Tmpfs {
		target, options, _ := strings.Cut(text, ":")
		t.Spec.Tmpfs[target] = options
	}
	if len(t.s.VolumesFrom) > 0 {
		t.leave("volumes_from")
	}
	for _, r := range t.s.Secrets {
		t.object("secret", types.FileReferenceConfig(r), types.FileObjectConfig(t.p.Secrets[r.Source]), "/run/secrets/")
	}
	for _, r := range t.s.Configs {
		t.object("config", types.FileReferenceConfig(r), types.FileObjectConfig(t.p.Configs[r.Source]), "/")
	}
}

// fresh mounts an empty volume in place of what is there.
func (t *trial) fresh(source, target string) {
	t.Spec.Volumes = append(t.Spec.Volumes, target)
	if source != "" {
		t.leave("the content of %s: a fresh volume is at %s", source, target)
	}
}

// file mounts a regular file, to be read only; what is none is not mounted.
func (t *trial) file(source, target string) bool {
	info, err := os.Stat(source)
	if !t.local || err != nil || !info.Mode().IsRegular() {
		return false
	}
	t.Spec.Files[target] = source
	return true
}

// folder reports whether a place is a folder, or nothing: the engine would make one.
func folder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir() || os.IsNotExist(err)
}

// object mounts the file of a secret or config.
func (t *trial) object(kind string, r types.FileReferenceConfig, o types.FileObjectConfig, below string) {
	target := r.Target
	if target == "" {
		target = r.Source
	}
	if !filepath.IsAbs(target) {
		target = below + target
	}
	if o.File == "" || !t.file(o.File, target) {
		t.leave("%s %s", kind, r.Source)
	}
}

func (t *trial) limits() {
	s, spec := t.s, &t.Spec
	spec.Memory, spec.CPUs, spec.Pids = int64(s.MemLimit), float64(s.CPUS), s.PidsLimit
	if s.Deploy != nil && s.Deploy.Resources.Limits != nil {
		l := s.Deploy.Resources.Limits
		spec.Memory, spec.CPUs, spec.Pids = either(int64(l.MemoryBytes), spec.Memory), either(float64(l.NanoCPUs), spec.CPUs), either(l.Pids, spec.Pids)
	}
	for name, u := range s.Ulimits {
		if u != nil {
			spec.Ulimits[name] = [2]int64{either(int64(u.Soft), int64(u.Single)), either(int64(u.Hard), int64(u.Single))}
		}
	}
}

func (t *trial) health() {
	interval, retries := healthInterval, healthRetries
	if h := t.s.HealthCheck; h != nil {
		t.Spec.Health = h.Test
		if h.Disable {
			t.Spec.Health = []string{"NONE"}
		}
		if h.Interval != nil {
			interval = time.Duration(*h.Interval)
		}
		if h.Timeout != nil {
			t.Spec.HealthTimeout = time.Duration(*h.Timeout)
		}
		if h.Retries != nil {
			retries = int(min(*h.Retries, 1000))
		}
		if h.StartPeriod != nil {
			t.Patience = time.Duration(*h.StartPeriod)
		}
	}
	t.Patience += interval * time.Duration(retries)
}
