package geoip_test

import (
	"errors"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/test/conformance"
)

// TestCorruptDatabases opens files that are broken on purpose: each is refused,
// or answers, or fails to; none panics or loops.
func TestCorruptDatabases(t *testing.T) {
	dir := conformance.Dir(t)
	files, err := filepath.Glob(filepath.Join(dir, "mmdb", "bad-data", "*.mmdb"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corrupt databases: %v", err)
	}
	quiet := 0
	for _, file := range files {
		d, failed := geoip.Open(file)
		for i := 0; failed == nil && i < 1<<16; i++ {
			// Addresses all over both families.
			v4 := netip.AddrFrom4([4]byte{byte(i >> 8), byte(i), byte(i * 7), byte(i * 13)})
			v6 := netip.AddrFrom16([16]byte{byte(i >> 8), byte(i), byte(i * 3), byte(i * 5), 0, 1})
			_, _, err4 := d.Find(v4)
			_, _, err6 := d.Find(v6)
			failed = errors.Join(err4, err6)
		}
		if d != nil && failed != nil {
			if n, first := d.Faults(); n == 0 || first == nil {
				t.Errorf("%s: %v is not counted", filepath.Base(file), failed)
			}
		}
		if failed == nil {
			quiet++
			t.Logf("%s: no address shows that it is corrupt", filepath.Base(file))
		}
	}
	if quiet > len(files)/2 {
		t.Errorf("only %d of %d files were refused", len(files)-quiet, len(files))
	}
}
