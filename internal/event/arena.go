package event

import "strings"

// arenaBlock is the size in bytes of one arena block. A string that is larger
// gets memory of its own.
const arenaBlock = 16 << 10

// arena hands out strings that are built byte by byte with one allocation for
// many of them. Strings stay valid for ever; a block is freed when the last of
// its strings is.
type arena struct {
	b strings.Builder
}

// intern copies p into the arena and returns it as a string.
func (a *arena) intern(p []byte) string {
	if len(p) == 0 {
		return ""
	}
	if len(p) > arenaBlock/4 {
		return string(p)
	}
	if a.b.Cap()-a.b.Len() < len(p) {
		a.b = strings.Builder{}
		a.b.Grow(arenaBlock)
	}
	at := a.b.Len()
	a.b.Write(p)
	return a.b.String()[at:]
}

// Intern copies p into the event's arena and returns it as a string that costs
// no allocation of its own. The string outlives Reset, but keeping it keeps
// 16 KiB.
func (e *Event) Intern(p []byte) string { return e.arena.intern(p) }
