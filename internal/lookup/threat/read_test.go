package threat_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/test/conformance"
)

func TestReadForms(t *testing.T) {
	f := func(name, text string, format threat.Format, in, out string) {
		t.Helper()
		c, err := threat.Read(strings.NewReader(text), threat.ReadOptions{})
		if err != nil || c.Report.Faults > 0 {
			t.Fatalf("%s: %v %+v", name, err, c.Report)
		}
		if c.Format != format {
			t.Errorf("%s: format %s, want %s", name, c.Format, format)
		}
		s := newSet(t, threat.Exempt{}, threat.List{Feed: feed("x", threat.Attack, threat.Malicious, 50), Contents: c})
		for one := range strings.FieldsSeq(in) {
			addr, level, _ := strings.Cut(one, "=")
			want := "x"
			if level != "" {
				want += ":" + level
			}
			if got := names(s.Lookup(netip.MustParseAddr(addr))); got != want {
				t.Errorf("%s: %s gives %q, want %q", name, addr, got, want)
			}
		}
		for addr := range strings.FieldsSeq(out) {
			if s.Lookup(netip.MustParseAddr(addr)) != nil {
				t.Errorf("%s: %s is on the list", name, addr)
			}
		}
	}
	f("addresses", "# made today\n203.0.113.7\n\n2001:db8::7 # why\n203.0.113.9;x\n", threat.Plain, "203.0.113.7 2001:db8::7 203.0.113.9", "203.0.113.8")
	f("addresses in DOS form", "\ufeff203.0.113.7\r\n203.0.113.9\r\n", threat.Plain, "203.0.113.7 203.0.113.9", "203.0.113.8")
	f("networks", "203.0.113.0/25\n2001:db8::/33\n", threat.Plain, "203.0.113.127 2001:db8:7fff::1", "203.0.113.128 2001:db8:8000::")
	f("ipsum", "# IP\tnumber of (black)lists\n#\n203.0.113.7\t9\n203.0.113.8\t1\n203.0.113.9\t40\n", threat.Levels, "203.0.113.7=9 203.0.113.8=1 203.0.113.9=31", "203.0.113.10")
	f("netset", "#\n# somewhere_level1\n#\n# ipv4 hash:net ipset\n# Category        : attacks\n# Entries         : 3 subnets\n203.0.113.0/31\n198.51.100.7\n10.0.0.0/8\n", threat.Plain, "203.0.113.1 198.51.100.7", "203.0.113.2 10.0.0.1")
	f("drop", "; Spamhaus DROP List\n; Last-Modified: Thu\n203.0.113.0/24 ; SBL123\n198.51.100.0/25 ; SBL124\n", threat.Drop, "203.0.113.77 198.51.100.1", "198.51.100.129")
	f("drop of IPv6", "2001:db8::/32 ; SBL1\n", threat.Drop, "2001:db8:1::", "2001:db9::")
	f("drop as JSON", `{"cidr":"203.0.113.0/24","sblid":"SBL1","rir":"apnic"}`+"\n"+`{"cidr":"2001:db8::/32","sblid":"SBL2"}`+"\n"+`{"type":"metadata","timestamp":1700000000,"size":99,"records":2,"copyright":"x"}`+"\n", threat.NDJSON, "203.0.113.77 2001:db8::1", "198.51.100.1")
	f("tor exits", "ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E\nPublished 2024-01-15 13:00:00\nLastStatus 2024-01-15 14:00:00\nExitAddress 203.0.113.7 2024-01-15 14:05:00\nExitNode 0022\nPublished 2024-01-15 13:00:00\nLastStatus 2024-01-15 14:00:00\nExitAddress 203.0.113.9 2024-01-15 14:05:00\n", threat.TorLog, "203.0.113.7 203.0.113.9", "203.0.113.8")
	f("a table with names", "first_seen,dst_ip,port\n2024-01-01,203.0.113.7,443\n2024-01-01,203.0.113.9,80\n", threat.CSV, "203.0.113.7 203.0.113.9", "203.0.113.8")
	f("a table with names in a comment", "###\n# Firstseen,DstIP,DstPort\n2024-01-01 00:00:00,203.0.113.7,443\n", threat.CSV, "203.0.113.7", "203.0.113.8")
	f("a table in quotes", `"first_seen_utc","dst_ip","malware"`+"\n"+`"2024-01-01, morning","203.0.113.7","x ""y"""`+"\n", threat.CSV, "203.0.113.7", "")
	f("a table without names", "2024-01-01,203.0.113.7\n2024-01-02,203.0.113.9\n", threat.CSV, "203.0.113.7 203.0.113.9", "")
	f("first and last address", "# Start\tEnd\tNetmask\tAttacks\nStart\tEnd\n203.0.113.0\t203.0.113.255\t24\t1503\tEXAMPLE\n198.51.100.7\n2001:db8::1 2001:db8::9\n192.0.2.0\t192.0.2.63\t26\n", threat.Ranges, "203.0.113.200 198.51.100.7 2001:db8::9", "203.0.114.0 198.51.100.8")
	f("nothing", "", threat.Plain, "", "203.0.113.7")
	f("only comments", "# no one today\n", threat.Plain, "", "203.0.113.7")
	f("names of hosts", "203.0.113.7\nbad.example.com\nhttp://bad.example.com/x\n", threat.Plain, "203.0.113.7", "")
}

func TestReadHeader(t *testing.T) {
	f := func(text string, want threat.Header, incomplete bool) {
		t.Helper()
		c, err := threat.Read(strings.NewReader(text), threat.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, c.Header); d != "" {
			t.Errorf("%q: -want +got:\n%s", text, d)
		}
		if c.Incomplete() != incomplete {
			t.Errorf("%q: incomplete is %v", text, c.Incomplete())
		}
	}
	f("#\n# some_level1\n#\n# ipv4 hash:net ipset\n#\n# Category        : attacks\n# Version         : 704\n# This File Date  : Fri Nov 13 17:18:59 UTC 2015\n# Entries         : 1,273 subnets, 680864624 unique IPs\n203.0.113.7\n",
		threat.Header{Name: "some_level1", Category: "attacks", Version: "704", Date: "Fri Nov 13 17:18:59 UTC 2015", Entries: 1273}, true)
	f("; Last-Modified: Thu, 1 Jan\n203.0.113.7\n", threat.Header{Date: "Thu, 1 Jan"}, false)
	f(`{"cidr":"203.0.113.0/24"}`+"\n"+`{"type":"metadata","timestamp":1700000000,"records":1}`, threat.Header{Date: "2023-11-14T22:13:20Z", Entries: 1}, false)
}

func TestReadLeavesOut(t *testing.T) {
	text := "203.0.113.7\t2\n203.0.113.8\t3\n10.0.0.0/8\t9\n224.0.0.0/3 9\n0.0.0.0/8\t5\n8.0.0.0/7\t9\n2000::/3 4\n::1\t3\nfc00::/7 3\n10.0.0.0-11.0.0.255 9\n0.0.0.0/0\t4\n1.2.3\t4\nx.example.com\t4\n"
	c, err := threat.Read(strings.NewReader(text), threat.ReadOptions{MinLevel: 3})
	if err != nil {
		t.Fatal(err)
	}
	type counts struct{ Entries, Below, Private, Wide, Names, Faults int }
	got := counts{c.Report.Entries, c.Below, c.Private, c.Wide, c.Report.Names, c.Report.Faults}
	if d := cmp.Diff(counts{10, 1, 5, 3, 1, 2}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	var lines []int
	for _, fault := range c.Report.First {
		lines = append(lines, fault.Line)
	}
	if d := cmp.Diff([]int{11, 12}, lines); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	s := newSet(t, threat.Exempt{}, threat.List{Feed: feed("x", threat.Attack, threat.Malicious, 50), Contents: c})
	for addr, want := range map[string]string{"203.0.113.7": "", "203.0.113.8": "x:3", "8.8.8.8": "", "11.0.0.1": "", "2001:db8::1": ""} {
		if got := names(s.Lookup(netip.MustParseAddr(addr))); got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	f := func(text string, opts threat.ReadOptions, want error) {
		t.Helper()
		c, err := threat.Read(strings.NewReader(text), opts)
		if !errors.Is(err, want) || c == nil {
			t.Errorf("%.40q: got %v, want %v", text, err, want)
		}
	}
	f("<!DOCTYPE html>\n<html>moved", threat.ReadOptions{}, threat.ErrPage)
	f("\n  <HTML>", threat.ReadOptions{}, threat.ErrPage)
	f("hello there\nnothing here\n", threat.ReadOptions{}, threat.ErrNoEntry)
	f("203.0.113.1\n203.0.113.2\n203.0.113.3\n", threat.ReadOptions{MaxEntries: 2}, threat.ErrTooLarge)
	f("203.0.113.1\n203.0.113.2\n203.0.113.3\n", threat.ReadOptions{MaxBytes: 20}, threat.ErrTooLarge)
	f("203.0.113.1\n203.0.113.2\n", threat.ReadOptions{MaxBytes: 24, MaxEntries: 2}, nil)
	f("a,b\n1,203.0.113.1\n", threat.ReadOptions{Format: threat.CSV, Column: "nope"}, threat.ErrNoEntry)
	f("a,nope\n203.0.113.9,203.0.113.1\n", threat.ReadOptions{Format: threat.CSV, Column: "NOPE"}, nil)
	if _, err := threat.Read(io.MultiReader(strings.NewReader("203.0.113.1\n"), failing{}), threat.ReadOptions{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadPacked(t *testing.T) {
	pack := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	c, err := threat.Read(strings.NewReader(pack("203.0.113.7\t3\n203.0.113.8\t4\n")), threat.ReadOptions{})
	if err != nil || c.Report.Entries != 2 || c.Format != threat.Levels {
		t.Errorf("%v, %+v", err, c)
	}
	bomb := pack(strings.Repeat("203.0.113.7\n", 1<<20))
	if _, err = threat.Read(strings.NewReader(bomb), threat.ReadOptions{MaxBytes: 1 << 20}); len(bomb) > 1<<16 || !errors.Is(err, threat.ErrTooLarge) {
		t.Errorf("%d bytes: got %v", len(bomb), err)
	}
	for _, broken := range []string{"\x1f\x8b", "\x1f\x8bnonsense", pack("203.0.113.7\n")[:20]} {
		if _, err = threat.Read(strings.NewReader(broken), threat.ReadOptions{}); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
}

func TestFaultsAreBounded(t *testing.T) {
	c, err := threat.Read(strings.NewReader("203.0.113.1\n"+strings.Repeat("not an address\n", 1000)+strings.Repeat("x", 70_000)+"\n203.0.113.2\n"), threat.ReadOptions{Format: threat.Plain})
	if err != nil || c.Report.Faults != 1001 || len(c.Report.First) != 20 || c.Report.Entries != 2 {
		t.Errorf("%v, %d faults, %d described, %d entries", err, c.Report.Faults, len(c.Report.First), c.Report.Entries)
	}
}

// TestPublicLists reads the lists of the conformance suite.
func TestPublicLists(t *testing.T) {
	dir := conformance.Dir(t)
	want := map[string]threat.Format{
		"firehol_level1_head.netset": threat.Plain, "ipsum_head.txt": threat.Levels, "ipsum_level7.txt": threat.Plain,
		"tor-exit-nodes.lst": threat.Plain, "x4bnet_vpn_ipv4_head.txt": threat.Plain, "sigbase_c2_head.txt": threat.Plain,
	}
	for name, format := range want {
		f, err := os.Open(filepath.Join(dir, "threat", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := threat.Read(f, threat.ReadOptions{})
		_ = f.Close()
		if err != nil || c.Report.Faults > 0 || c.Format != format || c.Report.Entries == 0 {
			t.Errorf("%s: %v, format %s, want %s, %+v", name, err, c.Format, format, c.Report)
		}
		if name == "firehol_level1_head.netset" && (c.Header.Version != "704" || !c.Incomplete() || c.Private != 2) {
			t.Errorf("%s: %+v, %d private", name, c.Header, c.Private)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"203.0.113.4\t9\n# x\n", "203.0.113.0/24 ; SBL1\n", `{"cidr":"2001:db8::/40"}`, "ExitAddress 203.0.113.1 x\n", "a,ip\n\"1\",203.0.113.3\n",
		"203.0.113.4-203.0.113.9", "[2001:db8::1]:5", "::ffff:203.0.113.0/121", "# Entries: 5\n<html", "255.255.255.255\n255.255.255.0-255.255.255.254\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := threat.Read(strings.NewReader(text), threat.ReadOptions{MaxEntries: 200, MaxBytes: 1 << 16})
		if strings.HasPrefix(text, "\x1f\x8b") {
			return // how gzip is broken is not ours to say
		}
		if err != nil && !errors.Is(err, threat.ErrTooLarge) && !errors.Is(err, threat.ErrPage) && !errors.Is(err, threat.ErrNoEntry) {
			t.Fatal(err)
		}
		if n := c.Report.Entries + c.Report.Names + c.Report.Faults; n > c.Report.Lines {
			t.Fatalf("%d of %d lines", n, c.Report.Lines)
		}
		bad := feed("x", threat.Attack, threat.Malicious, 50)
		s, err := threat.New([]threat.List{{Feed: bad, Contents: c}, {Feed: feed("y", threat.Tor, threat.Unknown, 1), Contents: c}}, threat.Exempt{})
		if err != nil {
			t.Fatal(err)
		}
		// What both lists hold, both must report.
		for _, a := range []string{"203.0.113.4", "203.0.113.200", "2001:db8::1", "255.255.255.254", "0.0.0.1", "10.1.1.1"} {
			got := s.Lookup(netip.MustParseAddr(a))
			if len(got) != 0 && len(got) != 2 {
				t.Fatalf("%s: %v", a, names(got))
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range uint32(100_000) {
		fmt.Fprintf(&text, "%s\t%d\n", addr4(0x08000000+i*7), i%9+1)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := threat.Read(strings.NewReader(text.String()), threat.ReadOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
