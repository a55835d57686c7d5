package workload

import (
	"slices"
	"strings"
)

// defaultCapabilities are what Docker gives a container that asks for nothing.
func defaultCapabilities() []string {
	return []string{
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
		"NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
	}
}

// NewCapabilities computes the capabilities in effect of what an engine, or a file, adds and
// drops.
func NewCapabilities(add, drop []string, privileged bool) Capabilities {
	return newCapabilities(add, drop, privileged)
}

// newCapabilities computes the capabilities in effect: the default without what
// is dropped, and what is added. Adding wins over dropping, as in the engine.
func newCapabilities(add, drop []string, privileged bool) Capabilities {
	c := Capabilities{Add: capabilityNames(add), Drop: capabilityNames(drop), Effective: []string{}}
	if privileged || slices.Contains(c.Add, "ALL") {
		c.Effective = []string{"ALL"}
		if !privileged {
			return c
		}
		return c
	}
	if !slices.Contains(c.Drop, "ALL") {
		for _, name := range defaultCapabilities() {
			if !slices.Contains(c.Drop, name) {
				c.Effective = append(c.Effective, name)
			}
		}
	}
	c.Effective = append(c.Effective, c.Add...)
	slices.Sort(c.Effective)
	c.Effective = slices.Compact(c.Effective)
	return c
}

// capabilityNames brings names to one form: upper case, no prefix, sorted.
func capabilityNames(names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		if name = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "CAP_"); name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
