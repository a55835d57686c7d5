//go:build linux

package firewall_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/respond/firewalltest"
)

const port = 7007

// pair is a machine with a firewall, and who sends to it.
type pair struct {
	fw      *firewall.Firewall
	machine *firewalltest.Namespace
	other   *firewalltest.Namespace
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{machine: firewalltest.New(t), other: firewalltest.New(t)}
	firewalltest.Wire(t, p.machine, p.other, []string{"198.51.100.1/24", "2001:db8:1::1/48"},
		[]string{"198.51.100.7/24", "198.51.100.8/24", "198.51.100.9/24", "198.51.100.70/24", "2001:db8:1:5::7/48", "2001:db8:1:5::8/48", "2001:db8:1:6::7/48"})
	p.machine.Echo(t, port)
	p.fw = open(t, p.machine)
	return p
}

func open(t testing.TB, n *firewalltest.Namespace) *firewall.Firewall {
	t.Helper()
	fw, err := firewall.Open(firewall.Options{NetNS: n.FD(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return fw
}

// reach compares who gets through.
func (p *pair) reach(t *testing.T, when string, want map[string]bool) {
	t.Helper()
	for from, through := range want {
		to := "198.51.100.1"
		if strings.Contains(from, ":") {
			to = "2001:db8:1::1"
		}
		if got := p.other.Reaches(t, from, to, port, through); got != through {
			t.Errorf("%s: %s gets through: %t, want %t", when, from, got, through)
		}
	}
}

func block(network string, d time.Duration) firewall.Block {
	return firewall.Block{Network: netip.MustParsePrefix(network), Until: time.Now().Add(d)}
}

func networks(all ...string) (list []netip.Prefix) {
	for _, one := range all {
		list = append(list, netip.MustParsePrefix(one))
	}
	return list
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPacketsAreDropped sends real packets.
func TestPacketsAreDropped(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.reach(t, "before", map[string]bool{"198.51.100.7": true, "2001:db8:1:5::7": true})
	ok(t, p.fw.Load(nil, networks("198.51.100.9/32")))
	p.reach(t, "an empty table", map[string]bool{"198.51.100.7": true, "198.51.100.9": true, "2001:db8:1:5::7": true})
	ok(t, p.fw.Add([]firewall.Block{block("198.51.100.7/32", time.Hour), block("2001:db8:1:5::/64", time.Hour)}))
	p.reach(t, "addresses", map[string]bool{"198.51.100.7": false, "198.51.100.8": true, "2001:db8:1:5::7": false, "2001:db8:1:5::8": false, "2001:db8:1:6::7": true})
	ok(t, p.fw.Add([]firewall.Block{block("198.51.100.0/26", time.Hour), block("2001:db8:1::/56", time.Hour)}))
	p.reach(t, "networks; what is allowed goes first", map[string]bool{"198.51.100.8": false, "198.51.100.9": true, "198.51.100.70": true, "2001:db8:1:6::7": false})
	if got := p.fw.Dropped(); got.Packets < 4 || got.Bytes == 0 {
		t.Errorf("dropped %+v", got)
	}
	ok(t, p.fw.Remove(networks("198.51.100.0/26", "2001:db8:1::/56", "2001:db8:1:5::/64", "192.0.2.1/32")))
	p.reach(t, "undone", map[string]bool{"198.51.100.7": false, "198.51.100.8": true, "2001:db8:1:5::7": true, "2001:db8:1:6::7": true})
	ok(t, p.fw.Allow(networks("198.51.100.7/32")))
	p.reach(t, "allowed later", map[string]bool{"198.51.100.7": true})
	ok(t, p.fw.Allow(nil))
	p.reach(t, "no more", map[string]bool{"198.51.100.7": false})
	ok(t, p.fw.Close())
	p.reach(t, "closed", map[string]bool{"198.51.100.7": true})
}

// TestAnswers of who is blocked reach this machine; what they began does not go on.
func TestAnswers(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.other.EchoAt(t, "198.51.100.7:7007")
	p.other.EchoAt(t, "[2001:db8:1:5::7]:7007")
	ok(t, p.fw.Load(nil, nil))
	talk := map[string]net.Conn{}
	for _, from := range []string{"198.51.100.7", "198.51.100.8"} {
		talk[from] = p.other.Dial(t, from, net.JoinHostPort("198.51.100.1", "7007"))
	}
	answered := func(when, from string, want bool) {
		t.Helper()
		if got := firewalltest.Answers(talk[from], want); got != want {
			t.Errorf("%s: what %s began goes on: %t, want %t", when, from, got, want)
		}
	}
	answered("before", "198.51.100.7", true)
	answered("before", "198.51.100.8", true)
	p.reach(t, "before", map[string]bool{"2001:db8:1:5::7": true}) // the neighbour is known
	ok(t, p.fw.Add([]firewall.Block{block("198.51.100.7/32", time.Hour), block("2001:db8:1:5::/64", time.Hour)}))
	answered("blocked", "198.51.100.7", false)
	answered("not blocked", "198.51.100.8", true)
	p.reach(t, "blocked", map[string]bool{"198.51.100.7": false, "2001:db8:1:5::7": false})
	for from, to := range map[string]string{"198.51.100.1": "198.51.100.7", "2001:db8:1::1": "2001:db8:1:5::7"} {
		if !p.machine.Reaches(t, from, to, port, true) {
			t.Errorf("%s cannot reach %s, which is blocked", from, to)
		}
	}
	p.reach(t, "behind that", map[string]bool{"198.51.100.7": false, "2001:db8:1:5::7": false})
	if d, err := p.fw.Check(); err != nil || d.Any() {
		t.Errorf("%+v, error %v", d, err)
	}
}

// TestTheKernelForgets: nobody is there any more to take a block away.
func TestTheKernelForgets(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("slow")
	}
	p := newPair(t)
	ok(t, p.fw.Load([]firewall.Block{block("198.51.100.7/32", 0), block("198.51.100.64/26", 0), block("198.51.100.8/32", time.Hour)}, nil))
	p.reach(t, "in time", map[string]bool{"198.51.100.7": false, "198.51.100.70": false})
	for end := time.Now().Add(20 * time.Second); !p.other.Reaches(t, "198.51.100.7", "198.51.100.1", port, false) || !p.other.Reaches(t, "198.51.100.70", "198.51.100.1", port, false); {
		if time.Now().After(end) {
			t.Fatal("it is still blocked")
		}
	}
	p.reach(t, "the others stay", map[string]bool{"198.51.100.8": false})
}

// TestLongerBlocks: a repeat gives a block more time in the kernel, too.
func TestLongerBlocks(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ok(t, p.fw.Load([]firewall.Block{block("198.51.100.7/32", time.Minute)}, nil))
	ok(t, p.fw.Add([]firewall.Block{block("198.51.100.7/32", 3*time.Hour)}))
	if out := nft(t, p.machine, "list", "table", "inet", "sasumata"); !strings.Contains(out, "expires 3h") && !strings.Contains(out, "expires 2h59m") {
		t.Errorf("the kernel has\n%s", out)
	}
	p.reach(t, "longer", map[string]bool{"198.51.100.7": false})
}

func nft(t *testing.T, n *firewalltest.Namespace, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skipf("SKIPPED, NOTHING LOOKS AT THE KERNEL FROM OUTSIDE: %v", err)
	}
	return n.Run(t, "nft "+strings.Join(args, " "))
}

// TestWhatOthersRemoveIsRestored: somebody flushes all, or a part.
func TestWhatOthersRemoveIsRestored(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ok(t, p.fw.Load([]firewall.Block{block("198.51.100.7/32", time.Hour), block("198.51.100.64/26", time.Hour), block("2001:db8:1:5::/64", time.Hour)}, networks("198.51.100.9/32")))
	f := func(want string, command ...string) {
		t.Helper()
		nft(t, p.machine, command...)
		d, err := p.fw.Check()
		if err != nil || fmt.Sprint(d) != want {
			t.Errorf("%v: drift %v, error %v, want %s", command, d, err, want)
		}
		p.reach(t, strings.Join(command, " "), map[string]bool{"198.51.100.7": false, "198.51.100.70": false, "2001:db8:1:5::7": false, "198.51.100.8": true})
		if d, err := p.fw.Check(); err != nil || d.Any() {
			t.Errorf("%v: drift %v afterwards, error %v", command, d, err)
		}
	}
	f("{false 0 0}", "list", "tables")
	f("{true 3 0}", "flush", "ruleset")
	f("{true 3 0}", "flush", "chain", "inet", "sasumata", "input")
	f("{false 1 0}", "flush", "set", "inet", "sasumata", "block4")
	f("{false 1 0}", "flush", "set", "inet", "sasumata", "range4")
	f("{false 1 0}", "flush", "set", "inet", "sasumata", "allow4")
	f("{false 0 1}", "add", "element", "inet", "sasumata", "block4", "{198.51.100.8}")
	// A change that meets a table that is gone builds it anew.
	nft(t, p.machine, "delete", "table", "inet", "sasumata")
	ok(t, p.fw.Add([]firewall.Block{block("198.51.100.8/32", time.Hour)}))
	p.reach(t, "added to nothing", map[string]bool{"198.51.100.7": false, "198.51.100.8": false})
	nft(t, p.machine, "flush", "set", "inet", "sasumata", "block4")
	ok(t, p.fw.Remove(networks("198.51.100.8/32")))
	p.reach(t, "removed from nothing", map[string]bool{"198.51.100.7": false, "198.51.100.8": true})
	// Another process takes over what one left that was killed.
	second := open(t, p.machine)
	ok(t, second.Load([]firewall.Block{block("198.51.100.8/32", time.Hour)}, nil))
	p.reach(t, "another process", map[string]bool{"198.51.100.7": true, "198.51.100.8": false})
}

// TestManyRangesOfAllSizes are within each other, beside each other, and at the ends of all
// addresses.
func TestManyRangesOfAllSizes(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	all := []firewall.Block{
		block("203.0.113.0/24", time.Hour), block("203.0.113.0/25", 2*time.Hour), block("203.0.113.128/26", time.Hour), block("203.0.112.0/24", time.Hour),
		block("0.0.0.0/8", time.Hour), block("255.0.0.0/8", time.Hour), block("2001:db8:9::/48", time.Hour), block("2001:db8:9:1::/60", time.Hour), block("ffff::/16", time.Hour),
	}
	ok(t, p.fw.Load(all, networks("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "255.255.255.255/32", "::/128")))
	if d, err := p.fw.Check(); err != nil || d.Any() {
		t.Errorf("drift %v, error %v", d, err)
	}
	ok(t, p.fw.Remove(networks("203.0.113.0/24")))
	if out := nft(t, p.machine, "list", "set", "inet", "sasumata", "range4"); !strings.Contains(out, "203.0.113.0/25") {
		t.Errorf("what was within another one is not there:\n%s", out)
	}
	if d, err := p.fw.Check(); err != nil || d.Any() {
		t.Errorf("drift %v, error %v", d, err)
	}
}

// TestWithoutTheCapability runs in a process that may not.
func TestWithoutTheCapability(t *testing.T) {
	t.Parallel()
	if syscall.Geteuid() != 0 {
		_, err := firewall.Open(firewall.Options{Now: time.Now})
		if !errors.Is(err, firewall.ErrPermission) {
			t.Errorf("error %v", err)
		}
		return
	}
	self, err := exec.LookPath("/proc/self/exe")
	ok(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestWithoutTheCapability$", "-test.v")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v: %s", err, out)
	}
}

// BenchmarkBlocks is how long 50,000 addresses take, beside as many messages that the kernel
// only looks at: what netlink costs on this machine. Ratio is the one by the other.
func BenchmarkBlocks(b *testing.B) {
	const many = 50_000
	fw := open(b, firewalltest.New(b))
	blocks := make([]firewall.Block, many)
	until := time.Now().Add(time.Hour)
	for i := range blocks {
		blocks[i] = firewall.Block{Network: netip.PrefixFrom(netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)}), 32), Until: until}
	}
	var load, single time.Duration
	const few = 100
	for b.Loop() {
		ok(b, fw.Load(nil, nil))
		began := time.Now()
		ok(b, fw.Load(blocks, nil))
		load += time.Since(began)
		ok(b, fw.Load(nil, nil))
		began = time.Now()
		for i := range few {
			ok(b, fw.Add(blocks[i:i+1]))
		}
		single += time.Since(began) * many / few
	}
	b.ReportMetric(load.Seconds()*1000/float64(b.N), "ms/50000")
	b.ReportMetric(single.Seconds()/load.Seconds(), "times-one-by-one")
	b.ReportMetric(many*float64(b.N)/load.Seconds(), "blocks/s")
}
