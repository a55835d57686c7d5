package geoip_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
)

type object = map[string]any

func named(code, text string) object { return object{"iso_code": code, "names": object{"en": text}} }

func paris() object {
	return object{
		"city": object{"names": object{"en": "Paris", "ja": "x"}}, "continent": object{"code": "EU", "names": object{"en": "Europe"}},
		"country": named("FR", "France"), "subdivisions": []any{named("IDF", "Île-de-France"), named("75", "Paris")},
		"location": object{"latitude": 48.9, "longitude": 2.25, "time_zone": "Europe/Paris"},
	}
}

func open(t testing.TB, paths ...string) *geoip.Databases {
	t.Helper()
	d, err := geoip.Open(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// answers checks the JSON that a source gives for a text.
func answers(t *testing.T, s geoip.Source) func(text, want string) {
	t.Helper()
	e := event.New()
	return func(text, want string) {
		t.Helper()
		e.Reset()
		got := "nothing"
		if v, ok := s.Lookup(e, text); ok {
			got = string(e.AppendJSON(nil, v))
		}
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestDatabases(t *testing.T) {
	city := database(t, map[string]map[string]any{
		"203.0.113.0/24":  paris(),
		"198.51.100.0/25": {"country": named("JP", "Japan")},
		"192.0.2.0/24":    {"unknown": "x"},
		"2001:db8::/33":   {"location": object{"latitude": 91.0, "longitude": 1.0}, "country": named("JP", strings.Repeat("x", 1000))},
	})
	as := database(t, map[string]map[string]any{
		"203.0.112.0/20": {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"},
		"192.0.2.0/24":   {"traits": object{"autonomous_system_number": 64497, "user_type": "hosting"}},
		"2001:db8::/32":  {"autonomous_system_number": 64498},
	})
	domain := database(t, map[string]map[string]any{"203.0.113.7/32": {"domain": "example.com"}})
	f := answers(t, open(t, city, as, domain))
	f("203.0.113.7", `{"city":{"name":"Paris"},"continent":{"code":"EU","name":"Europe"},"country":{"iso_code":"FR","name":"France"},`+
		`"subdivision":{"iso_code":"FR-IDF","name":"Île-de-France"},"location":{"latitude":48.9,"longitude":2.25},"timezone":"Europe/Paris",`+
		`"as":{"number":"AS64496","name":"Example","route":"203.0.112.0/20","domain":"example.com"},"ipAddress":"203.0.113.7"}`)
	f("198.51.100.1", `{"country":{"iso_code":"JP","name":"Japan"},"ipAddress":"198.51.100.1"}`)
	f("192.0.2.9", `{"as":{"number":"AS64497","route":"192.0.2.0/24","type":"hosting"},"ipAddress":"192.0.2.9"}`)
	f("2001:db8::1", `{"country":{"iso_code":"JP","name":"`+strings.Repeat("x", 256)+`"},"as":{"number":"AS64498","route":"2001:db8::/32"},"ipAddress":"2001:db8::1"}`)
	f("198.51.100.200", "nothing")
	f("10.0.0.1", "nothing")
	f("::1", "nothing")
	f("", "nothing")
	f("host.example", `{"invalidAddress":"host.example"}`)
	f("1.2.3.4.5", `{"invalidAddress":"1.2.3.4.5"}`)
	answers(t, open(t))("203.0.113.7", "nothing")
}

func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "geo.mmdb")
	place := func(country string) map[string]map[string]any {
		return map[string]map[string]any{"203.0.113.0/24": {"country": object{"iso_code": country}}}
	}
	age := func(hours int) {
		at := time.Unix(0, 0).Add(time.Duration(hours) * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	writeDatabase(t, path, place("FR"))
	age(1)
	d := open(t, path)
	check := func(wantChange, wantError bool, country string) {
		t.Helper()
		changed, err := d.Reload()
		if changed != wantChange || (err != nil) != wantError {
			t.Errorf("Reload: %v, %v", changed, err)
		}
		if p, _, err := d.Find(netip.MustParseAddr("203.0.113.1")); err != nil || p.Country.Code != country {
			t.Errorf("Find: %+v, %v", p, err)
		}
	}
	check(false, false, "FR")
	writeDatabase(t, path, place("JP"))
	age(2)
	check(true, false, "JP")
	check(false, false, "JP")
	if err := os.WriteFile(path, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	age(3)
	check(false, true, "JP")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check(false, true, "JP")
	writeDatabase(t, path, place("SE"))
	check(true, false, "SE")
}

func TestOpenRefuses(t *testing.T) {
	if _, err := geoip.Open(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) && err == nil {
		t.Errorf("a missing file: got %v", err)
	}
	if _, err := geoip.Open(t.TempDir()); err == nil {
		t.Error("a directory was opened")
	}
}

func TestStatic(t *testing.T) {
	s, err := geoip.ParseStatic("geo.json", []byte(`{
		"192.0.2.1": {"iso": "AU", "lat": -33.5, "lon": 143},
		"192.0.2.2": {"iso": "US"},
		"2001:db8::1": {"city": {"name": "Paris"}, "location": {"latitude": 1.5}, "ipAddress": "x", "list": [1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	f := answers(t, s)
	f("192.0.2.1", `{"country":{"iso_code":"AU"},"ipAddress":"192.0.2.1","location":{"latitude":-33.5,"longitude":143}}`)
	f("::ffff:192.0.2.2", `{"country":{"iso_code":"US"},"ipAddress":"192.0.2.2"}`)
	f("2001:DB8:0::1", `{"city":{"name":"Paris"},"ipAddress":"x","location":{"latitude":1.5}}`)
	f("192.0.2.3", `{}`)
	f("10.0.0.1", `{}`)
	f("x", `{"invalidAddress":"x"}`)
	f("", "nothing")
	for text, want := range map[string]string{
		`{"x": {}}`:       `"x" is no address`,
		`{"1.2.3.4": 1}`:  "geo.json:1:13",
		`{"1.2.3.4": {}`:  "geo.json:1",
		`[{"1.2.3.4":1}]`: "geo.json:1",
	} {
		if _, err := geoip.ParseStatic("geo.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	as := database(t, map[string]map[string]any{"203.0.112.0/20": {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"}})
	d := open(t, database(t, map[string]map[string]any{"203.0.113.0/24": paris()}), as)
	e := event.New()
	n := testing.AllocsPerRun(1000, func() {
		e.Reset()
		if v, ok := d.Lookup(e, "203.0.113.7"); ok {
			e.Set("network.client.geoip", v)
		}
	})
	if n != 0 { // but for a block of the arena now and then
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkLookup(b *testing.B) {
	d, e := open(b, database(b, map[string]map[string]any{"203.0.113.0/24": paris()})), event.New()
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		d.Lookup(e, "203.0.113.7")
	}
}

func FuzzOpen(f *testing.F) {
	whole := newDatabase(map[string]map[string]any{"203.0.113.0/24": paris(), "2001:db8::/32": {"autonomous_system_number": 1}})
	f.Add(whole, uint16(0), byte(0))
	f.Add(whole, uint16(600), byte(0xff))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, change byte) {
		if len(data) > 0 {
			data[int(at)%len(data)] ^= change
		}
		path := filepath.Join(t.TempDir(), "f.mmdb")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := geoip.Open(path)
		if err != nil {
			return
		}
		e := event.New()
		for _, text := range []string{"203.0.113.7", "2001:db8::1", "::", "255.255.255.255"} {
			d.Lookup(e, text)
		}
	})
}
