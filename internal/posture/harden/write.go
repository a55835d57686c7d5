package harden

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// quote writes a text as a YAML scalar in double quotes. A dollar sign stays what it is
// in the override: the texts that come from the user's file were written for compose.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Services returns the services that get changes, in their order.
func (p *Plan) services() []string {
	var out []string
	for _, c := range p.Changes {
		if !slices.Contains(out, c.Service) {
			out = append(out, c.Service)
		}
	}
	return out
}

// lines says what came of a trial.
func (t *Trial) lines(lang Lang) []string {
	var out []string
	for _, taken := range t.Taken {
		out = append(out, lang.Say("taken back: the service did not start with it: %s", taken.Why))
		for _, line := range taken.Lines {
			out = append(out, "    "+line)
		}
		for _, line := range taken.Log {
			out = append(out, "    | "+line)
		}
	}
	if t.Unverified != "" {
		out = append(out, lang.Say("not verified: %s", t.Unverified))
	} else {
		out = append(out, lang.Say("verified: the service starts with what is proposed"))
	}
	if len(t.LeftOut) > 0 {
		out = append(out, lang.Say("tried without: %s", strings.Join(t.LeftOut, "; ")))
	}
	return out
}

// Override writes the plan as a compose file that is laid over the user's.
func (p *Plan) Override(file string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n#   docker compose -f %s -f THIS up -d\n# %s\n", p.Lang.Say("Written by sasumata harden, to be laid over %s:", oneLine(file)), oneLine(file), p.Lang.Say("!override and !reset need Docker Compose 2.24 or newer."))
	if len(p.Changes) > 0 {
		b.WriteString("services:\n")
	}
	for _, t := range p.Trials {
		for _, line := range t.lines(p.Lang) {
			fmt.Fprintf(&b, "  # %s: %s\n", oneLine(t.Service), oneLine(line))
		}
	}
	for _, service := range p.services() {
		fmt.Fprintf(&b, "  %s:\n", quote(service))
		for _, c := range p.Changes {
			if c.Service != service {
				continue
			}
			fmt.Fprintf(&b, "    # %s\n", oneLine(c.Reason))
			for _, line := range c.Lines {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
	}
	if len(p.Internal) > 0 {
		b.WriteString("networks:\n")
		for _, name := range p.Internal {
			fmt.Fprintf(&b, "  # %s\n  %s:\n    internal: true\n", p.Lang.Say("Nobody on it needs a way out of this machine through it."), quote(name))
		}
	}
	if len(p.Secrets) > 0 {
		b.WriteString("secrets:\n")
		for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
			fmt.Fprintf(&b, "  %s:\n    file: %s\n", name, quote(p.Secrets[name]))
		}
	}
	return b.Bytes()
}

// Diff writes what changes for people: what the file says, what it becomes, and why.
func (p *Plan) Diff() []byte {
	var b bytes.Buffer
	services := p.services()
	for _, n := range p.Notes {
		if !slices.Contains(services, n.Service) {
			services = append(services, n.Service)
		}
	}
	for _, t := range p.Trials {
		if !slices.Contains(services, t.Service) {
			services = append(services, t.Service)
		}
	}
	for _, service := range services {
		fmt.Fprintf(&b, "%s\n", oneLine(service))
		for _, c := range p.Changes {
			if c.Service != service {
				continue
			}
			if c.Before != "" {
				fmt.Fprintf(&b, "  - %s: %s\n", c.Key, oneLine(c.Before))
			}
			for _, line := range c.Lines {
				fmt.Fprintf(&b, "  + %s\n", line)
			}
			mark := ""
			if !c.Sure {
				mark = p.Lang.Say(" (try it)")
			}
			fmt.Fprintf(&b, "      %s%s\n", oneLine(c.Reason), mark)
		}
		for _, n := range p.Notes {
			if n.Service == service {
				fmt.Fprintf(&b, "  ! %s\n", oneLine(n.Text))
			}
		}
		for _, t := range p.Trials {
			if t.Service != service {
				continue
			}
			for _, line := range t.lines(p.Lang) {
				fmt.Fprintf(&b, "  = %s\n", oneLine(line))
			}
		}
		b.WriteByte('\n')
	}
	for _, name := range p.Internal {
		fmt.Fprintf(&b, "%s\n  + internal: true\n      %s%s\n\n", p.Lang.Say("network %s", oneLine(name)), p.Lang.Say("Nobody on it needs a way out of this machine through it."), p.Lang.Say(" (try it)"))
	}
	if len(p.Secrets) > 0 {
		b.WriteString(p.Lang.Say("Before it is started, these files have to hold the passwords, one each and nothing else (mode 600, not in version control):") + "\n")
		for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
			fmt.Fprintf(&b, "  %s\n", p.Secrets[name])
		}
	}
	return b.Bytes()
}

// oneLine makes text of a file safe within a comment or a line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}
