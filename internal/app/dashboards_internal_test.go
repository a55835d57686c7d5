package app

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/container"
)

// dashboard is what tests look at of one of Grafana's.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Templating    struct {
		List []struct{ Name, Type, Query string }
	}
	Panels []struct {
		ID                       int
		Type, Title, Description string
		GridPos                  struct{ X, Y, W, H int }
		Datasource               struct{ Type, UID string }
		FieldConfig              struct{ Defaults struct{ Unit string } }
		Targets                  []struct {
			RefID, Expr string
			Datasource  struct{ Type, UID string }
		}
	}
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	all := map[string]dashboard{}
	names, err := fs.Glob(content.FS(), "dashboards/*.json")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(content.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		var one dashboard
		if err := json.Unmarshal(data, &one); err != nil {
			t.Fatal(name, err)
		}
		all[name] = one
	}
	return all
}

func TestDashboardsAreWhole(t *testing.T) {
	uids := map[string]string{}
	units := " none cps reqps s bytes Bps percentunit "
	for name, d := range dashboards(t) {
		fail := func(format string, args ...any) { t.Helper(); t.Errorf(name+": "+format, args...) }
		if uids[d.UID] != "" || !strings.HasPrefix(d.UID, "sasumata-") || len(d.UID) > 40 {
			fail("uid %q, as %s", d.UID, uids[d.UID])
		}
		uids[d.UID] = name
		if d.SchemaVersion < 39 || !strings.Contains(d.Title, " / ") || len(d.Templating.List) != 1 || d.Templating.List[0].Name != "datasource" || d.Templating.List[0].Type != "datasource" || d.Templating.List[0].Query != "prometheus" {
			fail("its schema, title or variable: %+v", d.Templating)
		}
		ids, cells := map[int]bool{}, map[[2]int]bool{}
		for _, p := range d.Panels {
			if ids[p.ID] || p.ID < 1 || !strings.Contains(p.Title, " / ") || len(p.Targets) == 0 {
				fail("the panel %d %q has an id twice, no title in two languages, or no query", p.ID, p.Title)
			}
			ids[p.ID] = true
			if unit := p.FieldConfig.Defaults.Unit; unit == "" || !strings.Contains(units, " "+unit+" ") {
				fail("%q has the unit %q", p.Title, unit)
			}
			if !slices.Contains([]string{"stat", "timeseries", "table", "bargauge"}, p.Type) || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H < 1 {
				fail("%q is a %s at %+v", p.Title, p.Type, p.GridPos)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if cells[[2]int{x, y}] {
						fail("%q lies over another panel", p.Title)
						x, y = 99, 99
					}
					cells[[2]int{x, y}] = true
				}
			}
			refs := map[string]bool{}
			for _, q := range p.Targets {
				if refs[q.RefID] || q.RefID == "" || q.Datasource.UID != "${datasource}" || p.Datasource.UID != "${datasource}" || q.Datasource.Type != "prometheus" {
					fail("%q: a query twice, or of another source", p.Title)
				}
				refs[q.RefID] = true
			}
		}
	}
}

// TestDashboardsHaveSomethingToShow runs a server over logs with sign-ins and attacks, and
// asks every question of every dashboard over its API.
func TestDashboardsHaveSomethingToShow(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: series grow with the clock, which takes seconds; make race runs it")
	}
	dir := t.TempDir()
	var log strings.Builder
	log.WriteString(failures(0, 3))
	log.WriteString("2026-01-16T00:09:00Z web1 sshd[7]: Accepted password for ann from 192.0.2.7 port 22 ssh2\n")
	for i := range 20 {
		path, status := "/", 200
		if i%4 == 0 {
			path, status = "/?id=1%27%20UNION%20SELECT%20password%20FROM%20users--", 500
		}
		fmt.Fprintf(&log, "198.51.100.7 - - [16/Jan/2026:00:10:%02d +0000] \"GET %s HTTP/1.1\" %d 12 \"-\" \"Mozilla/5.0\"\n", i, path, status)
	}
	appendLog(t, dir, log.String())
	opts := seriesOptions(t, dir, `groups: [{name: own, rules: [{alert: Always, expr: vector(1), labels: {severity: high}}]}]`)
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	var second atomic.Int64
	s.containerSeries = func() []container.Series {
		n := float64(second.Add(1))
		return []container.Series{{ID: "a", Name: "shop", At: time.Now(), Values: map[string]float64{
			"container_cpu_usage_seconds_total": n / 10, "container_memory_working_set_bytes": 1e6, "container_spec_memory_limit_bytes": 2e6, "container_oom_events_total": 0,
			"container_start_time_seconds": 1, "container_spec_cpu_cores": 0.5, "container_network_receive_bytes_total": n, "container_network_transmit_bytes_total": n,
		}}}
	}
	stop := runs(t, s)
	defer stop()
	s.until(t, 39)
	eventually(t, "the limit of a container", func() bool {
		got := s.values(t, `sasumata:container_cpu_limit:cores`)
		return len(got) == 1 && got[0] == "0.5"
	})
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				expr := strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h").Replace(q.Expr)
				eventually(t, name+": "+p.Title+": "+expr, func() bool { return len(s.values(t, expr)) > 0 })
			}
		}
	}
}
