package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/posture/harden"
	"github.com/sasumata/sasumata/internal/posture/workload"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/sensor"
)

// Bounds of what is kept of capabilities that containers use.
const (
	maxWatchedContainers = 1_000
	maxGrants            = 1_000 // of one container: Linux has 41 capabilities
)

// grant is a capability that the kernel granted to a process, and all that the process had, a
// bit for each.
type grant struct {
	name string
	all  uint64
}

// capabilityWatch sees which capabilities the kernel grants to the containers of this machine.
type capabilityWatch struct {
	begun  time.Time
	sensor *sensor.Sensor
	stop   context.CancelFunc
	ended  chan error
	done   bool

	mu   sync.Mutex
	used map[string]map[grant]bool // by the whole id of the container
	full bool
}

// watchCapabilities begins to look. The error says why that cannot be seen here. Close has
// to be called.
func watchCapabilities(ctx context.Context, now func() time.Time) (*capabilityWatch, error) {
	c := sensor.Config{Mode: string(sensor.EBPF), Events: []string{sensor.Capability.String()}, ContainersOnly: true}
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		panic("BUG: the configuration of the sensor: " + faults.Error())
	}
	probe := sensor.Probe(ctx, c.Mode, nil)
	if state := probe.State(sensor.EBPF); !state.Usable {
		why := state.Why
		if state.Fix != "" {
			why += " (" + state.Fix + ")"
		}
		return nil, fmt.Errorf("eBPF: %s", why)
	}
	w := &capabilityWatch{begun: now(), used: map[string]map[grant]bool{}, ended: make(chan error, 1)}
	var err error
	w.sensor, err = sensor.New(ctx, sensor.Options{Config: c, Now: now, Put: w.put, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	for _, missing := range w.sensor.Report().Missing {
		if strings.Contains(missing, "cap_capable") {
			_ = w.sensor.Close() // it was not run
			return nil, fmt.Errorf("eBPF: %s", missing)
		}
	}
	ctx, w.stop = context.WithCancel(ctx)
	go func() { w.ended <- w.sensor.Run(ctx) }()
	return w, nil
}

// capabilities begins to look for capabilities that containers use; nil, and told why, where
// that cannot be seen.
func (o *HardenOptions) capabilities(ctx context.Context, engine *container.Engine) *capabilityWatch {
	if engine.Remote() {
		o.Told(hardenLang(o.Lang).Say("which capabilities are used is not observed: the engine is not on this machine"))
		return nil
	}
	watch, err := watchCapabilities(ctx, o.Now)
	if err != nil {
		o.Told(hardenLang(o.Lang).Say("which capabilities are used is not observed: %v", err))
		return nil
	}
	return watch
}

// granted adds the capabilities that were used to what was seen of the services.
func (o *HardenOptions) granted(watch *capabilityWatch, seen map[string]*harden.Observed, ran map[string][]*container.Container) {
	if watch == nil {
		return
	}
	used, err := watch.close()
	if err != nil {
		o.Told(hardenLang(o.Lang).Say("which capabilities are used was not observed to the end: %v", err))
		return
	}
	var before []string
	for _, service := range slices.Sorted(maps.Keys(seen)) {
		one := seen[service]
		one.Watched = true
		for _, c := range ran[service] {
			effective := workload.NewCapabilities(c.Config.CapAdd, c.Config.CapDrop, c.Config.Privileged).Effective
			for g := range used[c.ID] {
				if noMoreThan(g.all, effective) {
					one.Capabilities = append(one.Capabilities, g.name)
				}
			}
		}
		slices.Sort(one.Capabilities)
		one.Capabilities = slices.Compact(one.Capabilities)
		if !one.Started {
			before = append(before, service)
		}
	}
	if len(before) > 0 {
		o.Told(hardenLang(o.Lang).Say("which capabilities these need to start was not seen, restart them during the observation: %s", strings.Join(before, ", ")))
	}
}

// noMoreThan reports whether a process had no more than the capabilities of its container. One
// that has more is the engine's, on its way to start the container's program.
func noMoreThan(all uint64, effective []string) bool {
	if slices.Contains(effective, "ALL") {
		return true
	}
	for ; all != 0; all &= all - 1 {
		name := sensor.CapabilityName(uint8(bits.TrailingZeros64(all)))
		if !slices.Contains(effective, strings.TrimPrefix(name, "CAP_")) {
			return false
		}
	}
	return true
}

// put keeps what was granted. What was refused was not needed, or the service has it wrong.
func (w *capabilityWatch) put(_ context.Context, records []record.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range records {
		var e struct {
			Capability string
			Container  struct{ ID string }
			Evt        struct{ Outcome string }
			Process    struct{ Capabilities string }
		}
		if err := json.Unmarshal([]byte(r.Text), &e); err != nil || e.Capability == "" || e.Container.ID == "" || e.Evt.Outcome == "failure" {
			continue // the sensor writes nothing else
		}
		if w.used[e.Container.ID] == nil {
			if len(w.used) >= maxWatchedContainers {
				w.full = true
				continue
			}
			w.used[e.Container.ID] = map[grant]bool{}
		}
		mask, err := strconv.ParseUint(e.Process.Capabilities, 16, 64)
		if err != nil {
			continue // it has none any more: what it was granted stands in another event
		}
		one := grant{strings.TrimPrefix(e.Capability, "CAP_"), mask}
		if grants := w.used[e.Container.ID]; len(grants) < maxGrants {
			grants[one] = true
		} else {
			w.full = true
		}
	}
	return nil
}

// close ends the looking; a second time, and without a watch, it does nothing. It returns what was used, by container; the error says why that is
// not all.
func (w *capabilityWatch) close() (map[string]map[grant]bool, error) {
	if w == nil || w.done {
		return nil, nil //nolint:nilnil // there is nothing any more
	}
	w.done = true
	w.stop()
	err := <-w.ended
	w.mu.Lock()
	defer w.mu.Unlock()
	switch lost := w.sensor.Losses()[sensor.Capability]; {
	case err != nil:
		return nil, err
	case lost > 0:
		return nil, fmt.Errorf("%d events were lost", lost)
	case w.full:
		return nil, fmt.Errorf("more than %d containers, or %d ways of one to use them", maxWatchedContainers, maxGrants)
	}
	return w.used, nil
}
