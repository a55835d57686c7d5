package threat_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/lookup/threat"
)

// feed returns a feed of the category.
func feed(id string, category threat.Category, intention threat.Intention, confidence int) *threat.Feed {
	return &threat.Feed{ID: id, Name: id, Category: category, Intention: intention, Confidence: confidence}
}

func contents(tb testing.TB, text string, format threat.Format) *threat.Contents {
	tb.Helper()
	c, err := threat.Read(strings.NewReader(text), threat.ReadOptions{Format: format})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func newSet(tb testing.TB, exempt threat.Exempt, lists ...threat.List) *threat.Set {
	tb.Helper()
	s, err := threat.New(lists, exempt)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// names writes the answer as the ids of feeds with their levels.
func names(matches []threat.Match) string {
	var all []string
	for _, m := range matches {
		text := m.Feed.ID
		if m.Level > 0 {
			text += fmt.Sprintf(":%d", m.Level)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func TestLookup(t *testing.T) {
	bad, tor, sum := feed("bad", threat.BruteForce, threat.Malicious, 80), feed("tor", threat.Tor, threat.Suspicious, 90), feed("sum", threat.Attack, threat.Malicious, 60)
	s := newSet(t, threat.Exempt{},
		threat.List{Feed: tor, Contents: contents(t, "203.0.113.0/28\n2001:db8::/32\n255.255.255.0/24\n", threat.Plain)},
		threat.List{Feed: bad, Contents: contents(t, "203.0.113.7\n203.0.113.8-203.0.113.20\n2001:db8::1\nffff::/16\n", threat.Plain)},
		threat.List{Feed: sum, Contents: contents(t, "203.0.113.7\t3\n203.0.113.0/30\t2\n203.0.113.1\t9\n203.0.113.200 99\n", threat.Levels)},
		threat.List{Feed: bad, Contents: contents(t, "203.0.113.7\n", threat.Plain)}, // the same feed again
	)
	f := func(addr, want string) {
		t.Helper()
		if got := names(s.Lookup(netip.MustParseAddr(addr))); got != want {
			t.Errorf("%s: got %q, want %q", addr, got, want)
		}
	}
	f("203.0.112.255", "")
	f("203.0.113.0", "sum:2 tor")
	f("203.0.113.1", "sum:9 tor")
	f("203.0.113.2", "sum:2 tor")
	f("203.0.113.4", "tor")
	f("203.0.113.7", "bad sum:3 tor")
	f("::ffff:203.0.113.7", "bad sum:3 tor")
	f("203.0.113.15", "bad tor")
	f("203.0.113.16", "bad")
	f("203.0.113.20", "bad")
	f("203.0.113.21", "")
	f("203.0.113.200", "sum:31")
	f("2001:db8::", "tor")
	f("2001:db8::1", "bad tor")
	f("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "tor")
	f("2001:db9::", "")
	f("ffff::1", "") // multicast
	if s.Len() == 0 {
		t.Error("a Set that answers has no ranges")
	}
}

func TestLookupExempt(t *testing.T) {
	everything := "8.0.0.0/8\n100.64.0.0/9\n169.254.1.1\n198.51.100.0/24\n10.0.0.0/8\n9.255.255.0-10.0.0.255\n2001:db8::/32\nfe80::1\nfd00::/9\n192.168.1.1\n"
	list := threat.List{Feed: feed("all", threat.Attack, threat.Malicious, 50), Contents: contents(t, everything, threat.Plain)}
	s := newSet(t, threat.Exempt{
		Own:     lookup.NewList(netip.MustParsePrefix("198.51.100.0/25"), netip.MustParsePrefix("2001:db8:1::/48")),
		Allowed: lookup.NewList(netip.MustParsePrefix("8.8.8.8/32")),
	}, list)
	f := func(addr string, want bool, reason threat.Reason) {
		t.Helper()
		a := netip.MustParseAddr(addr)
		if got := len(s.Lookup(a)) > 0; got != want {
			t.Errorf("%s: on the list is %v", addr, got)
		}
		if got := s.Exempt().Reason(a); got != reason {
			t.Errorf("%s: reason %q, want %q", addr, got, reason)
		}
	}
	f("8.8.4.4", true, threat.NotExempt)
	f("8.8.8.8", false, threat.IsAllowed)
	f("::ffff:8.8.8.8", false, threat.IsAllowed)
	f("198.51.100.127", false, threat.IsOwn)
	f("198.51.100.128", true, threat.NotExempt)
	f("2001:db8:1::9", false, threat.IsOwn)
	f("2001:db8:2::9", true, threat.NotExempt)
	f("9.255.255.1", true, threat.NotExempt)
	for _, a := range []string{"10.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.1.1", "192.168.1.1", "127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "fe80::1", "fd00::1", "::1", "::", "ff02::1"} {
		f(a, false, threat.NotPublic)
	}
	var none *threat.Set
	if none.Lookup(netip.MustParseAddr("8.8.4.4")) != nil || none.Len() != 0 || none.Exempt().Reason(netip.MustParseAddr("8.8.4.4")) != "" {
		t.Error("no Set knows something")
	}
}

// TestAgainstLinearScan compares the table with the plain meaning of the lists, at
// and beside both ends of each range, below and above the size with an index.
func TestAgainstLinearScan(t *testing.T) {
	for _, n := range []int{0, 1, 30, 1500, 4000} {
		random := rand.New(rand.NewPCG(7, uint64(n)))
		const feeds = 5
		var (
			lists  []threat.List
			ranges [feeds][]lookup.Range
			levels [feeds][]int
		)
		for i := range feeds {
			var b strings.Builder
			format := threat.Plain
			if i == 0 {
				format = threat.Levels
			}
			for range n {
				r := randomRange(random)
				if n == 4000 {
					r = farRange(random)
				}
				level := 1 + random.IntN(12)
				fmt.Fprintf(&b, "%s-%s\t%d\n", r.From, r.To, level)
				ranges[i], levels[i] = append(ranges[i], r), append(levels[i], level)
			}
			lists = append(lists, threat.List{Feed: feed(fmt.Sprintf("f%d", i), threat.Attack, threat.Malicious, 50), Contents: contents(t, b.String(), format)})
		}
		s := newSet(t, threat.Exempt{}, lists...)
		hits := 0
		check := func(a netip.Addr) {
			t.Helper()
			var want []string
			for i := range feeds {
				level := 0
				for j, r := range ranges[i] {
					if a.Is4() == r.From.Is4() && !a.Less(r.From) && !r.To.Less(a) {
						level = max(level, levels[i][j])
					}
				}
				if level > 0 && lookup.Public(a) {
					text := fmt.Sprintf("f%d", i)
					if i == 0 {
						text += fmt.Sprintf(":%d", level)
					}
					want = append(want, text)
				}
			}
			if len(want) > 0 {
				hits++
			}
			if got := names(s.Lookup(a)); got != strings.Join(want, " ") {
				t.Fatalf("n=%d: %s: got %q, want %q", n, a, got, want)
			}
		}
		for i := range feeds {
			for k := range min(len(ranges[i]), 60) {
				r := ranges[i][k]
				for _, a := range []netip.Addr{r.From, r.To, r.From.Prev(), r.To.Next()} {
					if a.IsValid() {
						check(a)
					}
				}
			}
		}
		for range 300 {
			check(randomRange(random).From)
			check(farRange(random).From)
		}
		if n == 4000 && s.Len() < 20_000 {
			t.Errorf("%d ranges are too few for an index", s.Len())
		}
		if n > 0 && hits == 0 {
			t.Errorf("n=%d: nothing was on a list", n)
		}
	}
}

// randomRange returns a small range among few addresses, so that ranges overlap.
func randomRange(r *rand.Rand) lookup.Range {
	if r.IntN(3) > 0 {
		from := 0xcb007000 + r.Uint32N(1<<13)
		return lookup.Range{From: addr4(from), To: addr4(from + r.Uint32N(64))}
	}
	var b [16]byte
	b[0], b[1], b[5], b[15] = 0x20, 0x01, byte(r.IntN(256)), byte(r.IntN(200))
	to := b
	to[15] += byte(r.IntN(40))
	if r.IntN(4) == 0 {
		to[5], to[8] = b[5], 0xff
	}
	return lookup.Range{From: netip.AddrFrom16(b), To: netip.AddrFrom16(to)}
}

// farRange returns a range anywhere, so that hardly any touch.
func farRange(r *rand.Rand) lookup.Range {
	if r.IntN(2) == 0 {
		from := 0x01000000 + r.Uint32N(0xd0000000)
		return lookup.Range{From: addr4(from), To: addr4(from + r.Uint32N(1<<uint(r.IntN(19))))}
	}
	from := random6(r).As16()
	to := from
	binary.BigEndian.PutUint64(to[:], binary.BigEndian.Uint64(from[:])+r.Uint64N(1<<uint(r.IntN(45))))
	to[14] = 0xff
	return lookup.Range{From: netip.AddrFrom16(from), To: netip.AddrFrom16(to)}
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

func TestNewRefusesTooManyFeeds(t *testing.T) {
	var lists []threat.List
	for i := range threat.MaxFeeds + 1 {
		lists = append(lists, threat.List{Feed: feed(fmt.Sprint(i), threat.Attack, threat.Malicious, 1), Contents: contents(t, "203.0.113.1\n", threat.Plain)})
	}
	if _, err := threat.New(lists, threat.Exempt{}); err == nil {
		t.Error("65 feeds were accepted")
	}
	s := newSet(t, threat.Exempt{}, lists[:threat.MaxFeeds]...)
	if d := cmp.Diff(threat.MaxFeeds, len(s.Lookup(netip.MustParseAddr("203.0.113.1")))); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestManyCombinations makes lists that overlap in every way, so that the number
// of combinations is bounded and the gravest feed remains.
func TestManyCombinations(t *testing.T) {
	const feeds, addrs = 17, 1 << 17
	var lists []threat.List
	for i := range feeds {
		var b strings.Builder
		for a := range uint32(addrs) {
			if a>>i&1 == 1 {
				fmt.Fprintln(&b, addr4(0x08000000+a))
			}
		}
		lists = append(lists, threat.List{Feed: feed(fmt.Sprintf("f%02d", i), threat.Attack, threat.Malicious, 90-i), Contents: contents(t, b.String(), threat.Plain)})
	}
	s := newSet(t, threat.Exempt{}, lists...)
	all := s.Lookup(addr4(0x08000000 + 0b1011))
	if got := names(all); got != "f00 f01 f03" {
		t.Errorf("an early combination is %q", got)
	}
	late := s.Lookup(addr4(0x08000000 + addrs - 2))
	if got := names(late); got != "f01" {
		t.Errorf("a combination beyond the limit is %q", got)
	}
}

// million returns a Set of a million entries on three feeds.
func million(tb testing.TB, six bool) *threat.Set {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var lists []threat.List
	for i := range 3 {
		var b strings.Builder
		for range 1_000_000 / 3 {
			a := addr4(random.Uint32())
			if six {
				a = random6(random)
			}
			fmt.Fprintln(&b, a)
		}
		lists = append(lists, threat.List{Feed: feed(fmt.Sprintf("f%d", i), threat.Attack, threat.Malicious, 50), Contents: contents(tb, b.String(), threat.Plain)})
	}
	return newSet(tb, threat.Exempt{Own: lookup.NewList(netip.MustParsePrefix("198.51.100.0/24"))}, lists...)
}

func random6(r *rand.Rand) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], r.Uint64())
	b[0], b[1] = 0x20+byte(r.IntN(16)), byte(r.IntN(4))
	b[15] = 1
	return netip.AddrFrom16(b)
}

func TestLookupCostsNoMemory(t *testing.T) {
	s := newSet(t, threat.Exempt{}, threat.List{Feed: feed("a", threat.Attack, threat.Malicious, 50), Contents: contents(t, "203.0.113.0/24\n2001:db8::/32\n", threat.Plain)})
	a, b := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("2001:db8::1")
	if n := testing.AllocsPerRun(100, func() {
		if len(s.Lookup(a)) != 1 || len(s.Lookup(b)) != 1 {
			t.Fail()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLookupMillion(b *testing.B) {
	for _, family := range []string{"v4", "v6"} {
		six := family == "v6"
		s := million(b, six)
		random := rand.New(rand.NewPCG(3, 4))
		addrs := make([]netip.Addr, 1<<16)
		for i := range addrs {
			if addrs[i] = addr4(random.Uint32()); six {
				addrs[i] = random6(random)
			}
		}
		b.Run(family, func(b *testing.B) {
			b.ReportAllocs()
			done := cpuTime(b)
			i := 0
			for b.Loop() {
				s.Lookup(addrs[i&0xffff])
				i++
			}
			done()
		})
	}
}

// BenchmarkLookupOthers is what the table of BenchmarkLookupMillion is compared
// with: a map, which can hold addresses and no networks, and looking at each entry.
func BenchmarkLookupOthers(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]netip.Prefix, 1_000_000)
	known := make(map[netip.Addr]uint32, len(all))
	for i := range all {
		all[i] = netip.PrefixFrom(addr4(random.Uint32()), 32)
		known[all[i].Addr()] = uint32(i)
	}
	addrs := make([]netip.Addr, 1<<16)
	for i := range addrs {
		addrs[i] = addr4(random.Uint32())
	}
	b.Run("map", func(b *testing.B) {
		done := cpuTime(b)
		i, found := 0, 0
		for b.Loop() {
			if _, ok := known[addrs[i&0xffff]]; ok {
				found++
			}
			i++
		}
		done()
	})
	b.Run("scan", func(b *testing.B) {
		done := cpuTime(b)
		i, found := 0, 0
		for b.Loop() {
			for _, p := range all {
				if p.Contains(addrs[i&0xffff]) {
					found++
					break
				}
			}
			i++
		}
		done()
	})
}

func BenchmarkNewMillion(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for range 1_000_000 {
		fmt.Fprintln(&text, addr4(random.Uint32()))
	}
	for b.Loop() {
		newSet(b, threat.Exempt{}, threat.List{Feed: feed("a", threat.Attack, threat.Malicious, 50), Contents: contents(b, text.String(), threat.Auto)})
	}
}
