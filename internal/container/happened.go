package container

import (
	"context"
	"strconv"
)

// happened takes an event of the engine.
func (w *Watcher) happened(ctx context.Context, e Event) {
	if w.Skip != nil && w.Skip(e.ID) {
		return
	}
	switch e.Action {
	case "destroy":
		w.mu.Lock()
		defer w.mu.Unlock()
		if t := w.containers[e.ID]; t != nil {
			w.tell(t, "container_removed", "was removed", nil)
		}
		delete(w.containers, e.ID)
		delete(w.refused, e.ID)
		return
	case "kill":
		w.mu.Lock()
		defer w.mu.Unlock()
		if t := w.containers[e.ID]; t != nil {
			t.killed = t.killed || ends(e.Signal)
		}
		return
	}
	t := w.look(ctx, e.ID)
	if t == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := t.container
	switch e.Action {
	case "create":
		w.tell(t, "container_created", "was created from the image "+c.Image, nil)
	case "start":
		t.killed = false
		w.tell(t, "container_started", "was started", nil)
	case "die":
		w.died(t, e.ExitCode)
	case "oom":
		t.oom = w.Now()
		w.tell(t, "container_oom", "had a process killed by the kernel: it wanted more memory than it may have", sampleDetails(&t.now))
	case "pause":
		w.tell(t, "container_paused", "was paused", nil)
	case "unpause":
		w.tell(t, "container_unpaused", "goes on", nil)
	case "update":
		w.tell(t, "container_updated", "got other limits", nil)
	case "rename":
		w.tell(t, "container_renamed", "has another name", nil)
	case "health_status":
		if c.Health == "unhealthy" {
			w.tell(t, "container_unhealthy", "does not pass its health check", nil)
		}
	}
}

// died tells of the end of a run. One that nobody asked for is a crash, if it failed or the
// engine starts it again. The lock is held.
func (w *Watcher) died(t *tracked, code string) {
	c := t.container
	n, err := strconv.Atoi(code)
	if err != nil {
		n = c.ExitCode
	}
	d := details{"exit_code": n, "requested": t.killed, "oom_killed": c.OOMKilled, "restart_policy": c.RestartPolicy}
	again := c.RestartPolicy == "always" || c.RestartPolicy == "unless-stopped" || c.RestartPolicy == "on-failure" && n != 0
	if t.killed || n == 0 && !again {
		w.tell(t, "container_stopped", "ended with exit code "+strconv.Itoa(n), d)
		return
	}
	t.crashes++
	d["crashes"] = t.crashes
	w.tell(t, "container_crashed", "ended by itself with exit code "+strconv.Itoa(n), d)
}

// missed tells of crashes of which no event came, as the engine could not be followed.
func (w *Watcher) missed(t *tracked, restarts int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if more := t.container.RestartCount - restarts; more > 0 {
		t.crashes += int64(more)
		w.tell(t, "container_crashed", "ended by itself "+strconv.Itoa(more)+" times while the engine could not be followed", details{"crashes": t.crashes, "missed": more})
	}
}

// ends reports whether a signal is one by which people end a process.
func ends(signal string) bool {
	switch signal {
	case "", "2", "3", "9", "15", "SIGINT", "SIGQUIT", "SIGKILL", "SIGTERM":
		return true
	}
	return false
}
