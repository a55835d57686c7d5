//go:build linux

package respond

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/respond/firewalltest"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// many is how many addresses are blocked.
const many = 50_000

// watched is a firewall that says when it has so many blocks, and how long it took for them.
type watched struct {
	Wall

	spent time.Duration
	has   int
	full  chan time.Time
}

func (w *watched) Add(blocks []firewall.Block) error {
	begin := time.Now()
	err := w.Wall.Add(blocks)
	w.spent += time.Since(begin)
	if w.has += len(blocks); err == nil && w.has >= many {
		select {
		case w.full <- time.Now():
		default:
		}
	}
	return err
}

// BenchmarkManyBlocks blocks 50,000 addresses of one list, from the call to the set of the
// kernel, in a network of its own, beside one by one and beside the kernel alone.
func BenchmarkManyBlocks(b *testing.B) {
	for _, engine := range databasetest.Engines() {
		b.Run(engine.Name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				blockMany(b, engine)
				b.StartTimer()
			}
		})
	}
}

func blockMany(b *testing.B, engine databasetest.Engine) {
	b.Helper()
	network := firewalltest.New(b)
	db := databasetest.Open(b, engine.Config(b))
	book, err := triage.NewBook(b.Context(), db, time.Now, Follower)
	if err != nil {
		b.Fatal(err)
	}
	c := Default()
	c.Mode, c.Block.Max = active, 2*many
	wall, err := firewall.Open(firewall.Options{NetNS: network.FD(), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	seen := &watched{Wall: wall, full: make(chan time.Time, 1)}
	e, err := New(b.Context(), Options{
		Config: c, DB: db, Book: book, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Host: func() ([]Never, error) { return nil, nil }, Wall: func() (Wall, error) { return seen, nil }, SSH: func([]int) ([]netip.Addr, error) { return nil, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	stop := running(b, e)
	defer stop()
	settled := func(what string, open, active int64) {
		begin := time.Now()
		for end := begin.Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
			n, err := e.Open(b.Context())

			if err == nil && n[Active] == active && n[Active]+n[Planned] == open {
				return
			}
			if time.Now().After(end) {
				b.Fatalf("%s: it never came: %v, error %v", what, n, err)
			}
		}
	}
	// One by one, as people do it.
	const singles = 200
	begin := time.Now()
	for i := range singles {
		if _, err := e.Block(b.Context(), Request{Target: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String(), Reason: "x"}, "eve"); err != nil {
			b.Fatal(err)
		}
	}
	settled("one by one", singles, singles)
	single := time.Since(begin) / singles
	if _, err := e.UndoAll(b.Context(), Choice{Action: Block, Why: "x"}, "eve"); err != nil {
		b.Fatal(err)
	}
	settled("undone", 0, 0)
	// The kernel alone, with the same set.
	blocks := make([]firewall.Block, many)
	q := List{Reason: "a list", Entries: make([]Entry, many)}
	for i := range blocks {
		a := netip.AddrFrom4([4]byte{45, byte(i * 7 >> 16), byte(i * 7 >> 8), byte(i * 7)})
		blocks[i] = firewall.Block{Network: netip.PrefixFrom(a, 32), Until: time.Now().Add(time.Hour)}
		q.Entries[i].Target = a.String()
	}
	alone := time.Now()
	if err := wall.Add(blocks); err != nil {
		b.Fatal(err)
	}
	kernel := time.Since(alone)
	networks := make([]netip.Prefix, many)
	for i := range networks {
		networks[i] = blocks[i].Network
	}
	if err := wall.Remove(networks); err != nil {
		b.Fatal(err)
	}
	seen.has, seen.spent = 0, 0

	before := processor(b)
	begin = time.Now()
	out, err := e.Import(b.Context(), q, "eve")
	if err != nil || out.New != many {
		b.Fatalf("%+v, error %v", out, err)
	}
	taken := time.Since(begin)
	blocked, used := (<-seen.full).Sub(begin), processor(b)-before
	settled("noted", many, many)
	noted := time.Since(begin)
	begin = time.Now()
	if out, err := e.Import(b.Context(), q, "eve"); err != nil || out.Extended != many {
		b.Fatalf("%+v, error %v", out, err)
	}
	again := time.Since(begin)
	begin = time.Now()
	list, err := e.Decisions(b.Context())
	if err != nil || len(list) != many {
		b.Fatalf("%d decisions, error %v", len(list), err)
	}
	decisions := time.Since(begin)
	begin = time.Now()
	if out, err := e.UndoAll(b.Context(), Choice{Reason: "a list", Why: "over"}, "eve"); err != nil || out.Responses != many {
		b.Fatalf("%+v, error %v", out, err)
	}
	settled("undone", 0, 0)
	undone := time.Since(begin)
	report := func(name string, d time.Duration) { b.ReportMetric(d.Seconds()*1000, name+"-ms") }
	report("blocked", blocked)
	report("cpu", used)
	report("taken-in", taken)
	report("noted", noted)
	report("kernel-alone", kernel)
	report("repeated", again)
	report("decisions", decisions)
	report("undone", undone)
	report("one-by-one", single)
	b.ReportMetric(single.Seconds()*many/blocked.Seconds(), "times-one-by-one")
	b.ReportMetric(blocked.Seconds()/kernel.Seconds(), "times-the-kernel")
}

// processor returns how much time of processors this process has had.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
