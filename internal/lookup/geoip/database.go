package geoip

import (
	"math"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// remembered is the number of places of a database that are kept decoded. Many
// networks share a place, and logs repeat addresses.
const remembered = 1 << 13

// maxText is the number of bytes of a name; longer ones come from a corrupt file.
const maxText = 256

// database is the content of one file. It is immutable but for the places that
// it remembers.
type database struct {
	reader *maxminddb.Reader
	only4  bool
	places [remembered]atomic.Pointer[placeAt]
}

// placeAt is a decoded place and where it stands in the file.
type placeAt struct {
	offset uintptr
	place  Place
	empty  bool
}

func newDatabase(data []byte) (*database, error) {
	r, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, err
	}
	return &database{reader: r, only4: r.Metadata.IPVersion == 4}, nil
}

// find returns the place of the address and the network that it belongs to; nil
// when the database does not know it. The place is shared.
func (d *database) find(a netip.Addr) (*Place, netip.Prefix, error) {
	if d.only4 && !a.Is4() {
		return nil, netip.Prefix{}, nil
	}
	result := d.reader.Lookup(a)
	if err := result.Err(); err != nil || !result.Found() {
		return nil, netip.Prefix{}, err
	}
	offset := result.Offset()
	slot := &d.places[uint64(offset)*0x9e3779b97f4a7c15>>51] // 13 bits
	p := slot.Load()
	if p == nil || p.offset != offset {
		var r record
		if err := result.Decode(&r); err != nil {
			return nil, netip.Prefix{}, err
		}
		p = &placeAt{offset: offset, place: r.place()}
		p.empty = p.place == Place{}
		slot.Store(p)
	}
	if p.empty {
		return nil, netip.Prefix{}, nil
	}
	return &p.place, result.Prefix(), nil
}

// record holds the fields of all kinds of databases that are of use.
type record struct {
	Continent struct {
		Code  string `maxminddb:"code"`
		Names names  `maxminddb:"names"`
	} `maxminddb:"continent"`
	Country      region   `maxminddb:"country"`
	Subdivisions []region `maxminddb:"subdivisions"`
	City         struct {
		Names names `maxminddb:"names"`
	} `maxminddb:"city"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		TimeZone  string   `maxminddb:"time_zone"`
	} `maxminddb:"location"`
	network

	Traits network `maxminddb:"traits"`
}

type names struct {
	English string `maxminddb:"en"`
}

type region struct {
	Code  string `maxminddb:"iso_code"`
	Names names  `maxminddb:"names"`
}

type network struct {
	Number       uint32 `maxminddb:"autonomous_system_number"`
	Organization string `maxminddb:"autonomous_system_organization"`
	Domain       string `maxminddb:"domain"`
	UserType     string `maxminddb:"user_type"`
}

// place keeps what is of use. The subdivision is the largest one; its code gets
// the country's in front, as ISO 3166-2 has it.
func (r *record) place() Place {
	p := Place{
		Continent: Named{clip(r.Continent.Code), clip(r.Continent.Names.English)},
		Country:   r.Country.named(),
		City:      clip(r.City.Names.English),
		TimeZone:  clip(r.Location.TimeZone),
		AS:        r.as(),
	}
	if len(r.Subdivisions) > 0 {
		p.Subdivision = r.Subdivisions[0].named()
		if p.Subdivision.Code != "" && p.Country.Code != "" {
			p.Subdivision.Code = p.Country.Code + "-" + p.Subdivision.Code
		}
	}
	if p.AS == (AS{}) {
		p.AS = r.Traits.as()
	}
	if l := &r.Location; l.Latitude != nil && l.Longitude != nil && math.Abs(*l.Latitude) <= 90 && math.Abs(*l.Longitude) <= 180 {
		p.Latitude, p.Longitude, p.Located = *l.Latitude, *l.Longitude, true
	}
	return p
}

func (r *region) named() Named { return Named{clip(r.Code), clip(r.Names.English)} }

func (n *network) as() AS {
	return AS{Number: n.Number, Name: clip(n.Organization), Domain: clip(n.Domain), Type: clip(n.UserType)}
}

// clip returns a copy of at most maxText bytes, of valid UTF-8.
func clip(s string) string {
	return strings.ToValidUTF8(strings.Clone(s[:min(len(s), maxText)]), "\ufffd")
}
