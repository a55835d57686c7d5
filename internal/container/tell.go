package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// maxBurst is how many events a container may make at once, and refill after which time
	// it may make another one: a container that crashes ten times a second must not fill the
	// log store.
	maxBurst = 30
	refill   = 2 * time.Second
	// maxListed is how many files an event names, and maxPath how many bytes of each.
	maxListed = 20
	maxPath   = 300
	// maxBatch is how many events are queued together.
	maxBatch = 200
)

// EventSource is the source of the events.
const EventSource = "container"

// details are the attributes of an event below container.
type details map[string]any

// tell makes an event. The lock is held.
func (w *Watcher) tell(t *tracked, name, message string, more details) {
	now := w.Now()
	if !t.allowed.IsZero() {
		t.allowance = min(maxBurst, t.allowance+float64(now.Sub(t.allowed))/float64(refill))
	}
	t.allowed = now
	if t.allowance < 1 {
		w.counts.Held.Add(1)
		return
	}
	t.allowance--
	r := w.record(t.container, name, message, more, now)
	select {
	case w.news <- r:
	default:
		w.Counters.Dropped.Add(1)
	}
}

// record is the event as a line of JSON.
func (w *Watcher) record(c *Container, name, message string, more details, now time.Time) record.Record {
	about := map[string]any{"id": c.ID, "name": c.Name, "image": map[string]any{"name": c.Image}, "state": c.Status, "restarts": c.RestartCount}
	r := record.Record{Source: EventSource, Service: c.Name, Host: w.Host, Received: now.UnixNano(), Tags: []string{"container_id:" + c.ID, "container_name:" + c.Name, "image:" + c.Image}}
	if c.Project != "" {
		about["compose"] = map[string]any{"project": c.Project, "service": c.Service}
		r.Tags = append(r.Tags, "compose_project:"+c.Project, "compose_service:"+c.Service)
		r.Service = c.Service
	}
	maps.Copy(about, more)
	text, err := json.Marshal(map[string]any{
		"timestamp": now.UTC().Format(time.RFC3339Nano), "message": "container " + c.Name + " " + message,
		"evt": map[string]any{"name": name}, "container": about,
	})
	if err != nil {
		panic("BUG: an event of a container cannot be written: " + err.Error())
	}
	r.Text = string(text)
	if r.Clip() {
		w.Counters.Cut.Add(1)
	}
	return r
}

// send queues events until the context is done.
func (w *Watcher) send(ctx context.Context) {
	for {
		var batch []record.Record
		select {
		case <-ctx.Done():
			return
		case one := <-w.news:
			batch = append(batch, one)
		}
		for more := true; more && len(batch) < maxBatch; {
			select {
			case one := <-w.news:
				batch = append(batch, one)
			default:
				more = false
			}
		}
		if !w.put(ctx, batch) {
			w.Counters.Dropped.Add(int64(len(batch)))
			return
		}
	}
}

// put queues events as soon as there is room.
func (w *Watcher) put(ctx context.Context, batch []record.Record) bool {
	const first, longest = 50 * time.Millisecond, 2 * time.Second
	for wait := first; ; wait = min(2*wait, longest) {
		err := w.Put(ctx, batch)
		if err == nil {
			w.Counters.In.Add(int64(len(batch)))
			w.Counters.Last.Store(w.Now().UnixNano())
			return true
		}
		if !errors.Is(err, record.ErrFull) && !errors.Is(err, record.ErrAway) && ctx.Err() == nil {
			w.Counters.Errors.Add(1)
			w.Log.WarnContext(ctx, "events of containers cannot be queued: it is tried again", "error", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}

// weigh makes an event of a sample that reached a level since the last one, or when it is
// time for one. The lock is held.
func (w *Watcher) weigh(t *tracked) {
	s := &t.now
	if s.OOMKills > t.kills {
		if t.sampled.IsZero() {
			t.kills = s.OOMKills // of before anybody looked
		} else if now := w.Now(); now.Sub(t.oom) > 5*time.Second { // else the engine told of it
			w.tell(t, "container_oom", "had a process killed by the kernel: it wanted more memory than it may have", sampleDetails(s))
			t.oom = now
		}
		t.kills = s.OOMKills
	}
	if math.IsNaN(s.CPU) {
		return // the first one
	}
	got := reached(s)
	higher := false
	for i := range got {
		higher = higher || got[i] > t.told[i]
	}
	due := t.sampled.IsZero() || s.At.Sub(t.sampled) >= w.Every
	if !due && !higher {
		return
	}
	if due {
		t.told, t.sampled = got, s.At
	}
	for i := range got {
		t.told[i] = max(t.told[i], got[i])
	}
	w.tell(t, "container_sample", said(s), sampleDetails(s))
}

// said is what a sample says, for people.
func said(s *Sample) string {
	var b strings.Builder
	fmt.Fprintf(&b, "uses %.0f %% of a core, %d bytes of memory", s.CPU, s.Memory)
	if s.MemoryLimit > 0 {
		fmt.Fprintf(&b, " (%.0f %% of its limit)", s.MemoryOfLimit)
	}
	if s.Connections >= 0 {
		fmt.Fprintf(&b, ", %d connections", s.Connections)
	}
	return b.String()
}

// sampleDetails are the attributes of a sample; what is not known is left out, and the zero
// sample knows nothing.
func sampleDetails(s *Sample) details {
	if s.At.IsZero() {
		return nil
	}
	rounded := func(f float64) float64 { return math.Round(f*10) / 10 }
	cpu := map[string]any{"limited": s.Cores > 0}
	put := func(to map[string]any, key string, value float64) {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			to[key] = rounded(value)
		}
	}
	put(cpu, "percent", s.CPU)
	put(cpu, "limit_percent", s.CPUOfLimit)
	memory := map[string]any{"bytes": s.Memory}
	if s.MemoryLimit > 0 {
		memory["limit"] = s.MemoryLimit
		put(memory, "percent", s.MemoryOfLimit)
	}
	d := details{"cpu": cpu, "memory": memory, "oom_kills": s.OOMKills, "pids": s.Pids}
	if s.PidsLimit > 0 {
		d["pids_limit"] = s.PidsLimit
	}
	if s.Connections >= 0 {
		d["connections"], d["udp_sockets"] = s.Connections, s.UDPSockets
		network := map[string]any{}
		put(network, "received_rate", s.ReceivedRate)
		put(network, "sent_rate", s.SentRate)
		d["network"] = network
	}
	if !math.IsNaN(s.Disk) {
		d["disk"] = map[string]any{"percent": rounded(s.Disk), "shared": s.DiskShared}
	}
	return d
}

// wrote tells of files that a container wrote which is not to write. The lock is held.
func (w *Watcher) wrote(t *tracked, files []string) {
	var fresh []string
	for _, file := range files {
		if t.files[file] || len(t.files) >= maxWritten {
			continue
		}
		if t.files == nil {
			t.files = map[string]bool{}
		}
		t.files[file] = true
		if len(fresh) < maxListed {
			fresh = append(fresh, strings.ToValidUTF8(file[:min(len(file), maxPath)], "\ufffd"))
		}
	}
	if len(fresh) == 0 {
		return
	}
	w.tell(t, "container_written", "wrote to its own file system, which it is not to: "+fresh[0], details{"files": fresh, "files_count": len(t.files), "read_only": t.container.ReadonlyRootfs})
}
