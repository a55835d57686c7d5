package app

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
)

func TestPlacesOfTheContent(t *testing.T) {
	country := func(p parser) string {
		e := event.New()
		v, ok := p.machine().pipeline.Geo.Lookup(e, "192.0.2.1")
		if !ok {
			return ""
		}
		e.Set("place", v)
		got, _ := e.Get("place.country.iso_code")
		return got.Str()
	}
	table := func(iso string) geoip.Source {
		s, err := geoip.ParseStatic("t.json", []byte(`{"192.0.2.1": {"iso": "`+iso+`", "lat": 1, "lon": 2}}`))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	c, err := LoadContent(Sources{Only: PipelinePart})
	if err != nil {
		t.Fatal(err)
	}
	c.Places = table("JP")
	if got := country((&Intake{}).parser(c, false)); got != "JP" {
		t.Errorf("the databases of the content say %q", got)
	}
	if got := country((&Intake{Geo: table("DE")}).parser(c, false)); got != "DE" {
		t.Errorf("those of the command say %q", got)
	}
	missing := filepath.Join(t.TempDir(), "none.mmdb")
	if _, err := LoadContent(Sources{Only: PipelinePart, GeoIP: []string{missing}}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a database that is missing: %v", err)
	}
}
