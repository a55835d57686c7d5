package respond

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestQuarantine: both directions and what is established end within 50 ms, and come back.
func TestQuarantine(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("quarantine", talker, nil)
	address := addressOf(t, c)
	if !reaches(t, address, true) {
		t.Fatal("the container does not listen")
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var mu sync.Mutex
	var last time.Time
	heard := make(chan struct{}, 1)
	go func() {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			mu.Lock()
			last = time.Now()
			mu.Unlock()
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	}()
	for range 20 {
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is heard of the container")
		}
	}
	began := time.Now()
	r := w.ask(Quarantine, c.Name)
	if reaches(t, address, false) {
		t.Error("the container can be reached")
	}
	mu.Lock()
	after := last.Sub(began)
	mu.Unlock()
	if r.State != Active || r.Target != c.ID || r.Container == nil || r.Container.Quarantine != byNamespace || len(r.Container.Done) != 1 || r.Container.Name != c.Name {
		t.Fatalf("%+v %+v", r, r.Container)
	}
	step := time.Duration(r.Container.Done[0].Took) * time.Microsecond
	t.Logf("asked, decided and written down, the last byte came %s later; cutting off took %s, one write to the disk in it", after.Round(100*time.Microsecond), step)
	for tries := 0; step > 50*time.Millisecond && tries < 5; tries++ { // others may use the machine, too
		w.undo(r.ID)
		r = w.ask(Quarantine, c.Name)
		step = min(step, time.Duration(r.Container.Done[0].Took)*time.Microsecond)
	}
	if step > 50*time.Millisecond {
		t.Errorf("cutting off took %s", step)
	}
	mu.Lock()
	said := last
	mu.Unlock()
	time.Sleep(100 * time.Millisecond) // whether anything comes cannot be waited for otherwise
	mu.Lock()
	if last != said {
		t.Error("it still talks")
	}
	mu.Unlock()
	// Somebody else may not take it away.
	cell, err := openCell("/proc", c.Pid, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cell.Free(), cell.Close()); err != nil {
		t.Fatal(err)
	}
	w.until("it is restored", func() bool { return w.counters.recontained.Load() > 0 })
	if reaches(t, address, false) {
		t.Error("the container can be reached again")
	}
	if r = w.undo(r.ID); r.State != Undone || r.Container.holds() {
		t.Errorf("%+v %+v", r, r.Container)
	}
	if !reaches(t, address, true) {
		t.Error("the container cannot be reached")
	}
	if rest := w.cell(c, (*firewall.Cell).IsShut); rest {
		t.Error("something is left in the namespace")
	}
}

// TestARestartIsNoWayOut: the container gets another namespace, which is cut off as well.
func TestARestartIsNoWayOut(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("restart", talker, nil)
	r := w.ask(Quarantine, c.ID)
	w.machine.Do(t, http.MethodPost, "/containers/"+c.ID+"/restart?t=0", "", nil)
	w.until("it is cut off again", func() bool { return w.counters.recontained.Load() > 0 })
	again := w.look(c.ID)
	if again.Pid == c.Pid || reaches(t, addressOf(t, again), false) {
		t.Error("the container got out")
	}
	w.undo(r.ID)
	if !reaches(t, addressOf(t, w.look(c.ID)), true) {
		t.Error("the container cannot be reached")
	}
}

// TestOtherWaysOfQuarantine: whoever could undo it, whoever has no network of its own.
func TestOtherWaysOfQuarantine(t *testing.T) {
	w := newWard(t, "mode: active")
	f := func(c *container.Container, way string, paused bool) {
		t.Helper()
		before := w.look(c.ID).Networks
		r := w.ask(Quarantine, c.ID)
		now := w.look(c.ID)
		if r.State != Active || r.Container.Quarantine != way || now.Paused() != paused || r.Error != "" {
			t.Errorf("%s: %+v %+v, paused %t", c.Name, r, r.Container, now.Paused())
		}
		if way == byDisconnect && len(now.Networks) != 0 {
			t.Errorf("%s: there are networks %+v", c.Name, now.Networks)
		}
		w.undo(r.ID)
		now = w.look(c.ID)
		names := func(list []container.Network) (all []string) {
			for _, n := range list {
				all = append(all, fmt.Sprint(n.Name, n.Static))
			}
			return all
		}
		if now.Paused() || !slices.Equal(names(now.Networks), names(before)) {
			t.Errorf("%s: paused %t, networks %v, had %v", c.Name, now.Paused(), names(now.Networks), names(before))
		}
	}
	f(w.run("host", "exec busybox sleep 300", map[string]any{"NetworkMode": "host"}), byFreeze, true)
	admin := w.run("admin", talker, map[string]any{"CapAdd": []string{"NET_ADMIN"}})
	f(admin, byDisconnect, false)
	network := fmt.Sprint("sasumata-contain-net-", os.Getpid())
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(w.machine.Do(t, http.MethodPost, "/networks/create", "application/json", strings.NewReader(`{"Name":"`+network+`","IPAM":{"Config":[{"Subnet":"10.211.`+fmt.Sprint(os.Getpid()%250)+`.0/24"}]}}`))), &made); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.machine.Remove(t, admin.ID)
		w.machine.Do(t, http.MethodDelete, "/networks/"+made.ID, "", nil)
	})
	w.machine.Do(t, http.MethodPost, "/networks/"+made.ID+"/connect", "application/json", strings.NewReader(`{"Container":"`+admin.ID+`","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.211.`+fmt.Sprint(os.Getpid()%250)+`.77"},"Aliases":["shop"]}}`))
	f(admin, byDisconnect, false)
	if two := w.look(admin.ID).Networks; len(two) != 2 || !slices.Contains(two[1].Aliases, "shop") {
		t.Errorf("networks %+v", two)
	}
	first := w.run("first", talker, nil)
	second := w.run("second", "exec busybox sleep 300", map[string]any{"NetworkMode": "container:" + first.ID})
	f(second, byFreeze, true)
	f(first, byFreeze, true) // else the other one would be cut off, too
	frozen := w.run("frozen", talker, nil)
	if err := w.engine.Pause(t.Context(), frozen.ID); err != nil {
		t.Fatal(err)
	}
	r := w.ask(Quarantine, frozen.ID)
	w.ask(Freeze, frozen.ID)
	w.undo(r.ID)
	if r.Container.Quarantine != byNamespace || !w.look(frozen.ID).Paused() {
		t.Errorf("%+v", r.Container)
	}
}

// TestResumeInQuarantine: its processes go on, cut off, until it expires.
func TestResumeInQuarantine(t *testing.T) {
	w := newWard(t, `
mode: active
policies: [{name: all, query: "*", action: contain, steps: [quarantine, freeze, evidence, resume], duration: 3s}]
`)
	c := w.run("resume", talker, nil)
	s := signalOf("sig1", "203.0.113.7", signal.Critical)
	s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindContainer, Value: c.ID, Events: 5})
	w.observe(s)
	w.until("the response is active", func() bool { return strings.HasPrefix(w.list(), "active contain") })
	if now := w.look(c.ID); now.Paused() || reaches(t, addressOf(t, now), false) {
		t.Errorf("%s", now.Status)
	}
	w.until("it expires", func() bool { return strings.HasPrefix(w.list(), "expired contain") })
	if !reaches(t, addressOf(t, c), true) {
		t.Error("the container cannot be reached")
	}
}

// TestTwoHoldOneContainer: the last one lets it go.
func TestTwoHoldOneContainer(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("two", talker, nil)
	contain := w.ask(Contain, c.ID)
	freeze := w.ask(Freeze, c.ID)
	quarantine := w.ask(Quarantine, c.ID)
	w.undo(contain.ID)
	if now := w.look(c.ID); !now.Paused() || !w.cell(c, (*firewall.Cell).IsShut) {
		t.Error("others hold it, and it was let go")
	}
	w.undo(freeze.ID)
	if now := w.look(c.ID); now.Paused() || reaches(t, addressOf(t, c), false) {
		t.Error("it is to be in quarantine only")
	}
	w.undo(quarantine.ID)
	if !reaches(t, addressOf(t, c), true) {
		t.Error("the container cannot be reached")
	}
}
