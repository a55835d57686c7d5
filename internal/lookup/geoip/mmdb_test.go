package geoip_test

import (
	"encoding/binary"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// writeDatabase writes a database in MaxMind's format with the records, each a
// tree of map[string]any, []any, string, float64 and int.
func writeDatabase(t testing.TB, path string, records map[string]map[string]any) {
	t.Helper()
	if err := os.WriteFile(path, newDatabase(records), 0o600); err != nil {
		t.Fatal(err)
	}
}

func database(t testing.TB, records map[string]map[string]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.mmdb")
	writeDatabase(t, path, records)
	return path
}

func newDatabase(records map[string]map[string]any) []byte {
	const empty = -1
	nodes := [][2]int{{empty, empty}} // -1, a node, or -2-offset of a record
	var data []byte
	for _, text := range slices.Sorted(maps.Keys(records)) {
		p := netip.MustParsePrefix(text)
		addr, bits := p.Addr().As16(), p.Bits()
		if p.Addr().Is4() {
			four := p.Addr().As4()
			addr = [16]byte{}
			copy(addr[12:], four[:])
			bits += 96
		}
		at := 0
		for i := range bits {
			side := int(addr[i/8]>>(7-i%8)) & 1
			switch {
			case i == bits-1:
				nodes[at][side] = -2 - len(data)
			case nodes[at][side] == empty:
				nodes = append(nodes, [2]int{empty, empty})
				nodes[at][side] = len(nodes) - 1
				at = len(nodes) - 1
			default:
				at = nodes[at][side]
			}
		}
		data = encode(data, records[text])
	}
	var out []byte
	for _, node := range nodes {
		for _, to := range node {
			switch {
			case to == empty:
				to = len(nodes)
			case to < 0:
				to = len(nodes) + 16 - 2 - to
			}
			out = append(out, byte(to>>16), byte(to>>8), byte(to))
		}
	}
	out = append(append(out, make([]byte, 16)...), data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return encode(out, map[string]any{
		"binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1, "database_type": "Test",
		"description": map[string]any{}, "ip_version": 6, "languages": []any{}, "node_count": len(nodes), "record_size": 24,
	})
}

func encode(dst []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		dst = append(dst, 7<<5|byte(len(v)))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			dst = encode(encode(dst, key), v[key])
		}
	case []any:
		dst = append(dst, byte(len(v)), 11-7)
		for _, one := range v {
			dst = encode(dst, one)
		}
	case string:
		switch n := len(v); {
		case n < 29:
			dst = append(dst, 2<<5|byte(n))
		case n < 285:
			dst = append(dst, 2<<5|29, byte(n-29))
		default:
			dst = append(dst, 2<<5|30, byte((n-285)>>8), byte(n-285))
		}
		dst = append(dst, v...)
	case float64:
		dst = binary.BigEndian.AppendUint64(append(dst, 3<<5|8), math.Float64bits(v))
	case int:
		dst = binary.BigEndian.AppendUint32(append(dst, 6<<5|4), uint32(v))
	}
	return dst
}
