package dates

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// ParseZone reads the zone argument of a date matcher: UTC, GMT, UT, Z, an offset
// from +h to +hh:mm:ss, one of those words with an offset (UTC+5), an
// abbreviation (PST), or a region (Europe/Paris).
func ParseZone(zone string) (*time.Location, error) {
	if off, ok := zoneOffset(zone); ok {
		if off == 0 {
			return time.UTC, nil
		}
		return time.FixedZone(zone, off), nil
	}
	if zone == "" || zone == "Local" {
		return nil, fmt.Errorf("unknown time zone %q", zone)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", zone)
	}
	return loc, nil
}

// zoneOffset resolves every zone that needs no table of regions.
func zoneOffset(zone string) (seconds int, ok bool) {
	if zone == "" {
		return 0, false
	}
	if c := zone[0]; c == '+' || c == '-' {
		n, seconds := offset(zone, true)
		return seconds, n == len(zone)
	}
	word := letters(zone)
	if len(word) == 0 {
		return 0, false
	}
	base, ok := abbreviation(word)
	if !ok || len(word) == len(zone) {
		return base, ok
	}
	n, seconds := offset(zone[len(word):], true)
	return seconds, base == 0 && n > 0 && len(word)+n == len(zone)
}

func letters(text string) string {
	n := 0
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
		n++
	}
	return text[:n]
}

// offset reads Z, +h, +hh, +hhmm, +hh:mm and +hh:mm:ss at the start of text; a
// single digit of hours only when loose. n is 0 when there is none.
func offset(text string, loose bool) (n, seconds int) {
	if text == "" {
		return 0, 0
	}
	if text[0] == 'Z' || text[0] == 'z' {
		return 1, 0
	}
	if text[0] != '+' && text[0] != '-' {
		return 0, 0
	}
	hours, ok := two(text, 1)
	switch {
	case ok:
		n = 3
	case loose && digitAt(text, 1):
		hours, n = int(text[1]-'0'), 2
	default:
		return 0, 0
	}
	seconds = hours * 3600
	colon := 0
	if n < len(text) && text[n] == ':' {
		colon = 1
	}
	if minutes, ok := two(text, n+colon); ok && minutes < 60 {
		n += colon + 2
		seconds += minutes * 60
		if sec, ok := two(text, n+1); ok && loose && colon == 1 && text[n] == ':' && sec < 60 {
			n += 3
			seconds += sec
		}
	}
	if seconds > 18*3600 {
		return 0, 0
	}
	if text[0] == '-' {
		seconds = -seconds
	}
	return n, seconds
}

func digitAt(text string, i int) bool {
	return i < len(text) && text[i] >= '0' && text[i] <= '9'
}

// two reads two digits at i.
func two(text string, i int) (int, bool) {
	if i+1 >= len(text) || !digitAt(text, i) || !digitAt(text, i+1) {
		return 0, false
	}
	return int(text[i]-'0')*10 + int(text[i+1]-'0'), true
}

// abbreviation returns the offset of a zone abbreviation in seconds. Where the
// world uses one for several zones (CST, IST), the one that log software means.
func abbreviation(name string) (int, bool) {
	if len(name) > 4 {
		return 0, false
	}
	var buf [4]byte
	for i := range len(name) {
		buf[i] = name[i] &^ 0x20
	}
	const h = 3600
	switch string(buf[:len(name)]) {
	case "UTC", "GMT", "UT", "Z", "WET":
		return 0, true
	case "EST", "CDT":
		return -5 * h, true
	case "EDT":
		return -4 * h, true
	case "CST", "MDT":
		return -6 * h, true
	case "MST", "PDT":
		return -7 * h, true
	case "PST", "AKDT":
		return -8 * h, true
	case "AKST":
		return -9 * h, true
	case "HST":
		return -10 * h, true
	case "AST":
		return -4 * h, true
	case "BRT", "ART", "ADT":
		return -3 * h, true
	case "NST":
		return -(3*h + h/2), true
	case "NDT":
		return -(2*h + h/2), true
	case "CET", "MET", "BST", "WEST", "WAT":
		return h, true
	case "CEST", "MEST", "EET", "SAST", "CAT":
		return 2 * h, true
	case "EEST", "MSK", "EAT", "TRT", "IDT":
		return 3 * h, true
	case "GST":
		return 4 * h, true
	case "PKT":
		return 5 * h, true
	case "IST":
		return 5*h + h/2, true
	case "NPT":
		return 5*h + 45*60, true
	case "WIB", "ICT":
		return 7 * h, true
	case "SGT", "HKT", "AWST", "PHT", "MYT":
		return 8 * h, true
	case "JST", "KST", "WIT":
		return 9 * h, true
	case "ACST":
		return 9*h + h/2, true
	case "AEST":
		return 10 * h, true
	case "ACDT":
		return 10*h + h/2, true
	case "AEDT":
		return 11 * h, true
	case "NZST":
		return 12 * h, true
	case "NZDT":
		return 13 * h, true
	default:
		return 0, false
	}
}

// maxRegions bounds the regions that one layout remembers: their names come from
// log text.
const maxRegions = 64

// regions remembers the regions named in log text, found or not. It may be used
// by several goroutines.
type regions struct {
	mu    sync.Mutex
	known map[string]*time.Location
}

// load returns the location of a region name, nil when there is none.
func (r *regions) load(name string) *time.Location {
	r.mu.Lock()
	defer r.mu.Unlock()
	if loc, ok := r.known[name]; ok {
		return loc
	}
	if len(r.known) >= maxRegions || r.known == nil {
		r.known = make(map[string]*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		loc = nil
	}
	r.known[strings.Clone(name)] = loc
	return loc
}
