package evidence

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
)

// FuzzTexts: what processes and engines say is read without harm, and secrets stay out.
func FuzzTexts(f *testing.F) {
	f.Add("100 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20", "  0: 0100007F:1F90 076433C6:01BB 01 0:0 0:0 0 0 0 4242 1", "a\x00--password\x00b\x00")
	f.Add(") 1", "0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0 0 0 0 0 1", "DB_PASSWORD=hunter2\x00x")
	f.Fuzz(func(t *testing.T, stat, table, texts string) {
		startOf(stat)
		for _, s := range parseSockets("tcp", table) {
			if _, err := netip.ParseAddrPort(s.Local); err != nil {
				t.Errorf("%q has the address %q", table, s.Local)
			}
		}
		for _, list := range [][]string{safeArguments(texts), safeEnvironment(texts)} {
			if _, err := json.Marshal(list); err != nil {
				t.Error(err)
			}
		}
		var value any
		if json.Unmarshal([]byte(texts), &value) == nil {
			if _, err := json.Marshal(safeValue("", value)); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzArchive: an archive of anybody is looked at without harm, and is not taken for evidence.
func FuzzArchive(f *testing.F) {
	f.Add([]byte("\x1f\x8b"), []byte(`{"format":1,"files":[{"path":"../x","size":1}]}`))
	f.Add([]byte{}, []byte(`{"format":1,"id":"EV-1","files":[{"path":"a","size":-1,"sha256":"x"}]}`))
	f.Fuzz(func(t *testing.T, archive, manifest []byte) {
		if v, err := VerifyArchive(t.Context(), bytes.NewReader(archive)); err == nil && len(v.Wrong) == 0 && v.Manifest == "" {
			t.Error("nothing at all is taken for evidence")
		}
		m, _, err := parseManifest(manifest)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if strings.HasPrefix(file.Path, "/") || strings.Contains("/"+file.Path+"/", "/../") && !strings.Contains(file.Path, "/") {
				t.Errorf("the manifest may name %q", file.Path)
			}
		}
	})
}
