package lookup_test

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/test/conformance"
)

func read(tb testing.TB, text string) (*lookup.List, lookup.Report) {
	tb.Helper()
	l, report, err := lookup.ReadList(strings.NewReader(text), lookup.Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	return l, report
}

func TestReadListForms(t *testing.T) {
	f := func(line, in, out string) {
		t.Helper()
		l, report := read(t, line+"\n")
		if report.Faults > 0 || report.Entries != 1 {
			t.Errorf("%q: %+v", line, report)
		}
		for a := range strings.FieldsSeq(in) {
			if !l.Contains(netip.MustParseAddr(a)) {
				t.Errorf("%q does not contain %s", line, a)
			}
		}
		for a := range strings.FieldsSeq(out) {
			if l.Contains(netip.MustParseAddr(a)) {
				t.Errorf("%q contains %s", line, a)
			}
		}
	}
	f("1.2.3.4", "1.2.3.4 ::ffff:1.2.3.4", "1.2.3.3 1.2.3.5 2001:db8::1 ::102:304")
	f("1.2.3.4\t10", "1.2.3.4", "1.2.3.5")
	f("  1.2.3.4 # a comment", "1.2.3.4", "")
	f("1.2.3.4;x", "1.2.3.4", "")
	f(`"1.2.3.4","2024-01-02"`, "1.2.3.4", "")
	f("1.2.3.4:443", "1.2.3.4", "")
	f("[2001:db8::1]:443", "2001:db8::1", "2001:db8::2")
	f("1.2.3.4\r", "1.2.3.4", "")
	f("1.10.16.0/20 ; SBL256894", "1.10.16.0 1.10.31.255", "1.10.15.255 1.10.32.0")
	f("1.10.16.7/20", "1.10.16.0 1.10.31.255", "1.10.15.255 1.10.32.0")
	f(`{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}`, "1.10.16.0", "1.10.32.0")
	f("1.2.3.4-1.2.4.1", "1.2.3.4 1.2.3.255 1.2.4.1", "1.2.3.3 1.2.4.2")
	f("1.2.3.4 - 1.2.4.1 , 000", "1.2.3.4 1.2.4.1", "1.2.4.2")
	f("::ffff:1.2.3.0/120", "1.2.3.0 1.2.3.255", "1.2.4.0")
	f("2001:db8::/33", "2001:db8:: 2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "2001:db8:8000:: 2001:db7::")
	f("2001:db8::10/124", "2001:db8::1f", "2001:db8::20 2001:db8::f")
	f("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", "2001:db8:0:2::")
	f("2001:db8::1-2001:db8::1:0", "2001:db8::ffff", "2001:db8::1:1")
	f("2001:db8::1%eth0", "2001:db8::1", "")
	f("255.255.255.254", "255.255.255.254", "255.255.255.255")
	f("128.0.0.0/1", "200.0.0.1", "127.0.0.1 9.9.9.9 255.255.255.255")
}

func TestReadListReport(t *testing.T) {
	text := strings.Join([]string{
		"# comment", "; comment", "// comment", "", "   ",
		"1.2.3.4", "300.1.1.1", "1.2.3.4/33", "0.0.0.0/0", "::/0", "1.2.3.9-1.2.3.4", "1.2.3.4-2001:db8::1",
		"evil.example.com", "https://evil.example/x", "evil.example/path", "192.030.0.6",
		`{"type":"metadata","copyright":"x"}`, `{"a":1}`, "0.0.0.0-255.255.255.255", "\x00\xff",
	}, "\n")
	_, got := read(t, "\ufeff"+text)
	want := lookup.Report{
		Lines: 20, Entries: 1, Names: 3, Faults: 10,
		First: []lookup.ListFault{
			{7, "300.1.1.1", "not an address, network or range"},
			{8, "1.2.3.4/33", "not a network"},
			{9, "0.0.0.0/0", "holds every address"},
			{10, "::/0", "holds every address"},
			{11, "1.2.3.9-1.2.3.4", "the range ends before it starts"},
			{12, "1.2.3.4-2001:db8::1", "not a range of addresses"},
			{16, "192.030.0.6", "not an address, network or range"},
			{18, `{"a":1}`, "want a JSON object with the key cidr or ip"},
			{19, "0.0.0.0-255.255.255.255", "holds every address"},
			{20, "\x00\ufffd", "not an address, network or range"},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestUnroutableAddressesAreNoThreat(t *testing.T) {
	l, _ := read(t, "0.0.0.0/8\n10.0.0.0/8\n100.64.0.0/10\n127.0.0.0/8\n169.254.0.0/16\n172.16.0.0/12\n192.168.0.0/16\n224.0.0.0/3\nfc00::/7\nfe80::/10\nff00::/8\n::/8\n")
	for _, a := range []string{
		"0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.1.1", "172.31.255.255",
		"192.168.1.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "fc00::1", "fe80::1", "ff02::1", "::1", "::", "::ffff:10.1.2.3",
	} {
		if l.Contains(netip.MustParseAddr(a)) {
			t.Errorf("%s is a threat", a)
		}
		if !l.Holds(netip.MustParseAddr(a)) {
			t.Errorf("%s is not held", a)
		}
	}
	if !l.Contains(netip.MustParseAddr("241.0.0.1")) {
		t.Error("241.0.0.1 is not contained")
	}
	if l.Contains(netip.Addr{}) || l.Holds(netip.Addr{}) || (*lookup.List)(nil).Contains(netip.MustParseAddr("1.1.1.1")) {
		t.Error("nothing is on a list")
	}
}

func TestListBounds(t *testing.T) {
	l, report, err := lookup.ReadList(strings.NewReader("1.1.1.1\n1.1.1.2\n1.1.1.3\n"), lookup.Limits{MaxEntries: 2})
	if !errors.Is(err, lookup.ErrTooLarge) || report.Entries != 2 || !l.Holds(netip.MustParseAddr("1.1.1.2")) {
		t.Errorf("got %v, %+v", err, report)
	}
	l, report, err = lookup.ReadList(strings.NewReader("1.1.1.1\n"+strings.Repeat("2.2.2.2 ", 1<<20)+"\n3.3.3.3"), lookup.Limits{})
	if err != nil || report.Entries != 2 || report.Faults != 1 || report.Lines != 3 || !l.Holds(netip.MustParseAddr("3.3.3.3")) {
		t.Errorf("got %v, %+v", err, report)
	}
	_, report, err = lookup.ReadList(io.MultiReader(strings.NewReader("1.1.1.1\n"), failing{}), lookup.Limits{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || report.Entries != 1 {
		t.Errorf("got %v, %+v", err, report)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestListAgainstPrefixes compares the list with the plain meaning of networks,
// below and above the size from which it has an index.
func TestListAgainstPrefixes(t *testing.T) {
	for _, n := range []int{50, 6000} {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		var networks []netip.Prefix
		for range n {
			networks = append(networks,
				netip.PrefixFrom(addr4(random.Uint32()), 18+random.IntN(15)),
				netip.PrefixFrom(addr6(random), 10+random.IntN(119)))
		}
		l := lookup.NewList(networks...)
		hits := 0
		check := func(a netip.Addr) {
			want := false
			for _, p := range networks {
				if p.Contains(a) {
					want = true
					break
				}
			}
			if want {
				hits++
			}
			if l.Holds(a) != want {
				t.Fatalf("n=%d: Holds(%s) = %v", n, a, !want)
			}
		}
		for i := range 200 {
			p := networks[i%len(networks)].Masked().Addr()
			check(p)
			check(p.Prev())
			check(p.Next())
			check(addr4(random.Uint32()))
			check(addr6(random))
		}
		if hits == 0 {
			t.Errorf("n=%d: nothing was on the list", n)
		}
	}
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

func addr6(r *rand.Rand) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], r.Uint64())
	binary.BigEndian.PutUint64(b[8:], r.Uint64())
	b[0], b[1] = 0x20, byte(r.IntN(4))
	return netip.AddrFrom16(b)
}

func TestPublishedLists(t *testing.T) {
	dir := conformance.Dir(t)
	files, err := filepath.Glob(filepath.Join(dir, "threat", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no lists: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".tsv") {
			continue // a list of feeds
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		l, report, err := lookup.ReadList(f, lookup.Limits{})
		_ = f.Close()
		if err != nil || report.Faults > 0 {
			t.Errorf("%s: %v, %+v", name, err, report)
		}
		t.Logf("%s: %d ranges, %d entries, %d names of %d lines", filepath.Base(name), l.Len(), report.Entries, report.Names, report.Lines)
	}
}

func large(n int) *lookup.List {
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range n {
		b.WriteString(addr4(random.Uint32()).String())
		b.WriteByte('\n')
	}
	l, _, _ := lookup.ReadList(strings.NewReader(b.String()), lookup.Limits{})
	return l
}

func TestLargeListIsSmall(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	l := large(500_000)
	used := int64(heap()) - int64(before)
	if used > 40<<20 {
		t.Errorf("%d ranges take %d bytes", l.Len(), used)
	}
	t.Logf("%d ranges take %d KiB", l.Len(), used>>10)
}

func TestAskingCostsNoMemory(t *testing.T) {
	l := large(5000)
	tables := lookup.NewTables()
	tables.AddThreats("bad", l)
	a, b := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("2001:db8::1")
	if n := testing.AllocsPerRun(100, func() {
		l.Contains(a)
		l.Contains(b)
		tables.Contains("bad", "ip", "203.0.113.9")
		tables.Contains("bad", "ip", "2001:db8::1")
		tables.Contains("bad", "ip", "not.an.address")
		tables.Contains("bad", "ip", "-")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReadList(f *testing.F) {
	for _, s := range []string{"1.2.3.4\t9\n# x\n", "1.2.3.0/24 ; SBL1\n", "1.2.3.4-1.2.3.9", `{"cidr":"::/8"}`, "[::1]:5", "a.b\n\x00", "::ffff:1.2.3.0/97"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, report, err := lookup.ReadList(strings.NewReader(text), lookup.Limits{MaxEntries: 100})
		if err != nil && !errors.Is(err, lookup.ErrTooLarge) {
			t.Fatal(err)
		}
		if l.Len() > report.Entries || report.Entries+report.Names+report.Faults > report.Lines {
			t.Fatalf("%d ranges, %+v", l.Len(), report)
		}
		l.Contains(netip.MustParseAddr("1.2.3.4"))
	})
}

func BenchmarkContains(b *testing.B) {
	l := large(500_000)
	random := rand.New(rand.NewPCG(3, 4))
	addrs := make([]netip.Addr, 1<<16)
	for i := range addrs {
		addrs[i] = addr4(random.Uint32())
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		l.Contains(addrs[i&0xffff])
		i++
	}
}

func BenchmarkReadList(b *testing.B) {
	text := strings.Repeat("203.0.113.9\t12\n203.0.113.0/24 ; x\n", 5000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := lookup.ReadList(strings.NewReader(text), lookup.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
