package respond

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/evidence"
)

// ContainersConfig says what is done to containers.
type ContainersConfig struct {
	// Never says to which nothing is done, beside the one that Sasumata runs in.
	Never NeverContainers `doc:"never"`
	// Evidence says how much is captured and kept.
	Evidence EvidenceConfig `doc:"evidence"`

	At map[string]document.Pos `doc:",positions"`
}

// NeverContainers says to which containers nothing is done.
type NeverContainers struct {
	// Names are their names, with wildcards, Labels are key or key=value; one of them is enough.
	Names  []string `doc:"names,single"`
	Labels []string `doc:"labels,single"`

	At map[string]document.Pos `doc:",positions"`
}

// EvidenceConfig says how much evidence is captured and kept.
type EvidenceConfig struct {
	// MaxBytes is the size of all files of one capture, MaxLogs that of the container's output.
	MaxBytes int64 `doc:"max_bytes"`
	MaxLogs  int64 `doc:"max_log_bytes"`
	// Keep is for how long evidence is kept, MaxTotal how many bytes of it.
	Keep     time.Duration `doc:"keep"`
	MaxTotal int64         `doc:"max_total_bytes"`

	At map[string]document.Pos `doc:",positions"`
}

func defaultContainers() ContainersConfig {
	return ContainersConfig{Evidence: EvidenceConfig{
		MaxBytes: evidence.DefaultMaxBytes, MaxLogs: evidence.DefaultMaxLogs, Keep: evidence.DefaultKeep, MaxTotal: evidence.DefaultMaxTotal,
	}}
}

// limits are those of the evidence.
func (c *Config) limits() evidence.Limits {
	e := &c.Containers.Evidence
	return evidence.Limits{MaxBytes: e.MaxBytes, MaxLogs: e.MaxLogs, MaxTotal: e.MaxTotal, Keep: e.Keep}
}

// containers checks what is done to containers.
func (k *checker) containers(c *ContainersConfig) {
	const most = 1000
	for key, list := range map[string][]string{"names": c.Never.Names, "labels": c.Never.Labels} {
		k.Fault(slices.Contains(list, "") || len(list) > most, c.Never.At, key, "%s wants at most %d, none of them empty", key, most)
	}
	for _, name := range c.Never.Names {
		_, err := path.Match(name, "")
		k.Fault(err != nil, c.Never.At, "names", "names: %q is no pattern: a [ is not closed", name)
	}
	e := &c.Evidence
	for key, n := range map[string]int64{"max_bytes": e.MaxBytes, "max_log_bytes": e.MaxLogs, "max_total_bytes": e.MaxTotal} {
		k.Fault(n < 1<<20 || n > 1<<44, e.At, key, "%s wants a size from 1 MiB to 16 TiB", key)
	}
	k.between(e.Keep, time.Hour, 10*365*24*time.Hour, e.At, "keep")
}

// contain checks a policy about containers, and fills in what follows.
func (k *checker) contain(p *Policy) {
	if p.Action == Contain && len(p.Steps) == 0 {
		p.Steps = defaultSteps()
	}
	last := -1
	for _, step := range p.Steps {
		at := slices.Index(containSteps(), step)
		if at < 0 {
			k.oneOf(step, p.At, "steps", containSteps()...)
			continue
		}
		k.Fault(at <= last, p.At, "steps", "steps want this order, each once: %s", strings.Join(containSteps(), ", "))
		last = max(last, at)
	}
	k.Fault(slices.Contains(p.Steps, Resume) && !slices.Contains(p.Steps, Freeze), p.At, "steps", "there is nothing to %s without %s", Resume, Freeze)
	if _, said := p.At["approval"]; !said && (p.Action == Kill || slices.Contains(p.Steps, Kill)) {
		p.Approval = true
	}
}
