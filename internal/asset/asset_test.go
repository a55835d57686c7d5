package asset_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/signal"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// house has a book, what it told, and a clock that goes on one day a run.
type house struct {
	t    *testing.T
	book *asset.Book
	told []*signal.Signal
	now  time.Time
}

func newHouse(t *testing.T, engine databasetest.Engine) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	h.book = asset.NewBook(databasetest.Open(t, engine.Config(t)), func() time.Time { return h.now }, func(news []signal.Finding) {
		for _, one := range news {
			h.told = append(h.told, one.Signal)
		}
	})
	return h
}

// list is a run of one tool that found these, each written "id severity package".
func list(t *testing.T, name, tool string, found ...string) *scan.List {
	t.Helper()
	r := scan.NewReport(tool+".json", name)
	r.Ran(tool)
	for _, one := range found {
		parts := strings.Fields(one)
		if err := r.Add(&scan.Raw{Kind: scan.Vulnerability, ID: parts[0], Severity: parts[1], Type: "npm", Tool: tool, Name: parts[2], Version: "1.0", Title: "about " + parts[2]}); err != nil {
			t.Fatal(err)
		}
	}
	l := scan.NewList(time.Unix(0, 0), "test", name)
	l.Reports = []*scan.Report{r}
	var err error
	if l.Findings, err = scan.Merge(l.Reports); err != nil {
		t.Fatal(err)
	}
	return l
}

func (h *house) take(l *scan.List) asset.Taken {
	h.t.Helper()
	h.now = h.now.Add(24 * time.Hour)
	taken, err := h.book.Take(h.t.Context(), l, asset.Who{Name: "ci", From: "192.0.2.7"})
	if err != nil {
		h.t.Fatal(err)
	}
	return taken
}

// found returns what a filter gives: id and state of each.
func (h *house) found(want asset.Filter) (all []string) {
	h.t.Helper()
	if want.Limit == 0 {
		want.Limit = 2 // several pages
	}
	for {
		page, err := h.book.Findings(h.t.Context(), want)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, one := range page.Findings {
			var f scan.Finding
			if err := json.Unmarshal(one, &f); err != nil {
				h.t.Fatal(err)
			}
			all = append(all, fmt.Sprintf("%s %s %s", f.Asset, f.ID, f.State))
		}
		if want.Cursor = page.Next; want.Cursor == "" {
			if len(all) != page.Count {
				h.t.Errorf("%d findings, counted %d", len(all), page.Count)
			}
			return all
		}
	}
}

func (h *house) want(got []string, want ...string) {
	h.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		h.t.Error(d)
	}
}

// TestLife follows findings from run to run.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			first := h.take(list(t, "shop/api", "trivy", "CVE-2026-1 high a", "CVE-2026-2 low b", "CVE-2026-3 medium c"))
			if first.Counts.New != 3 || first.Signal == "" {
				t.Errorf("the first run: %+v", first)
			}
			h.want(h.found(asset.Filter{}), "shop/api CVE-2026-1 new", "shop/api CVE-2026-3 new", "shop/api CVE-2026-2 new")
			again := h.take(list(t, "shop/api", "trivy", "CVE-2026-1 high a", "CVE-2026-3 medium c"))
			if again.Counts.New != 0 || again.Counts.Fixed != 1 || again.Signal != "" {
				t.Errorf("the second run: %+v", again)
			}
			h.want(h.found(asset.Filter{State: "fixed"}), "shop/api CVE-2026-2 fixed")
			// Another tool, which saw nothing of it, fixes nothing.
			h.take(list(t, "shop/api", "gosec", "G101 high d"))
			h.want(h.found(asset.Filter{Least: scan.Medium}), "shop/api G101 new", "shop/api CVE-2026-1 open", "shop/api CVE-2026-3 open")
			// Nor does another asset.
			h.take(list(t, "shop/web", "trivy"))
			// It comes back, and grave.
			back := h.take(list(t, "shop/api", "trivy", "CVE-2026-1 high a", "CVE-2026-2 critical b"))
			if back.Counts.Reopened != 1 || back.Signal == "" {
				t.Errorf("the fifth run: %+v", back)
			}
			h.want(h.found(asset.Filter{State: "reopened"}), "shop/api CVE-2026-2 reopened")
			h.want(h.found(asset.Filter{Text: "ABOUT B"}), "shop/api CVE-2026-2 reopened")
			h.want(h.found(asset.Filter{Text: "%"}))
			h.want(h.found(asset.Filter{Asset: "shop/web", State: "all"}))

			if len(h.told) != 3 {
				t.Fatalf("told of %d signals", len(h.told))
			}
			last := h.told[2]
			if last.ID != back.Signal || last.Severity != signal.Critical || last.Events != 1 || last.Entity() != "shop/api" || !strings.Contains(last.Samples[0].Text, "CRITICAL CVE-2026-2 b") {
				t.Errorf("the signal: %+v", last)
			}
			all, err := h.book.List(t.Context())
			if err != nil || len(all) != 2 || all[0].Name != "shop/api" || all[0].Tools != "trivy" || all[0].By != "ci" || all[0].Counts.Active != 3 {
				t.Errorf("assets %+v, error %v", all, err)
			}
			runs, err := h.book.History(t.Context(), "shop/api")
			if err != nil || len(runs) != 4 || runs[0].Counts.Active != 3 {
				t.Errorf("runs %+v, error %v", runs, err)
			}
			if err := h.book.Remove(t.Context(), "shop/api", asset.Who{Name: "ann"}); err != nil {
				t.Fatal(err)
			}
			h.want(h.found(asset.Filter{State: "all"}))
			if err := h.book.Remove(t.Context(), "shop/api", asset.Who{}); !errors.Is(err, asset.ErrMissing) {
				t.Errorf("removed twice: %v", err)
			}
			if _, err := h.book.History(t.Context(), "shop/api"); !errors.Is(err, asset.ErrMissing) {
				t.Errorf("the history of what was removed: %v", err)
			}
		})
	}
}

// TestToldAgain: a process that dies after it kept findings tells of them at its next start,
// under the same id.
func TestToldAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, databasetest.Engines()[0])
	taken := h.take(list(t, "a", "trivy", "CVE-2026-1 critical a"))
	h.take(list(t, "b", "trivy", "CVE-2026-1 low a"))
	before := h.told
	h.told = nil
	if err := h.book.Retell(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(h.told) != 0 {
		t.Errorf("told of a run of yesterday: %v", h.told)
	}
	h.now = h.now.Add(-time.Hour)
	if err := h.book.Retell(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(h.told) != 1 || h.told[0].ID != taken.Signal {
		t.Fatalf("told of %+v", h.told)
	}
	if d := cmp.Diff(before, h.told); d != "" {
		t.Error(d)
	}
}

// TestExploited: what is known to be exploited is critical, whatever its severity.
func TestExploited(t *testing.T) {
	t.Parallel()
	h := newHouse(t, databasetest.Engines()[0])
	l := list(t, "a", "trivy", "CVE-2026-1 low a", "CVE-2026-2 low b")
	l.Findings[0].KEV = &scan.KEV{Added: "2026-01-01"}
	l.Findings[1].KEV, l.Findings[1].Suppressed = &scan.KEV{}, &scan.Suppressed{}
	h.take(l)
	if len(h.told) != 1 || h.told[0].Severity != signal.Critical || h.told[0].Events != 1 {
		t.Errorf("told of %+v", h.told)
	}
	h.want(h.found(asset.Filter{State: "exploited"}), "a CVE-2026-1 new")
	h.want(h.found(asset.Filter{State: "held"}), "a CVE-2026-2 new")
}

// TestWhatTheSenderComparedDoesNotCount: a list that was held against another baseline.
func TestWhatTheSenderComparedDoesNotCount(t *testing.T) {
	t.Parallel()
	h := newHouse(t, databasetest.Engines()[0])
	l := list(t, "a", "trivy", "CVE-2026-1 high a", "CVE-2026-2 high b")
	l.Findings[0].State, l.Findings[1].State = scan.Fixed, scan.Open
	h.take(l)
	h.want(h.found(asset.Filter{State: "all"}), "a CVE-2026-2 new")
}

// TestLimits: nobody fills the database by sending.
func TestLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, databasetest.Engines()[0])
	many := make([]string, asset.MaxKept+5)
	for i := range many {
		many[i] = fmt.Sprintf("CVE-2026-%d low p%d", i, i)
	}
	many[len(many)-1] = "CVE-2026-1 critical worst"
	if taken := h.take(list(t, "a", "trivy", many...)); taken.LeftOut != 5 || taken.Counts.Active != len(many) || taken.Signal == "" {
		t.Errorf("%+v", taken)
	}
	for _, name := range []string{"", strings.Repeat("x", asset.MaxName+1), "a\nb", "\xff"} {
		_, err := h.book.Take(t.Context(), list(t, name, "trivy"), asset.Who{})
		if _, ok := errors.AsType[*asset.WrongError](err); !ok {
			t.Errorf("the name %q: %v", name, err)
		}
	}
	for _, want := range []asset.Filter{{State: "x"}, {Kind: "x"}, {Cursor: "x"}, {Cursor: `["a",1,2]`}} {
		_, err := h.book.Findings(t.Context(), want)
		if _, ok := errors.AsType[*asset.WrongError](err); !ok {
			t.Errorf("%+v: %v", want, err)
		}
	}
}
