package report

import (
	"github.com/sasumata/sasumata/internal/event"
)

// What a profile keeps of one address.
const (
	profileLines = 6
	profileText  = 400 // bytes of a line
	profileKinds = 8
	profileNames = 4 // users, and user agents
	profileName  = 160
)

// profile is what one address of the failed logins and attacks did, in bounded
// memory: counts, and the first lines of each kind. Its memory serves one address
// after the other, so that a flood of addresses allocates nothing.
type profile struct {
	first, last int64
	logins      int64    // that succeeded
	answers     [6]int64 // attacks by the first digit of the status, 0 without one
	kinds       []kindCount
	users       [][]byte
	agents      [][]byte
	country     []byte
	network     []byte
	lines       []profileLine
}

type kindCount struct {
	name  []byte
	count int64
}

type profileLine struct {
	number int64
	text   []byte
}

// reset makes the profile that of another address.
func (p *profile) reset() {
	*p = profile{
		kinds: p.kinds[:0], users: p.users[:0], agents: p.agents[:0], lines: p.lines[:0],
		country: p.country[:0], network: p.network[:0],
	}
}

// another returns the next element of the list, with the memory that it had before.
func another[T any](list *[]T) *T {
	if n := len(*list); n < cap(*list) {
		*list = (*list)[:n+1]
	} else {
		var zero T
		*list = append(*list, zero)
	}
	return &(*list)[len(*list)-1]
}

// fill writes text into the memory of dst, cut to most bytes.
func fill(dst []byte, text string, most int) []byte { return append(dst[:0], cutBytes(text, most)...) }

// failedLogin is what a failed login is called among the kinds of attack.
const failedLogin = "failed_login"

// suspect notes an event of an address that failed to log in or attacked.
func (s *Summary) suspect(e *event.Event, ip string, failed, attack bool) {
	slot, fresh := s.dims[Suspects].add(ip, failed, attack)
	for int(slot) >= len(s.profiles) {
		s.profiles = append(s.profiles, profile{})
	}
	p := &s.profiles[slot]
	if fresh {
		p.reset()
	}
	p.seen(e.Time)
	keep := len(p.lines) < profileLines/2
	if failed {
		keep = p.kind(failedLogin) || keep
	}
	if attack {
		p.answers[statusClass(e)]++
		eachText(e, event.SecurityCategories, func(kind string) { keep = p.kind(kind) || keep })
	}
	p.users = keepName(p.users, userOf(e))
	p.agents = keepName(p.agents, e.Text(event.HTTPUserAgent))
	if len(p.country) == 0 {
		p.country, p.network = fill(p.country, countryOf(e), profileName), fill(p.network, networkOf(e), profileName)
	}
	if keep {
		p.line(e)
	}
}

// loggedIn notes a login that succeeded, if the address failed or attacked before.
func (s *Summary) loggedIn(e *event.Event, ip string) {
	slot := s.dims[Suspects].slot(ip)
	if slot < 0 {
		return
	}
	p := &s.profiles[slot]
	p.seen(e.Time)
	p.users = keepName(p.users, userOf(e))
	if p.logins++; p.logins == 1 {
		if len(p.lines) == profileLines {
			p.lines = p.lines[:profileLines-1] // nothing matters more
		}
		p.line(e)
	}
}

func (p *profile) seen(ns int64) {
	if ns == 0 {
		return
	}
	if p.first == 0 || ns < p.first {
		p.first = ns
	}
	p.last = max(p.last, ns)
}

// kind counts a kind of attack, and reports whether it is the first of it.
func (p *profile) kind(name string) bool {
	name = cutBytes(name, profileName)
	for i := range p.kinds {
		if string(p.kinds[i].name) == name {
			p.kinds[i].count++
			return false
		}
	}
	if len(p.kinds) == profileKinds {
		return false
	}
	k := another(&p.kinds)
	k.name, k.count = fill(k.name, name, profileName), 1
	return true
}

func (p *profile) line(e *event.Event) {
	if len(p.lines) < profileLines && e.Raw != "" {
		l := another(&p.lines)
		l.number, l.text = e.Line, fill(l.text, e.Raw, profileText)
	}
}

// keepName adds a name that is new, as long as there is room.
func keepName(names [][]byte, name string) [][]byte {
	if name == "" || len(names) == profileNames {
		return names
	}
	name = cutBytes(name, profileName)
	for _, known := range names {
		if string(known) == name {
			return names
		}
	}
	next := another(&names)
	*next = fill(*next, name, profileName)
	return names
}

// statusOf returns the HTTP status, 0 without one from 100 to 599.
func statusOf(e *event.Event) int {
	if v, ok := e.Get(event.HTTPStatusCode); ok {
		if n, ok := v.Number(); ok && n >= 100 && n < 600 {
			return int(n)
		}
	}
	return 0
}

// statusClass returns the first digit of the HTTP status, 0 without one.
func statusClass(e *event.Event) int { return statusOf(e) / 100 }

// eachText calls use for the text, or each text of the array, at the path.
func eachText(e *event.Event, path string, use func(string)) {
	v, ok := e.Get(path)
	if !ok {
		return
	}
	if v.Kind() == event.String {
		use(v.Str())
		return
	}
	for _, item := range e.Items(v) {
		if item.Kind() == event.String {
			use(item.Str())
		}
	}
}

// userOf returns the user that an event names.
func userOf(e *event.Event) string {
	for _, path := range [...]string{event.UserID, event.UserName, event.UserEmail} {
		if name := e.Text(path); name != "" {
			return name
		}
	}
	return ""
}

func countryOf(e *event.Event) string {
	if name := e.Text(event.ClientGeo + ".country.name"); name != "" {
		return name
	}
	return e.Text(event.ClientGeo + ".country.iso_code")
}

func networkOf(e *event.Event) string { return e.Text(event.ClientGeo + ".as.name") }
