package respond

import (
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond/firewall"
)

// ward is an engine of responses beside a real engine of containers.
type ward struct {
	*stand

	machine  *containertest.Engine
	engine   *container.Engine
	evidence *evidence.Store
	folder   string
}

func newWard(t *testing.T, yaml string) *ward {
	t.Helper()
	w := &ward{machine: containertest.New(t, "sasumata-contain"), folder: filepath.Join(t.TempDir(), "evidence")}
	var err error
	if w.engine, err = container.Open(w.machine.Address, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.engine.Close)
	if w.evidence, err = evidence.Open(evidence.Options{Folder: w.folder, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	w.stand = standOf(t, databasetest.SQLite(t), yaml, func(o *Options) {
		o.Containers = func() Containers { return w.engine }
		o.Evidence, o.Now = w.evidence, time.Now
	})
	t.Cleanup(w.stop) // before the container and its engine go
	return w
}

// talker listens, and says something all the time to who asks.
const talker = `exec busybox nc -ll -p 7000 -e /bin/sh -c 'while :; do echo x; busybox usleep 5000; done'`

// run starts a container on the bridge, unless the settings say otherwise.
func (w *ward) run(name, script string, host map[string]any) *container.Container {
	w.t.Helper()
	settings := map[string]any{"NetworkMode": "bridge"}
	maps.Copy(settings, host)
	id := w.machine.Run(w.t, &containertest.Spec{Name: name, Script: script, Host: settings, Labels: map[string]string{"who": "sasumata-contain"}})
	return w.look(id)
}

func (w *ward) look(id string) *container.Container {
	w.t.Helper()
	c, err := w.engine.Inspect(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ask has something done, and waits until it is.
func (w *ward) ask(action, target string) Record {
	w.t.Helper()
	r, err := w.Ask(w.t.Context(), Request{Action: action, Target: target, Reason: "by hand"}, "eve")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.done(r.ID)
}

// done waits until a response is neither planned nor at work.
func (w *ward) done(id int64) Record {
	w.t.Helper()
	var d Detail
	w.until(fmt.Sprint("the response ", id, " is done"), func() bool {
		var err error
		if d, err = w.Get(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
		return d.State != Planned && d.State != Applying && d.Ending == ""
	})
	return d.Record
}

func (w *ward) undo(id int64) Record {
	w.t.Helper()
	if _, err := w.Undo(w.t.Context(), id, Verdict{}, "eve"); err != nil {
		w.t.Fatal(err)
	}
	return w.done(id)
}

// reaches reports whether a connection to the container comes about, within a second when it
// is expected to.
func reaches(t *testing.T, address string, expected bool) bool {
	t.Helper()
	tries := 1
	if expected {
		tries = 20
	}
	for range tries {
		conn, err := (&net.Dialer{Timeout: 200 * time.Millisecond}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return true
		}
		if expected {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return false
}

func addressOf(t *testing.T, c *container.Container) string {
	t.Helper()
	if len(c.Networks) == 0 || len(c.Networks[0].Addresses) == 0 {
		t.Fatalf("%s has no address: %+v", c.Name, c.Networks)
	}
	return net.JoinHostPort(c.Networks[0].Addresses[0].String(), "7000")
}

// cell asks something of the namespace of the container.
func (w *ward) cell(c *container.Container, ask func(*firewall.Cell) (bool, error)) bool {
	w.t.Helper()
	cell, err := openCell("/proc", c.Pid, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	defer cell.Close()
	is, err := ask(cell)
	if err != nil {
		w.t.Fatal(err)
	}
	return is
}
