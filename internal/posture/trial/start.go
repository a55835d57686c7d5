package trial

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/posture/harden"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

const (
	// lookEvery is how long two looks at a container lie apart.
	lookEvery = 200 * time.Millisecond
	// mostPatience is how long a service may take at most until its check succeeds.
	mostPatience = 2 * time.Minute
	// slower is how much longer a service may take with the changes than as it is.
	slower = 3
	// logLines and logBytes bound what is shown of the output, logLine one line of it.
	logLines = 5
	logBytes = 256 << 10
	logLine  = 300
)

// outcome is what came of one start.
type outcome struct {
	why  string // it failed; "" when it did not
	log  []string
	took time.Duration
}

func (o *outcome) fine() bool { return o.why == "" }

// try starts a service with changes, in place of the one that runs.
func (r *run) try(ctx context.Context, name string, changes []harden.Change) (outcome, error) {
	all, err := r.read(ctx, changes)
	if err != nil {
		return outcome{}, err
	}
	return r.start(ctx, name, all[name], min(slower*max(r.took[name], r.For), mostPatience))
}

// start starts a service and waits until it is up, or is not going to be.
func (r *run) start(ctx context.Context, name string, t *workload.Trial, patience time.Duration) (outcome, error) {
	if err := ctx.Err(); err != nil {
		return outcome{}, err
	}
	spec := t.Spec
	spec.Name, spec.Labels = r.name+"-"+name, r.labels
	if spec.Network == "" {
		spec.Network = r.name
	}
	held := context.WithoutCancel(ctx) // see Run
	if slices.Contains(r.made, spec.Name) {
		if err := r.Engine.Remove(held, spec.Name); err != nil && !errors.Is(err, container.ErrNotFound) {
			return outcome{}, err
		}
	} else {
		r.made = append(r.made, spec.Name)
	}
	if _, err := r.Engine.Create(held, &spec); err != nil {
		return outcome{why: err.Error()}, nil //nolint:nilerr // that the engine refuses it is what came of it
	}
	if err := r.Engine.Start(held, spec.Name); err != nil {
		return outcome{why: err.Error()}, nil //nolint:nilerr // as above
	}
	got, err := r.settle(ctx, spec.Name, patience)
	if err == nil && !got.fine() {
		got.log = r.output(ctx, spec.Name, t.Secrets)
	}
	return got, err
}

// settle waits until a container is healthy, or without a check has run for long enough.
func (r *run) settle(ctx context.Context, name string, patience time.Duration) (outcome, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for took := time.Duration(0); ; took += lookEvery {
		c, err := r.Engine.Inspect(ctx, name)
		if err != nil {
			return outcome{}, err
		}
		switch {
		case c.OOMKilled:
			return outcome{why: r.lang.Say("it had too little memory")}, nil
		case !c.Running():
			return outcome{why: strings.TrimSpace(r.lang.Say("it ended with exit code %d %s", c.ExitCode, c.Error))}, nil
		case c.Health == "healthy", c.Health == "" && took >= r.For, c.Health == "none" && took >= r.For:
			return outcome{took: took}, nil
		case c.Health == "unhealthy", took >= patience:
			return outcome{why: r.lang.Say("its health check did not succeed within %v", took)}, nil
		}
		select {
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		case <-ticker.C:
		}
	}
}

// output returns the end of what a container wrote, without what must not be shown.
func (r *run) output(ctx context.Context, name string, secrets []string) []string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var b bytes.Buffer
	if _, err := r.Engine.Logs(ctx, name, container.Output{Tail: logLines, Most: logBytes}, &b, &b); err != nil {
		return []string{r.lang.Say("its output cannot be read: %v", err)}
	}
	text := b.String()
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	var out []string
	for line := range strings.Lines(text) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), " ") // its time
		if len(line) > logLine {
			line = strings.ToValidUTF8(line[:logLine], "") + "…"
		}
		out = append(out, line)
	}
	return out
}
